/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * populate.h - fault memory in before a device uses it: what is missing is an error, not a SIGBUS.
 */
#ifndef MEMORY_POPULATE_H
#define MEMORY_POPULATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * As if every page of [va, va + bytes) were written to, without changing it. Whole pages. 0, or
 * -EFAULT (not memory, or not writable; hugepages: none is free), -ENOMEM, -EHWPOISON. Never a
 * signal.
 */
int populate_write(uint64_t va, uint64_t bytes);

/* The same for reading. Before Linux 5.14 all that is found out is whether memory is mapped there. */
int populate_read(uint64_t va, uint64_t bytes);

/* populate_write() by the means of kernels before Linux 5.14, one system call for each 4 KiB. It does
 * write: 0 is ORed into the first word of each page, also if that is a device's register. */
int populate_by_futex(uint64_t va, uint64_t bytes);

#endif
