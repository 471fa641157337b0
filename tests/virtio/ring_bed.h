/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_bed.h - a queue in ordinary memory, and the device's side of it, written from the specification (Virtio 1.2, 2.7, 2.8). */
#ifndef TESTS_VIRTIO_RING_BED_H
#define TESTS_VIRTIO_RING_BED_H

#include "test.h"

#include <stdbool.h>
#include <stdint.h>

#include <padma/virtio/queue.h>

#define BED_TABLE 8u

/* A buffer as the device has found it. */
struct bed_buffer {
	uint16_t id;
	unsigned int descriptors; /* in the ring */
	unsigned int pieces;
	uint32_t writable;
	uint64_t first; /* address of its first piece */
};

struct bed {
	struct padma_virtqueue queue;
	void *ring, *driver, *device;
	uint16_t avail; /* where the device reads next */
	uint16_t used;	/* where it writes next */
	bool avail_wrap, used_wrap;
	uint32_t doorbell;
};

void bed_open(struct bed *bed, unsigned int size, bool packed, bool in_order, bool indirect);
void bed_close(struct bed *bed);
/* The next buffer that is available. */
bool bed_take(struct bed *bed, struct bed_buffer *buffer);
/* Return a buffer: @skip is how many descriptors, and @entries how many buffers, the used entry stands for. */
void bed_give(struct bed *bed, uint16_t id, uint32_t bytes, unsigned int skip,
	      unsigned int entries);

#endif
