/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cgroup.h - the control group that leaves this process the least room of a resource.
 *
 * Version 2 (Linux, Documentation/admin-guide/cgroup-v2.rst) and version 1 (cgroup-v1/hugetlb.rst).
 * A group's limit holds for all groups below it, so that all from the process's own up to the root
 * of what is mounted are looked at.
 */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A limit: its file, and both numbers in bytes. */
struct cgroup_room {
	char file[PATH_MAX];
	uint64_t limit;
	uint64_t used;
};

/* Hugepages of a size: both what is in use and what is reserved by mappings has a limit. @root as
 * in procfs.h. Return: whether there is any limit. */
bool cgroup_hugetlb(const char *root, size_t page_bytes, struct cgroup_room *room);

/* Memory of all other kinds: memory.max. */
bool cgroup_memory(const char *root, struct cgroup_room *room);

/* The bytes that are left. */
static inline uint64_t cgroup_left(const struct cgroup_room *room)
{
	return room->limit > room->used ? room->limit - room->used : 0;
}

#endif
