// SPDX-License-Identifier: BSD-3-Clause
/* What drivers left to a device that they could not stop. */
#include "device/leftover.h"

#include "device/provider.h"

void padma_device_leave(struct padma_device *device, struct padma_leftover *leftover)
{
	leftover->next = device->leftovers;
	device->leftovers = leftover;
}

void device_free_leftovers(struct padma_device *device)
{
	while (device->leftovers) {
		struct padma_leftover *leftover = device->leftovers;

		device->leftovers = leftover->next;
		leftover->free(leftover->ctx);
	}
}
