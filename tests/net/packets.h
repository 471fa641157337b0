/* SPDX-License-Identifier: BSD-3-Clause */
/* packets.h - packets of frames, cut into segments at random places. */
#ifndef TESTS_NET_PACKETS_H
#define TESTS_NET_PACKETS_H

#include <padma/net/packet.h>

#include "net/frames.h"
#include "net/packet_chain.h"

/* Marked for all checksums. The headers are in the first segment; @most 0: one segment. */
static inline struct padma_packet *packet_of_frame(struct padma_pool_cache *cache,
						   const struct frame *frame, uint32_t most)
{
	uint32_t headers = frame->l2 + frame->l3 + frame->l4;
	struct padma_packet *packet =
		packet_chain(cache, frame->data, frame->bytes, most ? headers : frame->bytes, most);

	packet->l2_bytes = (uint8_t)frame->l2;
	packet->l3_bytes = (uint8_t)frame->l3;
	packet->l4_bytes = (uint8_t)frame->l4;
	packet->flags = frame->is_udp ? PADMA_PACKET_UDP_CSUM : PADMA_PACKET_TCP_CSUM;
	if (!frame->is_ipv6)
		packet->flags |= PADMA_PACKET_IP_CSUM;
	return packet;
}

static inline void assert_packet_is(const struct padma_packet *packet, const void *data,
				    uint32_t bytes)
{
	static uint8_t copy[FRAME_MAX];

	assert_int_equal(padma_packet_bytes(packet), bytes);
	assert_int_equal(padma_packet_read(packet, 0, copy, sizeof(copy)), bytes);
	assert_memory_equal(copy, data, bytes);
}

#endif
