/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attach.h - devices joining and leaving a space.
 *
 * A device of the wrong kind is refused before it is opened: the kernel would let a device behind an
 * IOMMU and one without share an IOAS, and which addresses it returns then depends on the order.
 */
#ifndef SPACE_ATTACH_H
#define SPACE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "space/device_kind.h"

struct backend;
struct padma_space;
struct padma_space_params;

/*
 * As padma_space_open_sized(), for devices of one kind: without a name in @params, the backend is the
 * first that works among those that take them.
 */
int space_open_for(unsigned int abi, size_t params_bytes, const struct padma_space_params *params,
		   enum space_device_kind kind, struct padma_space **space);

/*
 * Whether a device of this kind may join: 0, or -EINVAL with the reason noted. @name is for that
 * sentence.
 */
int space_accepts(struct padma_space *space, enum space_device_kind kind, const char *name);

/* The backend of a space, for as long as it is open. */
struct backend *space_backend(struct padma_space *space);

/* The iommufd that a real device binds to; it stays the space's. -1 where the space has none. */
int space_iommufd(struct padma_space *space);

/*
 * A device joins the space: memory that was mapped before is pinned and resolved now where the
 * backend needs a device for that. Return: 0, or a negative errno with the reason noted (the device
 * is not attached then).
 */
int space_attach(struct padma_space *space, const struct space_device *device);

/* The device leaves. Its bus mastering is off. Addresses stay as they are. */
void space_detach(struct padma_space *space, const struct space_device *device);

/*
 * Memory does not go back while any device masters the bus. space_bus_master() counts one more or less,
 * from any thread, also in a signal handler. Before bus mastering is turned on a trim that is under
 * way must end: space_hold_memory() waits for it and counts one, which is for the caller to take back.
 */
void space_bus_master(struct padma_space *space, bool on);
void space_hold_memory(struct padma_space *space);

#endif
