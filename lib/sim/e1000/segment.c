// SPDX-License-Identifier: BSD-3-Clause
/* The offloads of transmission (574, 7.2.11 and 7.3; 8254x, 3.5 and 3.6): checksums, segmentation, VLAN tags, padding. */
#include <string.h>

#include "card.h"
#include "sum.h"

#define IPV6_BYTES   40u
#define TCP_SEQUENCE 4u
#define TCP_FLAGS    13u
#define TCP_FIN_PSH  0x09u
#define LEAST_PADDED 17u /* even with TCTL.PSP */

/*
 * The sum from @start to @end (0: to the end), what the field has now included, stored in the field. @more is the length
 * that segmentation adds to the sum of the pseudo header.
 */
static void insert_sum(struct card *card, uint8_t *frame, uint32_t bytes, uint32_t start,
		       uint32_t field, uint32_t end, uint32_t more)
{
	uint32_t stop = end ? end + 1 : bytes;
	uint16_t sum;

	if (start >= stop || stop > bytes || field + 2 > bytes) {
		driver_error(card, "a checksum of bytes %u to %u at %u, in a packet of %u", start,
			     stop, field, bytes);
		return;
	}
	sum = (uint16_t)~sim_sum_fold(sim_sum(frame + start, stop - start, more));
	put_be16(frame + field, sum ? sum : 0xffff);
}

static bool is_tagged(struct card *card, const struct tx_queue *queue, uint16_t *tag)
{
	/* 574, 7.2.10.2: of the first descriptor. 8254x, 3.3.7: of the last. */
	uint64_t word = card->kind->is_82574 ? queue->first : queue->last;

	if (!(word & TX_VLE))
		return false;
	if (!(get(card, CTRL) & CTRL_VME)) {
		driver_error(card, "VLE without CTRL.VME: no tag is inserted");
		return false;
	}
	*tag = (uint16_t)(word >> 48);
	return true;
}

/* The tag, the padding, the wire. @frame has room for both. */
static bool put_on_wire(struct card *card, const struct tx_queue *queue, uint8_t *frame,
			uint32_t bytes)
{
	struct sim_frame sent = {.data = frame};
	uint16_t tag;

	if (is_tagged(card, queue, &tag)) {
		memmove(frame + 2 * ETH_MAC_BYTES + ETH_TAG_BYTES, frame + 2 * ETH_MAC_BYTES,
			bytes - 2 * ETH_MAC_BYTES);
		put_be16(frame + 2 * ETH_MAC_BYTES, get(card, VET));
		put_be16(frame + 2 * ETH_MAC_BYTES + 2, tag);
		bytes += ETH_TAG_BYTES;
	}
	if (bytes < ETH_LEAST && (get(card, TCTL) & TCTL_PSP)) {
		memset(frame + bytes, 0, ETH_LEAST - bytes);
		bytes = ETH_LEAST;
	}
	sent.bytes = bytes;
	if (sim_wire_send(card->wire, &sent) == -EAGAIN)
		return false;
	sim_e1000_count_sent(card, frame, bytes);
	return true;
}

/* Whether it can go on the wire at all. */
static bool check_size(struct card *card, uint32_t bytes)
{
	uint32_t least = get(card, TCTL) & TCTL_PSP ? LEAST_PADDED : ETH_LEAST;

	if (bytes < least)
		driver_error(card, "a packet of %u bytes is transmitted; at least %u", bytes,
			     least);
	else if (bytes + ETH_FCS_BYTES > card->kind->frame_max)
		driver_error(card, "a packet of %u bytes is transmitted; at most %u", bytes,
			     card->kind->frame_max - ETH_FCS_BYTES);
	else
		return true;
	return false;
}

static void finish_ip(struct card *card, const struct context *c, uint8_t *frame, uint32_t bytes)
{
	insert_sum(card, frame, bytes, c->ip_start, c->ip_field, c->ip_end, 0);
}

/* One frame, with the checksums that its first descriptor asks for. */
static bool send_whole(struct card *card, struct tx_queue *queue)
{
	const struct context *c = &card->context[0];
	uint8_t *frame = card->segment;
	uint32_t bytes = queue->bytes;

	if (!check_size(card, bytes))
		return true;
	memcpy(frame, queue->frame, bytes);
	if (!(queue->first & TX_DEXT)) {
		uint64_t word = card->kind->is_82574 ? queue->first : queue->last;

		if (word & TX_IC)
			insert_sum(card, frame, bytes, word >> 40 & 0xff, word >> 16 & 0xff, 0, 0);
	} else if (queue->first & (TX_IXSM | TX_TXSM)) {
		if (!c->valid)
			driver_error(card, "IXSM or TXSM without a context");
		else if (queue->first & TX_IXSM)
			finish_ip(card, c, frame, bytes);
		if (c->valid && (queue->first & TX_TXSM))
			insert_sum(card, frame, bytes, c->l4_start, c->l4_field, c->l4_end, 0);
	}
	return put_on_wire(card, queue, frame, bytes);
}

static bool check_context(struct card *card, const struct tx_queue *queue, const struct context *c)
{
	uint32_t l4_header = c->is_tcp ? 20 : 8;

	if (!c->valid || c->mss == 0)
		driver_error(card, "TSE without a context with an MSS");
	else if (queue->bytes != c->header_bytes + c->payload_bytes)
		driver_error(card, "TSE: HDRLEN %u and PAYLEN %u of a packet of %u bytes",
			     c->header_bytes, c->payload_bytes, queue->bytes);
	else if (c->ip_start < ETH_BYTES || c->l4_start < c->ip_start + 20 ||
		 c->header_bytes < c->l4_start + l4_header)
		driver_error(card, "TSE: IPCSS %u, TUCSS %u and HDRLEN %u do not fit", c->ip_start,
			     c->l4_start, c->header_bytes);
	else
		return true;
	return false;
}

/* What of the headers differs from segment to segment (574, 7.3.6.2). */
static void update_headers(const struct context *c, uint8_t *frame, uint32_t bytes, uint32_t number,
			   bool is_last)
{
	uint8_t *ip = frame + c->ip_start, *l4 = frame + c->l4_start;

	if (c->is_ipv4) {
		put_be16(ip + 2, bytes - c->ip_start);
		put_be16(ip + 4, be16(ip + 4) + number);
	} else {
		put_be16(ip + 4, bytes - c->ip_start - IPV6_BYTES);
	}
	if (!c->is_tcp) {
		put_be16(l4 + 4, bytes - c->l4_start);
		return;
	}
	put_be32(l4 + TCP_SEQUENCE, be32(l4 + TCP_SEQUENCE) + number * c->mss);
	if (!is_last)
		l4[TCP_FLAGS] &= (uint8_t)~TCP_FIN_PSH;
}

static bool send_segment(struct card *card, const struct tx_queue *queue, const struct context *c,
			 uint32_t number)
{
	uint32_t offset = number * c->mss, left = c->payload_bytes - offset;
	uint32_t part = left < c->mss ? left : c->mss, bytes = c->header_bytes + part;
	uint8_t *frame = card->segment;

	if (!check_size(card, bytes))
		return true;
	memcpy(frame, queue->frame, c->header_bytes);
	memcpy(frame + c->header_bytes, queue->frame + c->header_bytes + offset, part);
	update_headers(c, frame, bytes, number, part == left);
	if (queue->first & TX_IXSM)
		finish_ip(card, c, frame, bytes);
	if (queue->first & TX_TXSM)
		insert_sum(card, frame, bytes, c->l4_start, c->l4_field, c->l4_end,
			   bytes - c->l4_start);
	return put_on_wire(card, queue, frame, bytes);
}

static bool send_segments(struct card *card, struct tx_queue *queue)
{
	const struct context *c = &card->context[1];
	uint32_t count;

	if (!check_context(card, queue, c))
		return true;
	count = c->payload_bytes ? (c->payload_bytes + c->mss - 1) / c->mss : 1;
	while (queue->segments < count) {
		if (!send_segment(card, queue, c, queue->segments))
			return false;
		if (queue->segments++ == 0)
			sim_e1000_count(card, TSCTC, 1);
	}
	return true;
}

bool sim_e1000_send(struct card *card, struct tx_queue *queue)
{
	uint64_t word = card->kind->is_82574 ? queue->first : queue->last;

	if (!(word & TX_IFCS))
		driver_error(card, "a packet without IFCS: it has no checksum (FCS)");
	if ((queue->first & TX_DEXT) && (queue->first & TX_TSE))
		return send_segments(card, queue);
	return send_whole(card, queue);
}
