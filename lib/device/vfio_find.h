/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio_find.h - from a PCI address to the VFIO device that stands for it, by sysfs alone.
 *
 * Whether an IOMMU is in front of a device is read off the node's name ("noiommu-vfio0"): the
 * module parameter may change while a device is bound.
 */
#ifndef DEVICE_VFIO_FIND_H
#define DEVICE_VFIO_FIND_H

#include <stdbool.h>

#define VFIO_NAME_BYTES 64

struct vfio_node {
	char name[VFIO_NAME_BYTES]; /* under /dev/vfio/devices */
	bool noiommu;
};

/* Whether this is a PCI address with its domain: "0000:00:04.0". */
bool vfio_is_address(const char *name);

/*
 * The node of the function @address, by the sysfs at @sysfs ("/sys"). 0, or -ENODEV (no such
 * function, or nothing bound to it), -EBUSY (another driver has it), with the reason noted.
 */
int vfio_find(const char *sysfs, const char *address, struct vfio_node *node);

#endif
