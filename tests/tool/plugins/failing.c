// SPDX-License-Identifier: BSD-3-Clause
/* A plugin whose init() fails. */
#include <errno.h>

#include <padma/plugin.h>

static int init(void)
{
	return padma_fail(-EIO, "failing", "the moon is full; wait a day");
}

PADMA_PLUGIN("failing", init, NULL);
