// SPDX-License-Identifier: BSD-3-Clause
/*
 * Asks the kernel for the node of each page by move_pages(2) without target nodes, which moves
 * nothing and fills in where each page is.
 */
#include "memory/node.h"

#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdbool.h>
#include <string.h>

#include "base/sysfs.h"

#define BATCH	  512

/* No page yet. */
#define NODE_NONE (-2)

static int join(int node, int other)
{
	return node == NODE_NONE || node == other ? other : -1;
}

/* The node of @count pages, NODE_NONE if none of them is there, or -1. */
static int node_of_batch(char *va, size_t count, size_t page_bytes)
{
	void *pages[BATCH];
	int status[BATCH];
	int node = NODE_NONE;

	for (size_t i = 0; i < count; i++)
		pages[i] = va + i * page_bytes;
	if (move_pages(0, count, pages, NULL, status, 0))
		return -1;
	for (size_t i = 0; i < count && node != -1; i++) {
		if (status[i] != -ENOENT)
			node = join(node, status[i] < 0 ? -1 : status[i]);
	}
	return node;
}

/* Without NUMA in the kernel there are no nodes in sysfs; and libnuma knows none if a container
 * forbids its system calls. */
static bool is_only_node_0(void)
{
	int highest = numa_max_node();
	char online[64];

	if (highest >= 0)
		return highest == 0;
	sysfs_line("/sys/devices/system/node/online", online, sizeof(online));
	return strcmp(online, "") == 0 || strcmp(online, "0") == 0;
}

int node_of_pages(void *va, size_t bytes, size_t page_bytes, int bound)
{
	size_t count = bytes / page_bytes;
	int node = NODE_NONE;

	if (is_only_node_0())
		return 0;
	for (size_t i = 0; i < count && node != -1; i += BATCH) {
		size_t n = count - i < BATCH ? count - i : BATCH;
		int here = node_of_batch((char *)va + i * page_bytes, n, page_bytes);

		if (here != NODE_NONE)
			node = join(node, here);
	}
	return node == NODE_NONE ? bound : node;
}
