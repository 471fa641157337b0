// SPDX-License-Identifier: BSD-3-Clause
#include "ring_bed.h"

#include <stdlib.h>
#include <string.h>

void bed_open(struct bed *bed, unsigned int size, bool packed, bool in_order, bool indirect)
{
	struct padma_virtqueue *queue = &bed->queue;

	*bed = (struct bed){.avail_wrap = true, .used_wrap = true};
	bed->ring = calloc(size, 16);
	bed->driver = calloc(1, 6 + 2 * (size_t)size);
	bed->device = calloc(1, 6 + 8 * (size_t)size);
	*queue = (struct padma_virtqueue){
		.desc = bed->ring,
		.ring = bed->ring,
		.avail = bed->driver,
		.driver_event = bed->driver,
		.used = bed->device,
		.device_event = bed->device,
		.slots = calloc(size, sizeof(struct padma_virtqueue_slot)),
		.size = (uint16_t)size,
		.mask = (uint16_t)(size - 1),
		.free = (uint16_t)size,
		.avail_flags = PADMA_VRING_AVAIL,
		.used_flags = PADMA_VRING_AVAIL | PADMA_VRING_USED,
		.packed = packed,
		.in_order = in_order,
		.ordered = true,
		.doorbell = {.direct = &bed->doorbell},
	};
	for (unsigned int i = 0; i < size; i++)
		queue->slots[i].count = 1;
	if (!indirect)
		return;
	queue->indirect_entries = queue->table_entries = BED_TABLE;
	queue->tables = calloc((size_t)size * BED_TABLE, 16);
	queue->tables_dma = calloc(size, sizeof(padma_dma_t));
	/* The "device" reads by the same addresses. */
	for (unsigned int i = 0; i < size; i++)
		queue->tables_dma[i] = (padma_dma_t)(uintptr_t)((char *)queue->tables +
								(size_t)i * BED_TABLE * 16);
}

void bed_close(struct bed *bed)
{
	free(bed->ring);
	free(bed->driver);
	free(bed->device);
	free(bed->queue.slots);
	free(bed->queue.tables);
	free(bed->queue.tables_dma);
}

static void add_piece(struct bed_buffer *buffer, uint64_t addr, uint32_t len, unsigned int flags)
{
	if (buffer->pieces++ == 0)
		buffer->first = addr;
	if (flags & PADMA_VRING_WRITE)
		buffer->writable += len;
}

static bool take_split(struct bed *bed, struct bed_buffer *buffer)
{
	const struct padma_vring_avail *avail = bed->driver;
	const struct padma_vring_desc *desc, *table = bed->ring;
	uint16_t id;

	if (avail->idx == bed->avail)
		return false;
	id = avail->ring[bed->avail++ % bed->queue.size];
	*buffer = (struct bed_buffer){.id = id};
	do {
		assert_true(id < bed->queue.size);
		desc = &table[id];
		buffer->descriptors++;
		if (desc->flags & PADMA_VRING_INDIRECT) {
			const struct padma_vring_desc *inner = (const void *)(uintptr_t)desc->addr;

			assert_int_equal(desc->flags, PADMA_VRING_INDIRECT);
			for (uint32_t i = 0; i < desc->len / 16; i++) {
				assert_int_equal(!!(inner[i].flags & PADMA_VRING_NEXT),
						 i + 1 < desc->len / 16);
				add_piece(buffer, inner[i].addr, inner[i].len, inner[i].flags);
			}
		} else {
			add_piece(buffer, desc->addr, desc->len, desc->flags);
		}
		id = desc->next;
	} while (desc->flags & PADMA_VRING_NEXT);
	return true;
}

static void advance(const struct bed *bed, uint16_t *place, bool *wrap, unsigned int count)
{
	unsigned int next = *place + count;

	if (next >= bed->queue.size) {
		next -= bed->queue.size;
		*wrap = !*wrap;
	}
	*place = (uint16_t)next;
}

static bool is_available(const struct padma_vring_packed_desc *desc, bool wrap)
{
	bool avail = desc->flags & PADMA_VRING_AVAIL, used = desc->flags & PADMA_VRING_USED;

	return avail == wrap && used != wrap;
}

static bool take_packed(struct bed *bed, struct bed_buffer *buffer)
{
	const struct padma_vring_packed_desc *desc, *ring = bed->ring;

	if (!is_available(&ring[bed->avail], bed->avail_wrap))
		return false;
	*buffer = (struct bed_buffer){0};
	do {
		desc = &ring[bed->avail];
		assert_true(is_available(desc, bed->avail_wrap));
		buffer->descriptors++;
		if (desc->flags & PADMA_VRING_INDIRECT) {
			const struct padma_vring_packed_desc *inner =
				(const void *)(uintptr_t)desc->addr;

			for (uint32_t i = 0; i < desc->len / 16; i++)
				add_piece(buffer, inner[i].addr, inner[i].len, inner[i].flags);
		} else {
			add_piece(buffer, desc->addr, desc->len, desc->flags);
		}
		advance(bed, &bed->avail, &bed->avail_wrap, 1);
	} while (desc->flags & PADMA_VRING_NEXT);
	/* The identifier is that of the last one (2.8.6). */
	buffer->id = desc->id;
	return true;
}

bool bed_take(struct bed *bed, struct bed_buffer *buffer)
{
	return bed->queue.packed ? take_packed(bed, buffer) : take_split(bed, buffer);
}

void bed_give(struct bed *bed, uint16_t id, uint32_t bytes, unsigned int skip, unsigned int entries)
{
	struct padma_vring_packed_desc *ring = bed->ring;
	struct padma_vring_used *used = bed->device;

	if (!bed->queue.packed) {
		used->ring[bed->used % bed->queue.size] =
			(struct padma_vring_used_entry){.id = id, .len = bytes};
		bed->used = (uint16_t)(bed->used + entries);
		used->idx = bed->used;
		return;
	}
	ring[bed->used].id = id;
	ring[bed->used].len = bytes;
	ring[bed->used].flags =
		(uint16_t)((bed->used_wrap ? PADMA_VRING_AVAIL | PADMA_VRING_USED : 0) |
			   (bytes ? PADMA_VRING_WRITE : 0));
	advance(bed, &bed->used, &bed->used_wrap, skip);
}
