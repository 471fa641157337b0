// SPDX-License-Identifier: BSD-3-Clause
/* A plugin with a subcommand that the tool has already. */
#include <padma/plugin.h>

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static const struct padma_plugin_command commands[] = {{"nvme", run, "in its place"}, {0}};

PADMA_PLUGIN("same command", NULL, commands);
