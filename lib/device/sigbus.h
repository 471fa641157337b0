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
#include <stdint.h>

struct padma_device;

/* A mapping of a device's. */
struct sigbus_mapping {
	struct padma_device *device;
	uintptr_t start;
	size_t bytes;
};

/* Note one; false if there is no room: accesses to it are not covered. */
bool sigbus_cover(struct padma_device *device, void *start, size_t bytes);
/* Before it is unmapped. */
void sigbus_uncover(const void *start);

/* The mapping that @address is in; false: none. From a signal handler, too. */
bool sigbus_find(uintptr_t address, struct sigbus_mapping *found);

#endif
