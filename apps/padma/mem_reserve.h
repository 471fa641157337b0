/* SPDX-License-Identifier: BSD-3-Clause */
/* mem_reserve.h - padma mem reserve and release. */
#ifndef APPS_PADMA_MEM_RESERVE_H
#define APPS_PADMA_MEM_RESERVE_H

/* argv[0] says which. Return: the exit code. */
int mem_reserve_command(int argc, char **argv);
int mem_release_command(int argc, char **argv);

#endif
