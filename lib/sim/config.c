// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space of a simulated device, as the host reads and writes it. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <string.h>

#include "sim/device.h"

/* PCI Local Bus 3.0, 6.2.2 */
#define COMMAND_OFFSET 0x04u
#define COMMAND_MASTER 0x04u

int sim_config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (removed) {
		memset(data, 0xff, bytes);
	} else {
		/* Interrupt Status shows the pin even if no program listens to it. */
		if (device->model->asserts)
			pci_function_pin(&device->pci, sim_device_asserts(device));
		if (device->model->config_read)
			device->model->config_read(device->state, offset, (unsigned int)bytes);
		pci_config_read(&device->pci, offset, data, bytes);
	}
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

/* Carry out what configuration space says of bus mastering: whether it is so now. */
static bool follows(const struct sim_device *device)
{
	const struct sim_hooks *hooks = device->hooks;

	if (hooks && hooks->start && device->bus.master)
		hooks->start(device->state);
	if (!hooks || !hooks->stop || device->bus.master)
		return true;
	return hooks->stop(device->state) == 0;
}

/* True if a function level reset is requested. Below the lock. */
static bool locked_config_write(struct sim_device *device, unsigned int offset, const void *data,
				size_t bytes)
{
	bool stuck = device->bus.master &&
		     sim_faults_armed(&device->faults, PADMA_SIM_FAULT_MASTER_STUCK);
	bool reset = pci_config_write(&device->pci, offset, data, bytes);

	if (stuck || !follows(device))
		pci_function_force_master(&device->pci);
	if (device->model->config_write)
		device->model->config_write(device->state, offset, (unsigned int)bytes);
	sim_device_pin(device);
	return reset;
}

int sim_config_write(struct padma_device *head, unsigned int offset, const void *data, size_t bytes)
{
	struct sim_device *device = sim_device_of(head);
	bool removed, reset = false;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed)
		reset = locked_config_write(device, offset, data, bytes);
	sim_device_unlock(device);
	if (removed)
		return -ENODEV;
	return reset ? sim_device_reset(device) : 0;
}

/* DMA in progress is over when this has the lock. */
int sim_quiesce(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);
	uint8_t command;
	int rc = -ENODEV;

	if (device->hooks && device->hooks->waits)
		device->hooks->waits(device->state);
	sim_device_lock(device);
	if (!device->removed) {
		pci_config_read(&device->pci, COMMAND_OFFSET, &command, 1);
		command &= (uint8_t)~COMMAND_MASTER;
		(void)locked_config_write(device, COMMAND_OFFSET, &command, 1);
		pci_config_read(&device->pci, COMMAND_OFFSET, &command, 1);
		rc = command & COMMAND_MASTER ? -EIO : 0;
	}
	sim_device_unlock(device);
	return rc;
}
