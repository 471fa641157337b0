// SPDX-License-Identifier: BSD-3-Clause
/*
 * Transmitting packets that need more than one descriptor: contexts for checksums and segmentation (82574 datasheet 7.2.6
 * and 7.2.11; 8254x manual 3.3.6 and 3.5), tags, chains, short frames.
 */
#include <string.h>

#include "tx.h"

#define CSUM	      (PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM)
#define OFFSET_MAX    255u /* fields of a context are bytes */
#define IPV4_LENGTH   2u
#define IPV4_CHECKSUM 10u
#define IPV6_LENGTH   4u
#define TCP_CHECKSUM  16u
#define UDP_CHECKSUM  6u
#define TAG	      1u

struct e1000_descriptor tx_context_of(const struct padma_packet *packet, bool ipv4, uint32_t bytes)
{
	uint32_t ip = packet->l2_bytes, l4 = ip + packet->l3_bytes;
	bool is_udp = packet->flags & PADMA_PACKET_UDP_CSUM;
	uint64_t low = ip | (uint64_t)l4 << 32 |
		       (uint64_t)(l4 + (is_udp ? UDP_CHECKSUM : TCP_CHECKSUM)) << 40;
	uint64_t high = TX_CONTEXT;

	if (ipv4) {
		low |= (uint64_t)(ip + IPV4_CHECKSUM) << 8 | (uint64_t)(l4 - 1) << 16;
		high |= TX_CONTEXT_IPV4;
	}
	if (!is_udp)
		high |= TX_CONTEXT_TCP;
	if (packet->flags & PADMA_PACKET_TSO) {
		uint32_t header = l4 + packet->l4_bytes;

		high |= TX_TSE | (bytes - header) | (uint64_t)header << 40 |
			(uint64_t)packet->segment_size << 48;
	}
	return (struct e1000_descriptor){low, high};
}

/* What is the same in all descriptors of a packet. */
static uint64_t commands(const struct padma_packet *packet, bool ipv4)
{
	uint32_t flags = packet->flags;
	uint64_t high = TX_DATA;

	if (flags & PADMA_PACKET_TSO)
		high |= TX_TSE | TX_TXSM | (ipv4 ? TX_IXSM : 0);
	if (flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM))
		high |= TX_TXSM;
	if (flags & PADMA_PACKET_IP_CSUM)
		high |= TX_IXSM;
	if (flags & PADMA_PACKET_VLAN)
		high |= TX_VLE | TX_TAG(packet->vlan);
	return high;
}

/*
 * The card adds to what is in the fields: the IP checksum starts from 0, and the length of each segment is its own
 * (Linux, e1000_tso()).
 */
static void clear_fields(struct padma_packet *packet, bool ipv4)
{
	uint8_t *ip = padma_packet_data(packet) + packet->l2_bytes;

	if (ipv4 && (packet->flags & (PADMA_PACKET_IP_CSUM | PADMA_PACKET_TSO)))
		memset(ip + IPV4_CHECKSUM, 0, 2);
	if (packet->flags & PADMA_PACKET_TSO)
		memset(ip + (ipv4 ? IPV4_LENGTH : IPV6_LENGTH), 0, 2);
}

static bool is_ipv4(const struct padma_packet *packet)
{
	return packet->l2_bytes < packet->length &&
	       padma_packet_data(packet)[packet->l2_bytes] >> 4 == 4;
}

static void write(struct e1000_tx_queue *queue, uint64_t low, uint64_t high)
{
	tx_write(&queue->ring[queue->tail], low, high);
	queue->packets[queue->tail] = NULL;
	queue->tail = padma_ring_next(queue->tail, queue->mask);
	queue->specials++;
}

/*
 * A context is valid until the next one; with two queues the card may have had the other's since (82574 datasheet
 * 7.2.6, second note). One for TSO has the packet's length and is always new.
 */
static void write_context(struct e1000_tx_queue *queue, const struct padma_packet *packet,
			  bool ipv4, uint32_t bytes)
{
	struct e1000_descriptor context;

	if (!(packet->flags & (CSUM | PADMA_PACKET_TSO)))
		return;
	context = tx_context_of(packet, ipv4, bytes);
	if (queue->reuses_context && !(packet->flags & PADMA_PACKET_TSO) &&
	    context.low == queue->context.low && context.high == queue->context.high)
		return;
	queue->context = context;
	write(queue, context.low, context.high);
}

static void write_pieces(struct e1000_tx_queue *queue, padma_dma_t dma, uint32_t length,
			 uint64_t high)
{
	while (length) {
		uint32_t piece = length < TX_PIECE_MAX ? length : TX_PIECE_MAX;

		write(queue, dma, high | piece);
		dma += piece;
		length -= piece;
	}
}

static void write_data(struct e1000_tx_queue *queue, struct padma_packet *packet, bool ipv4)
{
	uint64_t high = commands(packet, ipv4);

	for (struct padma_packet *segment = packet; segment; segment = segment->next) {
		uint32_t length = segment->length;

		/* The bytes behind a short frame are zero by now. */
		if (segment == packet && !packet->next && length < TX_FRAME_MIN)
			length = TX_FRAME_MIN;
		write_pieces(queue, padma_packet_dma(segment), length, high);
	}
}

/* Descriptors for it at most, the context included. */
static uint32_t descriptors(const struct padma_packet *packet, uint32_t *segments)
{
	uint32_t count = 1;

	*segments = 0;
	for (; packet; packet = packet->next) {
		count += (packet->length + TX_PIECE_MAX - 1) / TX_PIECE_MAX;
		(*segments)++;
	}
	return count;
}

/* A frame that is too short for the card's own padding. Only what this queue alone holds may be written to. */
static bool pad(struct padma_packet *packet)
{
	uint32_t missing = TX_FRAME_MIN - packet->length;

	if (packet->next || packet->length < 14 || padma_packet_tailroom(packet) < missing ||
	    __atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) != 0)
		return false;
	memset(padma_packet_data(packet) + packet->length, 0, missing);
	return true;
}

/* Whether a context's fields can say where its headers end. */
static bool fits_context(const struct padma_packet *packet)
{
	uint32_t l4 = (uint32_t)packet->l2_bytes + packet->l3_bytes;

	if (packet->flags & PADMA_PACKET_TSO)
		l4 += packet->l4_bytes;
	return l4 + TCP_CHECKSUM <= OFFSET_MAX;
}

/* Whether its frames are no longer than the card can transmit. Headers that are cut off are for padma_tx_prepare() to find. */
static bool fits_frame(const struct e1000_tx_queue *queue, const struct padma_packet *packet,
		       uint32_t total)
{
	uint32_t header = (uint32_t)packet->l2_bytes + packet->l3_bytes + packet->l4_bytes;

	if ((packet->flags & PADMA_PACKET_TSO) && total > header + packet->segment_size)
		total = header + packet->segment_size;
	return total <= queue->frame_bytes;
}

static enum tx_result drop(struct e1000_tx_queue *queue, struct padma_packet *packet,
			   struct padma_counter *counter)
{
	padma_counter_add(counter, 1);
	padma_packet_put(queue->tx.cache, packet);
	return TX_DROPPED;
}

/* The packet, or a copy if it is shared, with its fields as the card wants them. */
static enum tx_result prepare(struct e1000_tx_queue *queue, struct padma_packet **packet)
{
	struct padma_counter *errors = &queue->tx.stats.errors;
	int rc = padma_tx_prepare(&queue->tx, packet, true);

	if (rc == -ENOMEM)
		return TX_LATER;
	if (rc)
		return drop(queue, *packet, errors);
	if (!fits_context(*packet)) {
		/* Headers longer than the card's fields can say: by the processor. */
		if ((*packet)->flags & PADMA_PACKET_TSO || padma_packet_checksum(*packet))
			return drop(queue, *packet, errors);
	}
	return TX_TAKEN;
}

static void enter(struct e1000_tx_queue *queue, struct padma_packet *packet, uint32_t bytes)
{
	bool ipv4 = (packet->flags & (CSUM | PADMA_PACKET_TSO)) && is_ipv4(packet);
	struct e1000_descriptor *last;

	if (packet->flags & (CSUM | PADMA_PACKET_TSO))
		clear_fields(packet, ipv4);
	write_context(queue, packet, ipv4, bytes);
	write_data(queue, packet, ipv4);
	last = &queue->ring[(queue->tail - 1) & queue->mask];
	tx_write(last, last->low, last->high | TX_EOP);
	queue->packets[(queue->tail - 1) & queue->mask] =
		(struct padma_packet *)((uintptr_t)packet | TAG);
}

/* What can be said without changing anything. */
static bool is_possible(struct e1000_tx_queue *queue, struct padma_packet *packet, uint32_t total,
			uint32_t needed, uint32_t segments)
{
	return segments <= TX_SEGMENTS_MAX && needed <= TX_PIECES_MAX && needed <= queue->mask &&
	       fits_frame(queue, packet, total) && (total >= TX_FRAME_MIN || pad(packet));
}

/* A copy of a shared packet may have more segments than the original. */
static bool has_room(const struct e1000_tx_queue *queue, const struct padma_packet *packet,
		     uint32_t needed)
{
	if (__atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE))
		needed = queue->mask < TX_PIECES_MAX ? queue->mask : TX_PIECES_MAX;
	return tx_free(queue) >= needed;
}

enum tx_result e1000_tx_slow(struct e1000_tx_queue *queue, struct padma_packet *packet,
			     uint64_t *bytes)
{
	uint32_t work = packet->flags & PADMA_PACKET_WORK, segments;
	uint32_t total = padma_packet_bytes(packet), needed = descriptors(packet, &segments);
	struct padma_counter *errors = &queue->tx.stats.errors;
	enum tx_result result = TX_TAKEN;

	if (work & queue->tx.software)
		return TX_LATER;
	if (!is_possible(queue, packet, total, needed, segments))
		return drop(queue, packet, errors);
	if (queue->guarded && !e1000_tx_guard(queue, packet)) {
		padma_packet_put(queue->tx.cache, packet);
		return TX_DROPPED;
	}
	if (!has_room(queue, packet, needed))
		return TX_FULL;
	if (work & (CSUM | PADMA_PACKET_TSO))
		result = prepare(queue, &packet);
	if (result != TX_TAKEN)
		return result;
	if (descriptors(packet, &segments) > tx_free(queue))
		return drop(queue, packet, errors);
	*bytes += total;
	enter(queue, packet, total);
	return TX_TAKEN;
}
