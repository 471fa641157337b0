/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bar.h - the mapped areas of a BAR, for providers (bar.c).
 *
 * A provider says which parts of a BAR are plain memory; everything else comes to its bar_read() and
 * bar_write(). The largest area is the one that the inlined accessors know, the others cost a call.
 *
 * Threading: while the device is opened or closed.
 */
#ifndef DEVICE_BAR_H
#define DEVICE_BAR_H

#include "device/provider.h"

/* The part [start, end) of BAR @index is mapped at @at. False if it is empty, overlaps another area of
 * the BAR, or there is no room for one more: it is reached by the provider's calls then. */
bool device_bar_add_area(struct padma_device *device, unsigned int index, uint64_t start,
			 uint64_t end, volatile void *at);

/* The BAR's area number @i, from 0 on; NULL after the last. */
const struct padma_bar_area *device_bar_area(const struct padma_bar *bar, unsigned int i);

/* The BAR has no mapped area any more: before they are unmapped. */
void device_bar_drop_areas(struct padma_device *device, unsigned int index);

#endif
