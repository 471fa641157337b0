// SPDX-License-Identifier: BSD-3-Clause
/* See procfs.h. The files are described in Linux's Documentation/filesystems/proc.rst. */
#include "base/procfs.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_below(const char *root, const char *path)
{
	char whole[PATH_MAX];

	if (snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		return NULL;
	return fopen(whole, "re");
}

bool procfs_field(const char *root, const char *path, const char *name, char *value, size_t bytes)
{
	FILE *file = open_below(root, path);
	size_t length = strlen(name);
	bool found = false;
	char line[512];

	value[0] = '\0';
	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *rest = line + length;

		found = strncmp(line, name, length) == 0;
		if (!found)
			continue;
		rest += strspn(rest, " \t");
		snprintf(value, bytes, "%.*s", (int)strcspn(rest, "\n"), rest);
	}
	if (file)
		fclose(file);
	return found;
}

uint64_t procfs_number(const char *root, const char *path, const char *name, uint64_t otherwise)
{
	char value[64], *end;
	unsigned long long number;

	if (!procfs_field(root, path, name, value, sizeof(value)))
		return otherwise;
	number = strtoull(value, &end, 10);
	return end == value ? otherwise : number;
}

uint64_t procfs_limit(const char *root, const char *name)
{
	/* "unlimited" is no number. */
	return procfs_number(root, "/proc/self/limits", name, PROCFS_UNLIMITED);
}

bool procfs_may(const char *root, unsigned int capability)
{
	char value[64];

	if (!procfs_field(root, "/proc/self/status", "CapEff:", value, sizeof(value)))
		return false;
	return strtoull(value, NULL, 16) >> capability & 1;
}

/* Its map is of all identifiers onto themselves (user_namespaces(7)). */
bool procfs_initial_namespace(const char *root)
{
	FILE *file = open_below(root, "/proc/self/uid_map");
	unsigned long long inside = 1, outside = 1, count = 0;
	bool initial;

	if (!file)
		return true; /* a kernel without user namespaces */
	initial = fscanf(file, "%llu %llu %llu", &inside, &outside, &count) == 3 && inside == 0 &&
		  outside == 0 && count == UINT32_MAX;
	fclose(file);
	return initial;
}

void procfs_movable(const char *root, uint64_t *movable_bytes, uint64_t *free_elsewhere)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages, available = 0;
	FILE *file = open_below(root, "/proc/zoneinfo");
	char line[256], zone[32] = "";

	*movable_bytes = *free_elsewhere = 0;
	while (file && fgets(line, sizeof(line), file)) {
		bool movable = strcmp(zone, "Movable") == 0;

		if (sscanf(line, "Node %*u, zone %31s", zone) == 1)
			continue;
		if (movable && sscanf(line, " present %" SCNu64, &pages) == 1)
			*movable_bytes += pages * page;
		if (movable || strcmp(zone, "DMA") == 0)
			continue;
		if (sscanf(line, " pages free %" SCNu64, &pages) == 1)
			available = pages;
		else if (sscanf(line, " min %" SCNu64, &pages) == 1 && available > pages)
			*free_elsewhere += (available - pages) * page;
	}
	if (file)
		fclose(file);
}

bool procfs_list_holds(const char *list, unsigned int number)
{
	const char *at = list;
	char *end;

	while (*at) {
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return true;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (number >= first && number <= last)
			return true;
		at = *end == ',' ? end + 1 : end;
		if (at == end && *at)
			return true;
	}
	return at == list;
}
