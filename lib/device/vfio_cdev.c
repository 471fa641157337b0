// SPDX-License-Identifier: BSD-3-Clause
/*
 * Opening "0000:00:04.0": find its node, open it, bind it to the space's iommufd, learn what it
 * has. Attaching it to the space's page table is the space's part (lib/space/attach.h).
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio_cdev.h"
#include "device/vfio_device.h"
#include "device/vfio_find.h"

#define SYSFS		   "/sys"
#define NODES		   "/dev/vfio/devices"

/* While the kernel resets the device it cannot be had: tried again for two seconds. */
#define BUSY_TRIES	   200
#define BUSY_PAUSE_NS	   10000000

/* PCI Local Bus 3.0, 6.2.2 */
#define PCI_COMMAND_MEMORY (1u << 1)

const char *vfio_open_advice(int error)
{
	switch (error) {
	case -EPERM:
		return "not permitted; run as root, or with CAP_SYS_RAWIO";
	case -EACCES:
		return "permission denied; run as root, or let the user read and write it";
	case -EBUSY:
		return "somebody else has it open, by its VFIO group; padma devices list says who";
	case -ENOENT:
	case -ENXIO:
		return "no such node; /dev must be a devtmpfs or udev's";
	case -EAGAIN:
		return "the kernel still resets it; try again";
	case -ENODEV:
		return "the kernel takes it away just now";
	default:
		return strerror(-error);
	}
}

const char *vfio_bind_advice(int error, bool behind_iommu)
{
	switch (error) {
	case -EINVAL:
	case -EBUSY:
		return "somebody else has it open; padma devices list says who";
	case -EPERM:
		/* iommufd_device_bind(), Linux, drivers/iommu/iommufd/device.c */
		return behind_iommu
			       ? "without interrupt remapping the kernel does not let it go, as it "
				 "could forge interrupts; turn that on (firmware setup, kernel "
				 "parameters), or, if you trust the device, write 1 to "
				 "/sys/module/iommufd/parameters/allow_unsafe_interrupts, "
				 "or boot with iommufd.allow_unsafe_interrupts=1"
			       : "not permitted; CAP_SYS_RAWIO is needed";
	case -ENODEV:
		return "the kernel takes it away just now";
	case -ENOTTY:
		return "the kernel needs CONFIG_VFIO_DEVICE_CDEV";
	case -EAGAIN:
		return "the kernel still resets it; try again";
	default:
		return strerror(-error);
	}
}

static void pause_while_busy(void)
{
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};

	nanosleep(&pause, NULL);
}

static int open_node(const char *address, const struct vfio_node *node)
{
	char path[sizeof(NODES) + VFIO_NAME_BYTES];
	int fd, error;

	snprintf(path, sizeof(path), NODES "/%s", node->name);
	for (int tries = 0;; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		error = fd < 0 ? errno : 0;
		if (error != EAGAIN || tries == BUSY_TRIES)
			break;
		pause_while_busy();
	}
	if (fd < 0)
		return fail(-error, "%s: open %s: %s", address, path, vfio_open_advice(-error));
	return fd;
}

/* The device is enabled, and reset, when it is bound: vfio_pci_core_enable() answers EAGAIN where
 * somebody else resets it just then. */
static int bind_node(struct vfio_device *device, struct padma_space *space)
{
	int rc;

	for (int tries = 0;; tries++) {
		rc = vfio_bind(device->cdev, space_iommufd(space), &device->head.link.devid);
		if (rc != -EAGAIN || tries == BUSY_TRIES)
			break;
		pause_while_busy();
	}
	device->head.link.cdev = device->cdev;
	if (rc == 0)
		return 0;
	return fail(rc == -EINVAL ? -EBUSY : rc, "%s cannot be bound to the space's iommufd: %s",
		    device->name,
		    vfio_bind_advice(rc, device->head.link.kind == SPACE_DEVICE_IOMMU));
}

static int learn(struct vfio_device *device)
{
	struct uapi_vfio_device_info info;
	int rc = vfio_device_info(device->cdev, &info);

	if (rc)
		return fail(rc, "%s: the kernel does not describe it: %s", device->name,
			    strerror(-rc));
	if (!(info.flags & UAPI_VFIO_FLAG_PCI))
		return fail(-EPROTO, "%s: VFIO says that it is no PCI function", device->name);
	device->resets = info.flags & UAPI_VFIO_FLAG_RESET;
	rc = vfio_regions_open(device);
	if (rc)
		return rc;
	if (!vfio_is_there(device))
		rc = fail(-ENODEV, "%s does not answer on the bus", device->name);
	if (rc == 0)
		rc = vfio_irqs_open(device);
	/* Registers are accessed from here on; whoever had the device before may have left it off.
	 */
	if (rc == 0 && vfio_command(device, PCI_COMMAND_MEMORY, 0))
		rc = fail(-EIO, "%s: its memory could not be turned on", device->name);
	if (rc == 0)
		rc = vfio_watch_start(device);
	if (rc)
		vfio_regions_close(device);
	return rc;
}

static int open_found(struct vfio_device *device, struct padma_space *space,
		      const struct vfio_node *node)
{
	int rc = open_node(device->name, node);

	if (rc < 0)
		return rc;
	device->cdev = rc;
	rc = bind_node(device, space);
	if (rc == 0)
		rc = learn(device);
	if (rc)
		close(device->cdev);
	return rc;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	struct vfio_device *device;
	struct vfio_node node;
	int rc = vfio_find(SYSFS, name, &node);

	if (rc)
		return rc;
	rc = space_accepts(space, node.noiommu ? SPACE_DEVICE_NOIOMMU : SPACE_DEVICE_IOMMU, name);
	if (rc)
		return rc;
	device = calloc(1, sizeof(*device));
	if (!device)
		return fail(-ENOMEM, "%s: no memory left", name);
	device->head.ops = &vfio_device_ops;
	device->head.removal_fd = -1;
	device->head.link.kind = node.noiommu ? SPACE_DEVICE_NOIOMMU : SPACE_DEVICE_IOMMU;
	snprintf(device->name, sizeof(device->name), "%s", name);
	rc = open_found(device, space, &node);
	if (rc) {
		free(device);
		return rc;
	}
	*opened = &device->head;
	return 0;
}

const struct device_provider vfio_cdev_provider = {
	.form = "a PCI address as 0000:00:04.0",
	.claims = vfio_is_address,
	.open = provider_open,
};
