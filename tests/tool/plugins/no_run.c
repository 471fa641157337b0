// SPDX-License-Identifier: BSD-3-Clause
/* A plugin with a subcommand that nothing carries out. */
#include <padma/plugin.h>

static const struct padma_plugin_command commands[] = {{"idle", NULL, "does nothing"}, {0}};

PADMA_PLUGIN("no run", NULL, commands);
