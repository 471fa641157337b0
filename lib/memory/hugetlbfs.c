// SPDX-License-Identifier: BSD-3-Clause
/* Loads libhugetlbfs, quietly. */
#define PADMA_PART "memory"
#include "base/base.h"
#include "memory/hugetlbfs.h"

#include <dlfcn.h>
#include <hugetlbfs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libhugetlbfs.so.0"

/* All NULL if it is not loaded. */
static struct {
	bool tried;
	__typeof__(gethugepagesizes) *sizes;
	__typeof__(gethugepagesize) *default_size;
	__typeof__(hugetlbfs_find_path_for_size) *mount;
} calls;

/* Its constructor prints errors on a kernel without hugepages, and without /proc. */
static bool would_be_quiet(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");
	bool found = false;
	char line[128];

	if (!meminfo)
		return false;
	while (!found && fgets(line, sizeof(line), meminfo))
		found = strncmp(line, "Hugepagesize:", 13) == 0;
	fclose(meminfo);
	return found && access("/proc/mounts", R_OK) == 0;
}

static void load(void)
{
	void *library;

	if (calls.tried)
		return;
	calls.tried = true;
	if (!would_be_quiet())
		return;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		log_warning("page sizes and mounts are not known: %s", dlerror());
		return;
	}
	calls.sizes = (__typeof__(calls.sizes))dlsym(library, "gethugepagesizes");
	calls.default_size = (__typeof__(calls.default_size))dlsym(library, "gethugepagesize");
	calls.mount = (__typeof__(calls.mount))dlsym(library, "hugetlbfs_find_path_for_size");
}

int hugetlbfs_sizes(long *sizes, int most)
{
	int found;

	load();
	found = calls.sizes ? calls.sizes(sizes, most) : 0;
	return found > 0 ? found : 0;
}

long hugetlbfs_default_size(void)
{
	long bytes;

	load();
	bytes = calls.default_size ? calls.default_size() : 0;
	return bytes > 0 ? bytes : 0;
}

const char *hugetlbfs_mount(long page_bytes)
{
	load();
	return calls.mount ? calls.mount(page_bytes) : NULL;
}
