/* SPDX-License-Identifier: BSD-3-Clause */
/* leftover.h - what drivers left to a device that they could not stop (padma/pmd/leftover.h). */
#ifndef DEVICE_LEFTOVER_H
#define DEVICE_LEFTOVER_H

#include <padma/pmd/leftover.h>

/* The device does no DMA: free what it was left. */
void device_free_leftovers(struct padma_device *device);

#endif
