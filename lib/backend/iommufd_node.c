// SPDX-License-Identifier: BSD-3-Clause
/* See iommufd_node.h. */
#define PADMA_PART "space"
#include "base/base.h"
#include "base/sysfs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/permission.h"
#include "kernel/iommufd.h"
#include "backend/iommufd_node.h"

#define IOMMU_NODE  "/dev/iommu"
#define IOMMU_CLASS "/sys/class/misc/iommu"
#define VFIO_NODES  "/dev/vfio/devices"
#define NODE_PREFIX "noiommu-"

static int open_node(char *reason)
{
	int fd = iommufd_open(IOMMU_NODE);

	switch (fd) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		/* The driver is there (misc_register() makes the class's entry), its node is not. */
		if (access(IOMMU_CLASS, F_OK) == 0)
			return set_reason(
				fd, reason,
				IOMMU_NODE
				" is not there, although the kernel has iommufd: "
				"/dev must be a devtmpfs or udev's, and a container must be "
				"given the node");
		return set_reason(fd, reason,
				  IOMMU_NODE
				  " is not there: the kernel needs CONFIG_IOMMUFD, and if "
				  "that is a module, modprobe iommufd");
	case -EACCES:
	case -EPERM:
		return set_reason(fd, reason, IOMMU_NODE ": %s", permission_to_open(fd));
	default:
		return fd < 0 ? set_reason(fd, reason, IOMMU_NODE ": %s", strerror(-fd)) : fd;
	}
}

int iommufd_node_open(struct backend *backend, char *reason)
{
	int rc = open_node(reason);

	if (rc < 0)
		return rc;
	backend->iommufd = rc;
	rc = iommufd_ioas_alloc(backend->iommufd, &backend->ioas_id);
	if (rc) {
		set_reason(rc, reason, "cannot make an address space (IOAS): %s", strerror(-rc));
		close(backend->iommufd);
	}
	return rc;
}

/* Nodes are named vfio0, or noiommu-vfio0 (Linux, drivers/vfio/vfio_main.c). */
static bool starts_with(const char *name, const void *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

bool iommufd_node_has_device(bool behind_iommu, char *reason)
{
	const char *prefix = behind_iommu ? "vfio" : NODE_PREFIX "vfio";
	char name[NAME_MAX + 1];

	if (sysfs_entry(VFIO_NODES, starts_with, prefix, name, sizeof(name)))
		return true;
	set_reason(0, reason, "no device %s an IOMMU is bound to vfio-pci (%s/%s*)",
		   behind_iommu ? "behind" : "without", VFIO_NODES, prefix);
	return false;
}
