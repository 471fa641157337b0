// SPDX-License-Identifier: BSD-3-Clause
/* The modes that forward: what they change, and that checksums are right afterwards. */
#include "tool/net/packets.h"

#include "net/test/test.h"

static struct packets packets;
static struct test_options options = {.csum_hardware = true, .burst = 8};
static struct test test = {.options = &options};
static struct test_stream stream;
static struct padma_packet *burst[24];

static int setup(void **state)
{
	(void)state;
	packets_open(&packets);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	packets_close(&packets);
	return 0;
}

static void stream_new(void)
{
	stream = (struct test_stream){
		.test = &test,
		.cache = packets.cache,
		.packets = burst,
		.burst = options.burst,
		.generating = true,
		.tx_mac = {2, 0, 0, 0, 0, 0x11},
		.peer_mac = {2, 0, 0, 0, 0, 0x22},
	};
}

/* Send one frame through a mode. Return: its flags afterwards; the bytes replace the frame's. */
static uint32_t through(const struct test_mode *mode, uint8_t *frame, uint32_t *bytes)
{
	uint32_t flags;

	stream_new();
	burst[0] = packet_new(&packets, frame, *bytes, 2048);
	assert_int_equal(mode->burst(&stream, burst, 1), 1);
	*bytes = packet_bytes(burst[0], frame);
	flags = burst[0]->flags;
	padma_packet_put(packets.cache, burst[0]);
	return flags;
}

static uint32_t udp(uint8_t *frame, bool v6, uint32_t data_bytes)
{
	uint32_t bytes = frame_new(frame, v6, 17, 8 + data_bytes), header = v6 ? 54 : 34;

	put_word(frame + header, 4000);
	put_word(frame + header + 2, 53);
	put_word(frame + header + 4, 8 + data_bytes);
	frame_seal(frame, v6, 17, 8 + data_bytes, 6);
	return bytes;
}

static uint32_t tcp(uint8_t *frame, bool v6, uint32_t data_bytes)
{
	uint32_t l4 = 20 + data_bytes, bytes = frame_new(frame, v6, 6, l4);
	uint32_t header = v6 ? 54 : 34;

	put_word(frame + header, 4000);
	put_word(frame + header + 2, 80);
	frame[header + 12] = 0x50;
	frame_seal(frame, v6, 6, l4, 16);
	return bytes;
}

static void mac_addresses_the_peer(void **state)
{
	uint8_t frame[128], before[128];
	uint32_t bytes = udp(frame, false, 20);

	(void)state;
	memcpy(before, frame, bytes);
	through(&test_mode_mac, frame, &bytes);
	assert_memory_equal(frame, stream.peer_mac, 6);
	assert_memory_equal(frame + 6, stream.tx_mac, 6);
	assert_memory_equal(frame + 12, before + 12, bytes - 12);
}

static void macswap_swaps(void **state)
{
	uint8_t frame[128], before[128];
	uint32_t bytes = udp(frame, false, 20);

	(void)state;
	memcpy(before, frame, bytes);
	through(&test_mode_macswap, frame, &bytes);
	assert_memory_equal(frame, before + 6, 6);
	assert_memory_equal(frame + 6, before, 6);
	assert_memory_equal(frame + 12, before + 12, bytes - 12);
}

static void runts_pass(void **state)
{
	const struct test_mode *modes[] = {&test_mode_mac, &test_mode_macswap, &test_mode_5tswap,
					   &test_mode_csum};
	uint8_t frame[16] = {1, 2, 3};
	uint32_t bytes = 13;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		through(modes[i], frame, &bytes);
		assert_int_equal(bytes, 13);
		assert_memory_equal(frame, ((uint8_t[]){1, 2, 3, 0}), 4);
	}
}

static void check_5tswap(bool v6, bool is_tcp)
{
	uint32_t ip = v6 ? 22 : 26, address = v6 ? 16 : 4, header = v6 ? 54 : 34;
	uint8_t frame[256], before[256];
	uint32_t bytes = is_tcp ? tcp(frame, v6, 31) : udp(frame, v6, 31);

	memcpy(before, frame, bytes);
	through(&test_mode_5tswap, frame, &bytes);
	assert_memory_equal(frame, before + 6, 6);
	assert_memory_equal(frame + 6, before, 6);
	assert_memory_equal(frame + ip, before + ip + address, address);
	assert_memory_equal(frame + ip + address, before + ip, address);
	assert_memory_equal(frame + header, before + header + 2, 2);
	assert_memory_equal(frame + header + 2, before + header, 2);
	assert_memory_equal(frame + header + 4, before + header + 4, bytes - header - 4);
	assert_int_equal(slow_l4(frame, v6, is_tcp ? 6 : 17, bytes - header), 0xffff);
	if (!v6)
		assert_int_equal(slow_sum(frame + 14, 20, 0), 0xffff);
}

static void the_five_tuple_is_swapped(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		check_5tswap(i % 2, i / 2);
}

/* A frame with a VLAN tag in its data. */
static uint32_t tagged(uint8_t *frame, uint32_t bytes)
{
	memmove(frame + 16, frame + 12, bytes - 12);
	put_word(frame + 12, 0x8100);
	put_word(frame + 14, 5);
	return bytes + 4;
}

static void a_tag_is_skipped(void **state)
{
	uint8_t frame[256], before[256];
	uint32_t bytes = tagged(frame, udp(frame, false, 31));

	(void)state;
	memcpy(before, frame, bytes);
	through(&test_mode_5tswap, frame, &bytes);
	assert_memory_equal(frame + 12, before + 12, 6);
	assert_memory_equal(frame + 30, before + 34, 4);
	assert_memory_equal(frame + 38, before + 40, 2);
}

static void other_frames_are_only_swapped(void **state)
{
	uint8_t frame[64] = {[12] = 0x88, [13] = 0xcc}, before[64];
	uint32_t bytes = 60;

	(void)state;
	frame[0] = 7;
	memcpy(before, frame, 60);
	through(&test_mode_5tswap, frame, &bytes);
	assert_int_equal(frame[6], 7);
	assert_memory_equal(frame + 12, before + 12, 48);
}

static void csum_marks(void **state)
{
	const uint32_t want[] = {
		PADMA_PACKET_IP_CSUM | PADMA_PACKET_UDP_CSUM, PADMA_PACKET_UDP_CSUM,
		PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM, PADMA_PACKET_TCP_CSUM};
	uint8_t frame[256];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t bytes = i < 2 ? udp(frame, i % 2, 30) : tcp(frame, i % 2, 30);

		assert_int_equal(through(&test_mode_csum, frame, &bytes), want[i]);
		assert_memory_equal(frame, stream.peer_mac, 6);
	}
}

/* By the processor: whatever was in the fields, they are right then. */
static void csum_in_software_is_right(void **state)
{
	uint8_t frame[256];

	(void)state;
	options.csum_hardware = false;
	options.csum_keep_mac = true;
	for (unsigned int i = 0; i < 4; i++) {
		bool v6 = i % 2, is_tcp = i / 2;
		uint32_t header = v6 ? 54 : 34;
		uint32_t bytes = is_tcp ? tcp(frame, v6, 31) : udp(frame, v6, 31);
		uint8_t to = frame[5];

		put_word(frame + header + (is_tcp ? 16 : 6), 0x1234);
		if (!v6)
			put_word(frame + 24, 0x4321);
		assert_int_equal(through(&test_mode_csum, frame, &bytes), 0);
		assert_int_equal(frame[5], to);
		assert_int_equal(slow_l4(frame, v6, is_tcp ? 6 : 17, bytes - header), 0xffff);
		if (!v6)
			assert_int_equal(slow_sum(frame + 14, 20, 0), 0xffff);
	}
	options.csum_hardware = true;
	options.csum_keep_mac = false;
}

/* UDP may do without (RFC 768), a fragment has none, and ICMP is no matter of cards. */
static void csum_leaves_what_has_none(void **state)
{
	uint8_t frame[256];
	uint32_t bytes = udp(frame, false, 30);

	(void)state;
	put_word(frame + 40, 0);
	assert_int_equal(through(&test_mode_csum, frame, &bytes), PADMA_PACKET_IP_CSUM);
	bytes = udp(frame, false, 30);
	put_word(frame + 20, 0x2000);
	assert_int_equal(through(&test_mode_csum, frame, &bytes), PADMA_PACKET_IP_CSUM);
	bytes = frame_new(frame, false, 1, 30);
	assert_int_equal(through(&test_mode_csum, frame, &bytes), PADMA_PACKET_IP_CSUM);
}

static void tso_cuts_what_is_longer(void **state)
{
	uint8_t frame[2000];
	uint32_t bytes = tcp(frame, false, 1000);

	(void)state;
	options.tso = 500;
	stream_new();
	burst[0] = packet_new(&packets, frame, bytes, 2048);
	assert_int_equal(test_mode_csum.burst(&stream, burst, 1), 1);
	assert_true(burst[0]->flags & PADMA_PACKET_TSO);
	assert_int_equal(burst[0]->segment_size, 500);
	assert_int_equal(burst[0]->l2_bytes, 14);
	assert_int_equal(burst[0]->l3_bytes, 20);
	assert_int_equal(burst[0]->l4_bytes, 20);
	padma_packet_put(packets.cache, burst[0]);
	bytes = tcp(frame, false, 500);
	assert_false(through(&test_mode_csum, frame, &bytes) & PADMA_PACKET_TSO);
	options.tso = 0;
}

/* What arrived merged is too long for the wire: it stays marked to be cut again, as it was. */
static void merged_segments_stay_marked(void **state)
{
	uint8_t frame[2000];
	uint32_t bytes = tcp(frame, false, 1000);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		options.csum_hardware = i;
		stream_new();
		burst[0] = packet_new(&packets, frame, bytes, 2048);
		burst[0]->flags = PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM;
		burst[0]->segment_size = 400;
		burst[0]->l4_bytes = 20;
		assert_int_equal(test_mode_csum.burst(&stream, burst, 1), 1);
		assert_int_equal(burst[0]->flags,
				 PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_IP_CSUM);
		assert_int_equal(burst[0]->segment_size, 400);
		padma_packet_put(packets.cache, burst[0]);
	}
}

static void bad_sums_are_counted(void **state)
{
	uint8_t frame[128];
	uint32_t bytes = udp(frame, false, 20);

	(void)state;
	stream_new();
	burst[0] = packet_new(&packets, frame, bytes, 2048);
	burst[1] = packet_new(&packets, frame, bytes, 2048);
	burst[0]->flags |= PADMA_PACKET_IP_BAD;
	burst[1]->flags |= PADMA_PACKET_L4_BAD;
	assert_int_equal(test_mode_csum.burst(&stream, burst, 2), 2);
	assert_int_equal(padma_counter_read(&stream.stats.bad_ip), 1);
	assert_int_equal(padma_counter_read(&stream.stats.bad_l4), 1);
	padma_packet_put(packets.cache, burst[0]);
	padma_packet_put(packets.cache, burst[1]);
}

static void rxonly_drops(void **state)
{
	uint8_t frame[64] = {0};

	(void)state;
	stream_new();
	burst[0] = packet_new(&packets, frame, 60, 2048);
	burst[1] = packet_new(&packets, frame, 60, 20);
	assert_int_equal(test_mode_rxonly.burst(&stream, burst, 2), 0);
	assert_int_equal(padma_pool_available(packets.pool), PACKETS);
}

/* Numbered packets in, their numbers out. */
static unsigned int pass(const struct test_mode *mode, unsigned int first, unsigned int n,
			 unsigned int *numbers)
{
	unsigned int out;

	for (unsigned int i = 0; i < n; i++) {
		burst[i] = padma_packet_get(packets.cache);
		burst[i]->user = first + i;
	}
	out = mode->burst(&stream, burst, n);
	for (unsigned int i = 0; i < out; i++) {
		numbers[i] = (unsigned int)burst[i]->user;
		padma_packet_put(packets.cache, burst[i]);
	}
	return out;
}

static void noisy_holds_back_in_order(void **state)
{
	unsigned int numbers[24], n;

	(void)state;
	options.noisy_buffer = 5;
	options.noisy_memory_mib = 1;
	options.noisy_reads = options.noisy_writes = options.noisy_reads_writes = 3;
	stream_new();
	assert_int_equal(test_mode_noisy.open(&stream), 0);
	assert_int_equal(pass(&test_mode_noisy, 0, 4, numbers), 0);
	assert_int_equal(pass(&test_mode_noisy, 4, 4, numbers), 3);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(numbers[2], 2);
	assert_int_equal(pass(&test_mode_noisy, 8, 8, numbers), 8);
	assert_int_equal(numbers[0], 3);
	assert_int_equal(numbers[7], 10);
	/* At the end nothing is held back. */
	stream.generating = false;
	n = pass(&test_mode_noisy, 16, 0, numbers);
	assert_int_equal(n, 5);
	assert_int_equal(numbers[4], 15);
	stream.generating = true;
	assert_int_equal(pass(&test_mode_noisy, 16, 4, numbers), 0);
	/* What is still there is put when the mode is closed. */
	test_mode_noisy.close(&stream);
	assert_int_equal(padma_pool_available(packets.pool), PACKETS);
	options.noisy_buffer = 0;
}

static void noisy_flushes_in_time(void **state)
{
	unsigned int numbers[24], n = 0;

	(void)state;
	options.noisy_buffer = 16;
	options.noisy_flush_ms = 5;
	stream_new();
	assert_int_equal(test_mode_noisy.open(&stream), 0);
	assert_int_equal(pass(&test_mode_noisy, 0, 4, numbers), 0);
	while (n == 0)
		n = pass(&test_mode_noisy, 4, 0, numbers);
	assert_int_equal(n, 4);
	test_mode_noisy.close(&stream);
	options.noisy_buffer = 0;
	options.noisy_flush_ms = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mac_addresses_the_peer),
		cmocka_unit_test(macswap_swaps),
		cmocka_unit_test(runts_pass),
		cmocka_unit_test(the_five_tuple_is_swapped),
		cmocka_unit_test(a_tag_is_skipped),
		cmocka_unit_test(other_frames_are_only_swapped),
		cmocka_unit_test(csum_marks),
		cmocka_unit_test(csum_in_software_is_right),
		cmocka_unit_test(csum_leaves_what_has_none),
		cmocka_unit_test(tso_cuts_what_is_longer),
		cmocka_unit_test(merged_segments_stay_marked),
		cmocka_unit_test(bad_sums_are_counted),
		cmocka_unit_test(rxonly_drops),
		cmocka_unit_test(noisy_holds_back_in_order),
		cmocka_unit_test(noisy_flushes_in_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
