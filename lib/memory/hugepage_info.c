// SPDX-License-Identifier: BSD-3-Clause
/*
 * The system's hugepages: sizes and mounts from libhugetlbfs, counts from sysfs, nodes from libnuma.
 */
#define PADMA_PART "memory"
#include "base/base.h"

#include <linux/capability.h>
#include <numa.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <padma/hugepages.h>
#include <padma/params.h>

#include "base/procfs.h"
#include "memory/hugepages.h"
#include "memory/hugetlbfs.h"

/* More than any architecture has (arm64 with 4 KiB pages: four). */
#define MOST_SIZES 16

/* For the calls of hugetlbfs.h. */
static pthread_mutex_t query_lock = PTHREAD_MUTEX_INITIALIZER;

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

/* CAP_IPC_LOCK lifts the limit (iommufd accounts pinned pages, pages.c in the kernel). */
static uint64_t memlock_limit(void)
{
	struct rlimit limit;

	if ((procfs_may("", CAP_IPC_LOCK) && procfs_initial_namespace("")) ||
	    getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return PADMA_MEMLOCK_UNLIMITED;
	return limit.rlim_cur;
}

static int highest_node(void)
{
	return numa_available() < 0 ? 0 : numa_max_node();
}

/* Without NUMA the kernel has no node directories: the pool is node 0's. */
static int fill_nodes(struct padma_hugepage_size *pages, const char *root)
{
	struct padma_hugepage_node *nodes = calloc((size_t)highest_node() + 1, sizeof(*nodes));
	struct hugepage_counts counts;

	if (!nodes)
		return -ENOMEM;
	pages->nodes = nodes;
	for (int node = 0; node <= highest_node(); node++)
		if (hugepages_count(root, pages->page_bytes, node, &counts) == 0)
			nodes[pages->node_count++] = (struct padma_hugepage_node){
				node, counts.total, counts.free, counts.surplus};
	if (pages->node_count == 0 && numa_available() < 0)
		nodes[pages->node_count++] =
			(struct padma_hugepage_node){0, pages->total, pages->free, pages->surplus};
	return 0;
}

static int fill_size(struct padma_hugepage_size *pages, const char *root,
		     const struct hugepage_counts *counts, long bytes)
{
	const char *mount = hugetlbfs_mount(bytes);

	*pages = (struct padma_hugepage_size){
		.page_bytes = (size_t)bytes,
		.is_default = hugetlbfs_default_size() == bytes,
		.total = counts->total,
		.free = counts->free,
		.reserved = counts->reserved,
		.surplus = counts->surplus,
		.surplus_limit = counts->surplus_limit,
		.obtainable = hugepages_obtainable(counts),
	};
	if (mount) {
		pages->mount = strdup(mount);
		if (!pages->mount)
			return -ENOMEM;
	}
	return fill_nodes(pages, root);
}

static int fill_sizes(struct padma_hugepage_info *info, struct padma_hugepage_size *pools,
		      const char *root)
{
	long sizes[MOST_SIZES];
	int found = hugetlbfs_sizes(sizes, MOST_SIZES), rc = 0;

	qsort(sizes, (size_t)found, sizeof(sizes[0]), by_size);
	for (int i = 0; i < found && rc == 0; i++) {
		struct hugepage_counts counts;

		if (hugepages_count(root, (size_t)sizes[i], -1, &counts))
			continue;
		/* Counted first, so that a failure frees what there is of it. */
		rc = fill_size(&pools[info->size_count++], root, &counts, sizes[i]);
	}
	return rc;
}

static int take_snapshot(const char *root, struct padma_hugepage_info *info)
{
	struct padma_hugepage_size *pools = calloc(MOST_SIZES, sizeof(*pools));
	int rc;

	if (!pools)
		return -ENOMEM;
	*info = (struct padma_hugepage_info){
		.sizes = pools,
		.numa = numa_available() >= 0,
		.node_count = 1,
		.memlock_bytes = memlock_limit(),
	};
	if (info->numa)
		info->node_count = (unsigned int)numa_num_configured_nodes();
	pthread_mutex_lock(&query_lock);
	rc = fill_sizes(info, pools, root);
	pthread_mutex_unlock(&query_lock);
	return rc;
}

int padma_hugepage_info_get_sized(size_t params_bytes, const struct padma_hugepage_params *given,
				  size_t info_bytes, struct padma_hugepage_info *result)
{
	struct padma_hugepage_info info = {0};
	struct padma_hugepage_params params;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc == 0) {
		rc = take_snapshot(params.sysfs, &info);
		if (rc)
			rc = fail(rc, "no memory for a snapshot of the system's hugepages");
	}
	if (rc) {
		padma_hugepage_info_put(&info);
		info = (struct padma_hugepage_info){0};
	}
	padma_params_give(result, info_bytes, &info, sizeof(info));
	return rc;
}

void padma_hugepage_info_put(struct padma_hugepage_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; i < info->size_count; i++) {
		free((void *)(uintptr_t)info->sizes[i].mount);
		free((void *)(uintptr_t)info->sizes[i].nodes);
	}
	free((void *)(uintptr_t)info->sizes);
	info->sizes = NULL;
	info->size_count = 0;
}
