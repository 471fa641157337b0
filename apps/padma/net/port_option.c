// SPDX-License-Identifier: BSD-3-Clause
/* See port_option.h. */
#include "net/port_option.h"

#include "common/command.h"

error_t port_option_parse(int key, char *value, struct argp_state *state)
{
	struct port_option *option = state->input;

	switch (key) {
	case PORT_OPTION_JSON:
		option->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (option->name)
			command_usage(state, "'%.64s' is not expected after PORT", value);
		option->name = value;
		return 0;
	case ARGP_KEY_END:
		if (!option->name)
			command_usage(state, "PORT is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
