// SPDX-License-Identifier: BSD-3-Clause
/* See backend_option.h. */
#include "common/backend_option.h"

#include "common/command.h"

enum {
	OPTION_BACKEND = 0x2000,
};

static const char *backend;

static error_t parse(int key, char *value, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case OPTION_BACKEND:
		backend = value;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option rows[] = {
	{"backend", OPTION_BACKEND, "NAME", 0,
	 "how to get dma addresses (padma mem lists the backends; default: the first that suits "
	 "the device and works)",
	 0},
	{0},
};
static const struct argp backend_argp = {
	.options = rows, .parser = parse, .children = command_common};
const struct argp_child command_backend[] = {{.argp = &backend_argp}, {0}};

const char *backend_option(void)
{
	return backend;
}
