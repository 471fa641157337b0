// SPDX-License-Identifier: BSD-3-Clause
/* What a driver calls on a device behind VFIO. */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "device/reset_kind.h"
#include "device/vfio/device.h"

static int failed(struct vfio_device *device)
{
	return device_failed_access(&device->head, vfio_look(device));
}

static int config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes)
{
	struct vfio_device *device = vfio_of(head);
	int rc = -ENODEV;

	if (padma_device_state(head) != PADMA_DEVICE_GONE) {
		rc = vfio_region_read(device, &device->config, offset, data, bytes);
		/* What was read is no proof: the kernel answers some of it from memory, the ids
		 * too. */
		if (rc || vfio_look(device) != DEVICE_PRESENT)
			rc = failed(device);
	}
	if (rc)
		memset(data, 0xff, bytes);
	return rc;
}

static int config_write(struct padma_device *head, unsigned int offset, const void *data,
			size_t bytes)
{
	struct vfio_device *device = vfio_of(head);
	int rc;

	if (padma_device_state(head) == PADMA_DEVICE_GONE)
		return -ENODEV;
	rc = vfio_region_write(device, &device->config, offset, data, bytes);
	/* On the bus, a write that no function decodes does not fail. */
	return rc || vfio_look(device) != DEVICE_PRESENT ? failed(device) : 0;
}

static uint64_t bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
			 unsigned int width)
{
	const struct vfio_device *device = vfio_of(head);
	uint64_t value = 0;

	if (vfio_region_read(device, &device->bars[bar], offset, &value, width))
		return UINT64_MAX;
	return le64toh(value);
}

static void bar_write(struct padma_device *head, unsigned int bar, uint64_t offset, uint64_t value,
		      unsigned int width)
{
	const struct vfio_device *device = vfio_of(head);

	/* What cannot be written is lost, as on the bus. */
	value = htole64(value);
	(void)vfio_region_write(device, &device->bars[bar], offset, &value, width);
}

static int quiesce(struct padma_device *head)
{
	return vfio_master_off(vfio_of(head));
}

static enum padma_reset_kind reset_kind(const struct padma_device *head)
{
	const struct vfio_device *device = (const void *)head;

	return device->resets ? reset_kind_of(vfio_sysfs, device->name) : PADMA_RESET_NONE;
}

static int reset_once(void *ctx)
{
	const struct vfio_device *device = ctx;

	return vfio_reset(device->fd);
}

/* The kernel saves the function's state before the reset and restores it afterwards, MSI-X with it:
 * that is turned off first. */
static int reset(struct padma_device *head)
{
	struct vfio_device *device = vfio_of(head);
	int rc;

	if (!device->resets)
		return fail(-ENOTSUP, "%s cannot be reset alone: the kernel knows no way to",
			    device->name);
	if (padma_device_state(head) == PADMA_DEVICE_GONE)
		return -ENODEV;
	rc = vfio_irqs_enable(device, NULL, 0);
	if (rc)
		return fail(rc, "%s cannot be made quiet for its reset: %s", device->name,
			    strerror(-rc));
	rc = vfio_retry_eagain(reset_once, device);
	if (vfio_look(device) == DEVICE_OFF_THE_BUS)
		return failed(device);
	if (rc)
		return fail(rc == -ENOTTY || rc == -EAGAIN ? -ETIMEDOUT : rc,
			    "%s was not reset: %s", device->name, strerror(-rc));
	if (vfio_memory_on(device))
		return fail(-EIO, "%s does not answer after its reset", device->name);
	return 0;
}

static int irq_enable(struct padma_device *head, const int *fds, unsigned int count)
{
	struct vfio_device *device = vfio_of(head);
	int rc;

	if (padma_device_state(head) == PADMA_DEVICE_GONE)
		return -ENODEV;
	rc = vfio_irqs_enable(device, fds, count);
	return rc && vfio_look(device) == DEVICE_OFF_THE_BUS ? failed(device) : rc;
}

static int irq_unmask(struct padma_device *head)
{
	return vfio_irqs_unmask(vfio_of(head));
}

static void close_device(struct padma_device *head)
{
	struct vfio_device *device = vfio_of(head);

	vfio_removal_stop(device);
	vfio_regions_close(device);
	vfio_close(device);
	free(device);
}

const struct device_ops vfio_device_ops = {
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.quiesce = quiesce,
	.reset_kind = reset_kind,
	.reset = reset,
	.irq_enable = irq_enable,
	.irq_unmask = irq_unmask,
	.close = close_device,
};
