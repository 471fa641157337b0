// SPDX-License-Identifier: BSD-3-Clause
/* A simulated device: its lock, its end, and the table of its operations. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>

#include "sim/device.h"

struct sim_device *sim_device_of(struct padma_device *device)
{
	if (!device || device->ops != &sim_device_ops)
		return NULL;
	return container_of(device, struct sim_device, head);
}

void sim_device_lock(struct sim_device *device)
{
	__atomic_fetch_add(&device->waiting, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&device->lock);
	__atomic_fetch_sub(&device->waiting, 1, __ATOMIC_RELAXED);
}

void sim_device_unlock(struct sim_device *device)
{
	pthread_mutex_unlock(&device->lock);
}

void sim_device_free(struct sim_device *device)
{
	sim_bus_destroy(&device->bus);
	pthread_mutex_destroy(&device->lock);
	sim_keys_free(device->model, &device->keys, device->state);
	free(device->hostile);
	free(device->state);
	free((char *)(uintptr_t)device->function.name);
	free(device);
}

void sim_device_remove(struct sim_device *device, uint64_t reads_as)
{
	sim_device_lock(device);
	device->removed = true;
	device->reads_as = reads_as;
	device->bus.master = false;
	sim_direct_overwrite(device, reads_as);
	sim_device_unlock(device);
	device_set_state(&device->head, PADMA_DEVICE_GONE);
}

static void op_close(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);

	sim_thread_stop(device);
	if (device->model->destroy)
		device->model->destroy(device->state);
	pci_function_destroy(&device->pci);
	sim_device_free(device);
}

const struct device_ops sim_device_ops = {
	.config_read = sim_config_read,
	.config_write = sim_config_write,
	.bar_read = sim_bar_read,
	.bar_write = sim_bar_write,
	.quiesce = sim_quiesce,
	.reset_kind = sim_reset_kind,
	.reset = sim_reset,
	.irq_enable = sim_irq_enable,
	.irq_unmask = sim_irq_unmask,
	.close = op_close,
};
