// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device by its character device, /dev/vfio/devices/NAME: opened, and bound to the space's
 * iommufd. Who else has the function open shows when it is bound.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "device/vfio/device.h"

#define NODES "/dev/vfio/devices"

static int no_node(const struct vfio_device *device, const struct vfio_node *node)
{
	if (node->noiommu)
		return fail(-ENODEV,
			    "%s: vfio-pci has it but offers no character device; the kernel needs "
			    "CONFIG_VFIO_DEVICE_CDEV, and Linux 7.3 for a device without an IOMMU; "
			    "or take the backend pagemap, which uses its group",
			    device->name);
	return fail(-ENODEV,
		    "%s: vfio-pci has it but offers no character device; the kernel needs "
		    "CONFIG_VFIO_DEVICE_CDEV",
		    device->name);
}

static const char *bind_advice(int error, bool behind_iommu)
{
	switch (error) {
	case -EINVAL:
	case -EBUSY:
		return "it is open already, in this process or another; padma devices list shows "
		       "where";
	case -EPERM:
		/* iommufd_device_bind(), Linux, drivers/iommu/iommufd/device.c */
		return behind_iommu
			       ? "without interrupt remapping the kernel does not let it go, as it "
				 "could forge interrupts; turn that on (firmware setup, kernel "
				 "parameters), or, if you trust the device, write 1 to "
				 "/sys/module/iommufd/parameters/allow_unsafe_interrupts, "
				 "or boot with iommufd.allow_unsafe_interrupts=1"
			       : permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO");
	case -EAGAIN:
		return "the kernel is still resetting it; try again";
	case -ENODEV:
		return "the kernel is removing it";
	case -ENOTTY:
		return "the kernel needs CONFIG_VFIO_DEVICE_CDEV";
	default:
		return strerror(-error);
	}
}

struct binding {
	struct vfio_device *device;
	int iommufd;
};

static int bind_once(void *ctx)
{
	const struct binding *binding = ctx;

	return vfio_bind(binding->device->fd, binding->iommufd, &binding->device->head.link.devid);
}

int vfio_open_cdev(struct vfio_device *device, int iommufd, const struct vfio_node *node)
{
	struct binding binding = {device, iommufd};
	char path[sizeof(NODES) + VFIO_NAME_BYTES];
	int rc;

	if (!*node->cdev)
		return no_node(device, node);
	snprintf(path, sizeof(path), NODES "/%s", node->cdev);
	device->fd = vfio_open_node(device->name, path, node->cdev_number);
	if (device->fd < 0)
		return device->fd;
	/* This is where the kernel opens the function (vfio_df_ioctl_bind_iommufd()). */
	rc = vfio_retry_eagain(bind_once, &binding);
	if (rc == 0)
		return 0;
	close(device->fd);
	return fail(rc == -EINVAL ? -EBUSY : rc, "%s cannot be bound to the space's iommufd: %s",
		    device->name, bind_advice(rc, device->head.link.kind == SPACE_DEVICE_IOMMU));
}
