// SPDX-License-Identifier: BSD-3-Clause
/*
 * Cutting a TCP segment, or a UDP datagram, that is larger than a frame may be, as the host or the card does for a
 * driver: each segment has the headers of the whole, with lengths, sequence number and flags of its own (RFC 793, RFC 791,
 * RFC 2460).
 */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "backend.h"

#define TYPE_IPV4	0x0800u
#define TYPE_IPV6	0x86ddu
#define TYPE_VLAN	0x8100u
#define TYPE_QINQ	0x88a8u
#define ETHERNET_BYTES	14u
#define IPV4_BYTES	20u
#define IPV6_BYTES	40u
#define TCP_BYTES	20u
#define UDP_BYTES	8u
#define TCP_FIN_PSH	0x09u
#define TCP_CWR		0x80u
#define TCP_CHECKSUM_AT 16u
#define UDP_CHECKSUM_AT 6u

/* Where the headers of a frame to be cut are. */
struct headers {
	uint32_t ip, l4, payload;
	bool is_ipv6, is_udp;
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static bool find_ip(const struct sim_frame *frame, struct headers *headers)
{
	uint32_t at = ETHERNET_BYTES;
	uint16_t type;

	if (frame->bytes < ETHERNET_BYTES + IPV4_BYTES)
		return false;
	type = get16(frame->data + 12);
	while ((type == TYPE_VLAN || type == TYPE_QINQ) && at + 4 + IPV4_BYTES <= frame->bytes) {
		type = get16(frame->data + at + 2);
		at += 4;
	}
	headers->ip = at;
	headers->is_ipv6 = type == TYPE_IPV6;
	return type == TYPE_IPV4 || type == TYPE_IPV6;
}

static bool find_headers(const struct sim_frame *frame, struct headers *headers)
{
	uint32_t least;

	if (!frame->partial || frame->segment_bytes == 0 || !find_ip(frame, headers))
		return false;
	headers->is_udp = frame->segment == SIM_SEGMENT_UDP;
	headers->l4 = frame->checksum_start;
	least = headers->ip + (headers->is_ipv6 ? IPV6_BYTES : IPV4_BYTES);
	if (headers->l4 < least || headers->l4 + TCP_BYTES > frame->bytes ||
	    (frame->segment == SIM_SEGMENT_TCP4 && headers->is_ipv6) ||
	    (frame->segment == SIM_SEGMENT_TCP6 && !headers->is_ipv6))
		return false;
	headers->payload =
		headers->l4 +
		(headers->is_udp ? UDP_BYTES : (frame->data[headers->l4 + 12] >> 4) * 4u);
	if (!headers->is_udp && headers->payload < headers->l4 + TCP_BYTES)
		return false;
	return headers->payload <= frame->bytes &&
	       frame->checksum_offset == (headers->is_udp ? UDP_CHECKSUM_AT : TCP_CHECKSUM_AT);
}

/* Length, identification (one more for each segment) and checksum of the IP header. */
static void set_ip(uint8_t *ip, const struct headers *headers, uint32_t bytes, unsigned int number)
{
	uint32_t header_bytes = headers->l4 - headers->ip;

	if (headers->is_ipv6) {
		put16(ip + 4, bytes - IPV6_BYTES);
		return;
	}
	put16(ip + 2, bytes);
	put16(ip + 4, get16(ip + 4) + number);
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~sim_sum_fold(sim_sum(ip, header_bytes, 0)));
}

/* Addresses, protocol and length: what TCP's and UDP's checksums cover beside the segment itself. */
static uint16_t pseudo_sum(const uint8_t *ip, const struct headers *headers, uint32_t bytes)
{
	uint32_t sum = (headers->is_udp ? 17u : 6u) + bytes;

	return sim_sum_fold(headers->is_ipv6 ? sim_sum(ip + 8, 32, sum) : sim_sum(ip + 12, 8, sum));
}

static void set_l4(uint8_t *l4, const struct headers *headers, uint32_t bytes, uint32_t before,
		   bool is_last)
{
	if (headers->is_udp) {
		put16(l4 + 4, bytes);
		return;
	}
	put32(l4 + 4, get32(l4 + 4) + before);
	if (!is_last)
		l4[13] &= (uint8_t)~TCP_FIN_PSH;
	if (before)
		l4[13] &= (uint8_t)~TCP_CWR;
}

/* The segment whose payload starts @before bytes behind the first one's. */
static struct sim_box *cut_one(const struct sim_frame *frame, const struct headers *headers,
			       uint32_t before, uint32_t bytes)
{
	bool is_last = headers->payload + before + bytes == frame->bytes;
	struct sim_frame segment = {.data = frame->data,
				    .bytes = headers->payload + bytes,
				    .partial = true,
				    .checksum_start = frame->checksum_start,
				    .checksum_offset = frame->checksum_offset};
	struct sim_box *box = sim_box_new(&segment);
	uint32_t l4_bytes = segment.bytes - headers->l4;
	uint8_t *ip, *l4;

	if (!box)
		return NULL;
	ip = box->bytes + headers->ip;
	l4 = box->bytes + headers->l4;
	memcpy(box->bytes + headers->payload, frame->data + headers->payload + before, bytes);
	set_ip(ip, headers, segment.bytes - headers->ip, before / frame->segment_bytes);
	set_l4(l4, headers, l4_bytes, before, is_last);
	put16(l4 + frame->checksum_offset, pseudo_sum(ip, headers, l4_bytes));
	return box;
}

int sim_frame_cut(const struct sim_frame *frame, int (*emit)(void *ctx, struct sim_box *box),
		  void *ctx)
{
	struct headers headers;
	uint32_t payload, before = 0;
	int rc;

	if (!find_headers(frame, &headers))
		return -EINVAL;
	payload = frame->bytes - headers.payload;
	do {
		uint32_t bytes = payload - before;
		struct sim_box *box;

		if (bytes > frame->segment_bytes)
			bytes = frame->segment_bytes;
		box = cut_one(frame, &headers, before, bytes);
		rc = box ? emit(ctx, box) : -ENOMEM;
		before += bytes;
	} while (rc == 0 && before < payload);
	return rc;
}
