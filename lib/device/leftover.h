/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leftover.h - what a driver leaves to a device that it could not quiesce.
 *
 * A driver's opening may fail when the device has memory of it already, and cannot be kept from it
 * any more. There is no handle then that could be closed again, and nothing of it may be freed: the
 * driver leaves it to the device, which frees it when it is closed, as that takes a device that does
 * no DMA.
 *
 * Threading: the device's owner.
 */
#ifndef DEVICE_LEFTOVER_H
#define DEVICE_LEFTOVER_H

struct padma_device;

struct device_leftover {
	struct device_leftover *next;
	void (*free)(struct device_leftover *leftover);
};

/* The device has it from now on. @leftover->free is set; it is called with the space still there. */
void device_leave(struct padma_device *device, struct device_leftover *leftover);

/* The device does no DMA: free what it was left. */
void device_free_leftovers(struct padma_device *device);

#endif
