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

/* The state of the ring while a burst runs. */
struct run {
	struct padma_virtqueue *vq;
	uint32_t place;
	uint16_t used_flags, avail_flags;
	uint64_t bytes;
};

/* The length of the next used buffer; false if there is none that is as usual. */
static ALWAYS_INLINE bool used_split(const struct run *run, uint32_t *bytes)
{
	const struct padma_vring_used_entry *entry = &run->vq->used->ring[run->place];

	*bytes = entry->len;
	return entry->id == run->place;
}

static ALWAYS_INLINE bool used_packed(const struct run *run, uint32_t *bytes)
{
	const struct padma_vring_packed_desc *desc = &run->vq->ring[run->place];
	uint16_t flags = padma_load16_acquire(&desc->flags);

	*bytes = desc->len;
	return (flags & (BOTH | PADMA_VRING_WRITE)) == (run->used_flags | PADMA_VRING_WRITE) &&
	       desc->id == run->place;
}

/* Give the device a fresh packet in the descriptor of a used one. */
static ALWAYS_INLINE void replace(const struct rx_queue *queue, struct run *run,
				  struct padma_packet *fresh, bool packed)
{
	padma_dma_t dma = fresh->room_dma + queue->start;
	struct padma_virtqueue *vq = run->vq;

	vq->slots[run->place].token = fresh;
	if (packed) {
		struct padma_vring_packed_desc *desc = &vq->ring[run->place];
		uint16_t flags = run->avail_flags | PADMA_VRING_WRITE;
		uint64_t word =
			queue->used_most | (uint64_t)run->place << 32 | (uint64_t)flags << 48;

		desc->addr = dma;
		padma_store64_release(&desc->len, word);
		run->place++;
		if (PADMA_UNLIKELY(run->place == vq->size)) {
			run->place = 0;
			run->used_flags ^= BOTH;
			run->avail_flags ^= BOTH;
		}
	} else {
		vq->desc[run->place].addr = dma;
		run->place = (run->place + 1) & vq->mask;
	}
}

/* Return: PADMA_PACKET_* that the header gives, or UINT32_MAX if it is one for rx_burst_any(). */
static ALWAYS_INLINE uint32_t plain_header(const struct rx_queue *queue,
					   const struct padma_packet *packet)
{
	const uint8_t *at = rx_header_at(queue, packet);
	uint64_t first;
	uint16_t buffers;

	memcpy(&first, at, sizeof(first));
	memcpy(&buffers, at + offsetof(struct header, num_buffers), sizeof(buffers));
	/* No flag but DATA_VALID, and no segmentation. */
	if (PADMA_UNLIKELY((first & 0xfffd) != 0 || (queue->mergeable && buffers != 1)))
		return UINT32_MAX;
	return (uint32_t)(first & HDR_DATA_VALID) * (PADMA_PACKET_L4_GOOD / HDR_DATA_VALID);
}

static ALWAYS_INLINE void take_hash(const struct rx_queue *queue, struct padma_packet *packet)
{
	const uint8_t *at = rx_header_at(queue, packet);
	uint16_t report;

	memcpy(&packet->hash, at + offsetof(struct header, hash_value), sizeof(packet->hash));
	memcpy(&report, at + offsetof(struct header, hash_report), sizeof(report));
	packet->flags |= rx_hash_flag(report);
}

static ALWAYS_INLINE bool guard_passes(const struct rx_queue *queue,
				       struct padma_packet *const *fresh, unsigned int n)
{
	for (unsigned int i = 0; queue->guard && i < n; i++) {
		if (!padma_guard_check(queue->space, fresh[i]->room_dma + queue->start,
				       queue->used_most))
			return false;
	}
	return true;
}

/* Receive up to @n packets, for each of which there is one in @fresh. Return: how many. */
static ALWAYS_INLINE unsigned int exchange(struct rx_queue *queue, struct run *run,
					   struct padma_packet **packets,
					   struct padma_packet *const *fresh, unsigned int n,
					   const struct kind kind)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct padma_packet *packet = run->vq->slots[run->place].token;
		uint32_t used, flags = 0;

		if (PADMA_UNLIKELY(
			    !(kind.packed ? used_packed(run, &used) : used_split(run, &used))))
			break;
		if (PADMA_UNLIKELY(used - queue->used_least > queue->used_most - queue->used_least))
			break;
		if (kind.header) {
			flags = plain_header(queue, packet);
			if (PADMA_UNLIKELY(flags == UINT32_MAX))
				break;
		}
		used -= queue->header_bytes;
		rx_fill_packet(queue, packet, used, flags);
		if (kind.header && queue->hash)
			take_hash(queue, packet);
		__builtin_prefetch((const uint8_t *)packet->room + PADMA_PACKET_HEADROOM);
		replace(queue, run, fresh[i], kind.packed);
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

static ALWAYS_INLINE unsigned int burst(struct padma_rx_queue *rx, struct padma_packet **packets,
					unsigned int n, const struct kind kind)
{
	struct rx_queue *queue = rx_of(rx);
	struct padma_virtqueue *vq = queue->vq;
	struct padma_packet *fresh[BURST_MOST];
	struct run run = {vq, vq->tail, vq->used_flags, vq->avail_flags, 0};
	unsigned int want = n < BURST_MOST ? n : BURST_MOST, count;

	if (PADMA_UNLIKELY(!padma_gate_passes(rx->gate, &rx->member)))
		return padma_rx_queue_outside(rx);
	if (PADMA_UNLIKELY(queue->armed || !as_usual(queue)))
		return rx_burst_any(queue, packets, n);
	if (!kind.packed) {
		want = ready(vq, want);
	} else if ((padma_load16_acquire(&vq->ring[run.place].flags) & BOTH) != run.used_flags) {
		want = 0;
	}
	if (want == 0) {
		padma_counter_add(&rx->stats.empty, 1);
		return 0;
	}
	if (PADMA_UNLIKELY(want == UINT32_MAX))
		return rx_protocol_error(queue, "the used index is ahead of all buffers");
	if (PADMA_UNLIKELY(
		    padma_pool_get_bulk(rx->cache, (struct padma_pool_object **)fresh, want) == 0))
		return rx_burst_any(queue, packets, n);
	if (PADMA_UNLIKELY(!guard_passes(queue, fresh, want)))
		count = 0;
	else
		count = exchange(queue, &run, packets, fresh, want, kind);
	if (count < want)
		padma_pool_put_bulk(rx->cache, (struct padma_pool_object **)fresh + count,
				    want - count);
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
	/* The library may have put a burst of its own in front. */
	if (queue->rx.burst == queue->rx.driver_burst || !queue->rx.driver_burst)
		queue->rx.burst = chosen;
	queue->rx.driver_burst = chosen;
}
