// SPDX-License-Identifier: BSD-3-Clause
/* Finding headers, checking checksums, hashing, of every shape of frame and of broken ones. */
#include "net/net_fixture.h"
#include "net/packets.h"

#include <padma/net/driver.h>
#include <padma/net/headers.h>

static struct frame frame;

/* Every shape by its number; false after the last. */
static bool shape_of(unsigned int number, struct frame_shape *shape)
{
	static const uint32_t payloads[] = {0, 1, 2, 63, 1000, 1001};
	unsigned int n = number;

	*shape = (struct frame_shape){.seed = number};
	shape->is_ipv6 = n % 2;
	n /= 2;
	shape->is_udp = n % 2;
	n /= 2;
	shape->tags = n % 3;
	n /= 3;
	shape->ip_options = n % 2 ? 24 : 0;
	n /= 2;
	shape->tcp_options = n % 2 ? 12 : 0;
	n /= 2;
	shape->routing = n % 2 && shape->is_ipv6;
	n /= 2;
	shape->padding = n % 2 ? 7 : 0;
	n /= 2;
	if (n >= ARRAY_SIZE(payloads))
		return false;
	shape->payload = payloads[n];
	return true;
}

static void check_parse(struct padma_packet *packet)
{
	struct padma_packet_headers headers;

	packet->l2_bytes = packet->l3_bytes = packet->l4_bytes = 0;
	assert_int_equal(padma_packet_parse(packet, &headers), 0);
	assert_int_equal(packet->l2_bytes, frame.l2);
	assert_int_equal(packet->l3_bytes, frame.l3);
	assert_int_equal(packet->l4_bytes, frame.l4);
	assert_int_equal(headers.l2_bytes, frame.l2);
	assert_int_equal(headers.l3_bytes, frame.l3);
	assert_int_equal(headers.l4_bytes, frame.l4);
	assert_int_equal(headers.ip_version, frame.is_ipv6 ? 6 : 4);
	assert_int_equal(headers.ethertype, frame.is_ipv6 ? 0x86dd : 0x0800);
	assert_int_equal(headers.protocol, frame.is_udp ? 17 : 6);
	assert_int_equal(headers.tags, (frame.l2 - 14) / 4);
	assert_int_equal(headers.payload_bytes, frame_l4_bytes(&frame));
	assert_false(headers.fragment);
}

/* Parsed, summed, verified; each of it in one segment and in many. */
static void test_shapes(void **state)
{
	struct frame_shape shape;
	struct bed bed;
	unsigned int number;

	(void)state;
	open_memory(&bed);
	for (number = 0; shape_of(number, &shape); number++) {
		for (uint32_t most = 0; most < 200; most += 67) {
			struct padma_packet *packet;
			uint32_t ip = shape.is_ipv6 ? 0 : PADMA_PACKET_IP_GOOD;

			frame_make(&frame, &shape);
			packet = packet_of_frame(bed.cache, &frame, most);
			check_parse(packet);
			assert_int_equal(padma_packet_checksum(packet), 0);
			assert_int_equal(packet->flags, 0);
			frame_fix(&frame, shape.routing);
			assert_packet_is(packet, frame.data, frame.bytes);
			padma_packet_verify(packet);
			assert_int_equal(packet->flags, ip | PADMA_PACKET_L4_GOOD);
			padma_packet_data(packet)[frame.l2 + frame.l3] ^= 1;
			padma_packet_verify(packet);
			assert_int_equal(packet->flags, ip | PADMA_PACKET_L4_BAD);
			padma_packet_data(packet)[frame.l2 + 8] ^= 1;
			padma_packet_verify(packet);
			if (!shape.is_ipv6)
				assert_int_equal(packet->flags, PADMA_PACKET_IP_BAD);
			padma_packet_put(bed.cache, packet);
		}
	}
	printf("%u shapes\n", number);
	close_memory(&bed);
}

/* What a device would do with a prepared packet: it sums to the end of the frame. */
static void finish_like_a_device(struct padma_packet *packet)
{
	uint32_t at = (uint32_t)packet->l2_bytes + packet->l3_bytes, bytes;
	uint32_t field = at + (packet->flags & PADMA_PACKET_UDP_CSUM ? 6 : 16);
	uint8_t *data = padma_packet_data(packet);
	static uint8_t copy[FRAME_MAX];
	uint16_t sum;

	if (packet->flags & PADMA_PACKET_IP_CSUM)
		frame_put16(data + packet->l2_bytes + 10,
			    frame_fold(frame_sum(data + packet->l2_bytes, packet->l3_bytes)));
	if (packet->flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM)) {
		bytes = padma_packet_read(packet, at, copy, sizeof(copy));
		sum = frame_fold(frame_sum(copy, bytes));
		frame_put16(data + field,
			    sum == 0 && (packet->flags & PADMA_PACKET_UDP_CSUM) ? 0xffff : sum);
	}
}

static void test_prepare(void **state)
{
	struct frame_shape shape;
	struct bed bed;

	(void)state;
	open_memory(&bed);
	for (unsigned int number = 0; shape_of(number, &shape); number++) {
		struct padma_packet *packet;

		frame_make(&frame, &shape);
		packet = packet_of_frame(bed.cache, &frame, number % 3 * 50);
		assert_int_equal(padma_packet_prepare(packet, number % 2), 0);
		assert_int_equal(padma_packet_prepare(packet, number % 2), 0);
		finish_like_a_device(packet);
		frame_fix(&frame, shape.routing);
		assert_packet_is(packet, frame.data, frame.bytes);
		padma_packet_put(bed.cache, packet);
	}
	close_memory(&bed);
}

/* Unsegmented packets reach receivers as they are: IP's header must be complete, unless the card wants it otherwise. */
static void try_prepare_tso(struct bed *bed, const struct frame_shape *shape, bool without_length)
{
	unsigned int length_at = shape->is_ipv6 ? 4 : 2;
	struct padma_packet *packet;
	uint32_t length;
	uint8_t *ip;

	frame_make(&frame, shape);
	length = frame_get16(frame.data + frame.l2 + length_at);
	packet = packet_of_frame(bed->cache, &frame, 0);
	packet->flags = PADMA_PACKET_TSO;
	packet->segment_size = 100;
	ip = padma_packet_data(packet) + frame.l2;
	for (int again = 0; again < 2; again++) {
		frame_put16(ip + length_at, again ? 0 : 7);
		assert_int_equal(padma_packet_prepare(packet, without_length), 0);
		assert_int_equal(packet->flags, PADMA_PACKET_TSO);
		assert_int_equal(frame_get16(ip + length_at), without_length ? 0 : length);
		if (shape->is_ipv6)
			continue;
		assert_int_equal(frame_fold(frame_sum(ip, frame.l3)) == 0, !without_length);
		if (without_length)
			assert_int_equal(frame_get16(ip + 10), 0);
	}
	/* With its length the pseudo header's sum is that of a packet that is not cut. */
	if (!without_length) {
		packet->flags = PADMA_PACKET_TCP_CSUM;
		finish_like_a_device(packet);
		frame_fix(&frame, false);
		assert_packet_is(packet, frame.data, frame.bytes);
	}
	padma_packet_put(bed->cache, packet);
}

static void test_prepare_tso(void **state)
{
	struct bed bed;

	(void)state;
	open_memory(&bed);
	for (unsigned int n = 0; n < 8; n++) {
		const struct frame_shape shape = {.is_ipv6 = n & 1,
						  .ip_options = n & 2 ? 8 : 0,
						  .tcp_options = n & 2 ? 12 : 0,
						  .tags = n & 2 ? 1 : 0,
						  .payload = 1500};

		try_prepare_tso(&bed, &shape, n & 4);
	}
	close_memory(&bed);
}

/* A UDP sum that comes out as 0 is sent as ffff; one that is 0 is none. */
static void test_udp_zero(void **state)
{
	struct frame_shape shape = {.is_udp = true, .payload = 2};
	struct padma_packet *packet;
	struct bed bed;
	uint8_t *data;

	(void)state;
	open_memory(&bed);
	frame_make(&frame, &shape);
	frame_fix(&frame, false);
	/* Move the sum into the payload: the rest sums to 0 then. */
	frame_put16(frame.data + frame.bytes - 2,
		    frame_fold((uint64_t)(uint16_t)~frame_get16(frame.data + frame.bytes - 2) +
			       (uint16_t)~frame_get16(frame.data + frame_l4_sum_at(&frame))));
	packet = packet_of_frame(bed.cache, &frame, 0);
	assert_int_equal(padma_packet_checksum(packet), 0);
	data = padma_packet_data(packet);
	assert_int_equal(frame_get16(data + frame_l4_sum_at(&frame)), 0xffff);
	padma_packet_verify(packet);
	assert_true(packet->flags & PADMA_PACKET_L4_GOOD);
	frame_put16(data + frame_l4_sum_at(&frame), 0);
	padma_packet_verify(packet);
	assert_int_equal(packet->flags, PADMA_PACKET_IP_GOOD);
	padma_packet_put(bed.cache, packet);
	close_memory(&bed);
}

/* UDP's length is its own: what IP has behind it is in no sum. */
static void test_udp_shorter_than_ip(void **state)
{
	struct bed bed;

	(void)state;
	open_memory(&bed);
	for (unsigned int v6 = 0; v6 < 2; v6++) {
		const struct frame_shape shape = {.is_udp = true, .is_ipv6 = v6, .payload = 17};
		struct padma_packet *packet;
		uint8_t *length;

		frame_make(&frame, &shape);
		frame_fix(&frame, false);
		length = frame.data + frame.l2 + (v6 ? 4 : 2);
		frame_put16(length, frame_get16(length) + 4);
		memset(frame.data + frame.bytes, 0x77, 4);
		frame.bytes += 4;
		if (!v6) {
			frame_put16(frame.data + frame.l2 + 10, 0);
			frame_put16(frame.data + frame.l2 + 10,
				    frame_fold(frame_sum(frame.data + frame.l2, frame.l3)));
		}
		packet = packet_of_frame(bed.cache, &frame, 0);
		packet->flags = 0;
		padma_packet_verify(packet);
		assert_true(packet->flags & PADMA_PACKET_L4_GOOD);
		packet->flags = PADMA_PACKET_UDP_CSUM;
		frame_put16(padma_packet_data(packet) + frame_l4_sum_at(&frame), 0x1234);
		assert_int_equal(padma_packet_checksum(packet), 0);
		assert_packet_is(packet, frame.data, frame.bytes);
		/* Not of this packet: neither right nor wrong. */
		frame_put16(padma_packet_data(packet) + frame_l4_at(&frame) + 4, 17 + 8 + 5);
		padma_packet_verify(packet);
		assert_int_equal(packet->flags & (PADMA_PACKET_L4_GOOD | PADMA_PACKET_L4_BAD), 0);
		padma_packet_put(bed.cache, packet);
	}
	close_memory(&bed);
}

/* Marks that the packet does not fit are refused by everything that works on them, and it stays as it was. */
static void refused(struct bed *bed, const struct padma_packet *like)
{
	struct padma_packet *packet = padma_packet_copy(bed->cache, like);

	assert_int_equal(padma_packet_prepare(packet, false), -EINVAL);
	if (!(packet->flags & PADMA_PACKET_TSO))
		assert_int_equal(padma_packet_checksum(packet), -EINVAL);
	assert_int_equal(packet->flags, like->flags);
	assert_memory_equal(padma_packet_data(packet), padma_packet_data(like), like->length);
	padma_packet_put(bed->cache, packet);
}

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		struct padma_packet *p = packet_of_frame(bed.cache, &frame, 0);                    \
		uint8_t *ip = padma_packet_data(p) + frame.l2, *l4 = ip + frame.l3;                \
                                                                                                   \
		(void)ip;                                                                          \
		(void)l4;                                                                          \
		change;                                                                            \
		refused(&bed, p);                                                                  \
		padma_packet_put(bed.cache, p);                                                    \
	} while (0)

static void test_wrong_marks(void **state)
{
	struct bed bed;

	(void)state;
	open_memory(&bed);
	frame_make(&frame, &(struct frame_shape){.payload = 100});
	REFUSED(p->l2_bytes = 0);
	REFUSED(p->l2_bytes = 13);
	REFUSED(p->l3_bytes = 16);
	REFUSED(p->l3_bytes = 24);
	REFUSED(p->l3_bytes = 255);
	REFUSED(p->length = 33);
	REFUSED(p->length = 34);
	REFUSED(p->length = 53);
	REFUSED(p->length = 100); /* IP's length is more */
	REFUSED(ip[0] = 0x55);
	REFUSED(ip[0] = 0x44);
	REFUSED(ip[0] = 0x46);
	REFUSED(ip[9] = 17);
	REFUSED(frame_put16(ip + 2, 39));
	REFUSED(frame_put16(ip + 2, 19));
	REFUSED(frame_put16(ip + 2, 141));
	REFUSED(frame_put16(ip + 6, 0x2000)); /* more fragments */
	REFUSED(frame_put16(ip + 6, 0x0001));
	REFUSED(p->flags |= PADMA_PACKET_UDP_CSUM);
	REFUSED(p->flags = PADMA_PACKET_UDP_CSUM);
	REFUSED(p->flags = PADMA_PACKET_TSO);
	REFUSED((p->flags = PADMA_PACKET_TSO, p->segment_size = 100, p->l4_bytes = 24));
	REFUSED((p->flags = PADMA_PACKET_TSO, p->segment_size = 100, l4[12] = 0x40));
	REFUSED((p->flags = PADMA_PACKET_TSO, p->segment_size = 100, l4[12] = 0xf0));
	frame_make(&frame, &(struct frame_shape){.payload = 100, .is_ipv6 = true, .ip_options = 8});
	REFUSED(p->flags |= PADMA_PACKET_IP_CSUM);
	REFUSED(p->l3_bytes = 40);
	REFUSED(ip[40] = 17);
	REFUSED(ip[41] = 200);
	REFUSED(frame_put16(ip + 4, 7));
	REFUSED(frame_put16(ip + 4, 129));
	close_memory(&bed);
}

static int parse_bytes(struct bed *bed, const void *data, uint32_t bytes,
		       struct padma_packet_headers *headers)
{
	struct padma_packet *packet = packet_of(bed, data, (uint16_t)bytes);
	int rc = padma_packet_parse(packet, headers);

	padma_packet_put(bed->cache, packet);
	return rc;
}

/* Cut off anywhere in the headers: refused; fragments; no IP. */
static void test_parse(void **state)
{
	struct padma_packet_headers headers;
	struct frame_shape shape = {.payload = 8, .is_ipv6 = true, .ip_options = 16, .tags = 2};
	uint32_t all;
	struct bed bed;

	(void)state;
	open_memory(&bed);
	frame_make(&frame, &shape);
	all = frame.l2 + frame.l3 + frame.l4;
	for (uint32_t bytes = 0; bytes < all; bytes++)
		assert_int_equal(parse_bytes(&bed, frame.data, bytes, &headers), -EINVAL);
	assert_int_equal(parse_bytes(&bed, frame.data, all, NULL), 0);
	/* An extension header of 2048 bytes. */
	shape.ip_options = 2048 - 8;
	frame_make(&frame, &shape);
	assert_int_equal(parse_bytes(&bed, frame.data, 2048, &headers), -EINVAL);
	shape.ip_options = 1024;
	frame_make(&frame, &shape);
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), -E2BIG);
	/* ARP. */
	frame_put16(frame.data + 12, 0x0806);
	assert_int_equal(parse_bytes(&bed, frame.data, 60, &headers), 0);
	assert_int_equal(headers.ethertype, PADMA_ETHERTYPE_ARP);
	assert_int_equal(headers.ip_version, 0);
	/* Ethertype and version differ. */
	frame_make(&frame, &(struct frame_shape){.payload = 8});
	frame_put16(frame.data + 12, 0x86dd);
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), -EINVAL);
	close_memory(&bed);
}

static void test_fragments(void **state)
{
	static const uint8_t fragment[8] = {17, 0, 0x00, 0x01}; /* the first, more to come */
	struct padma_packet_headers headers;
	struct frame_shape shape = {.payload = 80, .is_udp = true};
	struct bed bed;
	uint8_t *ip;

	(void)state;
	open_memory(&bed);
	frame_make(&frame, &shape);
	ip = frame.data + frame.l2;
	frame_put16(ip + 6, 0x2000);
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_true(headers.fragment && headers.first && headers.l4_bytes == 8);
	frame_put16(ip + 6, 0x0020);
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_true(headers.fragment && !headers.first && headers.l4_bytes == 0);
	frame_put16(ip + 6, 0x4000); /* don't fragment */
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_false(headers.fragment);

	shape.is_ipv6 = true;
	shape.ip_options = 8;
	frame_make(&frame, &shape);
	ip = frame.data + frame.l2;
	ip[6] = 44;
	memcpy(ip + 40, fragment, 8);
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_true(headers.fragment && headers.first && headers.l4_bytes == 8);
	ip[43] = 0; /* an atomic fragment */
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_true(!headers.fragment && headers.l4_bytes == 8);
	ip[43] = 0x10;
	ip[40] = 43; /* another fragment: what follows is no header */
	assert_int_equal(parse_bytes(&bed, frame.data, frame.bytes, &headers), 0);
	assert_true(headers.fragment && !headers.first && headers.l4_bytes == 0);
	assert_int_equal(headers.l3_bytes, 48);
	close_memory(&bed);
}

/* Microsoft's vectors, "Verifying the RSS hash calculation". */
static const uint8_t key[] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static void test_rss(void **state)
{
	struct padma_packet *packet;
	struct bed bed;
	uint32_t hash;
	uint8_t *ip;

	(void)state;
	open_memory(&bed);
	/* 66.9.149.187:2794 to 161.142.100.80:1766 */
	frame_make(&frame, &(struct frame_shape){.payload = 1});
	ip = frame.data + frame.l2;
	memcpy(ip + 12, (const uint8_t[]){0x42, 0x09, 0x95, 0xbb, 0xa1, 0x8e, 0x64, 0x50}, 8);
	frame_put16(ip + 20, 2794);
	frame_put16(ip + 22, 1766);
	packet = packet_of_frame(bed.cache, &frame, 0);
	assert_int_equal(padma_rss_hash(key, PADMA_RSS_IPV4 | PADMA_RSS_TCP_IPV4, packet, &hash),
			 PADMA_RSS_TCP_IPV4);
	assert_int_equal(hash, 0x51ccc178);
	assert_int_equal(padma_rss_hash(key, PADMA_RSS_IPV4 | PADMA_RSS_UDP_IPV4, packet, &hash),
			 PADMA_RSS_IPV4);
	assert_int_equal(hash, 0x323e8fc2);
	assert_int_equal(padma_rss_hash(key, PADMA_RSS_IPV6, packet, &hash), 0);
	padma_packet_put(bed.cache, packet);
	/* 3ffe:2501:200:1fff::7 to 3ffe:2501:200:3::1, ports 2794 and 1766 */
	frame_make(&frame, &(struct frame_shape){.payload = 1, .is_ipv6 = true, .is_udp = true});
	ip = frame.data + frame.l2;
	memcpy(ip + 8,
	       (const uint8_t[]){0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0,    0,    0,
				 0,    0,    0,	   0,	 0x07, 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00,
				 0x00, 0x03, 0,	   0,	 0,    0,    0,	   0,	 0,    0x01},
	       32);
	frame_put16(ip + 40, 2794);
	frame_put16(ip + 42, 1766);
	packet = packet_of_frame(bed.cache, &frame, 0);
	assert_int_equal(padma_rss_hash(key, ~0u, packet, &hash), PADMA_RSS_UDP_IPV6);
	assert_int_equal(hash, 0x40207d3d);
	assert_int_equal(padma_rss_hash(key, PADMA_RSS_IPV6, packet, &hash), PADMA_RSS_IPV6);
	assert_int_equal(hash, 0x2cc18cd5);
	padma_packet_put(bed.cache, packet);
	close_memory(&bed);
}

static void test_vlan(void **state)
{
	struct padma_packet *packet;
	uint8_t plain[100];
	struct bed bed;

	(void)state;
	open_memory(&bed);
	frame_make(&frame, &(struct frame_shape){.payload = 30});
	memcpy(plain, frame.data, frame.bytes);
	packet = packet_of_frame(bed.cache, &frame, 0);
	packet->flags = PADMA_PACKET_VLAN;
	packet->vlan = 0xa123;
	assert_int_equal(padma_packet_insert_vlan(packet), 0);
	assert_int_equal(packet->flags, 0);
	assert_int_equal(packet->l2_bytes, 18);
	assert_int_equal(packet->length, frame.bytes + 4);
	assert_memory_equal(padma_packet_data(packet) + 12, "\x81\x00\xa1\x23\x08\x00", 6);
	packet->vlan = 0;
	padma_packet_strip_vlan(packet);
	assert_int_equal(packet->flags, PADMA_PACKET_VLAN);
	assert_int_equal(packet->vlan, 0xa123);
	assert_packet_is(packet, plain, frame.bytes);
	padma_packet_strip_vlan(packet);
	assert_packet_is(packet, plain, frame.bytes);
	packet->offset = 3;
	assert_int_equal(padma_packet_insert_vlan(packet), -ENOSPC);
	packet->length = 11;
	assert_int_equal(padma_packet_insert_vlan(packet), -EINVAL);
	assert_int_equal(packet->flags, PADMA_PACKET_VLAN);
	padma_packet_put(bed.cache, packet);
	close_memory(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_prepare),
		cmocka_unit_test(test_prepare_tso),
		cmocka_unit_test(test_udp_zero),
		cmocka_unit_test(test_udp_shorter_than_ip),
		cmocka_unit_test(test_wrong_marks),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_rss),
		cmocka_unit_test(test_vlan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
