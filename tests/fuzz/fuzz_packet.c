// SPDX-License-Identifier: BSD-3-Clause
/*
 * Packets with any data, marks, lengths of headers and segments: parsed, verified, hashed, prepared, summed, tagged, and cut
 * into segments by the processor from a pool that may be short. Each is refused, or does what the marks say; all
 * packets are back in the end.
 */
#include "fuzz.h"

#include <errno.h>

#include <padma/log.h>
#include <padma/net/checksum.h>
#include <padma/net/driver.h>
#include <padma/net/headers.h>
#include <padma/space.h>

#include "net/segment.h"

#define PACKETS	     64u
#define SEGMENTS_MAX 6u
#define PART_MAX     700u

static struct padma_space *space;
static struct padma_pool *pool;
static struct padma_pool_cache *cache;

static void open_pool(void)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};
	const struct padma_packet_pool_params packets = {
		.count = PACKETS, .room_bytes = 900, .checks = PADMA_POOL_CHECKS_ON};

	FUZZ_CHECK(padma_space_open(&params, &space) == 0);
	FUZZ_CHECK(padma_packet_pool_open(space, &packets, &pool) == 0);
	FUZZ_CHECK(padma_pool_cache_open(pool, &cache) == 0);
}

static struct padma_packet *segment_of(struct fuzz_input *input)
{
	struct padma_packet *packet = padma_packet_get(cache);

	FUZZ_CHECK(packet);
	packet->offset = (uint16_t)(fuzz_u8(input) % (PADMA_PACKET_HEADROOM + 1));
	packet->length = (uint16_t)(fuzz_u16(input) % PART_MAX);
	fuzz_bytes(input, padma_packet_data(packet), packet->length);
	return packet;
}

/* The marks come first, so that the data takes all that is left. */
static struct padma_packet *packet_of(struct fuzz_input *input)
{
	uint8_t l2 = fuzz_u8(input), l3 = fuzz_u8(input), l4 = fuzz_u8(input);
	uint16_t flags = fuzz_u16(input), size = fuzz_u16(input), vlan = fuzz_u16(input);
	unsigned int more = fuzz_u8(input) % SEGMENTS_MAX;
	struct padma_packet *packet = segment_of(input), *last = packet;

	for (; more; more--, last = last->next)
		last->next = segment_of(input);
	packet->l2_bytes = l2;
	packet->l3_bytes = l3;
	packet->l4_bytes = l4;
	packet->flags = flags & PADMA_PACKET_WORK;
	packet->segment_size = size;
	packet->vlan = vlan;
	/* Half of the time as a program would mark it. */
	if (flags & 0x8000)
		(void)padma_packet_parse(packet, NULL);
	return packet;
}

static void check_parse(struct padma_packet *packet)
{
	static const uint8_t key[PADMA_RSS_KEY_BYTES] = {1, 2, 3};
	struct padma_packet *copy = padma_packet_copy(cache, packet);
	struct padma_packet_headers headers;
	uint32_t hash;

	if (!copy)
		return;
	if (padma_packet_parse(copy, &headers) == 0) {
		FUZZ_CHECK(headers.l2_bytes + headers.l3_bytes + headers.l4_bytes <= copy->length);
		FUZZ_CHECK(headers.ip_version != 0 || headers.l3_bytes == 0);
	}
	(void)padma_rss_hash(key, ~0u, copy, &hash);
	padma_packet_verify(copy);
	FUZZ_CHECK((copy->flags & (PADMA_PACKET_IP_GOOD | PADMA_PACKET_IP_BAD)) !=
		   (PADMA_PACKET_IP_GOOD | PADMA_PACKET_IP_BAD));
	padma_packet_strip_vlan(copy);
	FUZZ_CHECK(padma_packet_bytes(copy) <= padma_packet_bytes(packet));
	padma_packet_put(cache, copy);
}

/* What was summed here is found to be right. */
static void check_sums(const struct padma_packet *packet)
{
	struct padma_packet *copy = padma_packet_copy(cache, packet);
	uint32_t bytes = padma_packet_bytes(packet), marks = packet->flags;

	if (!copy)
		return;
	if (padma_packet_checksum(copy) == 0) {
		FUZZ_CHECK(!(copy->flags & (PADMA_PACKET_WORK & ~PADMA_PACKET_VLAN)));
		padma_packet_verify(copy);
		if (marks & PADMA_PACKET_IP_CSUM)
			FUZZ_CHECK(!(copy->flags & PADMA_PACKET_IP_BAD));
		if (marks & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM) & ~PADMA_PACKET_TSO)
			FUZZ_CHECK((copy->flags & PADMA_PACKET_IP_BAD) ||
				   !(copy->flags & PADMA_PACKET_L4_BAD));
	}
	FUZZ_CHECK(padma_packet_bytes(copy) == bytes);
	if ((marks & PADMA_PACKET_VLAN) && padma_packet_insert_vlan(copy) == 0)
		FUZZ_CHECK(padma_packet_bytes(copy) == bytes + 4);
	padma_packet_put(cache, copy);
}

/* Its payload in segments, in order, each with valid checksums. */
static void check_cut(struct padma_packet *packet, unsigned int reserve)
{
	struct padma_packet *held[PACKETS];
	uint32_t payload = 0, header, all = padma_packet_bytes(packet), size = packet->segment_size;
	struct tx_cut cut;
	unsigned int count = 0;

	if (!(packet->flags & PADMA_PACKET_TSO) || segment_begin(&cut, packet)) {
		padma_packet_put(cache, packet);
		return;
	}
	header = cut.header;
	while (count < reserve && (held[count] = padma_packet_get(cache)))
		count++;
	while (cut.packet) {
		struct padma_packet *segment = segment_next(&cut, cache);

		if (!segment) {
			/* Short: some come back, or this is more than the whole pool. */
			if (count == 0)
				break;
			padma_packet_put(cache, held[--count]);
			continue;
		}
		FUZZ_CHECK(padma_packet_bytes(segment) <= header + size);
		payload += padma_packet_bytes(segment) - header;
		FUZZ_CHECK(!(segment->flags & PADMA_PACKET_TSO));
		/* Refused only where the headers do not fit into the first room. */
		FUZZ_CHECK(padma_packet_checksum(segment) == 0 || header > segment->length);
		padma_packet_put(cache, segment);
	}
	if (cut.packet)
		padma_packet_put(cache, cut.packet);
	else
		FUZZ_CHECK(payload == all - header);
	padma_packet_put_bulk(cache, held, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned int reserve;
	struct padma_packet *packet, *copy;

	if (!pool)
		open_pool();
	reserve = fuzz_u8(&input);
	packet = packet_of(&input);
	check_parse(packet);
	check_sums(packet);
	copy = padma_packet_copy(cache, packet);
	if (copy) {
		if (padma_packet_prepare(copy, reserve & 1) == 0)
			(void)padma_packet_prepare(copy, reserve & 1);
		FUZZ_CHECK(padma_packet_bytes(copy) == padma_packet_bytes(packet));
		(void)padma_packet_linearize(cache, &copy);
		padma_packet_put(cache, copy);
	}
	check_cut(packet, reserve);
	FUZZ_CHECK(padma_pool_available(pool) == PACKETS);
	return 0;
}
