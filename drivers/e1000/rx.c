// SPDX-License-Identifier: BSD-3-Clause
/* The receive burst: frames that are whole in one buffer. The rest is in rx_slow.c. */
#include "rx.h"

#define PREFETCH_AHEAD 4u

/* How many can be delivered and leave the reserve posted. */
static inline uint32_t deliverable(const struct e1000_rx_queue *queue, uint32_t n)
{
	uint32_t most = queue->posted > queue->reserve ? queue->posted - queue->reserve : 0;

	return n < most ? n : most;
}

/*
 * Up to @n frames, until one is not done or not simple. The status and the length are of one load, so that they cannot
 * change between the check and their use.
 */
PADMA_INLINE uint32_t take(struct e1000_rx_queue *queue, struct padma_packet **packets, uint32_t n,
			   uint64_t *bytes, bool legacy, bool hashed)
{
	const uint32_t simple = RX_DD | RX_EOP;
	struct padma_packet **from = queue->packets;
	uint32_t head = queue->head, mask = queue->mask, room = queue->buffer_bytes, i;
	uint64_t sum = 0;

	for (i = 0; i < n; i++, head = padma_ring_next(head, mask)) {
		const struct e1000_descriptor *slot = &queue->ring[head];
		struct rx_report report = rx_report_of(padma_load64_acquire(&slot->high), legacy);
		struct padma_packet *packet = from[head];

		if ((report.status & (simple | RX_DAMAGED)) != simple || report.length - 1u >= room)
			break;
		__builtin_prefetch(from[(head + PREFETCH_AHEAD) & mask], 1);
		rx_describe(queue, packet, report);
		if (hashed)
			rx_describe_hash(packet, slot->low);
		packets[i] = packet;
		sum += report.length;
	}
	rx_advance(queue, i);
	*bytes += sum;
	return i;
}

/* The descriptor at the head, which is done. */
static __attribute__((noinline, cold)) bool take_slowly(struct e1000_rx_queue *queue,
							struct padma_packet **packets,
							uint32_t *count, uint64_t *bytes)
{
	struct padma_packet *packet = NULL;

	if (!deliverable(queue, 1))
		e1000_rx_refill(queue);
	if (!e1000_rx_slow(queue, &packet))
		return false;
	if (packet) {
		packets[(*count)++] = packet;
		*bytes += padma_packet_bytes(packet);
	}
	return true;
}

static void count(struct e1000_rx_queue *queue, uint32_t packets, uint64_t bytes)
{
	struct padma_rx_stats *stats = &queue->rx.stats;

	if (!packets) {
		padma_counter_add(&stats->empty, 1);
		return;
	}
	padma_counter_add(&stats->packets, packets);
	padma_counter_add(&stats->bytes, bytes);
	padma_counter_add(&stats->bursts, 1);
}

PADMA_INLINE unsigned int burst(struct padma_rx_queue *rx, struct padma_packet **packets,
				unsigned int n, bool legacy, bool hashed)
{
	struct e1000_rx_queue *queue = rx_queue_of(rx);
	uint64_t bytes = 0;
	uint32_t taken = 0;

	if (PADMA_UNLIKELY(!padma_gate_passes(rx->gate, &rx->member)))
		return padma_rx_queue_outside(rx);
	if (PADMA_LIKELY(!queue->first && !queue->discarding))
		taken = take(queue, packets, deliverable(queue, n), &bytes, legacy, hashed);
	/* At most a ring's worth of polls: a card that never stops must not hold up the caller. */
	for (uint32_t looks = queue->mask; PADMA_UNLIKELY(taken < n && rx_is_done(queue)) &&
					   looks && take_slowly(queue, packets, &taken, &bytes);
	     looks--) {
		if (!queue->first && !queue->discarding)
			taken += take(queue, packets + taken, deliverable(queue, n - taken), &bytes,
				      legacy, hashed);
	}
	count(queue, taken, bytes);
	if (queue->mask - queue->posted >= queue->chunk)
		e1000_rx_refill(queue);
	return taken;
}

unsigned int e1000_rx_burst_extended(struct padma_rx_queue *rx, struct padma_packet **packets,
				     unsigned int n)
{
	return burst(rx, packets, n, false, false);
}

unsigned int e1000_rx_burst_hashed(struct padma_rx_queue *rx, struct padma_packet **packets,
				   unsigned int n)
{
	return burst(rx, packets, n, false, true);
}

unsigned int e1000_rx_burst_legacy(struct padma_rx_queue *rx, struct padma_packet **packets,
				   unsigned int n)
{
	return burst(rx, packets, n, true, false);
}
