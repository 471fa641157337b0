// SPDX-License-Identifier: BSD-3-Clause
/*
 * Receiving, the usual case: the ring is full, and the device returns single buffers in order. Each packet is replaced at
 * once by a new one in the same descriptor, whose length and flags do not change.
 */
#include "message.h"
#include "rx.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define BURST_MOST    64u
#define BOTH	      (PADMA_VRING_AVAIL | PADMA_VRING_USED)

/* What a burst function is made for. */
struct kind {
	bool packed;
	bool header; /* headers have to be read */
};

/*
 * The state of the ring while a burst runs, and what of the queue the loop needs: copies, since the compiler cannot know that
 * stores to packets and rings do not change the queue.
 */
struct run {
	struct padma_virtqueue_slot *slots;
	struct padma_vring_desc *desc;
	const struct padma_vring_used_entry *used;
	struct padma_vring_packed_desc *ring;
	uint64_t word_offset, word_rest;
	uint64_t bytes;
	uint32_t start, header_bytes, used_least, used_most;
	uint32_t place, mask, size;
	uint16_t used_flags, avail_flags;
	uint32_t valid; /* PADMA_PACKET_* by HDR_DATA_VALID */
	bool mergeable, hash;
};

static ALWAYS_INLINE struct run begin(const struct rx_queue *queue)
{
	const struct padma_virtqueue *vq = queue->vq;

	return (struct run){
		.slots = vq->slots,
		.desc = vq->desc,
		.used = vq->used->ring,
		.ring = vq->ring,
		.word_offset = queue->word_offset,
		.word_rest = queue->word_rest,
		.start = queue->start,
		.header_bytes = queue->header_bytes,
		.used_least = queue->used_least,
		.used_most = queue->used_most,
		.place = vq->tail,
		.mask = vq->mask,
		.size = vq->size,
		.used_flags = vq->used_flags,
		.avail_flags = vq->avail_flags,
		.valid = queue->csum ? PADMA_PACKET_L4_GOOD : 0,
		.mergeable = queue->mergeable,
		.hash = queue->hash,
	};
}

/* The length of the next used buffer; false if there is none that is as usual. */
static ALWAYS_INLINE bool used_split(const struct run *run, uint32_t *bytes)
{
	uint64_t entry;

	memcpy(&entry, &run->used[run->place], sizeof(entry));
	*bytes = (uint32_t)(entry >> 32);
	return (uint32_t)entry == run->place;
}

static ALWAYS_INLINE bool used_packed(const struct run *run, uint32_t *bytes)
{
	const struct padma_vring_packed_desc *desc = &run->ring[run->place];
	uint16_t flags = padma_load16_acquire(&desc->flags);

	*bytes = desc->len;
	/* Not all devices set WRITE: see packed_look(). */
	return (flags & BOTH) == run->used_flags && desc->id == run->place;
}

/* Give the device a fresh packet in the descriptor of a used one. */
static ALWAYS_INLINE void replace(struct run *run, struct padma_packet *fresh, bool packed)
{
	padma_dma_t dma = fresh->room_dma + run->start;

	run->slots[run->place].token = fresh;
	if (packed) {
		struct padma_vring_packed_desc *desc = &run->ring[run->place];

		desc->addr = dma;
		padma_store64_release(
			&desc->len, run->used_most | (uint64_t)run->place << 32 |
					    (uint64_t)(run->avail_flags | PADMA_VRING_WRITE) << 48);
		run->place++;
		if (PADMA_UNLIKELY(run->place == run->size)) {
			run->place = 0;
			run->used_flags ^= BOTH;
			run->avail_flags ^= BOTH;
		}
	} else {
		run->desc[run->place].addr = dma;
		run->place = (run->place + 1) & run->mask;
	}
}

/* Return: PADMA_PACKET_* that the header gives, or UINT32_MAX if it is one for rx_burst_any(). */
static ALWAYS_INLINE uint32_t plain_header(const struct run *run, const uint8_t *at)
{
	uint64_t first;
	uint16_t buffers;

	memcpy(&first, at, sizeof(first));
	memcpy(&buffers, at + offsetof(struct header, num_buffers), sizeof(buffers));
	/* No flag but DATA_VALID, and no segmentation. */
	if (PADMA_UNLIKELY((first & 0xfffd) != 0 || (run->mergeable && buffers != 1)))
		return UINT32_MAX;
	return (uint32_t)(first & HDR_DATA_VALID) * (run->valid / HDR_DATA_VALID);
}

/* The word of flags and hash. */
static ALWAYS_INLINE uint64_t with_hash(const uint8_t *at, uint32_t flags)
{
	uint32_t hash;
	uint16_t report;

	memcpy(&hash, at + offsetof(struct header, hash_value), sizeof(hash));
	memcpy(&report, at + offsetof(struct header, hash_report), sizeof(report));
	return flags | rx_hash_flag(report) | (uint64_t)hash << 32;
}

/* The next of the packets before @end. */
static ALWAYS_INLINE struct padma_packet *fresh_packet(struct padma_pool_object *const *end,
						       unsigned int i)
{
	return (struct padma_packet *)(void *)*(end - 1 - i);
}

static ALWAYS_INLINE bool guard_passes(const struct rx_queue *queue,
				       struct padma_pool_object *const *end, unsigned int n)
{
	for (unsigned int i = 0; queue->guard && i < n; i++) {
		if (!padma_guard_check(queue->space, fresh_packet(end, i)->room_dma + queue->start,
				       queue->used_most))
			return false;
	}
	return true;
}

/* Receive up to @n packets, each of which is replaced by one of those before @end. Return: how many. */
static ALWAYS_INLINE unsigned int exchange(struct run *run, struct padma_packet **packets,
					   struct padma_pool_object *const *end, unsigned int n,
					   const struct kind kind)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct padma_packet *packet = run->slots[run->place].token;
		uint32_t used;
		uint64_t flags = 0;

		if (PADMA_UNLIKELY(
			    !(kind.packed ? used_packed(run, &used) : used_split(run, &used))))
			break;
		if (PADMA_UNLIKELY(used - run->used_least > run->used_most - run->used_least))
			break;
		if (kind.header) {
			const uint8_t *header = (const uint8_t *)packet->room + run->start;

			flags = plain_header(run, header);
			if (PADMA_UNLIKELY(flags == UINT32_MAX))
				break;
			if (run->hash)
				flags = with_hash(header, (uint32_t)flags);
		}
		used -= run->header_bytes;
		rx_store_packet(packet, flags, run->word_offset | (uint64_t)used << 16,
				run->word_rest);
		replace(run, fresh_packet(end, i), kind.packed);
		packets[i] = packet;
		run->bytes += used;
	}
	return i;
}

/* How many buffers the device says that it has used; UINT_MAX: more than are in flight. */
static ALWAYS_INLINE unsigned int ready(const struct padma_virtqueue *vq, unsigned int n)
{
	uint16_t used = padma_load16_acquire(&vq->used->idx);
	uint16_t count = (uint16_t)(used - vq->next_used);

	if (PADMA_UNLIKELY(count > vq->pending))
		return UINT32_MAX;
	return count < n ? count : n;
}

static ALWAYS_INLINE void finish(struct rx_queue *queue, const struct run *run, unsigned int count,
				 bool packed)
{
	struct padma_virtqueue *vq = queue->vq;

	vq->tail = vq->head = (uint16_t)run->place;
	if (packed) {
		vq->next_used = vq->next_avail = (uint16_t)run->place;
		vq->used_flags = run->used_flags;
		vq->avail_flags = run->avail_flags;
	} else {
		vq->next_used = (uint16_t)(vq->next_used + count);
		vq->next_avail = (uint16_t)(vq->next_avail + count);
	}
	vq->added = (uint16_t)(vq->added + count);
	padma_counter_add(&queue->rx.stats.doorbells, padma_virtqueue_kick_as(vq, packed));
	padma_counter_add(&queue->rx.stats.packets, count);
	padma_counter_add(&queue->rx.stats.bytes, run->bytes);
	padma_counter_add(&queue->rx.stats.bursts, 1);
}

static ALWAYS_INLINE bool as_usual(const struct rx_queue *queue)
{
	const struct padma_virtqueue *vq = queue->vq;

	return vq->free == 0 && vq->ordered && vq->batch == 0 && queue->stride == 1 &&
	       !queue->partial;
}

/* How many to receive; 0 if nothing is there, UINT32_MAX if the device has failed. */
static ALWAYS_INLINE unsigned int look(const struct padma_virtqueue *vq, unsigned int n,
				       bool packed)
{
	if (n > BURST_MOST)
		n = BURST_MOST;
	if (!packed)
		return ready(vq, n);
	return (padma_load16_acquire(&vq->ring[vq->next_used].flags) & BOTH) == vq->used_flags ? n
											       : 0;
}

static ALWAYS_INLINE unsigned int burst(struct padma_rx_queue *rx, struct padma_packet **packets,
					unsigned int n, const struct kind kind)
{
	struct rx_queue *queue = rx_of(rx);
	struct padma_pool_object *taken[BURST_MOST];
	struct padma_pool_object *const *end;
	unsigned int want, count = 0;
	struct run run;

	if (PADMA_UNLIKELY(!padma_gate_passes(rx->gate, &rx->member)))
		return padma_rx_queue_outside(rx);
	if (PADMA_UNLIKELY(queue->armed || !as_usual(queue)))
		return rx_burst_any(queue, packets, n);
	want = look(queue->vq, n, kind.packed);
	if (want == 0) {
		padma_counter_add(&rx->stats.empty, 1);
		return 0;
	}
	if (PADMA_UNLIKELY(want == UINT32_MAX))
		return rx_protocol_error(queue, "the used index is beyond all available buffers");
	run = begin(queue);
	if (PADMA_LIKELY(padma_pool_get_begin(rx->cache, want, &end))) {
		if (PADMA_LIKELY(guard_passes(queue, end, want)))
			count = exchange(&run, packets, end, want, kind);
		padma_pool_get_end(rx->cache, count);
	} else if (padma_pool_get_bulk(rx->cache, taken, want)) {
		end = taken + want;
		if (guard_passes(queue, end, want))
			count = exchange(&run, packets, end, want, kind);
		padma_pool_put_bulk(rx->cache, taken, want - count);
	}
	if (PADMA_UNLIKELY(count == 0))
		return rx_burst_any(queue, packets, n);
	finish(queue, &run, count, kind.packed);
	return count;
}

static unsigned int burst_split(struct padma_rx_queue *rx, struct padma_packet **packets,
				unsigned int n)
{
	return burst(rx, packets, n, (struct kind){.packed = false, .header = false});
}

static unsigned int burst_split_header(struct padma_rx_queue *rx, struct padma_packet **packets,
				       unsigned int n)
{
	return burst(rx, packets, n, (struct kind){.packed = false, .header = true});
}

static unsigned int burst_packed(struct padma_rx_queue *rx, struct padma_packet **packets,
				 unsigned int n)
{
	return burst(rx, packets, n, (struct kind){.packed = true, .header = false});
}

static unsigned int burst_packed_header(struct padma_rx_queue *rx, struct padma_packet **packets,
					unsigned int n)
{
	return burst(rx, packets, n, (struct kind){.packed = true, .header = true});
}

void rx_choose_burst(struct rx_queue *queue)
{
	const struct net *net = queue->net;
	bool header = has(net, F_GUEST_CSUM) || has(net, F_HASH_REPORT) || has(net, F_MRG_RXBUF);
	unsigned int (*chosen)(struct padma_rx_queue *, struct padma_packet **, unsigned int);

	if (queue->vq->packed)
		chosen = header ? burst_packed_header : burst_packed;
	else
		chosen = header ? burst_split_header : burst_split;
	padma_rx_queue_set_burst(&queue->rx, chosen);
}
