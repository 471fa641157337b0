/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sigbus.h - BARs that are mapped, for the handler of SIGBUS to know them.
 *
 * Threading: any thread; a handler may come at any moment.
 */
#ifndef DEVICE_SIGBUS_H
#define DEVICE_SIGBUS_H

#include <stdbool.h>
#include <stddef.h>

struct padma_device;

/* Note a mapping of the device's; false where there is no room: accesses to it are not covered. */
bool sigbus_cover(struct padma_device *device, void *start, size_t bytes);
/* Before it is unmapped. */
void sigbus_uncover(const void *start);

/* Put ordinary memory full of ones in a mapping's place, in one step: other threads find the BAR or
 * the ones, and nothing in between. False where there is no memory: the mapping stays. */
bool sigbus_map_ones(void *start, size_t bytes);

#endif
