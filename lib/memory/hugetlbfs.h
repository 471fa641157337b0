/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hugetlbfs.h - libhugetlbfs's query calls, loaded when they are first used.
 *
 * Its constructor reads /proc and, on a kernel without hugepages, prints errors to stderr: before
 * main(), in any program that is linked to it. So it is loaded on the first query, and only if
 * it will find what it needs. Its allocating calls are not used: they print too, and pick
 * any mount.
 *
 * The library keeps what it read in global variables, without a lock: one thread at a time.
 */
#ifndef MEMORY_HUGETLBFS_H
#define MEMORY_HUGETLBFS_H

/* Sizes of hugepages in bytes, at most @most, in any order. How many; 0 if there are none. */
int hugetlbfs_sizes(long *sizes, int most);

/* The kernel's default size in bytes, or 0. */
long hugetlbfs_default_size(void);

/* A mount that this process may use, as found at the first query, or NULL. Not owned. */
const char *hugetlbfs_mount(long page_bytes);

#endif
