/* SPDX-License-Identifier: BSD-3-Clause */
/* commands.h - the subcommands, one file (or a few) each. */
#ifndef APPS_PADMA_COMMANDS_H
#define APPS_PADMA_COMMANDS_H

int bench_command(int argc, char **argv);
int devices_command(int argc, char **argv);

#endif
