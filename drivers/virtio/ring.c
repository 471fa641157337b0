// SPDX-License-Identifier: BSD-3-Clause
/* Adding and taking buffers, whatever the format of the rings. */
#include <errno.h>

#include "queue.h"

static uint32_t writable_bytes(const struct buffer *buffer)
{
	uint32_t bytes = 0;

	for (unsigned int i = buffer->out; i < buffer->total; i++)
		bytes += buffer->pieces[i].bytes;
	return bytes;
}

int padma_virtqueue_add(struct padma_virtqueue *queue, const struct padma_virtqueue_piece *pieces,
			unsigned int out, unsigned int in, void *token)
{
	const struct buffer buffer = {pieces, out, out + in, token};
	unsigned int count = buffer.total;
	uint16_t id;

	if (count > DIRECT_PIECES && count <= queue->indirect_entries)
		count = 1;
	if (count == 0 || count > queue->size)
		return -EINVAL;
	if (count > queue->free)
		return -ENOSPC;
	id = queue->ordered ? queue->head : queue->free_id;
	queue->slots[id].bytes = writable_bytes(&buffer);
	queue->free = (uint16_t)(queue->free - count);
	queue->pending++;
	if (queue->packed)
		packed_add(queue, &buffer, count);
	else
		split_add(queue, &buffer, count);
	queue->added = (uint16_t)(queue->added + (queue->packed ? count : 1));
	return 0;
}

/*
 * IN_ORDER: the device may return several buffers by one entry, the last one's (2.7.9, 2.8.9). Those before it are
 * completely used.
 */
static int begin_batch(struct padma_virtqueue *queue, uint16_t last, uint32_t bytes, uint16_t ready)
{
	unsigned int id = queue->tail, count = 1;

	while (id != last) {
		id += queue->slots[id].count;
		if (id >= queue->size)
			id -= queue->size;
		if (++count > ready)
			return -EPROTO;
	}
	queue->batch = (uint16_t)count;
	queue->batch_bytes = bytes;
	return 0;
}

/* An entry of another buffer than the oldest. */
static int out_of_order(struct padma_virtqueue *queue, uint16_t id, uint32_t bytes, uint16_t ready)
{
	if (queue->in_order)
		return begin_batch(queue, id, bytes, ready);
	if (queue->packed)
		packed_unorder(queue);
	else
		split_unorder(queue);
	return 0;
}

static int retire(struct padma_virtqueue *queue, uint16_t id, uint32_t *bytes, void **token)
{
	const struct padma_virtqueue_slot slot = queue->slots[id];

	if (!queue->ordered && !slot.token)
		return -EPROTO;
	/* The length of a buffer that the device only reads is not used by anybody; not all devices write 0. */
	if (slot.bytes == 0)
		*bytes = 0;
	if (*bytes > slot.bytes)
		return -EPROTO;
	*token = slot.token;
	queue->pending--;
	queue->free = (uint16_t)(queue->free + slot.count);
	if (queue->packed)
		packed_retire(queue, id, slot.count);
	else
		split_retire(queue, id, slot.count);
	/* As the slots of free identifiers have it. */
	queue->slots[id].count = 1;
	return 1;
}

int padma_virtqueue_take(struct padma_virtqueue *queue, void **token, uint32_t *bytes)
{
	uint16_t id, ready;
	int rc = 1;

	if (queue->batch == 0) {
		rc = queue->packed ? packed_look(queue, &id, bytes, &ready)
				   : split_look(queue, &id, bytes, &ready);
		if (rc <= 0)
			return rc;
		if (queue->ordered && id != queue->tail) {
			rc = out_of_order(queue, id, *bytes, ready);
			if (rc)
				return rc;
		}
	}
	if (queue->batch) {
		id = queue->tail;
		*bytes = queue->batch > 1 ? queue->slots[id].bytes : queue->batch_bytes;
		queue->batch--;
	}
	return retire(queue, id, bytes, token);
}

static void *abandon_unordered(struct padma_virtqueue *queue)
{
	for (unsigned int id = 0; id < queue->size; id++) {
		void *token = queue->slots[id].token;

		queue->slots[id].token = NULL;
		if (token)
			return token;
	}
	return NULL;
}

void *padma_virtqueue_abandon(struct padma_virtqueue *queue)
{
	const struct padma_virtqueue_slot *slot = &queue->slots[queue->tail];
	unsigned int next = (unsigned int)queue->tail + slot->count;

	if (queue->pending == 0)
		return NULL;
	queue->pending--;
	queue->batch = 0;
	if (!queue->ordered)
		return abandon_unordered(queue);
	queue->tail = (uint16_t)(next >= queue->size ? next - queue->size : next);
	return slot->token;
}
