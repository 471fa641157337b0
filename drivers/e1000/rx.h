/* SPDX-License-Identifier: BSD-3-Clause */
/* rx.h - receive queues. */
#ifndef E1000_RX_H
#define E1000_RX_H

#include <padma/pmd/doorbell.h>
#include <padma/pmd/ring.h>

#include "card.h"
#include "descriptor.h"

/*
 * A ring, in the order in which it is used:
 *
 *     head                          tail
 *      | posted: with a buffer, the  | free, one place at least: a tail equal to the card's head would mean an empty ring
 *      | card's or filled by it      | (82574 datasheet 7.1.7; 8254x manual 3.2.6)
 */
struct e1000_rx_queue {
	struct padma_rx_queue rx; /* first */
	struct e1000_descriptor *ring;
	struct padma_packet **packets; /* of each posted descriptor */
	uint32_t mask;
	uint32_t head, tail;
	uint32_t posted;
	uint32_t chunk; /* descriptors refilled in one go, a power of two */
	uint32_t
		reserve; /* as many stay posted: a frame's, so that the card can always receive one */
	uint32_t buffer_bytes; /* that the card may write to each */
	uint16_t origin;       /* port and queue, as packets have them */
	bool legacy;
	bool hashed;
	uint64_t layout; /* offset and room_bytes of each packet, where they are in it */
	struct padma_doorbell doorbell;
	/* Frames that are not whole in one buffer. */
	struct padma_packet *first,
		*last; /* segments of the frame at the head that have been taken */
	uint32_t segments;
	uint32_t segments_max; /* that a card which takes frames of 16 KiB can use */
	uint32_t frame_bytes;
	bool discarding; /* the frame at the head has lost its beginning */
	bool guarded;
	struct padma_space *space;
	struct padma_ring memory;
};

static inline struct e1000_rx_queue *rx_queue_of(struct padma_rx_queue *rx)
{
	return (struct e1000_rx_queue *)(void *)rx;
}

/* rx_queue.c: operations, see struct padma_port_ops. */
int e1000_rx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_rx_queue **queue);
void e1000_rx_close(struct padma_rx_queue *rx);
void e1000_rx_reclaim(struct padma_rx_queue *rx);
int e1000_rx_arm(struct padma_rx_queue *rx);
/* Set up all queues; their rings are empty. Return: bits of RCTL: the size of buffers, and large frames. */
uint32_t e1000_rx_start(struct e1000 *card);
/* The largest size of buffers that a room has space for, headroom aside; 0: it is too small. */
uint32_t e1000_rx_buffer_bytes(size_t room_bytes);

/* rx.c: the burst for the queue's format. */
unsigned int e1000_rx_burst_extended(struct padma_rx_queue *rx, struct padma_packet **packets,
				     unsigned int n);
unsigned int e1000_rx_burst_hashed(struct padma_rx_queue *rx, struct padma_packet **packets,
				   unsigned int n);
unsigned int e1000_rx_burst_legacy(struct padma_rx_queue *rx, struct padma_packet **packets,
				   unsigned int n);

/* rx_refill.c: post buffers, as far as the pool has them. */
void e1000_rx_refill(struct e1000_rx_queue *queue);

/*
 * rx_slow.c: take the descriptor at the head, which is done: a segment of a frame, a frame that is damaged, or one that
 * cannot be delivered. *@packet is set to the frame that ends with it, or NULL. false: the device broke the protocol.
 */
bool e1000_rx_slow(struct e1000_rx_queue *queue, struct padma_packet **packet);

/* Atomic: arming a shared interrupt looks at the rings of other threads' queues. */
PADMA_INLINE void rx_set_posted(struct e1000_rx_queue *queue, uint32_t posted)
{
	__atomic_store_n(&queue->posted, posted, __ATOMIC_RELAXED);
}

PADMA_INLINE void rx_advance(struct e1000_rx_queue *queue, uint32_t count)
{
	__atomic_store_n(&queue->head, (queue->head + count) & queue->mask, __ATOMIC_RELAXED);
	rx_set_posted(queue, queue->posted - count);
}

PADMA_INLINE void rx_write(struct e1000_descriptor *slot, padma_dma_t dma)
{
	slot->low = dma;
	__atomic_store_n(&slot->high, 0, __ATOMIC_RELAXED);
}

/* Post a buffer at the tail. */
PADMA_INLINE void rx_post(struct e1000_rx_queue *queue, struct padma_packet *packet)
{
	struct e1000_descriptor *slot = &queue->ring[queue->tail];

	queue->packets[queue->tail] = packet;
	rx_write(slot, packet->room_dma + PADMA_PACKET_HEADROOM);
	queue->tail = padma_ring_next(queue->tail, queue->mask);
	rx_set_posted(queue, queue->posted + 1);
}

/* Whether the descriptor at the head is done. Any thread. */
PADMA_INLINE bool rx_is_done(const struct e1000_rx_queue *queue)
{
	uint32_t head = __atomic_load_n(&queue->head, __ATOMIC_RELAXED);

	if (__atomic_load_n(&queue->posted, __ATOMIC_RELAXED) == 0)
		return false;
	return rx_report_of(padma_load64_acquire(&queue->ring[head].high), queue->legacy).status &
	       RX_DD;
}

/* Offset, length, room and tag of a packet, in one store; then the rest of what its descriptor says. */
PADMA_INLINE void rx_describe(const struct e1000_rx_queue *queue, struct padma_packet *packet,
			      struct rx_report report)
{
	uint64_t layout =
		queue->layout | (uint64_t)report.length << 16 | (uint64_t)report.tag << 48;

	_Static_assert(offsetof(struct padma_packet, length) ==
				       offsetof(struct padma_packet, offset) + 2 &&
			       offsetof(struct padma_packet, room_bytes) ==
				       offsetof(struct padma_packet, offset) + 4 &&
			       offsetof(struct padma_packet, vlan) ==
				       offsetof(struct padma_packet, offset) + 6,
		       "four members in one word");
	_Static_assert(offsetof(struct padma_packet, queue) ==
			       offsetof(struct padma_packet, port) + 1,
		       "two members in one word");
	__builtin_memcpy(&packet->offset, &layout, sizeof(layout));
	__builtin_memcpy(&packet->port, &queue->origin, sizeof(queue->origin));
	packet->flags = rx_flags(report.status);
}

/* The hash of its headers, if there is one. */
PADMA_INLINE void rx_describe_hash(struct padma_packet *packet, uint64_t low)
{
	packet->hash = (uint32_t)(low >> 32);
	if (low & RX_HASH_TYPE)
		packet->flags |= PADMA_PACKET_HASH;
}

#endif
