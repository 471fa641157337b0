/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin.h - shared objects with third-party models and drivers (padma/plugin.h). */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <stddef.h>

#include "common/command.h"

/*
 * Load @path and add its subcommands to @commands, a table with room for @room rows, the empty one at its end
 * included. 0, or -1 after complaining.
 */
int plugin_load(const char *path, struct command *commands, size_t room);

#endif
