// SPDX-License-Identifier: BSD-3-Clause
/*
 * Receiving, every other case: a ring that is not full, buffers out of order or returned in batches, packets of several
 * buffers (mergeable), buffers of several packets (for large frames without MRG_RXBUF), unusual headers.
 */
#include "message.h"
#include "rx.h"

#define FILL_MOST 64u

/* Buffers that a packet can be spread over: each holds at least its room less the headroom. */
static unsigned int merge_most(const struct rx_queue *queue)
{
	return queue->vq->size;
}

COLD unsigned int rx_protocol_error(struct rx_queue *queue, const char *what)
{
	padma_counter_add(&queue->rx.stats.protocol_errors, 1);
	(void)padma_port_fail(&queue->net->port, -EPROTO, "%s: receive queue %u: %s",
			      net_name(queue->net), queue->rx.index, what);
	return 0;
}

static void put(struct rx_queue *queue, struct padma_packet *packet)
{
	padma_packet_put(queue->rx.cache, packet);
}

static bool guard_refuses(struct rx_queue *queue, const struct padma_packet *packet)
{
	const struct padma_guard_entry entry = {
		.driver = "virtio-net",
		.queue = queue->rx.index,
		.entry = queue->vq->next_avail,
		.dma = packet->room_dma + queue->start,
		.len = queue->used_most,
	};

	if (!queue->guard || padma_guard_check(queue->space, entry.dma, entry.len))
		return false;
	(void)padma_guard_refuse(queue->space, &entry);
	return true;
}

/* A buffer of @stride packets, the first with room for the header; NULL if the pool has too few. */
static struct padma_packet *new_buffer(struct rx_queue *queue, struct padma_virtqueue_piece *pieces)
{
	struct padma_packet *first = NULL, **link = &first;

	for (unsigned int i = 0; i < queue->stride; i++) {
		struct padma_packet *packet = padma_packet_get(queue->rx.cache);

		if (packet && guard_refuses(queue, packet)) {
			put(queue, packet);
			packet = NULL;
		}
		if (!packet) {
			if (first)
				put(queue, first);
			return NULL;
		}
		pieces[i] = (struct padma_virtqueue_piece){packet->room_dma + queue->start,
							   queue->used_most};
		*link = packet;
		link = &packet->next;
	}
	return first;
}

/* Fill the ring; what is missing is filled in by later calls. */
static void refill(struct rx_queue *queue)
{
	struct padma_virtqueue_piece pieces[FILL_MOST];

	while (queue->vq->free) {
		struct padma_packet *packet = new_buffer(queue, pieces);

		if (!packet)
			return;
		if (padma_virtqueue_add(queue->vq, pieces, 0, queue->stride, packet)) {
			put(queue, packet);
			return;
		}
	}
}

/* Whether to keep a packet: half of the ring stays filled, however many packets the program holds. */
static bool enough_buffers(struct rx_queue *queue)
{
	if (queue->vq->free > queue->vq->size / 2)
		refill(queue);
	return queue->vq->free <= queue->vq->size / 2 || queue->vq->size <= 2 * queue->stride;
}

/* One more buffer of a packet. */
static bool append(struct rx_queue *queue, struct padma_packet *packet, uint32_t bytes)
{
	if (bytes == 0) {
		put(queue, packet);
		(void)rx_protocol_error(queue, "a buffer of a packet is empty");
		return false;
	}
	packet->flags = 0;
	packet->offset = (uint16_t)queue->start;
	packet->length = (uint16_t)bytes;
	queue->last->next = packet;
	queue->last = packet;
	return true;
}

/* Distribute the bytes of a buffer over its packets; those without any return to the pool. */
static void spread(struct rx_queue *queue, struct padma_packet *first, uint32_t bytes)
{
	struct padma_packet *segment = first, *rest;

	first->length = (uint16_t)(bytes < queue->used_most ? bytes : queue->used_most);
	bytes -= first->length;
	while (bytes) {
		uint32_t part = bytes < queue->used_most ? bytes : queue->used_most;

		segment = segment->next;
		segment->flags = 0;
		segment->offset = (uint16_t)queue->start;
		segment->length = (uint16_t)part;
		bytes -= part;
	}
	rest = segment->next;
	segment->next = NULL;
	if (rest)
		put(queue, rest);
	first->offset = PADMA_PACKET_HEADROOM;
	first->length = (uint16_t)(first->length - queue->header_bytes);
}

/* The first buffer of a packet. Return: how many further ones it has; -1: a protocol error, the buffer is put. */
static int begin(struct rx_queue *queue, struct padma_packet *packet, uint32_t bytes,
		 struct header *header)
{
	const char *fault = NULL;

	*header = (struct header){0};
	if (bytes >= queue->header_bytes)
		memcpy(header, rx_header_at(queue, packet), queue->header_bytes);
	if (!queue->mergeable)
		header->num_buffers = 1;
	if (bytes < queue->header_bytes)
		fault = "a used length is shorter than a header";
	else if (header->num_buffers == 0 || header->num_buffers > merge_most(queue))
		fault = "too many buffers in one packet";
	if (fault) {
		put(queue, packet);
		(void)rx_protocol_error(queue, fault);
		return -1;
	}
	rx_fill_packet(queue, packet);
	spread(queue, packet, bytes);
	queue->partial = packet;
	for (queue->last = packet; queue->last->next;)
		queue->last = queue->last->next;
	return header->num_buffers - 1;
}

/* A packet is complete: what its header says of it. NULL if it is dropped. */
static struct padma_packet *complete(struct rx_queue *queue)
{
	struct padma_packet *packet = queue->partial;
	struct header header = {0};

	queue->partial = NULL;
	/* The header is in the room of the first segment, where the device may change it: read once from here on. */
	memcpy(&header, rx_header_at(queue, packet), queue->header_bytes);
	if (packet->length < FRAME_LEAST || padma_packet_bytes(packet) > FRAME_MOST ||
	    !rx_header(queue, packet, &header)) {
		padma_counter_add(&queue->rx.stats.errors, 1);
		put(queue, packet);
		return NULL;
	}
	if (queue->hash) {
		packet->hash = header.hash_value;
		packet->flags |= rx_hash_flag(header.hash_report);
	}
	if (!enough_buffers(queue)) {
		padma_counter_add(&queue->rx.stats.no_buffer, 1);
		put(queue, packet);
		return NULL;
	}
	return packet;
}

/* A used buffer. Return: the packet that it completes, or NULL; *@failed: the device has failed. */
static struct padma_packet *receive(struct rx_queue *queue, struct padma_packet *packet,
				    uint32_t bytes, bool *failed)
{
	struct header header;
	int missing;

	if (!queue->partial) {
		missing = begin(queue, packet, bytes, &header);
		*failed = missing < 0;
		if (missing < 0)
			return NULL;
		queue->missing = (unsigned int)missing;
	} else {
		*failed = !append(queue, packet, bytes);
		if (*failed)
			return NULL;
		queue->missing--;
	}
	return queue->missing ? NULL : complete(queue);
}

static void count(struct rx_queue *queue, struct padma_packet *const *packets, unsigned int n)
{
	struct padma_rx_stats *stats = &queue->rx.stats;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += padma_packet_bytes(packets[i]);
	padma_counter_add(&stats->packets, n);
	padma_counter_add(&stats->bytes, bytes);
	padma_counter_add(n ? &stats->bursts : &stats->empty, 1);
}

unsigned int rx_burst_any(struct rx_queue *queue, struct padma_packet **packets, unsigned int n)
{
	unsigned int done = 0;

	if (queue->armed) {
		padma_virtqueue_disarm(queue->vq);
		queue->armed = false;
	}
	/* A ring's worth of buffers at most: a device that fills them as fast as they are dropped must not keep the caller. */
	for (unsigned int left = queue->vq->size; done < n && left; left--) {
		struct padma_packet *packet;
		bool failed = false;
		uint32_t bytes;
		void *token;
		int rc = padma_virtqueue_take(queue->vq, &token, &bytes);

		if (rc == 0)
			break;
		if (rc < 0) {
			(void)rx_protocol_error(queue, "invalid index, identifier or length");
			failed = true;
		} else {
			packet = receive(queue, token, bytes, &failed);
			if (packet)
				packets[done++] = packet;
		}
		if (failed) {
			count(queue, packets, done);
			return done;
		}
	}
	refill(queue);
	if (queue->vq->added)
		padma_counter_add(&queue->rx.stats.doorbells, padma_virtqueue_kick(queue->vq));
	count(queue, packets, done);
	return done;
}
