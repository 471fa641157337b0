// SPDX-License-Identifier: BSD-3-Clause
/* Reads the counts of hugepage pools from sysfs. */
#include "memory/hugepages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void pool_path(const char *root, size_t page_bytes, int node, char *path, size_t bytes)
{
	size_t kib = page_bytes >> 10;

	if (node < 0)
		snprintf(path, bytes, "%s/kernel/mm/hugepages/hugepages-%zukB", root, kib);
	else
		snprintf(path, bytes, "%s/devices/system/node/node%d/hugepages/hugepages-%zukB",
			 root, node, kib);
}

static int read_count(const char *pool, const char *name, uint64_t *count)
{
	char path[PATH_MAX + 32], text[32], *end;
	ssize_t got;
	int fd;

	*count = 0;
	snprintf(path, sizeof(path), "%s/%s", pool, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ENOENT;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return -ENOENT;
	text[got] = '\0';
	*count = strtoull(text, &end, 10);
	return end == text ? -ENOENT : 0;
}

int hugepages_count(const char *sysfs_root, size_t page_bytes, int node,
		    struct hugepage_counts *counts)
{
	char pool[PATH_MAX];

	*counts = (struct hugepage_counts){0};
	pool_path(sysfs_root ? sysfs_root : "/sys", page_bytes, node, pool, sizeof(pool));
	if (read_count(pool, "nr_hugepages", &counts->total) ||
	    read_count(pool, "free_hugepages", &counts->free))
		return -ENOENT;
	/* A missing one counts as 0: nodes have no resv_hugepages, old kernels no overcommit. */
	(void)read_count(pool, "surplus_hugepages", &counts->surplus);
	(void)read_count(pool, "resv_hugepages", &counts->reserved);
	(void)read_count(pool, "nr_overcommit_hugepages", &counts->surplus_limit);
	return 0;
}

void hugepages_knob(size_t page_bytes, int node, char *path, size_t path_bytes)
{
	char pool[128];

	pool_path("/sys", page_bytes, node, pool, sizeof(pool));
	snprintf(path, path_bytes, "%s/nr_hugepages", pool);
}

uint64_t hugepages_obtainable(const struct hugepage_counts *counts)
{
	uint64_t pages = 0;

	if (counts->free > counts->reserved)
		pages += counts->free - counts->reserved;
	if (counts->surplus_limit > counts->surplus)
		pages += counts->surplus_limit - counts->surplus;
	return pages;
}
