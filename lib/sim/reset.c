// SPDX-License-Identifier: BSD-3-Clause
/* Resets of a simulated function: effective ones, and those by power states, which reset nothing. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <time.h>

#include "sim/device.h"

#define NS_PER_SECOND 1000000000ull

static void sleep_ns(uint64_t ns)
{
	struct timespec left = {.tv_sec = (time_t)(ns / NS_PER_SECOND),
				.tv_nsec = (long)(ns % NS_PER_SECOND)};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int sim_device_reset(struct sim_device *device)
{
	uint64_t slow;
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	slow = removed ? 0 : sim_faults_take_slow(&device->faults, PADMA_SIM_FAULT_SLOW_RESET);
	if (!removed) {
		pci_function_reset(&device->pci);
		if (device->model->reset)
			device->model->reset(device->state);
	}
	sim_device_unlock(device);
	/* A stepped device is stepped by the thread that waits here: its time cannot pass. */
	if (slow && !device->function.stepped)
		sleep_ns(slow);
	return removed ? -ENODEV : 0;
}

/* D3hot and back to D0: what the kernel restores is as it was, and so is the function within. */
static int cycle_power(struct sim_device *device)
{
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed)
		pci_function_irq(&device->pci, PADMA_IRQ_NONE, false, NULL, 0);
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

int sim_reset(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);

	if (device->pci.reset_kind == PADMA_RESET_PM)
		return cycle_power(device);
	return sim_device_reset(device);
}

enum padma_reset_kind sim_reset_kind(const struct padma_device *head)
{
	return container_of(head, const struct sim_device, head)->pci.reset_kind;
}
