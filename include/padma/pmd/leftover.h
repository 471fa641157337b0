/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/leftover.h - memory that a driver leaves to a device which still uses it
 *
 * Opening a driver may fail after the device was given memory, and the device may then refuse to
 * stop: padma_device_quiesce() fails, too. Nothing of that memory may be freed, and there is no
 * handle that the program could close again. So the driver leaves it to the device:
 *
 *     if (padma_device_quiesce(device)) {
 *             nic->leftover = (struct padma_leftover){.free = nic_free, .ctx = nic};
 *             padma_device_leave(device, &nic->leftover);
 *     }
 *
 * padma_device_close() succeeds only for a device that does no DMA, and frees it then. The device and its
 * space are still open at that time: free() may close what the driver opened on them (padma_irq_close(),
 * padma_ring_close(), padma_counters_unregister(), padma_space_free()). It must not close the device or the
 * space, leave anything else to the device, or turn on bus mastering.
 *
 * Threading: the thread that uses the device.
 */
#ifndef PADMA_PMD_LEFTOVER_H
#define PADMA_PMD_LEFTOVER_H

#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_device;

/**
 * struct padma_leftover - what is freed with the device; usually a member of what it frees
 * @free: called by padma_device_close(), when the device does no DMA and its space is still open
 * @ctx: handed to @free
 */
struct padma_leftover {
	void (*free)(void *ctx);
	void *ctx;
	/* private: */
	struct padma_leftover *next;
};

/**
 * padma_device_leave() - leave memory to a device until it is closed
 * @device: the device
 * @leftover: what to free then; the device's from now on
 */
PADMA_API void padma_device_leave(struct padma_device *device, struct padma_leftover *leftover);

PADMA_END_DECLS

#endif
