/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rings.h - the rings of a device that a back end serves.
 *
 * A ring is started as the driver has set it up, and stopped by asking for where the back end is in it: once that is answered
 * the back end uses neither the ring nor any buffer of it.
 *
 * Threading: one thread at a time, except for vhost_ring_kick(), which any thread may call.
 */
#ifndef VHOST_RINGS_H
#define VHOST_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost/spec.h"

struct vhost_link;
struct vhost_memory;

/* A ring as the driver has set it up: areas by their dma addresses. */
struct vhost_ring_setup {
	uint16_t entries;
	bool packed;
	uint64_t desc, driver, device;
	int call; /* what the back end signals when it has used buffers; -1: nothing */
};

struct vhost_ring {
	int kick; /* -1 before its first start; then kept, as a thread may be about to signal it */
	int call;
	bool runs; /* atomic */
	bool enabled;
};

struct vhost_rings {
	struct vhost_link *link;
	struct vhost_memory *memory;
	struct vhost_ring rings[VHOST_VRINGS_MAX];
};

void vhost_rings_init(struct vhost_rings *rings, struct vhost_link *link,
		      struct vhost_memory *memory);
/* The link is closed, or the rings are stopped. */
void vhost_rings_close(struct vhost_rings *rings);

/* Start a ring that is stopped: not enabled, if the back end has that. 0, -EFAULT (an area is not in one region of memory), -EMFILE,
 * or as the requests. */
int vhost_ring_start(struct vhost_rings *rings, unsigned int index,
		     const struct vhost_ring_setup *setup);
/* Let the back end supply and take buffers, or not. Nothing if it is so already. */
int vhost_ring_enable(struct vhost_rings *rings, unsigned int index, bool enabled);
/* Signal another descriptor; nothing if it is the same. */
int vhost_ring_call(struct vhost_rings *rings, unsigned int index, int call);
/* Stop all that run. 0, or the first error; the ring of that, and those behind it, run still. */
int vhost_rings_stop(struct vhost_rings *rings);

/* Buffers are available. */
void vhost_ring_kick(const struct vhost_rings *rings, unsigned int index);

#endif
