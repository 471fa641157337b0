/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.h - what the two formats of rings have of their own. */
#ifndef VIRTIO_QUEUE_H
#define VIRTIO_QUEUE_H

#include <padma/virtio/queue.h>

/* More pieces than this go through an indirect table, if there is one: fewer are cheaper for the device as they are. */
#define DIRECT_PIECES 2u

/* A buffer to be added: its pieces, and how many of them the device reads. */
struct buffer {
	const struct padma_virtqueue_piece *pieces;
	unsigned int out, total;
	void *token;
};

/* Put a buffer with room for it into the ring, as @count descriptors (1 for an indirect table). */
void split_add(struct padma_virtqueue *queue, const struct buffer *buffer, unsigned int count);
void packed_add(struct padma_virtqueue *queue, const struct buffer *buffer, unsigned int count);

/* The used entry that is next: 1, 0 if there is none, -EPROTO. @ready: at least so many buffers are used. */
int split_look(struct padma_virtqueue *queue, uint16_t *id, uint32_t *bytes, uint16_t *ready);
int packed_look(struct padma_virtqueue *queue, uint16_t *id, uint32_t *bytes, uint16_t *ready);

/* A buffer of @count descriptors was taken. */
void split_retire(struct padma_virtqueue *queue, uint16_t id, uint16_t count);
void packed_retire(struct padma_virtqueue *queue, uint16_t id, uint16_t count);

/* Turn to a list of free identifiers. */
void split_unorder(struct padma_virtqueue *queue);
void packed_unorder(struct padma_virtqueue *queue);

/* The table of identifier @id. */
static inline struct padma_vring_desc *queue_table(const struct padma_virtqueue *queue, uint16_t id)
{
	return (struct padma_vring_desc *)queue->tables + (size_t)id * queue->table_entries;
}

#endif
