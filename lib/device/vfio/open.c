// SPDX-License-Identifier: BSD-3-Clause
/*
 * Opening "0000:00:04.0": find its nodes, take the one that suits the space, learn what the
 * function has. Attaching it to the space's page table is the space's part (lib/space/attach.h).
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/function.h"
#include "device/vfio/device.h"
#include "device/vfio/provider.h"

static int query_device(struct vfio_device *device)
{
	struct uapi_vfio_device_info info;
	int rc = vfio_device_info(device->fd, &info);

	if (rc)
		return fail(rc, "%s: the kernel does not describe it: %s", device->name,
			    strerror(-rc));
	if (!(info.flags & UAPI_VFIO_FLAG_PCI))
		return fail(-EPROTO, "%s: VFIO reports that it is not a PCI function",
			    device->name);
	device->resets = info.flags & UAPI_VFIO_FLAG_RESET;
	rc = vfio_regions_open(device);
	if (rc)
		return rc;
	if (vfio_look(device) != DEVICE_PRESENT)
		rc = fail(-ENODEV, "%s does not answer on the bus", device->name);
	if (rc == 0)
		rc = vfio_irqs_open(device);
	/* Registers are accessed from here on; its previous user may have left it off.
	 */
	if (rc == 0 && vfio_memory_on(device))
		rc = fail(-EIO, "%s: its memory could not be turned on", device->name);
	if (rc == 0)
		rc = vfio_removal_start(device);
	if (rc)
		vfio_regions_close(device);
	return rc;
}

/* A space with an iommufd has devices bound to it; one without has nothing to bind to. */
static int open_found(struct vfio_device *device, struct padma_space *space,
		      const struct vfio_node *node)
{
	int iommufd = space_iommufd(space);
	int rc;

	device->group = device->container = -1;
	rc = iommufd >= 0 ? vfio_open_cdev(device, iommufd, node) : vfio_open_group(device, node);
	if (rc)
		return rc;
	device->head.link.fd = device->fd;
	rc = query_device(device);
	if (rc)
		vfio_close(device);
	return rc;
}

static enum space_device_kind kind_of(const struct vfio_node *node)
{
	return node->noiommu ? SPACE_DEVICE_NOIOMMU : SPACE_DEVICE_IOMMU;
}

static int provider_kind(const char *name, enum space_device_kind *kind)
{
	struct vfio_node node;
	int rc = vfio_find(vfio_sysfs, name, &node);

	if (rc == 0)
		*kind = kind_of(&node);
	return rc;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	struct vfio_device *device;
	enum space_device_kind kind;
	struct vfio_node node;
	int rc = vfio_find(vfio_sysfs, name, &node);

	if (rc)
		return rc;
	kind = kind_of(&node);
	rc = space_accepts(space, kind, name);
	if (rc)
		return rc;
	device = calloc(1, sizeof(*device));
	if (!device)
		return fail(-ENOMEM, "%s: no memory left", name);
	device->head.ops = &vfio_device_ops;
	device->head.removal_fd = -1;
	device->head.link.kind = kind;
	snprintf(device->name, sizeof(device->name), "%s", name);
	rc = open_found(device, space, &node);
	if (rc) {
		free(device);
		return rc;
	}
	*opened = &device->head;
	return 0;
}

const struct device_provider vfio_provider = {
	.form = "a PCI address as 0000:00:04.0",
	.claims = function_is_address,
	.kind = provider_kind,
	.open = provider_open,
};
