// SPDX-License-Identifier: BSD-3-Clause
/* The Internet checksum against the simple one of frames.h, and against headers of RFCs and of real packets. */
#include "net/net_fixture.h"
#include "net/packets.h"

#include <padma/net/checksum.h>

static uint16_t simple(const uint8_t *data, uint32_t bytes)
{
	uint8_t sum[2];
	uint16_t result;

	frame_put16(sum, frame_fold(frame_sum(data, bytes)));
	memcpy(&result, sum, sizeof(result));
	return result;
}

static void test_rfc1071(void **state)
{
	/* RFC 1071, 3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2. */
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint32_t sum = padma_sum(bytes, sizeof(bytes), 0);
	uint8_t memory[4];

	(void)state;
	memcpy(memory, &sum, sizeof(memory));
	assert_int_equal(frame_get16(memory), 0xddf2);
}

/* A header with its sum, as tcpdump shows it: 45 00 00 73 ... b8 61 of 192.168.0.1 > 192.168.0.199, UDP. */
static void test_header(void **state)
{
	uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
			    0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
	uint16_t sum;

	(void)state;
	assert_int_equal(padma_sum_finish(padma_sum(header, sizeof(header), 0)), 0);
	header[10] = header[11] = 0;
	sum = padma_sum_finish(padma_sum(header, sizeof(header), 0));
	memcpy(header + 10, &sum, sizeof(sum));
	assert_int_equal(frame_get16(header + 10), 0xb861);
}

/* Every length to 200 at every alignment to 16, of random bytes, zeros and ones. */
static void test_lengths(void **state)
{
	uint8_t data[256];
	uint64_t random = test_seed();

	(void)state;
	for (unsigned int kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = kind == 0 ? (uint8_t)test_random(&random) : kind == 1 ? 0 : 0xff;
		for (unsigned int at = 0; at < 16; at++) {
			for (uint32_t bytes = 0; bytes <= 200; bytes++)
				assert_int_equal(padma_sum_finish(padma_sum(data + at, bytes, 0)),
						 simple(data + at, bytes));
		}
	}
}

static void test_large(void **state)
{
	static uint8_t data[1 << 20];

	(void)state;
	memset(data, 0xff, sizeof(data));
	data[77] = 3;
	assert_int_equal(padma_sum_finish(padma_sum(data, sizeof(data), 0)),
			 simple(data, sizeof(data)));
}

/* Segments of odd lengths, empty ones, and any part of the packet. */
static void test_chains(void **state)
{
	uint64_t random = test_seed();
	struct bed bed;
	uint8_t data[3000];

	(void)state;
	open_memory(&bed);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)test_random(&random);
	for (unsigned int i = 0; i < 2000; i++) {
		uint32_t bytes = (uint32_t)(test_random(&random) % sizeof(data));
		uint32_t offset = bytes ? (uint32_t)(test_random(&random) % bytes) : 0;
		uint32_t part = (uint32_t)(test_random(&random) % (bytes - offset + 1));
		struct padma_packet *packet =
			packet_chain(bed.cache, data, bytes, (uint32_t)(test_random(&random) % 100),
				     (uint32_t)(test_random(&random) % 100) + 1 + bytes / 50);

		assert_int_equal(padma_sum_finish(padma_packet_sum(packet, offset, part, 0)),
				 simple(data + offset, part));
		assert_int_equal(padma_sum_finish(padma_packet_sum(packet, offset, 100000, 0)),
				 simple(data + offset, bytes - offset));
		padma_packet_put(bed.cache, packet);
	}
	close_memory(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc1071), cmocka_unit_test(test_header),
		cmocka_unit_test(test_lengths), cmocka_unit_test(test_large),
		cmocka_unit_test(test_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
