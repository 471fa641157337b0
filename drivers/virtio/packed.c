// SPDX-License-Identifier: BSD-3-Clause
/* Packed rings (Virtio 1.2, 2.8). */
#include <errno.h>

#include "queue.h"

#define BOTH (PADMA_VRING_AVAIL | PADMA_VRING_USED)

/* In a table neither AVAIL nor USED nor an identifier has a meaning (2.8.8). */
static void fill_table(struct padma_virtqueue *queue, uint16_t id, const struct buffer *buffer)
{
	struct padma_vring_packed_desc *table = (void *)queue_table(queue, id);

	for (unsigned int i = 0; i < buffer->total; i++)
		table[i] = (struct padma_vring_packed_desc){
			.addr = buffer->pieces[i].dma,
			.len = buffer->pieces[i].bytes,
			.flags = (uint16_t)(i >= buffer->out ? PADMA_VRING_WRITE : 0),
		};
}

/*
 * Move on by @count descriptors: a ring's size need not be a power of two. Another thread may look at the place, to see
 * whether the device is late.
 */
static void step(const struct padma_virtqueue *queue, uint16_t *place, uint16_t count,
		 uint16_t *flags)
{
	unsigned int next = (unsigned int)*place + count;

	if (next >= queue->size) {
		next -= queue->size;
		__atomic_store_n(flags, *flags ^ BOTH, __ATOMIC_RELAXED);
	}
	__atomic_store_n(place, (uint16_t)next, __ATOMIC_RELAXED);
}

static void fill_desc(struct padma_virtqueue *queue, uint16_t id,
		      const struct padma_virtqueue_piece *piece, uint16_t flags, uint16_t *first)
{
	struct padma_vring_packed_desc *desc = &queue->ring[queue->next_avail];

	desc->addr = piece->dma;
	desc->len = piece->bytes;
	desc->id = id;
	flags |= queue->avail_flags;
	/* The flags of the first descriptor make the whole chain available (2.8.6): they are written last. */
	if (first)
		*first = flags;
	else
		padma_store16_release(&desc->flags, flags);
	step(queue, &queue->next_avail, 1, &queue->avail_flags);
}

static void fill_ring(struct padma_virtqueue *queue, uint16_t id, const struct buffer *buffer,
		      unsigned int count)
{
	struct padma_vring_packed_desc *first = &queue->ring[queue->next_avail];
	uint16_t first_flags = 0;

	if (count < buffer->total) {
		const struct padma_virtqueue_piece table = {
			.dma = queue->tables_dma[id],
			.bytes = (uint32_t)(buffer->total * sizeof(*first)),
		};

		fill_table(queue, id, buffer);
		fill_desc(queue, id, &table, PADMA_VRING_INDIRECT, &first_flags);
	} else {
		for (unsigned int i = 0; i < count; i++)
			fill_desc(queue, id, &buffer->pieces[i],
				  (uint16_t)((i + 1 < count ? PADMA_VRING_NEXT : 0) |
					     (i >= buffer->out ? PADMA_VRING_WRITE : 0)),
				  i == 0 ? &first_flags : NULL);
	}
	padma_store16_release(&first->flags, first_flags);
}

void packed_add(struct padma_virtqueue *queue, const struct buffer *buffer, unsigned int count)
{
	uint16_t id = queue->ordered ? queue->next_avail : queue->free_id;

	if (!queue->ordered)
		queue->free_id = queue->slots[id].next;
	queue->slots[id].token = buffer->token;
	queue->slots[id].count = (uint16_t)count;
	fill_ring(queue, id, buffer, count);
	queue->head = queue->next_avail;
}

int packed_look(struct padma_virtqueue *queue, uint16_t *id, uint32_t *bytes, uint16_t *ready)
{
	const struct padma_vring_packed_desc *desc = &queue->ring[queue->next_used];
	uint16_t flags;

	if (queue->pending == 0)
		return 0;
	flags = padma_load16_acquire(&desc->flags);
	if ((flags & BOTH) != queue->used_flags)
		return 0;
	*id = desc->id;
	/* It should come with WRITE (2.8.5), which QEMU (7.2) does not set: like Linux, do not look at that flag. */
	*bytes = desc->len;
	*ready = queue->pending;
	return *id < queue->size ? 1 : -EPROTO;
}

void packed_retire(struct padma_virtqueue *queue, uint16_t id, uint16_t count)
{
	step(queue, &queue->next_used, count, &queue->used_flags);
	queue->tail = queue->next_used;
	if (queue->ordered)
		return;
	queue->slots[id].token = NULL;
	queue->slots[id].next = queue->free_id;
	queue->free_id = id;
}

/* An identifier that is not that of a buffer in flight is free, wherever its descriptor is. */
void packed_unorder(struct padma_virtqueue *queue)
{
	unsigned int place = queue->tail, left = 0;

	queue->free_id = 0;
	for (unsigned int i = 0; i < queue->size; i++) {
		struct padma_virtqueue_slot *slot = &queue->slots[place];

		if (left == 0 && i < (unsigned int)queue->size - queue->free) {
			left = slot->count;
		} else if (left == 0) {
			left = 1;
			slot->token = NULL;
		} else {
			slot->token = NULL;
		}
		if (!slot->token) {
			slot->next = queue->free_id;
			queue->free_id = (uint16_t)place;
		}
		left--;
		place = place + 1 == queue->size ? 0 : place + 1;
	}
	queue->ordered = false;
}
