// SPDX-License-Identifier: BSD-3-Clause
/* A plugin for another version of the interface; its init() must not be called. */
#include <stdlib.h>

#include <padma/plugin.h>

static int init(void)
{
	abort();
}

PADMA_API const struct padma_plugin padma_plugin = {
	PADMA_PLUGIN_ABI + 1, sizeof(struct padma_plugin), "old", padma_last_error, init, NULL};
