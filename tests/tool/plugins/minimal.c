// SPDX-License-Identifier: BSD-3-Clause
/* A plugin that does nothing; linked with and without a second libpadma. */
#include <padma/plugin.h>

PADMA_PLUGIN("minimal", NULL, NULL);
