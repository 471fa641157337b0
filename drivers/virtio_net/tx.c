// SPDX-License-Identifier: BSD-3-Clause
/*
 * Transmitting, the usual case: packets of one segment with a single holder that need no work, returned in order.
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

/*
 * The state of the ring while a burst or reap runs, and what of the queue the loop needs: copies, since the compiler cannot
 * know that stores to packets and rings do not change the queue.
 */
struct run {
	struct padma_virtqueue_slot *slots;
	struct padma_vring_desc *desc;
	uint16_t *avail;
	const struct padma_vring_used_entry *used;
	struct padma_vring_packed_desc *ring;
	uint64_t bytes;
	uint32_t header_bytes;
	uint32_t frame_span; /* lengths of FRAME_LEAST and up to as many more are possible */
	uint32_t place, mask, size;
	uint16_t next; /* split: of the available or used ring */
	uint16_t flags;
};

static ALWAYS_INLINE struct run begin(const struct tx_queue *queue, uint16_t place, uint16_t next,
				      uint16_t flags)
{
	const struct padma_virtqueue *vq = queue->vq;

	return (struct run){
		.slots = vq->slots,
		.desc = vq->desc,
		.avail = vq->avail->ring,
		.used = vq->used->ring,
		.ring = vq->ring,
		.header_bytes = queue->header_bytes,
		.frame_span = queue->frame_most - FRAME_LEAST,
		.place = place,
		.mask = vq->mask,
		.size = vq->size,
		.next = next,
		.flags = flags,
	};
}

/* Move to the next descriptor. */
static ALWAYS_INLINE void step(struct run *run, bool packed)
{
	run->place++;
	if (!packed) {
		run->place &= run->mask;
	} else if (PADMA_UNLIKELY(run->place == run->size)) {
		run->place = 0;
		run->flags ^= BOTH;
	}
}

static ALWAYS_INLINE bool is_simple(const struct run *run, const struct padma_packet *packet)
{
	return !(packet->flags & PADMA_PACKET_WORK) && packet->next == NULL &&
	       __atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) == 0 &&
	       packet->offset >= run->header_bytes &&
	       packet->length - FRAME_LEAST <= run->frame_span;
}

/* An empty header, in front of @data. */
static ALWAYS_INLINE void clear_header(const struct run *run, uint8_t *data)
{
	memset(data - HEADER_BYTES, 0, HEADER_BYTES);
	if (PADMA_UNLIKELY(run->header_bytes != HEADER_BYTES))
		memset(data - HEADER_HASH_BYTES, 0, HEADER_HASH_BYTES);
}

static ALWAYS_INLINE void add_simple(struct run *run, struct padma_packet *packet, bool packed)
{
	uint32_t length = packet->length, offset = packet->offset - run->header_bytes;
	uint64_t rest = length + run->header_bytes;

	clear_header(run, (uint8_t *)packet->room + packet->offset);
	/* Its count of descriptors is 1 already. */
	run->slots[run->place].token = (void *)((uintptr_t)packet | TOKEN_SIMPLE);
	if (packed) {
		struct padma_vring_packed_desc *desc = &run->ring[run->place];

		desc->addr = packet->room_dma + offset;
		rest |= (uint64_t)run->place << 32 | (uint64_t)run->flags << 48;
		padma_store64_release(&desc->len, rest);
	} else {
		struct padma_vring_desc *desc = &run->desc[run->place];

		desc->addr = packet->room_dma + offset;
		memcpy(&desc->len, &rest, sizeof(rest)); /* no flags */
		run->avail[run->next++ & run->mask] = (uint16_t)run->place;
	}
	run->bytes += length;
	step(run, packed);
}

/* Add simple packets up to the first other one, or until the ring is full. Return: how many. */
static ALWAYS_INLINE unsigned int add_run(struct tx_queue *queue,
					  struct padma_packet *const *packets, unsigned int n,
					  uint64_t *bytes, bool packed)
{
	struct padma_virtqueue *vq = queue->vq;
	struct run run = begin(queue, vq->head, vq->next_avail, vq->avail_flags);
	unsigned int most = n < vq->free ? n : vq->free, i;

	if (PADMA_UNLIKELY(!vq->ordered))
		return 0;
	for (i = 0; i < most; i++) {
		struct padma_packet *packet = packets[i];

		if (PADMA_UNLIKELY(!is_simple(&run, packet)))
			break;
		if (queue->guard &&
		    !padma_guard_check(queue->space, padma_packet_dma(packet) - queue->header_bytes,
				       packet->length + queue->header_bytes))
			break;
		add_simple(&run, packet, packed);
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
		const struct padma_vring_packed_desc *desc = &run->ring[run->place];
		uint16_t flags = padma_load16_acquire(&desc->flags);

		return (flags & BOTH) == run->flags && desc->id == run->place &&
		       ((uintptr_t)token & TOKEN_SIMPLE);
	}
	return run->used[run->next & run->mask].id == run->place &&
	       ((uintptr_t)token & TOKEN_SIMPLE);
}

/* Take up to @n such packets to @objects. Return: how many. */
static ALWAYS_INLINE unsigned int take_simple(struct run *run, struct padma_pool_object **objects,
					      unsigned int n, bool packed)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		void *token = run->slots[run->place].token;

		if (!used_simple(run, token, packed))
			break;
		objects[i] = (struct padma_pool_object *)(void *)token_packet(token);
		run->next++;
		step(run, packed);
	}
	return i;
}

/* Put up to @n such packets, at most PUT_MOST. Return: how many. */
static ALWAYS_INLINE unsigned int reap_run(struct tx_queue *queue, unsigned int n, bool packed)
{
	struct padma_virtqueue *vq = queue->vq;
	struct run run = begin(queue, vq->tail, vq->next_used, vq->used_flags);
	struct padma_pool_object **place, *objects[PUT_MOST];
	unsigned int count;

	if (PADMA_LIKELY(padma_pool_put_begin(queue->tx.cache, n, &place))) {
		count = take_simple(&run, place, n, packed);
		padma_pool_put_end(queue->tx.cache, count);
	} else {
		count = take_simple(&run, objects, n, packed);
		padma_pool_put_bulk(queue->tx.cache, objects, count);
	}
	vq->tail = (uint16_t)run.place;
	/* The control thread looks at these two (tx_queue_waits()). */
	__atomic_store_n(&vq->next_used, packed ? (uint16_t)run.place : run.next, __ATOMIC_RELAXED);
	__atomic_store_n(&vq->used_flags, run.flags, __ATOMIC_RELAXED);
	vq->pending = (uint16_t)(vq->pending - count);
	vq->free = (uint16_t)(vq->free + count);
	return count;
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
	bool packed = queue->vq->packed;

	padma_tx_queue_set_burst(&queue->tx, packed ? burst_packed : burst_split,
				 packed ? reap_packed : reap_split);
}
