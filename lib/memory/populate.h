/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * populate.h - memory that is there, writable, and nobody else's, before a device may use it.
 */
#ifndef MEMORY_POPULATE_H
#define MEMORY_POPULATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * As if every page of [va, va + bytes) were written to, without changing it. Whole pages. 0, or
 * -EFAULT (not memory, or not writable), -ENOMEM. Never a signal.
 */
int populate_write(uint64_t va, uint64_t bytes);

/* The same with the means of kernels before Linux 5.14, one system call for each 4 KiB. It does write:
 * 0 is ORed into the first word of each page, also where that is a device's register. */
int populate_by_futex(uint64_t va, uint64_t bytes);

#endif
