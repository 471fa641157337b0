// SPDX-License-Identifier: BSD-3-Clause
/* See options.h. Names are testpmd's where it has the option. */
#include "net/test/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/net/port.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/options.h"
#include "net/test/complete.h"
#include "net/test/test.h"
#include "net/test/values.h"

#define NS_PER_SECOND 1000000000ull

static const struct test_mode *const modes[] = {
	&test_mode_io,	    &test_mode_mac,	 &test_mode_macswap, &test_mode_5tswap,
	&test_mode_csum,    &test_mode_icmpecho, &test_mode_rxonly,  &test_mode_txonly,
	&test_mode_flowgen, &test_mode_noisy,
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

static const char *const topologies[] = {"paired", "chained", "loop"};

enum {
	OPTION_MODE = 0x100,
	OPTION_TOPOLOGY,
	OPTION_RXQ,
	OPTION_TXQ,
	OPTION_RXD,
	OPTION_TXD,
	OPTION_BURST,
	OPTION_TX_FIRST,
	OPTION_NB_CORES,
	OPTION_CORES,
	OPTION_NO_PIN,
	OPTION_TXPKTS,
	OPTION_SIZE,
	OPTION_RATE,
	OPTION_DURATION,
	OPTION_COUNT,
	OPTION_WINDOW,
	OPTION_MTU,
	OPTION_MBUF_SIZE,
	OPTION_OFFLOADS,
	OPTION_WITHOUT,
	OPTION_NO_PROMISC,
	OPTION_ALLMULTI,
	OPTION_ETH_PEER,
	OPTION_IP,
	OPTION_TX_IP,
	OPTION_TX_UDP,
	OPTION_TX_VLAN,
	OPTION_FLOWS,
	OPTION_RETRY_NUM,
	OPTION_RETRY_DELAY,
	OPTION_CSUM,
	OPTION_CSUM_KEEP_MAC,
	OPTION_TSO,
	OPTION_NOISY_BUFFER,
	OPTION_NOISY_FLUSH,
	OPTION_NOISY_MEMORY,
	OPTION_NOISY_WRITES,
	OPTION_NOISY_READS,
	OPTION_NOISY_READS_WRITES,
	OPTION_IRQ,
	OPTION_VERIFY,
	OPTION_CAPTURE,
	OPTION_REPLAY,
	OPTION_REPLAY_LOOP,
	OPTION_RECONNECT,
	OPTION_RESETS,
	OPTION_LINK_WAIT,
	OPTION_STATS_PERIOD,
	OPTION_GUARD,
	OPTION_JSON,
};

static const struct argp_option option_table[] = {
	{NULL, 0, NULL, 0, "What to do:", 1},
	{"forward-mode", OPTION_MODE, "MODE", 0,
	 "io (default), mac, macswap, 5tswap, csum, icmpecho, rxonly, txonly, flowgen or noisy", 1},
	{"mode", OPTION_MODE, NULL, OPTION_ALIAS, NULL, 1},
	{"port-topology", OPTION_TOPOLOGY, "NAME", 0,
	 "which port transmits what a port receives: paired (default: 0 and 1, 2 and 3, ...), "
	 "chained (the next one), or loop (itself; the default of icmpecho)",
	 1},
	{"duration", OPTION_DURATION, "SECONDS", 0,
	 "stop after this time (default: when interrupted)", 1},
	{"count", OPTION_COUNT, "N", 0,
	 "stop after N packets on all queues together: generated, or in the other modes received",
	 1},
	{"tx-first", OPTION_TX_FIRST, "N", OPTION_ARG_OPTIONAL,
	 "forwarding modes: transmit N bursts (default 1) of generated packets on each queue "
	 "first, so "
	 "that packets circulate between two forwarders",
	 1},
	{"verify", OPTION_VERIFY, NULL, 0,
	 "flowgen, rxonly: check sequence number and payload of each generated packet; the exit "
	 "code is 1 if any were lost, duplicated, reordered or corrupted, except for those that "
	 "were in flight when a port was reset or reopened",
	 1},
	{"capture", OPTION_CAPTURE, "FILE", 0, "write all traffic to a pcap file", 1},
	{"replay", OPTION_REPLAY, "FILE", 0,
	 "txonly, flowgen: transmit the packets of a capture file instead of generated ones, once",
	 1},
	{"replay-loop", OPTION_REPLAY_LOOP, NULL, 0, "replay the file over and over", 1},

	{NULL, 0, NULL, 0, "Queues and threads:", 2},
	{"rxq", OPTION_RXQ, "N", 0, "receive queues per port (default 1)", 2},
	{"txq", OPTION_TXQ, "N", 0, "transmit queues per port; must equal --rxq", 2},
	{"rxd", OPTION_RXD, "N", 0, "descriptors per receive ring (default 512)", 2},
	{"txd", OPTION_TXD, "N", 0, "descriptors per transmit ring (default 512)", 2},
	{"burst", OPTION_BURST, "N", 0, "packets per burst (default 32)", 2},
	{"nb-cores", OPTION_NB_CORES, "N", 0,
	 "number of threads, among which the queues are distributed (default: one per queue, at "
	 "most "
	 "one per processor)",
	 2},
	{"cores", OPTION_CORES, "LIST", 0,
	 "processors to pin the threads to, such as 1,2,4-7 (default: those that the process may "
	 "use)",
	 2},
	{"no-pin", OPTION_NO_PIN, NULL, 0, "do not pin the threads", 2},
	{"irq", OPTION_IRQ, NULL, 0,
	 "when nothing arrives, sleep until an interrupt instead of polling", 2},
	{"burst-tx-retry-num", OPTION_RETRY_NUM, "N", 0,
	 "retries when the ring is full, before packets are dropped (default 0; generators never "
	 "drop)",
	 2},
	{"burst-tx-delay-time", OPTION_RETRY_DELAY, "US", 0,
	 "microseconds to wait before each retry (default 1)", 2},

	{NULL, 0, NULL, 0, "Ports:", 3},
	{"mtu", OPTION_MTU, "BYTES", 0, "68 to 9000 (default: the device's)", 3},
	{"mbuf-size", OPTION_MBUF_SIZE, "BYTES", 0,
	 "buffer size of a packet, including 128 bytes of headroom (default 2176)", 3},
	{"offloads", OPTION_OFFLOADS, "LIST", 0,
	 "receive offloads to enable: csum, vlan (strip tags), tso (merged segments), hash, "
	 "timestamp",
	 3},
	{"without", OPTION_WITHOUT, "LIST", 0,
	 "offloads that the processor does instead of the device: ip-csum, l4-csum, tso, vlan, "
	 "chains, "
	 "rx-csum, rx-vlan, rss, or all",
	 3},
	{"no-promisc", OPTION_NO_PROMISC, NULL, 0,
	 "receive only frames for the port's own addresses, and broadcasts", 3},
	{"allmulti", OPTION_ALLMULTI, NULL, 0, "receive all multicast frames", 3},
	{"eth-peer", OPTION_ETH_PEER, "PORT,MAC", 0,
	 "destination MAC address of what PORT transmits in the modes mac, csum, txonly and "
	 "flowgen "
	 "(default 02:00:00:00:00:PORT); repeatable",
	 3},
	{"link-wait", OPTION_LINK_WAIT, "SECONDS", 0,
	 "how long to wait for link up at the start (default 3)", 3},
	{"reconnect", OPTION_RECONNECT, NULL, 0,
	 "when a port is gone, for example because the peer of a vhost-user socket has exited, "
	 "reopen it "
	 "as soon as it is back; the other ports keep running",
	 3},
	{"resets", OPTION_RESETS, "N", 0,
	 "how often to reset a failing port before giving up on it (default 3)", 3},

	{NULL, 0, NULL, 0, "Generated packets:", 4},
	{"size", OPTION_SIZE, "LIST", 0,
	 "frame sizes in bytes, without the FCS: 64 (default), 64,512,1514 (in turn), 60:7,1514:1 "
	 "(by weight), 60-1514 (random) or imix (60:7,590:4,1514:1)",
	 4},
	{"txpkts", OPTION_TXPKTS, "LIST", 0,
	 "segment lengths of each packet, such as 64 or 128,256; the first is at least 60", 4},
	{"rate", OPTION_RATE, "N", 0,
	 "packets per second and port, such as 1000000, 500k or 2M (default: unlimited)", 4},
	{"window", OPTION_WINDOW, "N", 0,
	 "flowgen with --verify: keep at most N packets of each queue in flight, so that none is "
	 "dropped "
	 "on the way at full speed; the packets must return to this program",
	 4},
	{"flowgen-flows", OPTION_FLOWS, "N", 0, "number of flows in flowgen (default 1024)", 4},
	{"tx-ip", OPTION_TX_IP, "FROM,TO", 0,
	 "IPv4 addresses (default 198.18.0.1,198.18.0.2; flowgen 10.254.0.0,10.253.0.0)", 4},
	{"tx-udp", OPTION_TX_UDP, "FROM[,TO]", 0, "UDP ports (default 9,9; flowgen 1000,1001)", 4},
	{"tx-vlan", OPTION_TX_VLAN, "ID", 0, "VLAN tag", 4},

	{NULL, 0, NULL, 0, "Modes:", 5},
	{"ip", OPTION_IP, "ADDRESS", 0,
	 "icmpecho: an IPv4 or IPv6 address to answer for; repeatable (default: any)", 5},
	{"csum", OPTION_CSUM, "WHERE", 0,
	 "csum: hw (default: the device, if it can) or sw (the processor)", 5},
	{"csum-keep-mac", OPTION_CSUM_KEEP_MAC, NULL, 0, "csum: leave the MAC addresses unchanged",
	 5},
	{"tso", OPTION_TSO, "BYTES", 0, "csum: segment TCP payload that is longer than this", 5},
	{"noisy-tx-sw-buffer-size", OPTION_NOISY_BUFFER, "N", 0,
	 "noisy: size of the buffer, in packets", 5},
	{"noisy-tx-sw-buffer-flushtime", OPTION_NOISY_FLUSH, "MS", 0,
	 "noisy: flush packets that have been in the buffer for so long (default 0: only when it "
	 "is full)",
	 5},
	{"noisy-lkup-memory", OPTION_NOISY_MEMORY, "MIB", 0,
	 "noisy: size of the memory that is accessed", 5},
	{"noisy-lkup-num-writes", OPTION_NOISY_WRITES, "N", 0, "noisy: writes per packet", 5},
	{"noisy-lkup-num-reads", OPTION_NOISY_READS, "N", 0, "noisy: reads per packet", 5},
	{"noisy-lkup-num-reads-writes", OPTION_NOISY_READS_WRITES, "N", 0,
	 "noisy: reads and writes per packet", 5},

	{NULL, 0, NULL, 0, "Output and debugging:", 6},
	{"stats-period", OPTION_STATS_PERIOD, "SECONDS", 0,
	 "interval of the statistics table, on standard error (default: 1 on a terminal, otherwise "
	 "no "
	 "table)",
	 6},
	{"json", OPTION_JSON, NULL, 0, "print the report as JSON", 6},
	{"guard", OPTION_GUARD, "MODE", OPTION_ARG_OPTIONAL,
	 "check every dma address; MODE: pages (default), for memory of the space, or exact, for "
	 "memory that is allocated: blocks of the heap, objects taken from pools",
	 6},
	{0},
};

static const struct test_mode *find_mode(const struct argp_state *state, const char *name)
{
	for (size_t i = 0; i < MODES; i++) {
		if (strcmp(modes[i]->name, name) == 0)
			return modes[i];
	}
	command_usage(state,
		      "--forward-mode: unknown mode '%.64s'; use io, mac, macswap, 5tswap, csum, "
		      "icmpecho, rxonly, txonly, flowgen or noisy",
		      name);
}

static enum test_topology find_topology(const struct argp_state *state, const char *name)
{
	for (unsigned int i = 0; i < 3; i++) {
		if (strcmp(topologies[i], name) == 0)
			return (enum test_topology)i;
	}
	command_usage(state,
		      "--port-topology: unknown topology '%.64s'; use paired, chained or loop",
		      name);
}

static error_t parse_flag(int key, struct test_options *options)
{
	static const struct {
		int key;
		size_t offset;
	} flags[] = {
		{OPTION_NO_PIN, offsetof(struct test_options, no_pin)},
		{OPTION_NO_PROMISC, offsetof(struct test_options, no_promiscuous)},
		{OPTION_ALLMULTI, offsetof(struct test_options, all_multicast)},
		{OPTION_CSUM_KEEP_MAC, offsetof(struct test_options, csum_keep_mac)},
		{OPTION_IRQ, offsetof(struct test_options, irq)},
		{OPTION_VERIFY, offsetof(struct test_options, verify)},
		{OPTION_REPLAY_LOOP, offsetof(struct test_options, replay_loop)},
		{OPTION_RECONNECT, offsetof(struct test_options, reconnect)},
		{OPTION_JSON, offsetof(struct test_options, json)},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].key == key) {
			*(bool *)((char *)options + flags[i].offset) = true;
			return 0;
		}
	}
	return ARGP_ERR_UNKNOWN;
}

/* Options that are a number within limits: their member is 16, 32 or 64 bits wide. */
struct number_option {
	int key;
	const char *name;
	uint64_t low, high;
	size_t offset, bytes;
};

#define NUMBER(key, name, low, high, member)                                                       \
	{                                                                                          \
		key, name, low, high, offsetof(struct test_options, member),                       \
			sizeof(((struct test_options *)0)->member)                                 \
	}

static const struct number_option numbers[] = {
	NUMBER(OPTION_RXQ, "--rxq", 1, PADMA_PORT_QUEUES_MAX, rxq),
	NUMBER(OPTION_TXQ, "--txq", 1, PADMA_PORT_QUEUES_MAX, txq),
	NUMBER(OPTION_RXD, "--rxd", 1, 65536, rxd),
	NUMBER(OPTION_TXD, "--txd", 1, 65536, txd),
	NUMBER(OPTION_BURST, "--burst", 1, TEST_BURST_MAX, burst),
	NUMBER(OPTION_NB_CORES, "--nb-cores", 1, 1024, cores),
	NUMBER(OPTION_COUNT, "--count", 1, INT64_MAX, count),
	NUMBER(OPTION_WINDOW, "--window", 1, UINT32_MAX, window),
	NUMBER(OPTION_MTU, "--mtu", 68, 9000, mtu),
	NUMBER(OPTION_MBUF_SIZE, "--mbuf-size", 256, 65535, mbuf_bytes),
	NUMBER(OPTION_FLOWS, "--flowgen-flows", 1, 65536, flows),
	NUMBER(OPTION_RETRY_NUM, "--burst-tx-retry-num", 0, 1000000, retry_num),
	NUMBER(OPTION_RETRY_DELAY, "--burst-tx-delay-time", 0, 1000000, retry_delay_us),
	NUMBER(OPTION_TSO, "--tso", 64, 65535, tso),
	NUMBER(OPTION_NOISY_BUFFER, "--noisy-tx-sw-buffer-size", 0, 1 << 20, noisy_buffer),
	NUMBER(OPTION_NOISY_FLUSH, "--noisy-tx-sw-buffer-flushtime", 0, 3600000, noisy_flush_ms),
	NUMBER(OPTION_NOISY_MEMORY, "--noisy-lkup-memory", 0, 1 << 20, noisy_memory_mib),
	NUMBER(OPTION_NOISY_WRITES, "--noisy-lkup-num-writes", 0, 1 << 20, noisy_writes),
	NUMBER(OPTION_NOISY_READS, "--noisy-lkup-num-reads", 0, 1 << 20, noisy_reads),
	NUMBER(OPTION_NOISY_READS_WRITES, "--noisy-lkup-num-reads-writes", 0, 1 << 20,
	       noisy_reads_writes),
	NUMBER(OPTION_RESETS, "--resets", 0, UINT32_MAX, resets_max),
};

static error_t parse_number_option(int key, const char *value, const struct argp_state *state)
{
	struct test_options *options = state->input;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number_option *option = &numbers[i];
		char *member = (char *)options + option->offset;
		uint64_t number;

		if (option->key != key)
			continue;
		number = option_number(state, option->name, value, option->low, option->high);
		if (option->bytes == sizeof(uint16_t))
			*(uint16_t *)(void *)member = (uint16_t)number;
		else if (option->bytes == sizeof(uint32_t))
			*(uint32_t *)(void *)member = (uint32_t)number;
		else
			*(uint64_t *)(void *)member = number;
		return 0;
	}
	return parse_flag(key, options);
}

static error_t parse_generator(int key, char *value, struct argp_state *state)
{
	struct test_options *options = state->input;

	switch (key) {
	case OPTION_SIZE:
		options->size = value;
		return 0;
	case OPTION_TXPKTS:
		parse_txpkts(state, options, value);
		return 0;
	case OPTION_RATE:
		options->rate = parse_rate(state, value);
		return 0;
	case OPTION_TX_IP:
		parse_tx_ip(state, options, value);
		return 0;
	case OPTION_TX_UDP:
		parse_tx_udp(state, options, value);
		return 0;
	case OPTION_TX_VLAN:
		options->vlan = (uint16_t)(option_number(state, "--tx-vlan", value, 0, 4094) + 1);
		return 0;
	case OPTION_IP:
		parse_ip(state, options, value);
		return 0;
	case OPTION_CSUM:
		options->csum_hardware = strcmp(value, "hw") == 0;
		if (!options->csum_hardware && strcmp(value, "sw") != 0)
			command_usage(state, "--csum: '%.64s' is neither hw nor sw", value);
		return 0;
	default:
		return parse_number_option(key, value, state);
	}
}

static error_t parse_run(int key, char *value, struct argp_state *state)
{
	struct test_options *options = state->input;

	switch (key) {
	case OPTION_CORES:
		parse_cores(state, options, value);
		return 0;
	case OPTION_OFFLOADS:
		options->offloads = parse_offloads(state, value);
		return 0;
	case OPTION_WITHOUT:
		options->without = parse_without(state, value);
		return 0;
	case OPTION_ETH_PEER:
		parse_peer(state, options, value);
		return 0;
	case OPTION_CAPTURE:
		options->capture = value;
		return 0;
	case OPTION_REPLAY:
		options->replay = value;
		return 0;
	case OPTION_DURATION:
		options->duration_ns = parse_time(state, "--duration", value);
		return 0;
	case OPTION_LINK_WAIT:
		options->link_wait_ns = parse_time(state, "--link-wait", value);
		return 0;
	case OPTION_STATS_PERIOD:
		options->stats_period_ns = parse_time(state, "--stats-period", value);
		return 0;
	case OPTION_TX_FIRST:
		options->tx_first = value ? (unsigned int)option_number(state, "--tx-first", value,
									1, UINT32_MAX)
					  : 1;
		return 0;
	case OPTION_GUARD:
		options->guard = parse_guard(state, value);
		return 0;
	default:
		return parse_generator(key, value, state);
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct test_options *options = state->input;

	switch (key) {
	case OPTION_MODE:
		options->mode = find_mode(state, value);
		return 0;
	case OPTION_TOPOLOGY:
		options->topology = find_topology(state, value);
		options->topology_given = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->port_count == TEST_PORTS_MAX)
			command_usage(state, "at most %d ports", TEST_PORTS_MAX);
		options->ports[options->port_count++] = value;
		return 0;
	case ARGP_KEY_END:
		if (options->port_count == 0)
			command_usage(state, "PORT is missing");
		test_options_complete(state, options);
		return 0;
	default:
		return parse_run(key, value, state);
	}
}

static char *help_modes(int key, const char *text, void *input)
{
	size_t bytes;
	char *list;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)text;
	out = open_memstream(&list, &bytes);
	if (!out)
		return NULL;
	fputs("Modes:\n", out);
	for (size_t i = 0; i < MODES; i++)
		fprintf(out, "  %-10s %s\n", modes[i]->name, modes[i]->help);
	fclose(out);
	return list;
}

void test_options_parse(struct test_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "PORT...",
		.doc = "Forward, generate, check or answer packets, as testpmd does. PORT is a PCI "
		       "address (0000:00:04.0), a simulated card (sim:virtio-net,link=a) or a "
		       "socket (vhost-user:PATH); all PORTs are of one kind. Prints a report at "
		       "the end, "
		       "also when interrupted. The exit code is 1 if a port was lost, a packet did "
		       "not return to the pool, or --verify found a fault.",
		.children = command_backend,
		.help_filter = help_modes,
	};

	*options = (struct test_options){
		.mode = &test_mode_io,
		.burst = 32,
		.flows = 1024,
		.retry_delay_us = 1,
		.csum_hardware = true,
		.resets_max = 3,
		.link_wait_ns = 3 * NS_PER_SECOND,
	};
	for (unsigned int i = 0; i < TEST_PORTS_MAX; i++) {
		options->peers[i][0] = 2;
		options->peers[i][MAC_BYTES - 1] = (uint8_t)i;
	}
	command_parse(&argp, argc, argv, options);
}
