// SPDX-License-Identifier: BSD-3-Clause
/* Receiving what is not simply a frame in one buffer: chains, damaged frames, and frames for which there is no buffer. */
#include "rx.h"

#include "message.h"

static bool broken(struct e1000_rx_queue *queue, const char *what, uint32_t value)
{
	padma_counter_add(&queue->rx.stats.protocol_errors, 1);
	padma_port_fail(queue->rx.port, -EPROTO, "receive queue %u, descriptor %u: %s %u; reset it",
			queue->rx.index, queue->head, what, value);
	return false;
}

/* More than the driver gave the card room for. An end of frame without data is the rest of a stripped CRC. */
static bool is_possible(struct e1000_rx_queue *queue, struct rx_report report)
{
	bool inside = queue->first || queue->discarding;

	if (report.length > queue->buffer_bytes)
		return broken(queue, "invalid buffer length", report.length);
	if (report.length == 0 && !(inside && (report.status & RX_EOP)))
		return broken(queue, "invalid frame length", 0);
	if (queue->segments >= queue->segments_max)
		return broken(queue, "a frame with more buffers than", queue->segments_max);
	return true;
}

static struct padma_packet *take_head(struct e1000_rx_queue *queue)
{
	struct padma_packet *packet = queue->packets[queue->head];

	rx_advance(queue, 1);
	return packet;
}

static void drop_frame(struct e1000_rx_queue *queue)
{
	if (queue->first)
		padma_packet_put(queue->rx.cache, queue->first);
	queue->first = NULL;
}

/* The pool is empty and the card has just enough buffers for a frame: it gets this one back. */
static void discard(struct e1000_rx_queue *queue, bool ends)
{
	struct padma_packet *packet = take_head(queue);

	if (!queue->discarding)
		padma_counter_add(&queue->rx.stats.no_buffer, 1);
	drop_frame(queue);
	rx_post(queue, packet);
	padma_doorbell_ring32(&queue->doorbell, queue->tail);
	padma_counter_add(&queue->rx.stats.doorbells, 1);
	queue->discarding = !ends;
	queue->segments = ends ? 0 : queue->segments + 1;
}

static void append(struct e1000_rx_queue *queue, struct padma_packet *packet, uint16_t length)
{
	if (length == 0) {
		padma_packet_put(queue->rx.cache, packet);
		return;
	}
	packet->flags = 0;
	packet->offset = PADMA_PACKET_HEADROOM;
	packet->length = length;
	if (queue->first)
		queue->last->next = packet;
	else
		queue->first = packet;
	queue->last = packet;
	queue->segments++;
}

/* The last descriptor has the status of the whole frame (82574 datasheet 7.1.5; 8254x manual 3.2.3.1). */
static struct padma_packet *finish(struct e1000_rx_queue *queue, struct rx_report report,
				   uint64_t low)
{
	struct padma_packet *packet = queue->first;

	queue->segments = 0;
	if ((report.status & RX_DAMAGED) || padma_packet_bytes(packet) > queue->frame_bytes) {
		padma_counter_add(&queue->rx.stats.errors, 1);
		drop_frame(queue);
		return NULL;
	}
	queue->first = NULL;
	report.length = packet->length;
	rx_describe(queue, packet, report);
	if (queue->hashed)
		rx_describe_hash(packet, low);
	return packet;
}

bool e1000_rx_slow(struct e1000_rx_queue *queue, struct padma_packet **packet)
{
	const struct e1000_descriptor *slot = &queue->ring[queue->head];
	struct rx_report report = rx_report_of(padma_load64_acquire(&slot->high), queue->legacy);
	uint64_t low = slot->low;
	bool ends = report.status & RX_EOP;

	*packet = NULL;
	/* The word may have changed since it was found done. */
	if (!(report.status & RX_DD))
		return broken(queue, "DD was cleared again: status", report.status);
	if (!is_possible(queue, report))
		return false;
	if (queue->discarding || queue->posted <= queue->reserve) {
		discard(queue, ends);
		return true;
	}
	append(queue, take_head(queue), report.length);
	if (ends)
		*packet = finish(queue, report, low);
	return true;
}
