/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_floor.h - a lower bound on the cost of a packet: what no network driver can omit, without any check.
 *
 * Received: read the descriptor's status, note the length in the packet, take another packet from a stack, and write its
 * address into the descriptor. Transmitted: write a descriptor, remember the packet, and put those on the stack that
 * were sent. The doorbell once per burst. Descriptors have 16 bytes, packets are those of a pool of packets. For virtio a
 * header is written in front of each frame that is transmitted: it is part of the protocol.
 * net_floor_answer() does the card's part, and is not timed. It writes the frames to the packets' rooms, as cards do.
 *
 * Everything is inlined into the timed loop, which a library's function cannot be.
 */
#ifndef BENCH_NET_FLOOR_H
#define BENCH_NET_FLOOR_H

#include <padma/barrier.h>
#include <padma/net/packet.h>
#include <padma/space.h>

#define NET_FLOOR_DONE	 1u
/* Of a virtio-net device (5.1.6). */
#define NET_FLOOR_HEADER 12u

/* Packets that are in no ring. */
struct net_floor_stack {
	struct padma_packet **packets;
	unsigned int count;
};

struct net_floor_ring {
	uint64_t (*descriptors)[2];
	struct padma_packet **packets;
	uint32_t mask, head, tail, doorbell;
};

struct net_floor {
	struct padma_space *space;
	bool header; /* in front of each frame, of NET_FLOOR_HEADER bytes */
	struct net_floor_ring rx, tx;
};

/*
 * Rings of @depth descriptors; the receive ring is filled from the stack. @header: in front of frames. 0, or a
 * negative errno; close it after either.
 */
int net_floor_open(struct net_floor *floor, struct padma_space *space, unsigned int depth,
		   bool header, struct net_floor_stack *stack);
void net_floor_close(struct net_floor *floor);
/* The card has received frames of @bytes into all descriptors, and sent all. */
void net_floor_answer(struct net_floor *floor, unsigned int bytes);

PADMA_INLINE void net_floor_post(struct net_floor_ring *ring, struct padma_packet *packet,
				 uint64_t second)
{
	uint32_t at = ring->tail++ & ring->mask;

	ring->packets[at] = packet;
	ring->descriptors[at][0] = padma_packet_dma(packet);
	ring->descriptors[at][1] = second;
}

PADMA_INLINE unsigned int net_floor_receive(struct net_floor *floor, struct net_floor_stack *stack,
					    struct padma_packet **packets, unsigned int n)
{
	struct net_floor_ring *ring = &floor->rx;
	unsigned int count = 0;

	while (count < n && ring->head != ring->tail) {
		uint32_t at = ring->head & ring->mask;
		uint64_t status = padma_load64_acquire(&ring->descriptors[at][1]);
		struct padma_packet *packet = ring->packets[at], *next;

		if (!(status & NET_FLOOR_DONE))
			break;
		packet->length = (uint16_t)(status >> 32);
		packet->flags = 0;
		packets[count++] = packet;
		ring->head++;
		next = stack->packets[--stack->count];
		next->offset = PADMA_PACKET_HEADROOM;
		net_floor_post(ring, next, 0);
	}
	padma_mmio_write32_after_stores(&ring->doorbell, ring->tail);
	return count;
}

PADMA_INLINE void net_floor_transmit(struct net_floor *floor, struct net_floor_stack *stack,
				     struct padma_packet *const *packets, unsigned int n)
{
	struct net_floor_ring *ring = &floor->tx;

	for (unsigned int i = 0; i < n && ring->head != ring->tail; i++, ring->head++) {
		uint32_t at = ring->head & ring->mask;

		if (!(padma_load64_acquire(&ring->descriptors[at][1]) & NET_FLOOR_DONE))
			break;
		stack->packets[stack->count++] = ring->packets[at];
	}
	for (unsigned int i = 0; i < n; i++) {
		if (floor->header)
			__builtin_memset(padma_packet_data(packets[i]) - NET_FLOOR_HEADER, 0,
					 NET_FLOOR_HEADER);
		net_floor_post(ring, packets[i], (uint64_t)packets[i]->length << 32);
	}
	padma_mmio_write32_after_stores(&ring->doorbell, ring->tail);
}

#endif
