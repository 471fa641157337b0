// SPDX-License-Identifier: BSD-3-Clause
/* padma net stats: receive for a while, and show all statistics of the port and its device by name. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/idle.h"
#include "common/interrupt.h"
#include "common/json.h"
#include "common/options.h"
#include "net/extended.h"
#include "net/port_option.h"
#include "net/session.h"

#define BURST	   32
#define SERVICE_NS 100000000u

struct stats_options {
	struct port_option port; /* first */
	uint64_t duration_ns;
	bool all;
};

enum {
	OPTION_DURATION = 0x100,
	OPTION_ALL,
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct stats_options *options = state->input;

	switch (key) {
	case OPTION_DURATION:
		if (!parse_seconds(value, &options->duration_ns))
			command_usage(state, "--duration: '%.64s' is not a time in seconds", value);
		return 0;
	case OPTION_ALL:
		options->all = true;
		return 0;
	default:
		return port_option_parse(key, value, state);
	}
}

/* Receive and drop. Return: the exit code. */
static int receive(struct net_session *session, uint64_t ns)
{
	struct padma_packet *packets[BURST];
	uint64_t start = padma_now_ns(), serviced = start, now = start;
	unsigned int turns = 0;

	while (now - start < ns && !interrupted()) {
		unsigned int n = padma_rx_burst(session->rx, packets, BURST);

		for (unsigned int i = 0; i < n; i++)
			padma_packet_put(session->cache, packets[i]);
		if (n)
			turns = 0;
		else
			idle_turn(&turns);
		now = padma_now_ns();
		if (now - serviced < SERVICE_NS)
			continue;
		serviced = now;
		if (padma_port_service(session->port, now) &
		    (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE | PADMA_PORT_EVENT_REMOVAL))
			return complain("%.64s: the port has failed, or its removal was requested",
					session->name);
	}
	return 0;
}

static json_t *to_json(const struct stats_options *options, const struct padma_port_stats *s,
		       const struct padma_port_stat *stats, int count)
{
	json_t *extended = json_object();

	for (int i = 0; i < count; i++)
		json_object_set_new(extended, stats[i].name,
				    json_integer((json_int_t)stats[i].value));
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "name",
			 json_text(options->port.name), "rx_packets", (json_int_t)s->rx_packets,
			 "rx_bytes", (json_int_t)s->rx_bytes, "rx_dropped",
			 (json_int_t)s->rx_dropped, "rx_errors", (json_int_t)s->rx_errors,
			 "tx_packets", (json_int_t)s->tx_packets, "tx_bytes",
			 (json_int_t)s->tx_bytes, "tx_dropped", (json_int_t)s->tx_dropped,
			 "tx_errors", (json_int_t)s->tx_errors, "extended", extended);
}

static int print_text(const struct stats_options *options, const struct padma_port_stats *s,
		      const struct padma_port_stat *stats, int count)
{
	printf("rx %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " dropped, %" PRIu64
	       " errors\n",
	       s->rx_packets, s->rx_bytes, s->rx_dropped, s->rx_errors);
	printf("tx %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " dropped, %" PRIu64
	       " errors\n",
	       s->tx_packets, s->tx_bytes, s->tx_dropped, s->tx_errors);
	for (int i = 0; i < count; i++) {
		if (stats[i].value || options->all)
			printf("  %-40s %20" PRIu64 "\n", stats[i].name, stats[i].value);
	}
	return command_finish_output();
}

static int show(const struct stats_options *options, struct net_session *session)
{
	struct padma_port_stat *extended;
	struct padma_port_stats stats;
	int count, status;

	if (padma_port_stats(session->port, &stats))
		return complain("%s", padma_last_error());
	count = extended_stats(session->port, &extended);
	if (count < 0)
		return EXIT_FAILURE;
	status = options->port.json ? json_print(to_json(options, &stats, extended, count))
				    : print_text(options, &stats, extended, count);
	free(extended);
	return status;
}

int net_stats_command(int argc, char **argv)
{
	static const struct argp_option rows[] = {
		{"duration", OPTION_DURATION, "SECONDS", 0, "how long to receive (default 1)", 0},
		{"all", OPTION_ALL, NULL, 0, "also show counters that are 0", 0},
		PORT_OPTION_ROW,
		{0},
	};
	static const struct argp argp = {
		.options = rows,
		.parser = parse,
		.args_doc = "PORT",
		.doc = "Start a port, receive and drop all packets for a while, and show the "
		       "counters by name. For the counters of a program that uses a port, see "
		       "padma stats.",
		.children = command_backend};
	static const struct padma_port_params params = {.promiscuous = true};
	struct stats_options options = {.duration_ns = 1000000000};
	struct net_session session;
	int status;

	command_parse(&argp, argc, argv, &options);
	padma_clock_init();
	interrupt_catch();
	status = net_session_open(&session, options.port.name);
	if (status)
		return status;
	status = net_session_start(&session, &params);
	if (status == 0)
		status = receive(&session, options.duration_ns);
	if (status == 0)
		status = show(&options, &session);
	return net_session_close(&session, status);
}
