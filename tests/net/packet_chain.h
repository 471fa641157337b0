/* SPDX-License-Identifier: BSD-3-Clause */
/* packet_chain.h - packets with given data, in one segment or several. */
#ifndef TESTS_NET_PACKET_CHAIN_H
#define TESTS_NET_PACKET_CHAIN_H

#include "test.h"

#include <padma/net/packet.h>

/* A packet of one segment with a copy of the data; the test fails if the pool is empty or the segment too small. */
static inline struct padma_packet *packet_segment(struct padma_pool_cache *cache, const void *data,
						  uint32_t bytes)
{
	struct padma_packet *packet = padma_packet_get(cache);
	uint8_t *to = packet ? padma_packet_append(packet, bytes) : NULL;

	if (!to) {
		fail_msg("no segment of %u bytes: %s", bytes,
			 packet ? "it has less room" : "the pool is empty");
		abort(); /* not reached: fail_msg() does not return */
	}
	memcpy(to, data, bytes);
	return packet;
}

/* One segment with the first @first bytes, the rest in segments of up to @most bytes. */
static inline struct padma_packet *packet_chain(struct padma_pool_cache *cache, const void *data,
						uint32_t bytes, uint32_t first, uint32_t most)
{
	uint32_t at = first < bytes ? first : bytes;
	struct padma_packet *packet = packet_segment(cache, data, at), *last = packet;

	while (at < bytes) {
		uint32_t here = bytes - at < most ? bytes - at : most;

		last->next = packet_segment(cache, (const uint8_t *)data + at, here);
		last = last->next;
		at += here;
	}
	return packet;
}

#endif
