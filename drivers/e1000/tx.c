// SPDX-License-Identifier: BSD-3-Clause
/* The transmit burst: packets of one segment and without work. The rest is in tx_offload.c. */
#include <padma/guard.h>

#include "tx.h"

/* Whether a packet is one descriptor and nothing else. */
PADMA_INLINE bool is_plain(const struct e1000_tx_queue *queue, const struct padma_packet *packet)
{
	return !(packet->flags & PADMA_PACKET_WORK) && !packet->next &&
	       !__atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) &&
	       packet->length - TX_FRAME_MIN <= queue->plain_span;
}

/* Plain packets, until one is not or the places are used up. One that the guard refuses is not. */
PADMA_INLINE uint32_t give(struct e1000_tx_queue *queue, struct padma_packet *const *packets,
			   uint32_t n, uint64_t *bytes, bool guarded)
{
	uint32_t tail = queue->tail, mask = queue->mask, i;
	uint64_t sum = 0;

	for (i = 0; i < n; i++, tail = padma_ring_next(tail, mask)) {
		struct padma_packet *packet = packets[i];
		struct e1000_descriptor *slot = &queue->ring[tail];

		if (PADMA_UNLIKELY(!is_plain(queue, packet)))
			break;
		if (guarded &&
		    !padma_guard_check(queue->space, padma_packet_dma(packet), packet->length))
			break;
		tx_write(slot, padma_packet_dma(packet), TX_DATA | TX_EOP | packet->length);
		queue->packets[tail] = packet;
		sum += packet->length;
	}
	queue->tail = tail;
	*bytes += sum;
	return i;
}

/* Counts of one burst. */
struct burst {
	uint32_t taken, sent;
	uint64_t bytes;
	bool full;
};

static __attribute__((noinline)) bool give_slowly(struct e1000_tx_queue *queue,
						  struct padma_packet *packet, struct burst *burst)
{
	enum tx_result result = e1000_tx_slow(queue, packet, &burst->bytes);

	burst->full = result == TX_FULL;
	if (result == TX_FULL || result == TX_LATER)
		return false;
	burst->taken++;
	burst->sent += result == TX_TAKEN;
	return true;
}

/* Some of the packets, at least one. */
PADMA_INLINE bool give_some(struct e1000_tx_queue *queue, struct padma_packet *const *packets,
			    uint32_t n, struct burst *burst)
{
	uint32_t some = 0;

	if (n > TX_REPORT_EVERY)
		n = TX_REPORT_EVERY;
	if (n > tx_free(queue))
		n = tx_free(queue);
	if (PADMA_LIKELY(!queue->guarded))
		some = give(queue, packets, n, &burst->bytes, false);
	else
		some = give(queue, packets, n, &burst->bytes, true);
	burst->taken += some;
	burst->sent += some;
	return PADMA_LIKELY(some && some == n) || give_slowly(queue, packets[some], burst);
}

/* All packets; a descriptor reports now and then, and the last one. */
PADMA_INLINE void give_all(struct e1000_tx_queue *queue, struct padma_packet *const *packets,
			   uint32_t n, struct burst *burst)
{
	uint32_t reported = queue->tail;
	bool more = true;

	while (more && burst->taken < n) {
		more = give_some(queue, packets + burst->taken, n - burst->taken, burst);
		if (padma_ring_distance(reported, queue->tail, queue->mask) >= TX_REPORT_EVERY) {
			e1000_tx_report(queue);
			reported = queue->tail;
		}
	}
	if (queue->tail != reported)
		e1000_tx_report(queue);
}

static void count(struct e1000_tx_queue *queue, const struct burst *burst, uint32_t n)
{
	struct padma_tx_stats *stats = &queue->tx.stats;

	if (PADMA_UNLIKELY(burst->full))
		padma_counter_add(&stats->full, n - burst->taken);
	if (!burst->taken)
		return;
	padma_counter_add(&stats->bursts, 1);
	padma_counter_add(&stats->packets, burst->sent);
	padma_counter_add(&stats->bytes, burst->bytes);
}

unsigned int e1000_tx_burst(struct padma_tx_queue *tx, struct padma_packet *const *packets,
			    unsigned int n)
{
	struct e1000_tx_queue *queue = tx_queue_of(tx);
	struct burst burst = {0};
	uint32_t tail;

	if (PADMA_UNLIKELY(!padma_gate_passes(tx->gate, &tx->member)))
		return padma_tx_queue_outside(tx);
	tail = queue->tail;
	/* Reap as much as is done: packets return early, and the same few stay in the processor's cache. */
	(void)e1000_tx_clean(queue, UINT32_MAX);
	give_all(queue, packets, n, &burst);
	count(queue, &burst, n);
	if (PADMA_LIKELY(queue->tail != tail)) {
		padma_doorbell_ring32(&queue->doorbell, queue->tail);
		padma_counter_add(&tx->stats.doorbells, 1);
	}
	return burst.taken;
}
