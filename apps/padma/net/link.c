// SPDX-License-Identifier: BSD-3-Clause
/* padma net link: start a port, wait for its link, show it, and with --follow each change. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/interrupt.h"
#include "common/json.h"
#include "common/options.h"
#include "net/port_option.h"
#include "net/session.h"

#define TICK_NS 20000000

struct link_options {
	struct port_option port; /* first */
	uint64_t wait_ns;
	uint64_t follow_ns; /* UINT64_MAX: until interrupted */
};

enum {
	OPTION_WAIT = 0x100,
	OPTION_FOLLOW,
};

static uint64_t seconds(const struct argp_state *state, const char *what, const char *text)
{
	uint64_t ns;

	if (!parse_seconds(text, &ns))
		command_usage(state, "%s: '%.64s' is not a time in seconds", what, text);
	return ns;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct link_options *options = state->input;

	switch (key) {
	case OPTION_WAIT:
		options->wait_ns = seconds(state, "--wait", value);
		return 0;
	case OPTION_FOLLOW:
		options->follow_ns = value ? seconds(state, "--follow", value) : UINT64_MAX;
		return 0;
	default:
		return port_option_parse(key, value, state);
	}
}

static int print(const struct link_options *options, const struct padma_port_link *link)
{
	if (options->port.json)
		return json_print(json_pack("{s:o, s:b, s:b, s:I}", "name",
					    json_text(options->port.name), "up", link->up,
					    "full_duplex", link->full_duplex, "mbit",
					    (json_int_t)link->mbit));
	if (!link->up)
		puts("down");
	else if (link->mbit)
		printf("up, %" PRIu32 " Mbit/s, %s duplex\n", link->mbit,
		       link->full_duplex ? "full" : "half");
	else
		puts("up");
	return command_finish_output();
}

/* Show the changes. Return: the exit code. */
static int follow(const struct link_options *options, struct net_session *session,
		  struct padma_port_link *link)
{
	const struct timespec nap = {.tv_nsec = TICK_NS};
	uint64_t start = padma_now_ns();
	int status = 0;

	while (status == 0 && !interrupted() && padma_now_ns() - start < options->follow_ns) {
		unsigned int events = padma_port_service(session->port, padma_now_ns());

		if (events &
		    (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE | PADMA_PORT_EVENT_REMOVAL))
			return complain("%.64s: the port has failed, or its removal was requested",
					session->name);
		if (events & PADMA_PORT_EVENT_LINK) {
			if (padma_port_link(session->port, link))
				return complain("%s", padma_last_error());
			status = print(options, link);
		}
		nanosleep(&nap, NULL);
	}
	return status;
}

static int show(const struct link_options *options, struct net_session *session)
{
	struct padma_port_link link;
	bool up = net_session_wait_link(session, options->wait_ns, &link);
	int status = print(options, &link);

	if (status || options->follow_ns)
		return status ? status : follow(options, session, &link);
	return up ? 0 : complain("%.64s: the link is down; --wait waits for it", session->name);
}

int net_link_command(int argc, char **argv)
{
	static const struct argp_option rows[] = {
		{"wait", OPTION_WAIT, "SECONDS", 0, "how long to wait for link up (default 1)", 0},
		{"follow", OPTION_FOLLOW, "SECONDS", OPTION_ARG_OPTIONAL,
		 "then show each change, for this time (default: until interrupted)", 0},
		PORT_OPTION_ROW,
		{0},
	};
	static const struct argp argp = {
		.options = rows,
		.parser = parse,
		.args_doc = "PORT",
		.doc = "Start a port and show its link. The exit code is 1 if it is down.",
		.children = command_backend};
	static const struct padma_port_params params;
	struct link_options options = {.wait_ns = 1000000000};
	struct net_session session;
	int status;

	command_parse(&argp, argc, argv, &options);
	interrupt_catch();
	status = net_session_open(&session, options.port.name);
	if (status)
		return status;
	status = net_session_start(&session, &params);
	if (status == 0)
		status = show(&options, &session);
	return net_session_close(&session, status);
}
