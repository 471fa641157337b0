/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rx.h - receive queues.
 *
 * Threading: the queue's owner, but for opening, closing, starting and stashing: the control thread.
 */
#ifndef VIRTIO_NET_RX_H
#define VIRTIO_NET_RX_H

#include <string.h>

#include "net.h"

int rx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_rx_queue **queue);
void rx_queue_close(struct padma_rx_queue *queue);
void rx_queue_reclaim(struct padma_rx_queue *queue);
/* After negotiation: as the features want it, and handed to the device with an empty ring. */
int rx_queue_start(struct rx_queue *queue);
int rx_queue_arm(struct padma_rx_queue *queue);
/* The bursts, by what was negotiated. */
void rx_choose_burst(struct rx_queue *queue);

/* A burst whatever the state of the ring: out of order, not full, buffers of several packets, packets of several buffers. */
unsigned int rx_burst_any(struct rx_queue *queue, struct padma_packet **packets, unsigned int n);
/* Note what the device did wrong: the port has failed. Return: 0. */
unsigned int rx_protocol_error(struct rx_queue *queue, const char *what);

/*
 * What a header says of a packet, of which @first is the first 8 bytes. Sets the packet's flags. Return: false if the
 * packet is to be dropped as damaged.
 */
bool rx_header(const struct rx_queue *queue, struct padma_packet *packet,
	       const struct header *header);

/* Hash types of a header (5.1.6.4.4.1): 0 for none. */
static inline uint32_t rx_hash_flag(uint16_t hash_report)
{
	return hash_report ? PADMA_PACKET_HASH : 0;
}

static inline const uint8_t *rx_header_at(const struct rx_queue *queue,
					  const struct padma_packet *packet)
{
	return (const uint8_t *)packet->room + queue->start;
}

/*
 * A packet as it was received in one buffer: three stores to its line, whose layout is checked here.
 */
_Static_assert(offsetof(struct padma_packet, flags) == 40 &&
		       offsetof(struct padma_packet, hash) == 44 &&
		       offsetof(struct padma_packet, offset) == 48 &&
		       offsetof(struct padma_packet, length) == 50 &&
		       offsetof(struct padma_packet, room_bytes) == 52 &&
		       offsetof(struct padma_packet, vlan) == 54 &&
		       offsetof(struct padma_packet, segment_size) == 56 &&
		       offsetof(struct padma_packet, l4_bytes) == 60 &&
		       offsetof(struct padma_packet, port) == 61 &&
		       offsetof(struct padma_packet, queue) == 62 &&
		       offsetof(struct padma_packet, refs) == 63,
	       "the words of a received packet are written whole");

static inline __attribute__((always_inline)) void
rx_store_packet(struct padma_packet *packet, uint64_t flags, uint64_t offset, uint64_t rest)
{
	char *at = (char *)packet + offsetof(struct padma_packet, flags);

	/* One by one: a wider store of words that were just written to the stack would wait for them. */
	memcpy(at, &flags, sizeof(flags));
	memcpy(at + 8, &offset, sizeof(offset));
	memcpy(at + 16, &rest, sizeof(rest));
}

static inline void rx_fill_packet(const struct rx_queue *queue, struct padma_packet *packet)
{
	rx_store_packet(packet, 0, queue->word_offset, queue->word_rest);
}

#endif
