// SPDX-License-Identifier: BSD-3-Clause
/* Putting packets that the card has sent. */
#include "tx.h"

#define TAG 1u

void e1000_tx_report(struct e1000_tx_queue *queue)
{
	uint32_t last = (queue->tail - 1) & queue->mask;

	tx_write(&queue->ring[last], queue->ring[last].low, queue->ring[last].high | TX_RS);
	__atomic_store_n(&queue->reports[queue->report_tail & queue->mask], (uint16_t)last,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&queue->report_tail, queue->report_tail + 1, __ATOMIC_RELEASE);
}

/* Up to where the card is done, as far as @n descriptors need to be known. */
static void look(struct e1000_tx_queue *queue, uint32_t n)
{
	while (queue->report_head != queue->report_tail &&
	       padma_ring_distance(queue->clean, queue->done, queue->mask) < n) {
		uint32_t last = queue->reports[queue->report_head & queue->mask];

		if (!tx_is_done(&queue->ring[last]))
			return;
		queue->done = padma_ring_next(last, queue->mask);
		__atomic_store_n(&queue->report_head, queue->report_head + 1, __ATOMIC_RELAXED);
	}
}

/* No entry is special: put contiguous ones in one go. */
static uint32_t put_plain(struct e1000_tx_queue *queue, uint32_t n)
{
	uint32_t left = n;

	while (left) {
		uint32_t some = queue->mask + 1 - queue->clean;

		if (some > left)
			some = left;
		padma_pool_put_bulk(
			queue->tx.cache,
			(struct padma_pool_object *const *)(void *)&queue->packets[queue->clean],
			some);
		queue->clean = (queue->clean + some) & queue->mask;
		left -= some;
	}
	return n;
}

static void put_entry(struct e1000_tx_queue *queue, struct padma_packet *entry)
{
	uintptr_t bits = (uintptr_t)entry;

	if (!entry || (bits & TAG))
		queue->specials--;
	if (entry)
		padma_packet_put(queue->tx.cache, (struct padma_packet *)(bits & ~(uintptr_t)TAG));
}

/* Up to @n packets of @descriptors. */
static uint32_t put_mixed(struct e1000_tx_queue *queue, uint32_t descriptors, uint32_t n)
{
	uint32_t put = 0;

	for (; descriptors && put < n; descriptors--) {
		struct padma_packet *entry = queue->packets[queue->clean];

		put_entry(queue, entry);
		put += entry != NULL;
		queue->clean = padma_ring_next(queue->clean, queue->mask);
	}
	return put;
}

uint32_t e1000_tx_clean(struct e1000_tx_queue *queue, uint32_t n)
{
	uint32_t descriptors, put;

	look(queue, n);
	descriptors = padma_ring_distance(queue->clean, queue->done, queue->mask);
	if (!descriptors)
		return 0;
	if (PADMA_LIKELY(!queue->specials))
		put = put_plain(queue, descriptors < n ? descriptors : n);
	else
		put = put_mixed(queue, descriptors, n);
	padma_counter_add(&queue->tx.stats.sent, put);
	return put;
}

unsigned int e1000_tx_reap(struct padma_tx_queue *tx, unsigned int n)
{
	struct e1000_tx_queue *queue = tx_queue_of(tx);

	if (PADMA_UNLIKELY(!padma_gate_passes(tx->gate, &tx->member)))
		return padma_tx_queue_outside(tx);
	return e1000_tx_clean(queue, n);
}

void e1000_tx_reclaim(struct padma_tx_queue *tx)
{
	struct e1000_tx_queue *queue = tx_queue_of(tx);

	for (; queue->clean != queue->tail;
	     queue->clean = padma_ring_next(queue->clean, queue->mask))
		put_entry(queue, queue->packets[queue->clean]);
	queue->done = queue->tail;
	queue->report_head = queue->report_tail;
}

/*
 * By the control thread, while the owner works: an answer that was true a moment ago. Without a link nothing is
 * transmitted, and nothing is hung.
 */
bool e1000_tx_waits(const struct padma_tx_queue *tx)
{
	const struct e1000_tx_queue *queue = (const struct e1000_tx_queue *)(const void *)tx;
	uint32_t tail = __atomic_load_n(&queue->report_tail, __ATOMIC_ACQUIRE);
	uint32_t head = __atomic_load_n(&queue->report_head, __ATOMIC_RELAXED), last;

	if (head == tail)
		return false;
	last = __atomic_load_n(&queue->reports[head & queue->mask], __ATOMIC_RELAXED);
	return !tx_is_done(&queue->ring[last]) &&
	       (reg_read(e1000_of(tx->port), REG_STATUS) & STATUS_LU);
}
