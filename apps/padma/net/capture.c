// SPDX-License-Identifier: BSD-3-Clause
/* padma net capture: what a port receives, to a file of libpcap. Filters are libpcap's (pcap-filter(7)). */
#include <argp.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/idle.h"
#include "common/interrupt.h"
#include "common/options.h"
#include "net/capture_file.h"
#include "net/session.h"

#define BURST	       32
#define SNAPSHOT_BYTES 262144u
#define SERVICE_NS     100000000u
#define FLUSH_NS       500000000u

struct capture_options {
	const char *port;
	const char *file;
	char filter[2048];
	uint64_t count; /* 0: no limit */
	uint64_t duration_ns;
	uint32_t snapshot;
	uint16_t mtu;
	bool no_promiscuous;
};

struct capture {
	const struct capture_options *options;
	struct net_session session;
	struct capture_file *file;
	struct bpf_program program;
	bool filtered;
	uint8_t *data; /* room for a frame */
	uint64_t received;
	uint64_t captured;
};

enum {
	OPTION_DURATION = 0x100,
	OPTION_MTU,
};

static void add_word(const struct argp_state *state, struct capture_options *options,
		     const char *word)
{
	size_t used = strlen(options->filter);

	if (used + strlen(word) + 2 > sizeof(options->filter))
		command_usage(state, "the filter expression is too long");
	snprintf(options->filter + used, sizeof(options->filter) - used, "%s%s", used ? " " : "",
		 word);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct capture_options *options = state->input;

	switch (key) {
	case 'w':
		options->file = value;
		return 0;
	case 'c':
		options->count = option_number(state, "--count", value, 1, UINT64_MAX);
		return 0;
	case 's':
		options->snapshot = (uint32_t)option_number(state, "--snapshot-length", value, 1,
							    SNAPSHOT_BYTES);
		return 0;
	case 'p':
		options->no_promiscuous = true;
		return 0;
	case OPTION_MTU:
		options->mtu = (uint16_t)option_number(state, "--mtu", value, 68, 9000);
		return 0;
	case OPTION_DURATION:
		if (!parse_seconds(value, &options->duration_ns))
			command_usage(state, "--duration: '%.64s' is not a time in seconds", value);
		return 0;
	case ARGP_KEY_ARG:
		if (options->port)
			add_word(state, options, value);
		else
			options->port = value;
		return 0;
	case ARGP_KEY_END:
		if (!options->port)
			command_usage(state, "PORT is missing");
		if (!options->file && isatty(STDOUT_FILENO))
			command_usage(state, "standard output is a terminal; give -w FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The filter is compiled before anything is opened: a wrong one is wrong usage. */
static int compile(struct capture *capture)
{
	const char *text = capture->options->filter;
	pcap_t *format;
	int status = 0;

	if (!*text)
		return 0;
	format = pcap_open_dead(DLT_EN10MB, (int)SNAPSHOT_BYTES);
	if (!format)
		return complain("no memory for the filter");
	if (pcap_compile(format, &capture->program, text, 1, PCAP_NETMASK_UNKNOWN)) {
		complain("the filter expression '%.256s': %s", text, pcap_geterr(format));
		status = EXIT_USAGE;
	}
	capture->filtered = status == 0;
	pcap_close(format);
	return status;
}

static void keep_packet(struct capture *capture, const struct padma_packet *packet, uint64_t ticks)
{
	struct pcap_pkthdr header = {0};
	uint32_t bytes, here, snapshot = capture->options->snapshot;

	here = capture_copy(packet, capture->data, SNAPSHOT_BYTES, &bytes);
	header.caplen = here;
	header.len = bytes;
	if (capture->filtered && !pcap_offline_filter(&capture->program, &header, capture->data))
		return;
	capture_file_add(capture->file, capture_time(ticks), capture->data,
			 here < snapshot ? here : snapshot, bytes);
	capture->captured++;
}

static bool done(const struct capture *capture)
{
	return capture->options->count && capture->captured >= capture->options->count;
}

/* Receive a burst. Return: whether there was anything. */
static bool receive(struct capture *capture)
{
	struct padma_packet *packets[BURST];
	unsigned int n = padma_rx_burst(capture->session.rx, packets, BURST);
	uint64_t ticks = n ? padma_ticks() : 0;

	capture->received += n;
	for (unsigned int i = 0; i < n; i++) {
		if (!done(capture))
			keep_packet(capture, packets[i], ticks);
		padma_packet_put(capture->session.cache, packets[i]);
	}
	return n != 0;
}

static int service(struct capture *capture, uint64_t now)
{
	if (padma_port_service(capture->session.port, now) &
	    (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE | PADMA_PORT_EVENT_REMOVAL))
		return complain("%.64s: the port has failed, or its removal was requested",
				capture->session.name);
	return 0;
}

static int run(struct capture *capture)
{
	uint64_t start = padma_now_ns(), now = start, serviced = start, flushed = start;
	uint64_t duration = capture->options->duration_ns;
	unsigned int turns = 0;
	int status = 0;

	while (status == 0 && !interrupted() && !done(capture) &&
	       (duration == 0 || now - start < duration)) {
		if (receive(capture))
			turns = 0;
		else
			idle_turn(&turns);
		now = padma_now_ns();
		if (now - serviced >= SERVICE_NS) {
			serviced = now;
			status = service(capture, now);
		}
		if (status == 0 && now - flushed >= FLUSH_NS) {
			flushed = now;
			status = capture_file_flush(capture->file);
		}
	}
	return status;
}

static int capture_port(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	const struct padma_port_params params = {.promiscuous = !options->no_promiscuous,
						 .all_multicast = !options->no_promiscuous,
						 .mtu = options->mtu};
	int status = net_session_open(&capture->session, options->port);

	if (status)
		return status;
	status = capture_file_open(options->file ? options->file : "-", options->snapshot,
				   &capture->file);
	if (status == 0)
		status = net_session_start(&capture->session, &params);
	if (status == 0)
		status = run(capture);
	if (capture_file_close(capture->file) && status == 0)
		status = EXIT_FAILURE;
	return net_session_close(&capture->session, status);
}

int net_capture_command(int argc, char **argv)
{
	static const struct argp_option rows[] = {
		{"write", 'w', "FILE", 0, "the capture file (default: standard output)", 0},
		{"count", 'c', "N", 0, "stop after N packets", 0},
		{"snapshot-length", 's', "BYTES", 0, "bytes of each packet to keep (default: all)",
		 0},
		{"no-promiscuous-mode", 'p', NULL, 0,
		 "receive only frames for the port's own address, and broadcasts", 0},
		{"duration", OPTION_DURATION, "SECONDS", 0, "how long (default: until interrupted)",
		 0},
		{"mtu", OPTION_MTU, "BYTES", 0, "68 to 9000 (default: the device's)", 0},
		{0},
	};
	static const struct argp argp = {
		.options = rows,
		.parser = parse,
		.args_doc = "PORT [FILTER...]",
		.doc = "Write what a port receives to a file that tcpdump and Wireshark read, "
		       "with times in nanoseconds. FILTER is an expression of pcap-filter(7), "
		       "as tcpdump takes it.",
		.children = command_backend};
	static struct capture_options options = {.snapshot = SNAPSHOT_BYTES};
	struct capture capture = {.options = &options};
	int status;

	command_parse(&argp, argc, argv, &options);
	padma_clock_init();
	interrupt_catch();
	status = compile(&capture);
	if (status)
		return status;
	capture.data = malloc(SNAPSHOT_BYTES);
	status = capture.data ? capture_port(&capture) : complain("no memory for a packet");
	free(capture.data);
	if (capture.filtered)
		pcap_freecode(&capture.program);
	fprintf(stderr, "%" PRIu64 " packets captured of %" PRIu64 " received\n", capture.captured,
		capture.received);
	return status;
}
