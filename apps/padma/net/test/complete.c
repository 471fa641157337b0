// SPDX-License-Identifier: BSD-3-Clause
/* See complete.h. */
#include "net/test/complete.h"

#include <stdio.h>
#include <string.h>

#include "common/command.h"
#include "net/test/sizes.h"
#include "net/test/test.h"

static void check_sizes(const struct argp_state *state, struct test_options *options)
{
	uint32_t high =
		(options->mtu ? options->mtu : 1500u) + (uint32_t)sizeof(struct wire_ethernet);
	struct sizes *sizes = &options->sizes;
	uint32_t sum = 0;
	char text[16];

	for (unsigned int i = 0; i < options->segment_count; i++)
		sum += options->segments[i];
	if (options->segment_count && options->size)
		command_usage(state, "give --size or --txpkts, not both");
	snprintf(text, sizeof(text), "%u", sum);
	if (options->segment_count)
		options->size = text;
	if (!sizes_parse(options->size ? options->size : "64", FRAME_MIN, high, sizes))
		command_usage(state,
			      "%s: '%.64s' is not a list of sizes from %d to %u bytes; --mtu "
			      "allows larger ones",
			      options->segment_count ? "--txpkts" : "--size", options->size,
			      FRAME_MIN, high);
	options->size = NULL;
}

static void check_mode(const struct argp_state *state, struct test_options *options)
{
	const struct test_mode *mode = options->mode;

	if (options->rxq && options->txq && options->rxq != options->txq)
		command_usage(state, "--rxq and --txq: each receive queue forwards to a transmit "
				     "queue; give the same number");
	if (options->replay && !mode->generates)
		command_usage(state, "--replay: mode %s generates nothing; use txonly or flowgen",
			      mode->name);
	if (options->verify && mode != &test_mode_flowgen && mode != &test_mode_rxonly)
		command_usage(state,
			      "--verify: mode %s does not check packets; use flowgen or rxonly",
			      mode->name);
	if (options->window && (!options->verify || mode != &test_mode_flowgen || options->replay))
		command_usage(state, "--window needs the mode flowgen, --verify, and no --replay");
	if (options->tx_first && (mode->generates || !mode->transmits))
		command_usage(state, "--tx-first: mode %s does not forward; use io, for example",
			      mode->name);
	if (options->irq && mode->generates)
		command_usage(state, "--irq: mode %s never waits for packets; leave it out",
			      mode->name);
}

static void set_defaults(struct test_options *options)
{
	bool flowgen = options->mode == &test_mode_flowgen;

	if (!options->topology_given)
		options->topology =
			options->mode == &test_mode_icmpecho ? TOPOLOGY_LOOP : TOPOLOGY_PAIRED;
	if (!options->tx_ip_given) {
		memcpy(options->tx_ip_from,
		       flowgen ? (uint8_t[]){10, 254, 0, 0} : (uint8_t[]){198, 18, 0, 1}, 4);
		memcpy(options->tx_ip_to,
		       flowgen ? (uint8_t[]){10, 253, 0, 0} : (uint8_t[]){198, 18, 0, 2}, 4);
	}
	if (options->tx_udp_from == 0) {
		options->tx_udp_from = flowgen ? 1000 : 9;
		options->tx_udp_to = flowgen ? 1001 : 9;
	}
}

void test_options_complete(const struct argp_state *state, struct test_options *options)
{
	check_sizes(state, options);
	check_mode(state, options);
	set_defaults(options);
}
