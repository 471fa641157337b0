/* SPDX-License-Identifier: BSD-3-Clause */
/* reserve.h - padma mem reserve and release. */
#ifndef MEM_RESERVE_H
#define MEM_RESERVE_H

/* argv[0] selects which. Return: the exit code. */
int mem_reserve_command(int argc, char **argv);
int mem_release_command(int argc, char **argv);

#endif
