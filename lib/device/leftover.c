// SPDX-License-Identifier: BSD-3-Clause
/* What a driver leaves to a device that it could not quiesce. */
#include "device/leftover.h"

#include "device/provider.h"

void device_leave(struct padma_device *device, struct device_leftover *leftover)
{
	leftover->next = device->leftovers;
	device->leftovers = leftover;
}

void device_free_leftovers(struct padma_device *device)
{
	while (device->leftovers) {
		struct device_leftover *leftover = device->leftovers;

		device->leftovers = leftover->next;
		leftover->free(leftover);
	}
}
