/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * find.h - from a PCI address to the VFIO nodes that stand for it, by sysfs alone.
 *
 * A function that vfio-pci has may be offered in two ways: by its character device, and by
 * the group that it is in. Whether an IOMMU is in front of it is read off their names
 * ("noiommu-vfio0"; the group "vfio-noiommu"): the module parameter may change while a device is
 * bound.
 */
#ifndef DEVICE_VFIO_FIND_H
#define DEVICE_VFIO_FIND_H

#include <stdbool.h>

#include "device/node.h"

#define VFIO_NAME_BYTES 64

/* "/sys"; for tests to set. */
extern const char *vfio_sysfs;

struct vfio_node {
	char cdev[VFIO_NAME_BYTES];  /* under /dev/vfio/devices; "" if the kernel offers none */
	char group[VFIO_NAME_BYTES]; /* under /dev/vfio; "" if the kernel offers none */
	/* Their numbers; "" if there is none. */
	char cdev_number[NODE_NUMBER_BYTES];
	char group_number[NODE_NUMBER_BYTES];
	bool noiommu;
};

/*
 * The nodes of the function @address, by the sysfs at @sysfs ("/sys"): at least one of them. 0, or
 * -ENODEV (no such function, or nothing bound to it), -EBUSY (another driver has it), with the
 * reason noted.
 */
int vfio_find(const char *sysfs, const char *address, struct vfio_node *node);

#endif
