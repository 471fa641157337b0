/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packets.h - packets in memory for the tests of modes: a space, a pool that checks what is put, frames built byte by
 * byte, and checksums computed the slow way, by other code than the tool's.
 */
#ifndef TESTS_TOOL_NET_PACKETS_H
#define TESTS_TOOL_NET_PACKETS_H

#include "test.h"

#include <padma/error.h>
#include <padma/net/packet.h>
#include <padma/space.h>

#include "net/packet_chain.h"

#define PACKETS 512u

struct packets {
	struct padma_space *space;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
};

static inline void packets_open(struct packets *p)
{
	const struct padma_space_params params = {
		.backend = "sim", .page_bytes = 4096, .chunk_bytes = 2 << 20};
	const struct padma_packet_pool_params pool = {
		.count = PACKETS, .name = "packets", .checks = PADMA_POOL_CHECKS_ON};

	assert_int_equal(padma_space_open(&params, &p->space), 0);
	assert_int_equal(padma_packet_pool_open(p->space, &pool, &p->pool), 0);
	assert_int_equal(padma_pool_cache_open(p->pool, &p->cache), 0);
}

/* Every packet is back. */
static inline void packets_close(struct packets *p)
{
	assert_int_equal(padma_pool_available(p->pool), PACKETS);
	padma_pool_cache_close(p->cache);
	assert_int_equal(padma_pool_close(p->pool), 0);
	assert_int_equal(padma_space_close(p->space), 0);
}

/* A packet of these bytes, in segments of at most @segment_bytes. */
static inline struct padma_packet *packet_new(struct packets *p, const void *data, uint32_t bytes,
					      uint32_t segment_bytes)
{
	return packet_chain(p->cache, data, bytes, segment_bytes, segment_bytes);
}

/* Its bytes, all segments. Return: how many. */
static inline uint32_t packet_bytes(const struct padma_packet *packet, uint8_t *to)
{
	uint32_t used = 0;

	for (; packet; packet = packet->next) {
		memcpy(to + used, padma_packet_data(packet), packet->length);
		used += packet->length;
	}
	return used;
}

/* ---- frames, written and checked here ---- */

static inline uint32_t word_at(const uint8_t *at)
{
	return (uint32_t)(at[0] << 8 | at[1]);
}

/* The ones' complement sum of big endian words, one at a time. */
static inline uint32_t slow_sum(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i < bytes; i++) {
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
		while (sum > 0xffff)
			sum = sum - 0xffff;
	}
	return sum;
}

static inline void put_word(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The sum of a frame's pseudo header and what follows its IP header: 0xffff if its checksum is right. */
static inline uint32_t slow_l4(const uint8_t *frame, bool v6, uint8_t protocol, uint32_t l4_bytes)
{
	uint32_t sum = slow_sum(frame + (v6 ? 22 : 26), v6 ? 32 : 8, 0);
	uint8_t rest[4];

	put_word(rest, protocol);
	put_word(rest + 2, l4_bytes);
	return slow_sum(frame + (v6 ? 54 : 34), l4_bytes, slow_sum(rest, 4, sum));
}

/* A frame of IPv4 or IPv6 with @l4_bytes bytes of @protocol, zeroed but for headers. Return: its length. */
static inline uint32_t frame_new(uint8_t *frame, bool v6, uint8_t protocol, uint32_t l4_bytes)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 0xaa, 2, 0, 0, 0, 0, 0xbb};
	uint32_t header = v6 ? 54 : 34;

	memset(frame, 0, header + l4_bytes);
	memcpy(frame, macs, sizeof(macs));
	if (v6) {
		put_word(frame + 12, 0x86dd);
		frame[14] = 0x60;
		put_word(frame + 18, l4_bytes);
		frame[20] = protocol;
		frame[21] = 255;
		memcpy(frame + 22, (uint8_t[]){0xfd, [15] = 1}, 16);
		memcpy(frame + 38, (uint8_t[]){0xfd, [15] = 2}, 16);
	} else {
		put_word(frame + 12, 0x0800);
		frame[14] = 0x45;
		put_word(frame + 16, 20 + l4_bytes);
		frame[22] = 7;
		frame[23] = protocol;
		memcpy(frame + 26, (uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
		put_word(frame + 24, ~slow_sum(frame + 14, 20, 0));
	}
	for (uint32_t i = 0; i < l4_bytes; i++)
		frame[header + i] = (uint8_t)(i * 7 + 3);
	return header + l4_bytes;
}

/* Fill in the checksum at offset @at of the L4 header. */
static inline void frame_seal(uint8_t *frame, bool v6, uint8_t protocol, uint32_t l4_bytes,
			      uint32_t at)
{
	uint8_t *field = frame + (v6 ? 54 : 34) + at;

	put_word(field, 0);
	put_word(field, ~(protocol == 1 ? slow_sum(frame + 34, l4_bytes, 0)
					: slow_l4(frame, v6, protocol, l4_bytes)));
}

#endif
