/* SPDX-License-Identifier: BSD-3-Clause */
/* port_option.h - the arguments of subcommands that look at one port: PORT, --json, and more of their own. */
#ifndef NET_PORT_OPTION_H
#define NET_PORT_OPTION_H

#include <argp.h>
#include <stdbool.h>

struct port_option {
	const char *name;
	bool json;
};

/* For the parser of a command, as its last case; its input begins with a struct port_option. */
error_t port_option_parse(int key, char *value, struct argp_state *state);

/* The row of --json, to be listed in the command's table. */
#define PORT_OPTION_JSON 0x1f0
#define PORT_OPTION_ROW                                                                            \
	{                                                                                          \
		"json", PORT_OPTION_JSON, NULL, 0, "print JSON", 0                                 \
	}

#endif
