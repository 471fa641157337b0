// SPDX-License-Identifier: BSD-3-Clause
/* Split rings (Virtio 1.2, 2.7). */
#include <errno.h>

#include "queue.h"

static uint16_t after(const struct padma_virtqueue *queue, uint16_t id)
{
	return queue->ordered ? (uint16_t)((id + 1) & queue->mask) : queue->slots[id].next;
}

static void fill_table(struct padma_virtqueue *queue, uint16_t id, const struct buffer *buffer)
{
	struct padma_vring_desc *table = queue_table(queue, id);

	for (unsigned int i = 0; i < buffer->total; i++)
		table[i] = (struct padma_vring_desc){
			.addr = buffer->pieces[i].dma,
			.len = buffer->pieces[i].bytes,
			.flags = (uint16_t)((i + 1 < buffer->total ? PADMA_VRING_NEXT : 0) |
					    (i >= buffer->out ? PADMA_VRING_WRITE : 0)),
			.next = (uint16_t)(i + 1),
		};
	queue->desc[id] = (struct padma_vring_desc){
		.addr = queue->tables_dma[id],
		.len = (uint32_t)(buffer->total * sizeof(struct padma_vring_desc)),
		.flags = PADMA_VRING_INDIRECT,
	};
}

/* Return: the identifier after the last one. */
static uint16_t fill_chain(struct padma_virtqueue *queue, uint16_t id, const struct buffer *buffer)
{
	for (unsigned int i = 0; i < buffer->total; i++) {
		uint16_t next = after(queue, id);

		queue->desc[id] = (struct padma_vring_desc){
			.addr = buffer->pieces[i].dma,
			.len = buffer->pieces[i].bytes,
			.flags = (uint16_t)((i + 1 < buffer->total ? PADMA_VRING_NEXT : 0) |
					    (i >= buffer->out ? PADMA_VRING_WRITE : 0)),
			.next = next,
		};
		id = next;
	}
	return id;
}

void split_add(struct padma_virtqueue *queue, const struct buffer *buffer, unsigned int count)
{
	uint16_t id = queue->ordered ? queue->head : queue->free_id, next;

	if (count < buffer->total) {
		fill_table(queue, id, buffer);
		next = after(queue, id);
	} else {
		next = fill_chain(queue, id, buffer);
	}
	if (queue->ordered)
		queue->head = next;
	else
		queue->free_id = next;
	queue->slots[id].token = buffer->token;
	queue->slots[id].count = (uint16_t)count;
	queue->avail->ring[queue->next_avail & queue->mask] = id;
	queue->next_avail++;
}

int split_look(struct padma_virtqueue *queue, uint16_t *id, uint32_t *bytes, uint16_t *ready)
{
	uint16_t used = padma_load16_acquire(&queue->used->idx);
	struct padma_vring_used_entry entry;

	*ready = (uint16_t)(used - queue->next_used);
	if (*ready == 0)
		return 0;
	entry = queue->used->ring[queue->next_used & queue->mask];
	if (*ready > queue->pending || entry.id >= queue->size)
		return -EPROTO;
	*id = (uint16_t)entry.id;
	*bytes = entry.len;
	return 1;
}

void split_retire(struct padma_virtqueue *queue, uint16_t id, uint16_t count)
{
	uint16_t last = id;

	/* Another thread may look whether the device is late. */
	__atomic_store_n(&queue->next_used, (uint16_t)(queue->next_used + 1), __ATOMIC_RELAXED);
	if (queue->ordered) {
		queue->tail = (uint16_t)((queue->tail + count) & queue->mask);
		return;
	}
	queue->slots[id].token = NULL;
	for (unsigned int i = 1; i < count; i++)
		last = queue->slots[last].next;
	queue->slots[last].next = queue->free_id;
	queue->free_id = id;
}

/* Those in flight begin at the tail, and the free ones at the head; each chain is linked as it is in the table. */
void split_unorder(struct padma_virtqueue *queue)
{
	uint16_t id = queue->tail;

	for (unsigned int i = 0; i < queue->pending; i++) {
		uint16_t count = queue->slots[id].count;

		for (unsigned int k = 0; k < count; k++) {
			uint16_t next = (uint16_t)((id + 1) & queue->mask);

			if (k)
				queue->slots[id].token = NULL;
			queue->slots[id].next = next;
			id = next;
		}
	}
	for (unsigned int i = 0; i < queue->free; i++) {
		queue->slots[id].token = NULL;
		queue->slots[id].next = (uint16_t)((id + 1) & queue->mask);
		id = queue->slots[id].next;
	}
	queue->free_id = queue->head;
	queue->ordered = false;
}
