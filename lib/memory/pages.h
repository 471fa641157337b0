/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pages.h - allocate pages and map them at an address.
 */
#ifndef MEMORY_PAGES_H
#define MEMORY_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* hugetlb pages of memfd_create() or of a hugetlbfs mount, or ordinary 4 KiB pages (sim only). */
struct page_source {
	size_t page_bytes;
	const char *mount; /* a hugetlbfs directory, or NULL for memfd_create(); not owned */
	int *file; /* set to the descriptor of the pages' file, the caller's; NULL: it is closed */
};

/*
 * Replace the reservation at [va, va + bytes) by pages: shared, MAP_FIXED, populated at once if
 * @populate (a page that is missing is an error here, not a SIGBUS later), DONTFORK and DONTDUMP.
 * @node -1: any. On failure the PROT_NONE reservation is back in place. 0, -ENOMEM (not that many
 * pages free), -EINVAL, -EACCES, -ENOENT, -EMFILE, -ENFILE.
 */
int pages_map(void *va, size_t bytes, const struct page_source *source, int node, bool populate);

/* Replace whatever is mapped there by a PROT_NONE reservation. */
int pages_reserve_at(void *va, size_t bytes);

/*
 * Release pages if their mapping cannot be replaced (the number of mappings of a process is
 * limited). An access there gets a new page, until something else is mapped there. 0, -ENOMEM.
 */
int pages_drop(void *va, size_t bytes);

/* The size of hugepages that can be allocated now: 2 MiB if any are free or surplus, else 0. */
size_t pages_best_size(const char *sysfs_root);

#endif
