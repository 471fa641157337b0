/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * procfs.h - facts about this process and the machine's memory, for error messages: a remedy is
 * named only if its cause was measured.
 *
 * Every call takes the root below which /proc and /sys are looked up: "" for the machine's own, a
 * directory in tests. Any thread. Not for hot paths: each call reads a file.
 */
#ifndef BASE_PROCFS_H
#define BASE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No limit, or one that could not be read. */
#define PROCFS_UNLIMITED UINT64_MAX

/* The rest of the first line of @root@path that starts with @name, without blanks around it. Return:
 * whether there is one; "" otherwise. */
bool procfs_field(const char *root, const char *path, const char *name, char *value, size_t bytes);

/* The number that follows @name there, as "VmLck:     64 kB" in /proc/self/status; @otherwise
 * if there is none. */
uint64_t procfs_number(const char *root, const char *path, const char *name, uint64_t otherwise);

/* A soft limit of /proc/self/limits by its name there, in that file's units (bytes). */
uint64_t procfs_limit(const char *root, const char *name);

/* Whether the capability (CAP_* of linux/capability.h) is effective, in whatever user namespace. */
bool procfs_may(const char *root, unsigned int capability);

/* Whether this is the initial user namespace, in which the kernel's capable() checks capabilities. */
bool procfs_initial_namespace(const char *root);

/*
 * ZONE_MOVABLE, from which the kernel pins nothing for long: bytes of memory in it, and the bytes
 * that can be had in the other zones, where pages are moved to be pinned: what is free above the
 * kernel's own reserve (min). ZONE_DMA is left out, which is kept for others.
 */
void procfs_movable(const char *root, uint64_t *movable_bytes, uint64_t *free_elsewhere);

/* Whether a list of numbers and ranges as "0-2,5" holds @number. An unreadable one holds all. */
bool procfs_list_holds(const char *list, unsigned int number);

#endif
