// SPDX-License-Identifier: BSD-3-Clause
/* A plugin that calls a function that libpadma does not have. */
#include <padma/plugin.h>

PADMA_API int padma_not_yet_invented(void);

static int init(void)
{
	return padma_not_yet_invented();
}

PADMA_PLUGIN("undefined", init, NULL);
