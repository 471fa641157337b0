// SPDX-License-Identifier: BSD-3-Clause
/*
 * What of the machine stands on a function. The search goes from what is used (mounts, swap,
 * routes) down to hardware, as sysfs links each device to those below it.
 */
#include "pci/in_use.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <padma/error.h>

/* Deeper than people stack devices; ends what would go round in circles. */
#define DEPTH_MAX      8

#define RTF_REJECT_BIT 0x0200u /* include/uapi/linux/route.h: RTF_REJECT, a route to nowhere */

/* What the search is for; @function is resolved, without links. */
struct search {
	const struct pci_roots *roots;
	const char *address;
	char function[PATH_MAX];
};

static bool stands_on(const struct search *search, const char *device, unsigned int depth);

static bool any_below(const struct search *search, const char *directory, const char *prefix,
		      unsigned int depth)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;
	bool found = false;
	char path[PATH_MAX];

	if (!entries)
		return false;
	while (!found && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		path_make(path, "%s/%s", directory, entry->d_name);
		found = stands_on(search, path, depth + 1);
	}
	closedir(entries);
	return found;
}

/*
 * The NVMe driver's multipath puts a drive's block device below a subsystem, apart from the PCI
 * functions; there the controllers are linked: nvme-subsys0/nvme0 (drivers/nvme/host/core.c).
 */
static bool on_controller_of(const struct search *search, const char *device, unsigned int depth)
{
	char subsystem[PATH_MAX];
	char *end;

	path_make(subsystem, "%s", device);
	end = strstr(subsystem, "/nvme-subsystem/");
	end = end ? strchr(end + strlen("/nvme-subsystem/"), '/') : NULL;
	if (!end)
		return false;
	*end = '\0';
	return any_below(search, subsystem, "nvme", depth);
}

/* slaves: below device mapper and RAID; lower_*: below bonds, bridges and VLANs. */
static bool stands_on(const struct search *search, const char *device, unsigned int depth)
{
	char real[PATH_MAX], path[PATH_MAX];
	size_t length = strlen(search->function);

	if (depth > DEPTH_MAX || !realpath(device, real))
		return false;
	if (strncmp(real, search->function, length) == 0 &&
	    (real[length] == '/' || real[length] == '\0'))
		return true;
	/* A partition's disk is the directory above it, and that has the slaves. */
	return any_below(search, path_make(path, "%s/slaves", real), "", depth) ||
	       any_below(search, path_make(path, "%s/../slaves", real), "", depth) ||
	       any_below(search, real, "lower_", depth) || on_controller_of(search, real, depth);
}

static bool number_stands_on(const struct search *search, unsigned int major_number,
			     unsigned int minor_number)
{
	char path[PATH_MAX];

	path_make(path, "%s/dev/block/%u:%u", search->roots->sysfs, major_number, minor_number);
	return stands_on(search, path, 0);
}

/* @node is a path like /dev/sda1, or one that leads to a block device by links. */
static bool node_stands_on(const struct search *search, const char *node)
{
	const char *name = strrchr(node, '/');
	char path[PATH_MAX];
	struct stat about;

	if (!name)
		return false;
	if (stands_on(search, path_make(path, "%s/class/block/%s", search->roots->sysfs, name + 1),
		      0))
		return true;
	return stat(node, &about) == 0 && S_ISBLK(about.st_mode) &&
	       number_stands_on(search, major(about.st_rdev), minor(about.st_rdev));
}

/*
 * Documentation/filesystems/proc.rst 3.5: id, parent, major:minor, root, mount point, options,
 * optional fields, "-", type, source. File systems of several devices (btrfs) have a major of 0
 * and name one of their devices as the source.
 */
static bool mount_stands_on(const struct search *search, const char *line, char *place)
{
	unsigned int major_number, minor_number;
	char source[PATH_MAX];
	const char *rest = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %u:%u %*s %255s", &major_number, &minor_number, place) != 3)
		return false;
	if (number_stands_on(search, major_number, minor_number))
		return true;
	return rest && sscanf(rest, " - %*s %4095s", source) == 1 && source[0] == '/' &&
	       node_stands_on(search, source);
}

static bool swap_stands_on(const struct search *search, const char *line, char *place)
{
	return sscanf(line, "%255s", place) == 1 && place[0] == '/' &&
	       node_stands_on(search, place);
}

static bool interface_stands_on(const struct search *search, const char *name)
{
	char path[PATH_MAX];

	return stands_on(search, path_make(path, "%s/class/net/%s", search->roots->sysfs, name), 0);
}

/* net/ipv4/fib_trie.c: Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
static bool route_stands_on(const struct search *search, const char *line, char *place)
{
	unsigned int destination, flags, mask;

	return sscanf(line, "%255s %x %*x %x %*d %*u %*d %x", place, &destination, &flags, &mask) ==
		       4 &&
	       destination == 0 && mask == 0 && !(flags & RTF_REJECT_BIT) &&
	       interface_stands_on(search, place);
}

/* net/ipv6/route.c: destination, its length, source, its length, hop, metric, ref, use, flags. */
static bool route6_stands_on(const struct search *search, const char *line, char *place)
{
	unsigned int length, flags;

	return sscanf(line, "%*32s %x %*32s %*x %*32s %*x %*x %*x %x %255s", &length, &flags,
		      place) == 3 &&
	       length == 0 && !(flags & RTF_REJECT_BIT) && interface_stands_on(search, place);
}

static const struct {
	const char *file; /* below proc */
	bool (*stands)(const struct search *search, const char *line, char *place);
	const char *words;
} uses[] = {
	{"self/mountinfo", mount_stands_on, "a file system on it is mounted at"},
	{"swaps", swap_stands_on, "the machine swaps to"},
	{"net/route", route_stands_on, "the default route goes through"},
	{"net/ipv6_route", route6_stands_on, "the IPv6 default route goes through"},
};

/* One of @uses; a file that is not there (no IPv6, say) speaks of nothing. */
static int check_use(const struct search *search, size_t use)
{
	char path[PATH_MAX], place[256];
	size_t room = 0;
	char *line = NULL;
	bool found = false;
	FILE *file = fopen(path_make(path, "%s/%s", search->roots->proc, uses[use].file), "re");

	if (!file)
		return 0;
	while (!found && getline(&line, &room, file) > 0)
		found = uses[use].stands(search, line, place);
	free(line);
	fclose(file);
	if (!found)
		return 0;
	return padma_fail(-EBUSY, "pci",
			  "%s is in use: %s %s; end that first, or force it and lose that",
			  search->address, uses[use].words, place);
}

int pci_in_use(const struct pci_roots *roots, const char *address)
{
	struct search search = {.roots = roots, .address = address};

	if (!realpath(roots->function, search.function))
		return padma_fail(-errno, "pci", "%s: %s", address, strerror(errno));
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		int error = check_use(&search, i);

		if (error)
			return error;
	}
	return 0;
}

int pci_is_closed(const char *address, const struct padma_pci_state *state)
{
	const struct padma_pci_holder *holder = state->holders;

	if (state->holder_count == 0)
		return 0;
	return padma_fail(-EBUSY, "pci", "%s: process %d (%s)%s has it open; end that first",
			  address, holder->pid, holder->name,
			  state->holder_count > 1 ? " and others" : "");
}
