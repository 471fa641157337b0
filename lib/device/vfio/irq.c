// SPDX-License-Identifier: BSD-3-Clause
/*
 * Interrupts by VFIO: MSI-X, MSI and INTx, each an index of the device with its own vectors.
 *
 * Only one index is on at a time (drivers/vfio/pci/vfio_pci_intrs.c, is_irq_none()). An INTx is
 * masked by the kernel at each firing, by the Interrupt Disable bit of the Command register if
 * the function has it, else at the interrupt controller; that bit is virtual in VFIO's configuration
 * space, so the read-modify-writes of the Command register here and elsewhere do not unmask it.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <string.h>

#include "device/vfio/device.h"

/* PCI Local Bus 3.0, 6.8.2.3: a function has at most 2048 MSI-X vectors. */
#define MOST_VECTORS 2048u

static const struct {
	uint32_t index;
	uint32_t needs; /* flags without which it cannot be used */
} kinds[DEVICE_IRQ_KINDS] = {
	[PADMA_IRQ_INTX] = {UAPI_VFIO_PCI_INTX_IRQ, UAPI_VFIO_IRQ_EVENTFD | UAPI_VFIO_IRQ_MASKABLE |
							    UAPI_VFIO_IRQ_AUTOMASKED},
	[PADMA_IRQ_MSI] = {UAPI_VFIO_PCI_MSI_IRQ, UAPI_VFIO_IRQ_EVENTFD},
	[PADMA_IRQ_MSIX] = {UAPI_VFIO_PCI_MSIX_IRQ, UAPI_VFIO_IRQ_EVENTFD},
};

static int count_vectors(struct vfio_device *device, enum padma_irq_kind kind)
{
	struct uapi_vfio_irq_info info;
	int rc = vfio_irq_info(device->fd, kinds[kind].index, &info);

	if (rc)
		return fail(rc, "%s: the kernel does not describe its interrupts: %s", device->name,
			    strerror(-rc));
	if (info.count > MOST_VECTORS || (kind == PADMA_IRQ_INTX && info.count > 1))
		return fail(-EPROTO,
			    "%s: the kernel reports %u interrupt vectors, which no function has",
			    device->name, info.count);
	if ((info.flags & kinds[kind].needs) == kinds[kind].needs)
		device->head.irq_counts[kind] = info.count;
	return 0;
}

int vfio_irqs_open(struct vfio_device *device)
{
	int rc = 0;

	for (int kind = PADMA_IRQ_INTX; kind < DEVICE_IRQ_KINDS && rc == 0; kind++)
		rc = count_vectors(device, (enum padma_irq_kind)kind);
	return rc;
}

/* Why the kernel would not: vfio_intx_enable() and vfio_msi_enable(). */
static int refused(const struct vfio_device *device, int rc, unsigned int count)
{
	const bool intx = device->head.irq_kind == PADMA_IRQ_INTX;

	if (rc > 0)
		return fail(
			-ENOSPC,
			"%s: the machine has %d of the %u interrupt vectors to give; ask for no "
			"more than that",
			device->name, rc, count);
	/* The same errno as from a device that is gone. */
	if (intx && rc == -ENODEV && vfio_look(device) != DEVICE_OFF_THE_BUS)
		return fail(-ENXIO, "%s: no interrupt line is routed to its INTx; poll it instead",
			    device->name);
	if (intx && rc == -EBUSY)
		return fail(rc,
			    "%s: another device has its interrupt line, and it cannot share one; "
			    "poll it instead",
			    device->name);
	return fail(rc, "%s: its interrupts could not be set: %s", device->name, strerror(-rc));
}

int vfio_irqs_enable(struct vfio_device *device, const int *fds, unsigned int count)
{
	const uint32_t index = kinds[device->head.irq_kind].index;
	int rc = 0;

	/* The kernel would only change the vectors that are named, and cannot always add some
	 * (VFIO_IRQ_INFO_NORESIZE); an INTx that is masked would stay so. */
	if (device->irqs_on)
		rc = vfio_irq_off(device->fd, index);
	if (rc)
		return refused(device, rc, count);
	device->irqs_on = false;
	if (count == 0)
		return 0;
	rc = vfio_irq_eventfds(device->fd, index, fds, count);
	if (rc)
		return refused(device, rc, count);
	device->irqs_on = true;
	return 0;
}

int vfio_irqs_unmask(const struct vfio_device *device)
{
	int rc = vfio_irq_unmask(device->fd, kinds[PADMA_IRQ_INTX].index);

	/* Not on: nothing to unmask (vfio_pci_set_intx_unmask()). */
	if (rc == 0 || rc == -EINVAL)
		return 0;
	return fail(rc, "%s: its interrupt could not be unmasked: %s", device->name, strerror(-rc));
}
