/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hugepages.h - the kernel's hugepage pools, as sysfs counts them.
 *
 * Documented in Linux's Documentation/admin-guide/mm/hugetlbpage.rst: a directory per page size
 * under kernel/mm/hugepages, and the same per node under devices/system/node/nodeN/hugepages.
 */
#ifndef MEMORY_HUGEPAGES_H
#define MEMORY_HUGEPAGES_H

#include <stddef.h>
#include <stdint.h>

struct hugepage_counts {
	uint64_t total;		/* nr_hugepages; surplus pages are among them */
	uint64_t free;		/* free_hugepages */
	uint64_t reserved;	/* resv_hugepages: free, but reserved for existing mappings */
	uint64_t surplus;	/* surplus_hugepages: above nr_hugepages, taken back when freed */
	uint64_t surplus_limit; /* nr_overcommit_hugepages */
};

/*
 * Read the pool of a page size on @node (-1: all nodes together; a node has no reserved and no
 * surplus_limit, they are 0). @sysfs_root NULL is "/sys". 0, or -ENOENT if there is no such
 * pool. Notes no reason: callers ask for pools that may not exist.
 */
int hugepages_count(const char *sysfs_root, size_t page_bytes, int node,
		    struct hugepage_counts *counts);

/* Where the pool's size is set, for messages: the path of its nr_hugepages. */
void hugepages_knob(size_t page_bytes, int node, char *path, size_t path_bytes);

/* Pages that a new mapping can get: free ones that are not reserved, and surplus. */
uint64_t hugepages_obtainable(const struct hugepage_counts *counts);

#endif
