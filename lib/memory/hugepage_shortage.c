// SPDX-License-Identifier: BSD-3-Clause
/* See hugepage_shortage.h. */
#include "memory/hugepage_shortage.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/vfs.h>

#include "base/cgroup.h"
#include "base/procfs.h"
#include "memory/hugepages.h"

#define MOST_NODES 1024 /* MAX_NUMNODES of the kernel */

static uint64_t below(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * hugetlbfs counts in its own pages, and only if the mount has a size= or a min_size=; a mount
 * with the latter alone answers -1 (hugetlbfs_statfs() of Linux).
 */
static void look_at_mount(const struct hugepage_request *request, struct sentence *sentence)
{
	struct statfs fs;

	if (!request->mount || statfs(request->mount, &fs) || fs.f_blocks == 0 ||
	    fs.f_blocks > (uint64_t)INT64_MAX || fs.f_bfree >= request->pages)
		return;
	/* A remount leaves the size as it is. */
	sentence_add(sentence,
		     "the mount %.64s is limited to %" PRIu64 ", of which %" PRIu64
		     " are free: give another that was mounted without size=, or with size=%" PRIu64
		     "K at least",
		     request->mount, (uint64_t)fs.f_blocks, (uint64_t)fs.f_bfree,
		     ((uint64_t)fs.f_blocks + request->pages - fs.f_bfree) *
			     (request->page_bytes >> 10));
}

static void look_at_cgroup(const struct hugepage_request *request, struct sentence *sentence)
{
	struct cgroup_room room;
	uint64_t left;

	if (!cgroup_hugetlb(request->root, request->page_bytes, &room))
		return;
	left = cgroup_left(&room) / request->page_bytes;
	if (left < request->pages)
		sentence_add(sentence,
			     "the control group may have %" PRIu64
			     " more: raise %.200s by %" PRIu64,
			     left, room.file, (request->pages - left) * request->page_bytes);
}

static int count(const struct hugepage_request *request, int node, struct hugepage_counts *counts)
{
	char sysfs[PATH_MAX];

	snprintf(sysfs, sizeof(sysfs), "%.4000s/sys", request->root);
	return hugepages_count(sysfs, request->page_bytes, node, counts);
}

/* No advice to enlarge the pool if the machine has no memory for it. */
static void enlarge(const struct hugepage_request *request, int node, uint64_t total,
		    uint64_t missing, struct sentence *sentence, const char *found)
{
	uint64_t available =
		procfs_number(request->root, "/proc/meminfo", "MemAvailable:", UINT64_MAX);
	char knob[160];

	if (available / (request->page_bytes >> 10) < missing) {
		sentence_add(sentence,
			     "%s; the machine has no memory for %" PRIu64 " more (%" PRIu64
			     " KiB are available): ask for less",
			     found, missing, available);
		return;
	}
	hugepages_knob(request->page_bytes, node, knob, sizeof(knob));
	sentence_add(sentence, "%s; as root: echo %" PRIu64 " > %s, or padma mem reserve SIZE",
		     found, total + missing, knob);
}

static void look_at_pool(const struct hugepage_request *request, struct sentence *sentence)
{
	char found[128], where[24] = "";
	struct hugepage_counts counts;
	uint64_t available;

	if (count(request, request->node, &counts)) {
		sentence_add(sentence, "the kernel has no pool of them; give a page size that "
				       "/sys/kernel/mm/hugepages lists");
		return;
	}
	available = below(counts.free, counts.reserved);
	if (available >= request->pages)
		return;
	if (request->node >= 0)
		snprintf(where, sizeof(where), " on node %d", request->node);
	snprintf(found, sizeof(found), "%" PRIu64 " of %" PRIu64 "%s are free%s", available,
		 counts.total, where,
		 hugepages_obtainable(&counts) > available ? ", and no surplus could be allocated"
							   : "");
	enlarge(request, request->node, counts.total, request->pages - available, sentence, found);
}

/* All nodes together have enough, but not those that the process's cpuset allows. */
static void look_at_nodes(const struct hugepage_request *request, struct sentence *sentence)
{
	struct hugepage_counts counts, first = {0};
	uint64_t allowed = 0, all = 0;
	char list[128], found[256];
	int first_node = -1;

	if (request->node >= 0 || !procfs_field(request->root, "/proc/self/status",
						"Mems_allowed_list:", list, sizeof(list)))
		return;
	for (int node = 0; node < MOST_NODES; node++) {
		if (count(request, node, &counts))
			continue;
		all += counts.free;
		if (!procfs_list_holds(list, (unsigned int)node))
			continue;
		allowed += counts.free;
		if (first_node < 0) {
			first_node = node;
			first = counts;
		}
	}
	if (all < request->pages || allowed >= request->pages || first_node < 0)
		return;
	snprintf(found, sizeof(found),
		 "%" PRIu64 " are free on the nodes that this process's cpuset allows (%s)",
		 allowed, list);
	enlarge(request, first_node, first.total, request->pages - allowed, sentence, found);
}

void hugepage_shortage(const struct hugepage_request *request, struct sentence *sentence)
{
	struct hugepage_counts counts;
	struct sentence found = {""};

	look_at_mount(request, &found);
	look_at_cgroup(request, &found);
	look_at_pool(request, &found);
	look_at_nodes(request, &found);
	if (!*found.text && count(request, request->node, &counts) == 0)
		sentence_add(&found,
			     "%" PRIu64 " of %" PRIu64
			     " are free, and no limit of the mount, the control group or the "
			     "nodes stands in the way: try again",
			     counts.free, counts.total);
	sentence_add(sentence, "%" PRIu64 " %s of %zu KiB %s wanted: %s", request->pages,
		     request->pages == 1 ? "hugepage" : "hugepages", request->page_bytes >> 10,
		     request->pages == 1 ? "is" : "are", found.text);
}
