// SPDX-License-Identifier: BSD-3-Clause
/* Interrupts of a simulated device, as a program turns them on. */
#define PADMA_PART "sim"
#include "base/base.h"

#include "sim/device.h"

int sim_irq_enable(struct padma_device *head, const int *fds, unsigned int count)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed)
		pci_function_irq(&device->pci, head->irq_kind, sim_device_asserts(device), fds,
				 count);
	if (!removed && device->hooks && device->hooks->interrupts)
		device->hooks->interrupts(device->state, &device->pci);
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

int sim_irq_unmask(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed) {
		/* What the program has served by now does not fire again. */
		sim_device_pin(device);
		intx_unmask(&device->pci.intx);
	}
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}
