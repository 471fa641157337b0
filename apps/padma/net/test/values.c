// SPDX-License-Identifier: BSD-3-Clause
/* See values.h. */
#include "net/test/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/net/port.h>

#include "common/command.h"
#include "common/options.h"
#include "net/test/test.h"

/* A word of a list and what it stands for. */
struct word {
	const char *name;
	uint32_t bits;
};

static const struct word receive_words[] = {
	{"csum", PADMA_OFFLOAD_RX_CSUM},
	{"vlan", PADMA_OFFLOAD_RX_VLAN},
	{"tso", PADMA_OFFLOAD_RX_TSO},
	{"hash", PADMA_OFFLOAD_RX_HASH},
	{"timestamp", PADMA_OFFLOAD_RX_TIMESTAMP},
	{NULL, 0},
};

static const struct word without_words[] = {
	{"ip-csum", PADMA_OFFLOAD_TX_IP_CSUM},
	{"l4-csum", PADMA_OFFLOAD_TX_L4_CSUM},
	{"tso", PADMA_OFFLOAD_TX_TSO4 | PADMA_OFFLOAD_TX_TSO6},
	{"vlan", PADMA_OFFLOAD_TX_VLAN},
	{"chains", PADMA_OFFLOAD_TX_CHAINS},
	{"rx-csum", PADMA_OFFLOAD_RX_CSUM},
	{"rx-vlan", PADMA_OFFLOAD_RX_VLAN},
	{"rss", PADMA_OFFLOAD_RSS},
	{"all", PADMA_OFFLOAD_TX | PADMA_OFFLOAD_RX_CSUM | PADMA_OFFLOAD_RX_VLAN |
			PADMA_OFFLOAD_RX_TSO | PADMA_OFFLOAD_RSS},
	{NULL, 0},
};

static uint32_t word_bits(const struct argp_state *state, const char *what,
			  const struct word *words, const char *text, size_t bytes)
{
	for (; words->name; words++) {
		if (strlen(words->name) == bytes && strncmp(words->name, text, bytes) == 0)
			return words->bits;
	}
	command_usage(state, "%s: unknown offload '%.*s'; --help lists them", what, (int)bytes,
		      text);
}

static uint32_t parse_words(const struct argp_state *state, const char *what,
			    const struct word *words, const char *text)
{
	uint32_t bits = 0;

	for (;;) {
		size_t bytes = strcspn(text, ",");

		bits |= word_bits(state, what, words, text, bytes);
		if (text[bytes] == '\0')
			return bits;
		text += bytes + 1;
	}
}

uint32_t parse_offloads(const struct argp_state *state, const char *text)
{
	return parse_words(state, "--offloads", receive_words, text);
}

uint32_t parse_without(const struct argp_state *state, const char *text)
{
	return parse_words(state, "--without", without_words, text);
}

void parse_cores(const struct argp_state *state, struct test_options *options, const char *text)
{
	const char *at = text;

	options->core_count = 0;
	for (;;) {
		char *end;
		unsigned long from = strtoul(at, &end, 10), to = from;

		if (end == at || *at < '0' || *at > '9')
			break;
		if (*end == '-') {
			at = end + 1;
			to = strtoul(at, &end, 10);
			if (end == at)
				break;
		}
		if (from > to)
			break;
		for (; from <= to && to < 65536 && options->core_count < TEST_CORES_MAX; from++)
			options->core_list[options->core_count++] = (int)from;
		if (from <= to)
			break;
		if (*end == '\0')
			return;
		if (*end != ',')
			break;
		at = end + 1;
	}
	command_usage(state, "--cores: '%.64s' is not a list of processors such as 1,2,4-7", text);
}

void parse_peer(const struct argp_state *state, struct test_options *options, const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (end == text || *end != ',' || port >= TEST_PORTS_MAX ||
	    !mac_address_parse(end + 1, options->peers[port]))
		command_usage(state, "--eth-peer: '%.64s' is not PORT,MAC as 0,02:00:00:00:00:01",
			      text);
}

void parse_ip(const struct argp_state *state, struct test_options *options, const char *text)
{
	if (options->ip_count == TEST_IPS_MAX)
		command_usage(state, "--ip: at most %d addresses", TEST_IPS_MAX);
	if (!ip_address_parse(text, &options->ips[options->ip_count]))
		command_usage(state, "--ip: '%.64s' is not an IPv4 or IPv6 address", text);
	options->ip_count++;
}

void parse_tx_ip(const struct argp_state *state, struct test_options *options, const char *text)
{
	struct ip_address from, to;
	const char *comma = strchr(text, ',');
	char first[64];

	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - text) : 0, text);
	if (!comma || !ip_address_parse(first, &from) || !ip_address_parse(comma + 1, &to) ||
	    from.v6 || to.v6)
		command_usage(state, "--tx-ip: '%.64s' is not two IPv4 addresses as FROM,TO", text);
	memcpy(options->tx_ip_from, from.bytes, 4);
	memcpy(options->tx_ip_to, to.bytes, 4);
	options->tx_ip_given = true;
}

/* Numbers with commas between them. Return: how many, 0 if it is no such list. */
static unsigned int parse_list(const char *text, uint32_t low, uint32_t high, uint16_t *list,
			       unsigned int room)
{
	for (unsigned int i = 0; i < room; i++) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (end == text || *text < '0' || *text > '9' || number < low || number > high)
			return 0;
		list[i] = (uint16_t)number;
		if (*end == '\0')
			return i + 1;
		if (*end != ',')
			return 0;
		text = end + 1;
	}
	return 0;
}

void parse_tx_udp(const struct argp_state *state, struct test_options *options, const char *text)
{
	uint16_t ports[2];
	unsigned int n = parse_list(text, 1, 65535, ports, 2);

	if (n == 0)
		command_usage(state, "--tx-udp: '%.64s' is not one or two UDP ports", text);
	options->tx_udp_from = ports[0];
	options->tx_udp_to = ports[n - 1];
}

void parse_txpkts(const struct argp_state *state, struct test_options *options, const char *text)
{
	options->segment_count =
		parse_list(text, 1, FRAME_MAX, options->segments, TEST_SEGMENTS_MAX);
	if (options->segment_count == 0 || options->segments[0] < FRAME_MIN)
		command_usage(state,
			      "--txpkts: '%.64s' is not a list of at most %d lengths, of which the "
			      "first is at least %d",
			      text, TEST_SEGMENTS_MAX, FRAME_MIN);
}

uint64_t parse_rate(const struct argp_state *state, const char *text)
{
	static const char units[] = "kMG";
	uint64_t scale = 1;
	char *end;
	double value = strtod(text, &end);

	for (unsigned int i = 0; *end && units[i]; i++) {
		if (*end == units[i] || (i == 0 && *end == 'K')) {
			for (unsigned int k = 0; k <= i; k++)
				scale *= 1000;
			end++;
			break;
		}
	}
	value *= (double)scale;
	if (end == text || *end || !(value >= 1 && value <= 1e12))
		command_usage(state,
			      "--rate: '%.64s' is not a number of packets a second such as "
			      "1000000, 500k or 2M",
			      text);
	return (uint64_t)value;
}

uint64_t parse_time(const struct argp_state *state, const char *what, const char *text)
{
	uint64_t ns;

	if (!parse_seconds(text, &ns))
		command_usage(state, "%s: '%.64s' is not a time in seconds", what, text);
	return ns;
}

enum padma_guard_mode parse_guard(const struct argp_state *state, const char *name)
{
	if (!name || strcmp(name, "pages") == 0)
		return PADMA_GUARD_PAGES;
	if (strcmp(name, "exact") == 0)
		return PADMA_GUARD_EXACT;
	command_usage(state, "--guard: unknown mode '%.64s'; use pages or exact", name);
}
