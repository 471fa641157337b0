// SPDX-License-Identifier: BSD-3-Clause
/* See vfio_find.h. */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/vfio_find.h"

#define NOIOMMU_PREFIX	  "noiommu-"
#define NOIOMMU_GROUP	  "vfio-noiommu"
#define VFIO_PCI	  "bus/pci/drivers/vfio-pci"
#define NOIOMMU_PARAMETER "module/vfio/parameters/enable_unsafe_noiommu_mode"

bool vfio_is_address(const char *name)
{
	/* Domains have 4 digits, or 8 where a machine has many (Linux, Documentation/PCI). */
	size_t domain = strspn(name, "0123456789abcdefABCDEF");
	const char *rest = name + domain;

	return domain >= 4 && domain <= 8 && rest[0] == ':' && isxdigit(rest[1]) &&
	       isxdigit(rest[2]) && rest[3] == ':' && isxdigit(rest[4]) && isxdigit(rest[5]) &&
	       rest[6] == '.' && rest[7] >= '0' && rest[7] <= '7' && rest[8] == '\0';
}

static bool starts_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_class_device(const char *name)
{
	if (starts_with(name, NOIOMMU_PREFIX))
		name += strlen(NOIOMMU_PREFIX);
	return starts_with(name, "vfio") && strlen(name) < VFIO_NAME_BYTES / 2;
}

/*
 * The one entry of <function>/vfio-dev. VFIO has a class device for each function; the file "dev"
 * in it is there only where it has a node as well (drivers/vfio/vfio_main.c).
 */
static void find_cdev(const char *function, struct vfio_node *node)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%.4000s/vfio-dev", function);
	dir = opendir(path);
	if (!dir)
		return;
	while (!*node->cdev && (entry = readdir(dir))) {
		if (!is_class_device(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.3900s/vfio-dev/%.63s/dev", function, entry->d_name);
		if (access(path, F_OK) == 0)
			snprintf(node->cdev, sizeof(node->cdev), "%.63s", entry->d_name);
	}
	closedir(dir);
	node->noiommu = starts_with(node->cdev, NOIOMMU_PREFIX);
}

/* Last part of what <function>/@link points to; "" where there is no such link. */
static void link_name(const char *function, const char *link, char name[VFIO_NAME_BYTES])
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	ssize_t length;

	snprintf(path, sizeof(path), "%.4000s/%s", function, link);
	length = readlink(path, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	last = strrchr(target, '/');
	snprintf(name, VFIO_NAME_BYTES, "%.63s", last ? last + 1 : target);
}

/* A group that VFIO made for a function without an IOMMU is called so (drivers/vfio/group.c). */
static bool is_noiommu_group(const char *function)
{
	char path[PATH_MAX], name[sizeof(NOIOMMU_GROUP)] = "";
	int fd;

	snprintf(path, sizeof(path), "%.4000s/iommu_group/name", function);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name)) < 0)
		name[0] = '\0';
	close(fd);
	return starts_with(name, NOIOMMU_GROUP);
}

/* VFIO's class "vfio" has one device for each group that a bound function is in. */
static void find_group(const char *sysfs, const char *function, struct vfio_node *node)
{
	char path[PATH_MAX], number[VFIO_NAME_BYTES];
	bool noiommu = is_noiommu_group(function);

	link_name(function, "iommu_group", number);
	if (!*number)
		return;
	snprintf(node->group, sizeof(node->group), "%s%.32s", noiommu ? NOIOMMU_PREFIX : "",
		 number);
	snprintf(path, sizeof(path), "%.3900s/class/vfio/%s", sysfs, node->group);
	if (access(path, F_OK))
		node->group[0] = '\0';
	else
		node->noiommu |= noiommu;
}

static bool is_there(const char *sysfs, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/%s", sysfs, name);
	return access(path, F_OK) == 0;
}

/* What else stands in the way of vfio-pci. Only for the sentence. */
static const char *obstacle(const char *sysfs, bool noiommu)
{
	if (!is_there(sysfs, VFIO_PCI))
		return ", once the kernel has that driver: modprobe vfio-pci, or a kernel with "
		       "CONFIG_VFIO_PCI";
	if (noiommu && !is_there(sysfs, NOIOMMU_PARAMETER))
		return ", once the kernel does that without an IOMMU: CONFIG_VFIO_NOIOMMU";
	return "";
}

static int not_bound(const char *sysfs, const char *function, const char *address)
{
	char driver[VFIO_NAME_BYTES], group[VFIO_NAME_BYTES];
	bool noiommu;

	link_name(function, "driver", driver);
	link_name(function, "iommu_group", group);
	if (strcmp(driver, "vfio-pci") == 0)
		return fail(
			-ENODEV,
			"%s: vfio-pci has it but offers neither a character device nor a group; "
			"the kernel needs CONFIG_VFIO_DEVICE_CDEV (and CONFIG_IOMMUFD) or "
			"CONFIG_VFIO_GROUP",
			address);
	noiommu = *group == '\0';
	if (*driver)
		return fail(
			-EBUSY,
			"%s: the kernel's driver %s has it; padma devices bind %s%s gives it to "
			"vfio-pci%s",
			address, driver, address, noiommu ? " --noiommu" : "",
			obstacle(sysfs, noiommu));
	return fail(-ENODEV,
		    "%s: no driver is bound to it; padma devices bind %s%s gives it to vfio-pci%s",
		    address, address, noiommu ? " --noiommu" : "", obstacle(sysfs, noiommu));
}

int vfio_find(const char *sysfs, const char *address, struct vfio_node *node)
{
	char function[PATH_MAX];

	snprintf(function, sizeof(function), "%.3900s/bus/pci/devices/%.32s", sysfs, address);
	if (access(function, F_OK))
		return fail(-ENODEV, "%s: there is no such PCI function", address);
	*node = (struct vfio_node){0};
	find_cdev(function, node);
	find_group(sysfs, function, node);
	return *node->cdev || *node->group ? 0 : not_bound(sysfs, function, address);
}
