// SPDX-License-Identifier: BSD-3-Clause
/*
 * Transmitting, the usual case: packets of one segment that nobody else holds and that need no work, returned in order.
 * Their header, all zero, is written in front of the data, so that one descriptor is enough.
 */
#include <string.h>

#include <padma/guard.h>

#include "tx.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define BOTH	      (PADMA_VRING_AVAIL | PADMA_VRING_USED)
/* Packets put at a time. */
#define PUT_MOST      64u
/* A burst reaps if more are in flight: enough to do it in long runs, few enough to stay in the processor's caches. */
#define REAP_ABOVE    128u

/* The state of the ring while a burst or reap runs. */
struct run {
	struct padma_virtqueue *vq;
	uint32_t place;
	uint16_t next; /* split: of the available ring */
	uint16_t flags;
	uint64_t bytes;
};

/* Move to the next descriptor. */
static ALWAYS_INLINE void step(struct run *run, bool packed)
{
	run->place++;
	if (!packed) {
		run->place &= run->vq->mask;
	} else if (PADMA_UNLIKELY(run->place == run->vq->size)) {
		run->place = 0;
		run->flags ^= BOTH;
	}
}

static ALWAYS_INLINE bool is_simple(const struct tx_queue *queue, const struct padma_packet *packet)
{
	return !(packet->flags & PADMA_PACKET_WORK) && packet->next == NULL &&
	       __atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) == 0 &&
	       packet->offset >= queue->header_bytes && packet->length - 1u < queue->frame_most;
}

static ALWAYS_INLINE void add_simple(const struct tx_queue *queue, struct run *run,
				     struct padma_packet *packet, bool packed)
{
	struct padma_virtqueue *vq = run->vq;
	uint32_t bytes = packet->length + queue->header_bytes;
	padma_dma_t dma = padma_packet_dma(packet) - queue->header_bytes;
	uint8_t *header = padma_packet_data(packet) - HEADER_BYTES;

	if (PADMA_UNLIKELY(queue->header_bytes != HEADER_BYTES))
		memset(padma_packet_data(packet) - HEADER_HASH_BYTES, 0,
		       HEADER_HASH_BYTES - HEADER_BYTES);
	memset(header, 0, HEADER_BYTES);
	vq->slots[run->place] = (struct padma_virtqueue_slot){
		.token = (void *)((uintptr_t)packet | TOKEN_SIMPLE),
		.count = 1,
	};
	if (packed) {
		struct padma_vring_packed_desc *desc = &vq->ring[run->place];

		desc->addr = dma;
		padma_store64_release(&desc->len, bytes | (uint64_t)run->place << 32 |
							  (uint64_t)run->flags << 48);
	} else {
		struct padma_vring_desc *desc = &vq->desc[run->place];
		const uint64_t rest = bytes; /* no flags */

		desc->addr = dma;
		memcpy(&desc->len, &rest, sizeof(rest));
		vq->avail->ring[run->next++ & vq->mask] = (uint16_t)run->place;
	}
	run->bytes += packet->length;
	step(run, packed);
}

/* Add simple packets up to the first other one, or until the ring is full. Return: how many. */
static ALWAYS_INLINE unsigned int add_run(struct tx_queue *queue,
					  struct padma_packet *const *packets, unsigned int n,
					  uint64_t *bytes, bool packed)
{
	struct padma_virtqueue *vq = queue->vq;
	struct run run = {vq, vq->head, vq->next_avail, vq->avail_flags, 0};
	unsigned int most = n < vq->free ? n : vq->free, i;

	if (PADMA_UNLIKELY(!vq->ordered))
		return 0;
	for (i = 0; i < most; i++) {
		struct padma_packet *packet = packets[i];

		if (PADMA_UNLIKELY(!is_simple(queue, packet)))
			break;
		if (queue->guard &&
		    !padma_guard_check(queue->space, padma_packet_dma(packet) - queue->header_bytes,
				       packet->length + queue->header_bytes))
			break;
		add_simple(queue, &run, packet, packed);
	}
	vq->head = (uint16_t)run.place;
	vq->next_avail = packed ? (uint16_t)run.place : run.next;
	vq->avail_flags = run.flags;
	vq->free = (uint16_t)(vq->free - i);
	vq->pending = (uint16_t)(vq->pending + i);
	vq->added = (uint16_t)(vq->added + i);
	*bytes += run.bytes;
	return i;
}

/* Whether the next used buffer is the oldest in flight, and simple. */
static ALWAYS_INLINE bool used_simple(const struct run *run, const void *token, bool packed)
{
	if (packed) {
		const struct padma_vring_packed_desc *desc = &run->vq->ring[run->place];
		uint16_t flags = padma_load16_acquire(&desc->flags);

		return (flags & BOTH) == run->flags && desc->id == run->place &&
		       ((uintptr_t)token & TOKEN_SIMPLE);
	}
	return run->vq->used->ring[run->next & run->vq->mask].id == run->place &&
	       ((uintptr_t)token & TOKEN_SIMPLE);
}

/* Take up to @n such packets, at most PUT_MOST. Return: how many. */
static ALWAYS_INLINE unsigned int reap_run(struct tx_queue *queue, unsigned int n, bool packed)
{
	struct padma_virtqueue *vq = queue->vq;
	struct run run = {vq, vq->tail, vq->next_used, vq->used_flags, 0};
	struct padma_pool_object *objects[PUT_MOST];
	unsigned int i;

	for (i = 0; i < n; i++) {
		void *token = vq->slots[run.place].token;

		if (!used_simple(&run, token, packed))
			break;
		objects[i] = (struct padma_pool_object *)(void *)token_packet(token);
		run.next++;
		step(&run, packed);
	}
	padma_pool_put_bulk(queue->tx.cache, objects, i);
	vq->tail = (uint16_t)run.place;
	vq->next_used = packed ? (uint16_t)run.place : run.next;
	vq->used_flags = run.flags;
	vq->pending = (uint16_t)(vq->pending - i);
	vq->free = (uint16_t)(vq->free + i);
	return i;
}

/* How many to try to take: split: what the used index says, as far as it can be right. */
static ALWAYS_INLINE unsigned int reapable(struct tx_queue *queue, unsigned int n, bool packed)
{
	const struct padma_virtqueue *vq = queue->vq;
	unsigned int most = vq->pending;

	if (!vq->ordered || vq->batch)
		return 0;
	if (!packed) {
		uint16_t used = padma_load16_acquire(&vq->used->idx);

		/* A wrong one is for padma_virtqueue_take() to find. */
		if ((uint16_t)(used - vq->next_used) > most)
			return 0;
		most = (uint16_t)(used - vq->next_used);
	}
	return most < n ? most : n;
}

static ALWAYS_INLINE unsigned int reap(struct tx_queue *queue, unsigned int n, bool packed)
{
	unsigned int left = reapable(queue, n, packed), done = 0;

	while (left) {
		unsigned int part = left < PUT_MOST ? left : PUT_MOST;
		unsigned int got = reap_run(queue, part, packed);

		done += got;
		left -= got;
		if (got < part)
			break;
	}
	padma_counter_add(&queue->tx.stats.sent, done);
	if (PADMA_UNLIKELY(done < n && padma_virtqueue_has_used(queue->vq)))
		done += tx_reap_any(queue, n - done);
	return done;
}

static ALWAYS_INLINE unsigned int reap_call(struct padma_tx_queue *tx, unsigned int n, bool packed)
{
	if (PADMA_UNLIKELY(!padma_gate_passes(tx->gate, &tx->member)))
		return padma_tx_queue_outside(tx);
	return reap(tx_of(tx), n, packed);
}

static void finish(struct tx_queue *queue, unsigned int packets, uint64_t bytes, unsigned int left)
{
	struct padma_tx_stats *stats = &queue->tx.stats;

	if (queue->vq->added)
		padma_counter_add(&stats->doorbells, padma_virtqueue_kick(queue->vq));
	padma_counter_add(&stats->packets, packets);
	padma_counter_add(&stats->bytes, bytes);
	padma_counter_add(&stats->bursts, packets != 0);
	if (PADMA_UNLIKELY(left))
		padma_counter_add(&stats->full, left);
}

static ALWAYS_INLINE unsigned int
burst(struct padma_tx_queue *tx, struct padma_packet *const *packets, unsigned int n, bool packed)
{
	struct tx_queue *queue = tx_of(tx);
	unsigned int taken = 0, dropped = 0;
	enum tx_result result = TX_ADDED;
	uint64_t bytes = 0;

	if (PADMA_UNLIKELY(!padma_gate_passes(tx->gate, &tx->member)))
		return padma_tx_queue_outside(tx);
	if (queue->vq->pending > REAP_ABOVE || queue->vq->free < n)
		(void)reap(queue, UINT32_MAX, packed);
	for (;;) {
		taken += add_run(queue, packets + taken, n - taken, &bytes, packed);
		if (PADMA_LIKELY(taken == n))
			break;
		result = tx_add(queue, packets[taken], &bytes);
		if (result == TX_FULL || result == TX_SOFTWARE)
			break;
		dropped += result == TX_DROPPED;
		taken++;
	}
	finish(queue, taken - dropped, bytes, result == TX_FULL ? n - taken : 0);
	return taken;
}

static unsigned int burst_split(struct padma_tx_queue *tx, struct padma_packet *const *packets,
				unsigned int n)
{
	return burst(tx, packets, n, false);
}

static unsigned int burst_packed(struct padma_tx_queue *tx, struct padma_packet *const *packets,
				 unsigned int n)
{
	return burst(tx, packets, n, true);
}

static unsigned int reap_split(struct padma_tx_queue *tx, unsigned int n)
{
	return reap_call(tx, n, false);
}

static unsigned int reap_packed(struct padma_tx_queue *tx, unsigned int n)
{
	return reap_call(tx, n, true);
}

void tx_choose_burst(struct tx_queue *queue)
{
	struct padma_tx_queue *tx = &queue->tx;
	bool packed = queue->vq->packed;

	/* The library may have put a burst of its own in front. */
	if (tx->burst == tx->driver_burst)
		tx->burst = packed ? burst_packed : burst_split;
	if (tx->reap == tx->driver_reap)
		tx->reap = packed ? reap_packed : reap_split;
	tx->driver_burst = packed ? burst_packed : burst_split;
	tx->driver_reap = packed ? reap_packed : reap_split;
}
