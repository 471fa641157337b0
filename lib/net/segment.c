// SPDX-License-Identifier: BSD-3-Clause
/* See segment.h. */
#include "net/segment.h"

#include <string.h>

#include "net/copy.h"
#include "net/marks.h"

int segment_begin(struct tx_cut *cut, struct padma_packet *packet)
{
	struct marks marks;
	int rc = marks_check(packet, &marks);

	if (rc)
		return rc;
	*cut = (struct tx_cut){
		.packet = packet,
		.is_ipv4 = marks.ip.version == 4,
		.header = (uint16_t)(marks.l4_offset + packet->l4_bytes),
		.left = marks.l4_bytes - packet->l4_bytes,
		.at = packet,
	};
	cut->at_offset = cut->header;
	return 0;
}

bool segment_fits(const struct tx_cut *cut, size_t room)
{
	uint32_t payload =
		cut->left < cut->packet->segment_size ? cut->left : cut->packet->segment_size;

	return PADMA_PACKET_HEADROOM + cut->header + payload <= room;
}

/* The next @bytes of payload. */
static void copy_payload(struct tx_cut *cut, uint8_t *to, uint32_t bytes)
{
	while (bytes) {
		uint32_t here = cut->at->length - cut->at_offset;

		if (here > bytes)
			here = bytes;
		memcpy(to, padma_packet_data(cut->at) + cut->at_offset, here);
		to += here;
		bytes -= here;
		cut->at_offset += here;
		if (cut->at_offset == cut->at->length && cut->at->next) {
			cut->at = cut->at->next;
			cut->at_offset = 0;
		}
	}
}

/* A pool's rooms have 64 bytes at least; headers may go over the end of the first. */
static void fill(struct tx_cut *cut, struct padma_packet *segment)
{
	const uint8_t *header = padma_packet_data(cut->packet);
	uint32_t left = cut->header;

	for (; segment; segment = segment->next) {
		uint32_t here = left < segment->length ? left : segment->length;

		memcpy(padma_packet_data(segment), header, here);
		header += here;
		left -= here;
		copy_payload(cut, padma_packet_data(segment) + here, segment->length - here);
	}
}

/* RFC 9293, 3.10.8: FIN ends the last segment; CWR is of the first one only (RFC 3168, 6.1.2). */
static void fix_tcp(const struct tx_cut *cut, uint8_t *l4, bool last)
{
	put32(l4 + TCP_SEQUENCE, get32(l4 + TCP_SEQUENCE) + cut->taken);
	if (!last)
		l4[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (cut->index)
		l4[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
}

static void fix_ip(const struct tx_cut *cut, uint8_t *l3, uint32_t l3_bytes, uint32_t above)
{
	if (cut->is_ipv4) {
		put16(l3 + IPV4_LENGTH, l3_bytes + above);
		put16(l3 + IPV4_ID, get16(l3 + IPV4_ID) + (uint32_t)cut->index);
	} else {
		put16(l3 + IPV6_LENGTH, l3_bytes - IPV6_BYTES + above);
	}
}

static void fix_headers(const struct tx_cut *cut, struct padma_packet *segment, uint32_t payload,
			bool last)
{
	const struct padma_packet *whole = cut->packet;
	uint8_t *l3 = padma_packet_data(segment) + whole->l2_bytes;

	fix_ip(cut, l3, whole->l3_bytes, whole->l4_bytes + payload);
	fix_tcp(cut, l3 + whole->l3_bytes, last);
	copy_properties(segment, whole);
	segment->segment_size = 0;
	segment->flags &= ~(PADMA_PACKET_TSO | PADMA_PACKET_IP_CSUM);
	segment->flags |= PADMA_PACKET_TCP_CSUM;
	if (cut->is_ipv4)
		segment->flags |= PADMA_PACKET_IP_CSUM;
}

struct padma_packet *segment_next(struct tx_cut *cut, struct padma_pool_cache *cache)
{
	uint32_t most = cut->packet->segment_size, payload = cut->left < most ? cut->left : most;
	struct padma_packet *segment = copy_chain(cache, cut->header + payload);
	bool last = payload == cut->left;

	if (!segment)
		return NULL;
	fill(cut, segment);
	fix_headers(cut, segment, payload, last);
	cut->index++;
	cut->taken += payload;
	cut->left -= payload;
	if (last) {
		padma_packet_put(cache, cut->packet);
		cut->packet = NULL;
	}
	return segment;
}
