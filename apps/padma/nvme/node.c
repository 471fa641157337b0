// SPDX-License-Identifier: BSD-3-Clause
/* See node.h. */
#include "nvme/node.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool nvme_is_address(const char *device)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	return sscanf(device, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) == 4 &&
	       device[end] == '\0';
}

/*
 * nvme0n1 of .../nvme/nvme0/nvme0n1. With the kernel's multipath it is nvme0c0n1, a hidden path of
 * the drive nvme0n1 (drivers/nvme/host/multipath.c: nvme_mpath_get_disk_name()).
 */
static void node_of(const char *entry, char *node, size_t room)
{
	const char *name = strrchr(entry, '/') + 1;
	const char *hidden = strchr(name, 'c'), *rest = hidden ? strchr(hidden, 'n') : NULL;

	if (rest)
		snprintf(node, room, "/dev/%.*s%s", (int)(hidden - name), name, rest);
	else
		snprintf(node, room, "/dev/%s", name);
}

/* The id of the namespace, 0 if the entry is not a namespace. */
static uint32_t nsid_of(const char *entry)
{
	char path[PATH_MAX];
	unsigned int nsid;
	FILE *file;

	snprintf(path, sizeof(path), "%s/nsid", entry);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%u", &nsid) != 1)
		nsid = 0;
	fclose(file);
	return nsid;
}

/* The entry of namespace @nsid; of the lowest one if that is 0, as with padma's driver. */
static const char *entry_of(const glob_t *entries, uint32_t nsid)
{
	const char *found = NULL;
	uint32_t lowest = UINT32_MAX;

	for (size_t i = 0; i < entries->gl_pathc; i++) {
		uint32_t own = nsid_of(entries->gl_pathv[i]);

		if (own == 0 || own >= lowest || (nsid && own != nsid))
			continue;
		lowest = own;
		found = entries->gl_pathv[i];
	}
	return found;
}

bool nvme_node_find(const char *sysfs, const char *address, uint32_t nsid, char *node, size_t room)
{
	const char *entry = NULL;
	char pattern[PATH_MAX];
	glob_t entries = {0};

	snprintf(pattern, sizeof(pattern), "%s/bus/pci/devices/%s/nvme/nvme*/nvme*n*", sysfs,
		 address);
	if (glob(pattern, 0, NULL, &entries) == 0)
		entry = entry_of(&entries, nsid);
	if (entry)
		node_of(entry, node, room);
	globfree(&entries);
	return entry != NULL;
}

bool nvme_node_is_its_own(const char *sysfs, const char *node)
{
	const char *name = strrchr(node, '/');
	unsigned int major_number, minor_number;
	char path[PATH_MAX];
	struct stat about;
	bool known;
	FILE *file;

	snprintf(path, sizeof(path), "%s/class/block/%s/dev", sysfs, name ? name + 1 : node);
	file = fopen(path, "re");
	if (!file)
		return false;
	known = fscanf(file, "%u:%u", &major_number, &minor_number) == 2;
	fclose(file);
	return known && stat(node, &about) == 0 && S_ISBLK(about.st_mode) &&
	       about.st_rdev == makedev(major_number, minor_number);
}
