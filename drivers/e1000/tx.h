/* SPDX-License-Identifier: BSD-3-Clause */
/* tx.h - transmit queues. */
#ifndef E1000_TX_H
#define E1000_TX_H

#include <padma/pmd/doorbell.h>
#include <padma/pmd/ring.h>

#include "card.h"
#include "descriptor.h"

/* TCTL.PSP pads frames from this length on (Linux, e1000_xmit_frame(); 8254x manual 13.4.33). */
#define TX_FRAME_MIN	17u
/* Bytes of one descriptor: small pieces of a large segment share the packet buffer with those before. */
#define TX_PIECE_MAX	4096u
/* Segments of a packet, and descriptors that it may need: QEMU's card takes 64. */
#define TX_SEGMENTS_MAX 40u
#define TX_PIECES_MAX	60u
/* Descriptors after which one reports at the latest. */
#define TX_REPORT_EVERY 32u

/*
 * A ring, in the order in which it is used:
 *
 *     clean                 done                  tail
 *      | finished, but not   | the card's          | free, one place at least: equal tail and head would mean an
 *      | put yet             |                     | empty ring
 *
 * Only some descriptors report that they are done: their places are in @reports, and the card is asked about the oldest
 * one only, so that the order in which it reports cannot matter.
 */
struct e1000_tx_queue {
	struct padma_tx_queue tx; /* first */
	struct e1000_descriptor *ring;
	/* The packet that ends with a descriptor; NULL for the others. Bit 0: it must be put by itself (chain, shared). */
	struct padma_packet **packets;
	uint16_t *reports;
	uint32_t mask;
	uint32_t clean, done, tail;
	uint32_t report_head, report_tail; /* of reports, not wrapped */
	uint32_t specials; /* entries of packets from clean to tail that are NULL or have bit 0 */
	uint32_t
		plain_span; /* lengths of TX_FRAME_MIN and up to as many more need one descriptor */
	bool guarded;
	struct padma_doorbell doorbell;
	/* Packets that need more than one descriptor, or work. */
	uint32_t frame_bytes;
	bool reuses_context;
	struct e1000_descriptor context; /* that the card has; all zero: none */
	struct padma_space *space;
	struct padma_ring memory;
};

static inline struct e1000_tx_queue *tx_queue_of(struct padma_tx_queue *tx)
{
	return (struct e1000_tx_queue *)(void *)tx;
}

/* tx_queue.c: operations, see struct padma_port_ops. */
int e1000_tx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_tx_queue **queue);
void e1000_tx_close(struct padma_tx_queue *tx);
void e1000_tx_reclaim(struct padma_tx_queue *tx);
bool e1000_tx_waits(const struct padma_tx_queue *tx);
/* Set up all queues; their rings are empty. */
void e1000_tx_start(struct e1000 *card);

/* tx.c, tx_reap.c */
unsigned int e1000_tx_burst(struct padma_tx_queue *tx, struct padma_packet *const *packets,
			    unsigned int n);
unsigned int e1000_tx_reap(struct padma_tx_queue *tx, unsigned int n);
/* Put up to @n packets that are done. */
uint32_t e1000_tx_clean(struct e1000_tx_queue *queue, uint32_t n);
/* Make the last descriptor report, with what was written since the last report. */
void e1000_tx_report(struct e1000_tx_queue *queue);

enum tx_result {
	TX_TAKEN,
	TX_DROPPED, /* and counted */
	TX_FULL,    /* no room; the packet stays the caller's, as with */
	TX_LATER,   /* work for the library, or no memory for a copy */
};

/* tx_offload.c: any packet. @bytes grows by its length. */
enum tx_result e1000_tx_slow(struct e1000_tx_queue *queue, struct padma_packet *packet,
			     uint64_t *bytes);

/* tx_guard.c: whether the guard lets all segments pass; counts and reports a refusal. */
bool e1000_tx_guard(struct e1000_tx_queue *queue, const struct padma_packet *packet);

/* Atomic, as the control thread may look at the descriptor (e1000_tx_waits()). */
PADMA_INLINE void tx_write(struct e1000_descriptor *slot, uint64_t low, uint64_t high)
{
	slot->low = low;
	__atomic_store_n(&slot->high, high, __ATOMIC_RELAXED);
}

PADMA_INLINE uint32_t tx_free(const struct e1000_tx_queue *queue)
{
	return queue->mask - padma_ring_distance(queue->clean, queue->tail, queue->mask);
}

#endif
