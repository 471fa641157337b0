/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/hugepages.h - the system's hugepages and the limit on locked memory
 *
 * The page sizes, the kernel's pools of hugepages with their counts, in all and per NUMA node, the
 * hugetlbfs mounts, and the limit on locked memory: a snapshot, taken once. Nothing here changes
 * the system.
 *
 * Threading: any thread. A snapshot does not change.
 */
#ifndef PADMA_HUGEPAGES_H
#define PADMA_HUGEPAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* No limit (RLIM_INFINITY). */
#define PADMA_MEMLOCK_UNLIMITED UINT64_MAX

/**
 * struct padma_hugepage_node - hugepages of one size on one NUMA node
 * @node: its number
 * @total: pages in the pool, surplus ones included
 * @free: of these, pages that are not in use
 * @surplus: of these, pages above the number that is set in nr_hugepages
 */
struct padma_hugepage_node {
	int node;
	uint64_t total;
	uint64_t free;
	uint64_t surplus;
};

/**
 * struct padma_hugepage_size - the pool of hugepages of one size
 * @page_bytes: the size
 * @is_default: whether it is the kernel's default size
 * @total: pages in the pool, surplus ones included
 * @free: of these, pages that are not in use
 * @reserved: of the free ones, pages reserved for existing mappings
 * @surplus: of @total, pages above the number that is set; the kernel takes them back when they are freed
 * @surplus_limit: how many surplus pages the kernel may add on demand
 * @obtainable: pages that a new mapping can get: free ones that are not reserved, and surplus pages if
 * the system has memory for them
 * @mount: a hugetlbfs mount with pages of this size that the process may use, or NULL; as it was
 * when the process first asked
 * @nodes: the same by node, @node_count of them, in order
 * @node_count: NUMA nodes with a pool of this size
 */
struct padma_hugepage_size {
	size_t page_bytes;
	bool is_default;
	uint64_t total;
	uint64_t free;
	uint64_t reserved;
	uint64_t surplus;
	uint64_t surplus_limit;
	uint64_t obtainable;
	const char *mount;
	const struct padma_hugepage_node *nodes;
	size_t node_count;
};

/**
 * struct padma_hugepage_info - the system's memory for devices
 * @sizes: a pool for each size of hugepages, @size_count of them, smaller sizes first; owned by the
 * snapshot
 * @size_count: 0 if the kernel has no hugepages
 * @numa: whether the kernel has NUMA nodes; otherwise there is one, 0
 * @node_count: NUMA nodes of the system
 * @memlock_bytes: how much this process may lock, in bytes (RLIMIT_MEMLOCK), or
 * PADMA_MEMLOCK_UNLIMITED, also if it holds CAP_IPC_LOCK. Mapping into an IOAS counts against it
 */
struct padma_hugepage_info {
	const struct padma_hugepage_size *sizes;
	size_t size_count;
	bool numa;
	unsigned int node_count;
	uint64_t memlock_bytes;
};

/**
 * struct padma_hugepage_params - where to look; all zero for the machine itself
 * @sysfs: root of sysfs, where the counts are read; NULL for "/sys". Sizes that have no pool below it are
 * left out
 */
struct padma_hugepage_params {
	const char *sysfs;
};

/* private: padma_hugepage_info_get() with the size that the caller was compiled with */
PADMA_API int padma_hugepage_info_get_sized(size_t params_bytes,
					    const struct padma_hugepage_params *params,
					    size_t info_bytes, struct padma_hugepage_info *info);

/**
 * padma_hugepage_info_get() - take a snapshot
 * @params: where to look, or NULL
 * @info: filled; the caller frees it by padma_hugepage_info_put()
 *
 * Return: 0, or -ENOMEM, -E2BIG (padma/params.h); @info is empty then.
 */
PADMA_INLINE int padma_hugepage_info_get(const struct padma_hugepage_params *params,
					 struct padma_hugepage_info *info)
{
	return padma_hugepage_info_get_sized(sizeof(struct padma_hugepage_params), params,
					     sizeof(struct padma_hugepage_info), info);
}

/**
 * padma_hugepage_info_put() - free what a snapshot holds
 * @info: the snapshot, without sizes afterwards; NULL is allowed
 */
PADMA_API void padma_hugepage_info_put(struct padma_hugepage_info *info);

PADMA_END_DECLS

#endif
