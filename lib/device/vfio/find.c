// SPDX-License-Identifier: BSD-3-Clause
/* See find.h. */
#define PADMA_PART "vfio"
#include "base/base.h"
#include "base/sysfs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/function.h"
#include "device/vfio/find.h"

#define NOIOMMU_PREFIX	  "noiommu-"
#define VFIO_PCI	  "bus/pci/drivers/vfio-pci"
#define NOIOMMU_PARAMETER "module/vfio/parameters/enable_unsafe_noiommu_mode"

const char *vfio_sysfs = "/sys";

static bool starts_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/*
 * VFIO has a class device for each function; the file "dev" in it is there only if it has a node as
 * well (drivers/vfio/vfio_main.c).
 */
static bool has_node(const char *name, const void *vfio_dev)
{
	const char *bare = starts_with(name, NOIOMMU_PREFIX) ? name + strlen(NOIOMMU_PREFIX) : name;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.3900s/%.63s/dev", (const char *)vfio_dev, name);
	return starts_with(bare, "vfio") && access(path, F_OK) == 0;
}

static void read_number(const char *class, const char *name, char number[NODE_NUMBER_BYTES])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.3900s/%.63s/dev", class, name);
	sysfs_line(path, number, NODE_NUMBER_BYTES);
}

/* The one entry of <function>/vfio-dev. */
static void find_cdev(const char *function, struct vfio_node *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/vfio-dev", function);
	if (sysfs_entry(path, has_node, path, node->cdev, sizeof(node->cdev)))
		read_number(path, node->cdev, node->cdev_number);
	node->noiommu = starts_with(node->cdev, NOIOMMU_PREFIX);
}

/* Last part of what <function>/@link points to; "" if there is no such link. */
static void link_name(const char *function, const char *link, char name[VFIO_NAME_BYTES])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/%s", function, link);
	sysfs_link(path, name, VFIO_NAME_BYTES);
}

/* VFIO's class "vfio" has one device for each group that a bound function is in. */
static void find_group(const char *sysfs, const char *function, struct vfio_node *node)
{
	char path[PATH_MAX], number[VFIO_NAME_BYTES];
	bool noiommu = function_is_in_dummy_group(function);

	link_name(function, "iommu_group", number);
	if (!*number)
		return;
	snprintf(node->group, sizeof(node->group), "%s%.32s", noiommu ? NOIOMMU_PREFIX : "",
		 number);
	snprintf(path, sizeof(path), "%.3900s/class/vfio", sysfs);
	read_number(path, node->group, node->group_number);
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
