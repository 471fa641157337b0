// SPDX-License-Identifier: BSD-3-Clause
/* See shortage.h. */
#include "base/shortage.h"

#include <limits.h>
#include <stdio.h>

#include "base/cgroup.h"
#include "base/procfs.h"

typedef unsigned long long ull;

static uint64_t kib(const char *root, const char *path, const char *name, uint64_t otherwise)
{
	uint64_t value = procfs_number(root, path, name, UINT64_MAX);

	return value > UINT64_MAX >> 10 ? otherwise : value << 10;
}

/* Mappings of this process: a line each. */
static uint64_t count_mappings(const char *root)
{
	char path[PATH_MAX];
	uint64_t lines = 0;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%.4000s/proc/self/maps", root);
	file = fopen(path, "re");
	while (file && (c = getc_unlocked(file)) != EOF)
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

void shortage_of_addresses(const char *root, uint64_t bytes, struct sentence *sentence)
{
	uint64_t limit = procfs_limit(root, "Max address space");
	uint64_t used = kib(root, "/proc/self/status", "VmSize:", 0);
	uint64_t most = procfs_number(root, "/proc/sys/vm/max_map_count", "", UINT64_MAX);
	/* mmap() and a split of a mapping need one or two more. */
	uint64_t mappings = count_mappings(root) + 2;

	if (limit != PROCFS_UNLIMITED && (used > limit || bytes > limit - used))
		sentence_add(sentence,
			     "%llu KiB of the limit of %llu KiB of addresses are used: raise it "
			     "(ulimit -v)",
			     (ull)used >> 10, (ull)limit >> 10);
	if (mappings > most)
		sentence_add(sentence,
			     "the process has as many mappings as vm.max_map_count allows, %llu: "
			     "raise that",
			     (ull)most);
}

/* With vm.overcommit_memory 2 all that is promised counts (Documentation/mm/overcommit-accounting). */
static void look_at_commit_limit(const char *root, uint64_t bytes, struct sentence *sentence)
{
	uint64_t limit = kib(root, "/proc/meminfo", "CommitLimit:", UINT64_MAX);
	uint64_t used = kib(root, "/proc/meminfo", "Committed_AS:", 0);

	if (procfs_number(root, "/proc/sys/vm/overcommit_memory", "", 0) != 2)
		return;
	if (used > limit || bytes > limit - used)
		sentence_add(sentence,
			     "vm.overcommit_memory is 2 and %llu KiB of %llu KiB are promised: "
			     "raise vm.overcommit_ratio",
			     (ull)used >> 10, (ull)limit >> 10);
}

void shortage_of_memory(const char *root, uint64_t bytes, struct sentence *sentence)
{
	uint64_t available = kib(root, "/proc/meminfo", "MemAvailable:", UINT64_MAX);
	struct cgroup_room room;

	if (bytes > available)
		sentence_add(sentence,
			     "%llu KiB of memory are available on the machine: free some, or ask "
			     "for less",
			     (ull)available >> 10);
	look_at_commit_limit(root, bytes, sentence);
	if (cgroup_memory(root, &room) && bytes > cgroup_left(&room))
		sentence_add(sentence,
			     "the control group has %llu KiB of %llu KiB left: raise %.200s",
			     (ull)cgroup_left(&room) >> 10, (ull)room.limit >> 10, room.file);
}
