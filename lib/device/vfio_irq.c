// SPDX-License-Identifier: BSD-3-Clause
/*
 * Interrupt vectors: MSI-X, or MSI where a function has only that. INTx is not offered: it is one
 * level shared by all queues, and has to be unmasked after each.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <string.h>

#include "device/vfio_device.h"

/* PCI Local Bus 3.0, 6.8.2.3: a function has at most 2048 MSI-X vectors. */
#define MOST_VECTORS 2048u

static int count_vectors(struct vfio_device *device, uint32_t index, uint32_t *count)
{
	struct uapi_vfio_irq_info info;
	int rc = vfio_irq_info(device->fd, index, &info);

	*count = 0;
	if (rc)
		return fail(rc, "%s: the kernel does not describe its interrupts: %s", device->name,
			    strerror(-rc));
	if (info.count > MOST_VECTORS)
		return fail(-EPROTO, "%s: %u interrupt vectors make no sense", device->name,
			    info.count);
	if (info.flags & UAPI_VFIO_IRQ_EVENTFD)
		*count = info.count;
	return 0;
}

int vfio_irqs_open(struct vfio_device *device)
{
	static const uint32_t kinds[] = {UAPI_VFIO_PCI_MSIX_IRQ, UAPI_VFIO_PCI_MSI_IRQ};
	uint32_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < 2 && count == 0 && rc == 0; i++) {
		device->irq_index = kinds[i];
		rc = count_vectors(device, kinds[i], &count);
	}
	device->head.irq_count = count;
	return rc;
}

int vfio_irqs_enable(struct vfio_device *device, const int *fds, unsigned int count)
{
	int rc = 0;

	/* The kernel would only change the vectors that are named, and cannot always add some. */
	if (device->irqs_on)
		rc = vfio_irq_off(device->fd, device->irq_index);
	if (rc)
		return rc;
	device->irqs_on = false;
	if (count == 0)
		return 0;
	rc = vfio_irq_eventfds(device->fd, device->irq_index, fds, count);
	device->irqs_on = rc == 0;
	return rc;
}
