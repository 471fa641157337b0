// SPDX-License-Identifier: BSD-3-Clause
/* Generated packets: valid, stamped, and what the check of their numbers finds. */
#include "tool/net/packets.h"

#include "net/test/modes/generate.h"
#include "net/test/verify.h"

static struct packets packets;
static struct verify verify;
static struct test_options options = {
	.tx_ip_from = {10, 254, 0, 0},
	.tx_ip_to = {10, 253, 0, 255},
	.tx_udp_from = 1000,
	.tx_udp_to = 1001,
	.burst = 16,
	.flows = 1,
};
static struct test test = {.options = &options, .stream_count = 1, .queues = 1, .run = 77};
static struct test_stream streams[1];
static struct padma_packet *burst[48];

static int setup(void **state)
{
	(void)state;
	packets_open(&packets);
	test.ticks_per_second = 1000000000;
	test.streams = streams;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	packets_close(&packets);
	return 0;
}

static struct generator *begin(const char *sizes)
{
	assert_true(sizes_parse(sizes, 60, 9014, &options.sizes));
	memset(&verify, 0, sizeof(verify));
	streams[0] = (struct test_stream){
		.test = &test,
		.cache = packets.cache,
		.packets = burst,
		.burst = options.burst,
		.generating = true,
		.generates = true,
		.verify = &verify,
		.tx_mac = {2, 0, 0, 0, 0, 0x11},
		.peer_mac = {2, 0, 0, 0, 0, 0x22},
	};
	assert_int_equal(generate_open(&streams[0], options.flows), 0);
	return streams[0].state;
}

static void end(void)
{
	generate_close(&streams[0]);
	options.flows = 1;
}

static void put(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		padma_packet_put(packets.cache, burst[i]);
}

/* By the rules of RFC 791 and 768, byte by byte. */
static void check_frame(const struct padma_packet *packet, uint32_t bytes, uint32_t to)
{
	static uint8_t frame[16384];

	assert_int_equal(packet_bytes(packet, frame), bytes);
	assert_memory_equal(frame, streams[0].peer_mac, 6);
	assert_memory_equal(frame + 6, streams[0].tx_mac, 6);
	assert_int_equal(word_at(frame + 12), 0x0800);
	assert_int_equal(frame[14], 0x45);
	assert_int_equal(word_at(frame + 16), bytes - 14);
	assert_int_equal(word_at(frame + 20), 0x4000);
	assert_true(frame[22] > 0);
	assert_int_equal(frame[23], 17);
	assert_int_equal(slow_sum(frame + 14, 20, 0), 0xffff);
	assert_memory_equal(frame + 26, options.tx_ip_from, 4);
	assert_int_equal((uint32_t)word_at(frame + 30) << 16 | word_at(frame + 32), to);
	assert_int_equal(word_at(frame + 34), 1000);
	assert_int_equal(word_at(frame + 36), 1001);
	assert_int_equal(word_at(frame + 38), bytes - 34);
	assert_true(word_at(frame + 40) != 0);
	assert_int_equal(slow_l4(frame, false, 17, bytes - 34), 0xffff);
}

static void packets_are_valid(void **state)
{
	static const uint32_t sizes[] = {60, 61, 64, 590, 1514, 2048, 2049, 9014};

	(void)state;
	begin("60,61,64,590,1514,2048,2049,9014");
	assert_int_equal(generate(&streams[0], burst, 0), 16);
	for (unsigned int i = 0; i < 16; i++)
		check_frame(burst[i], sizes[i % 8], 0x0afd00ff);
	put(16);
	end();
}

/* The destination counts up, over the border of a byte, too. */
static void flows_have_their_addresses(void **state)
{
	(void)state;
	options.flows = 3;
	begin("64");
	assert_int_equal(generate(&streams[0], burst, 0), 16);
	for (unsigned int i = 0; i < 16; i++)
		check_frame(burst[i], 64, 0x0afd00ff + i % 3);
	put(16);
	end();
}

static void segments_are_as_asked(void **state)
{
	struct generator *generator = begin("300");

	(void)state;
	options.segments[0] = 100;
	options.segments[1] = 150;
	options.segments[2] = 50;
	generator->segments = options.segments;
	generator->segment_count = 3;
	assert_int_equal(generate(&streams[0], burst, 0), 16);
	check_frame(burst[5], 300, 0x0afd00ff);
	assert_int_equal(burst[5]->length, 100);
	assert_int_equal(burst[5]->next->length, 150);
	assert_int_equal(burst[5]->next->next->length, 50);
	assert_null(burst[5]->next->next->next);
	put(16);
	end();
}

static void the_count_is_kept(void **state)
{
	struct generator *generator;

	(void)state;
	options.count = 20;
	generator = begin("64");
	assert_int_equal(generate(&streams[0], burst, 0), 16);
	assert_false(generate_done(&streams[0]));
	put(16);
	assert_int_equal(generate(&streams[0], burst, 0), 4);
	assert_true(generate_done(&streams[0]));
	put(4);
	assert_int_equal(generate(&streams[0], burst, 0), 0);
	assert_int_equal(generator->stamp.number, 20);
	options.count = 0;
	end();
}

/* A full ring: what is held stays first, and counts as not sent. */
static void held_packets_come_first(void **state)
{
	(void)state;
	begin("64");
	streams[0].held = generate(&streams[0], burst, 0);
	assert_int_equal(generate_sent(&streams[0]), 0);
	assert_int_equal(generate(&streams[0], burst, 16), 16);
	put(16);
	end();
}

static void an_empty_pool_is_handled(void **state)
{
	static struct padma_packet *all[PACKETS];
	unsigned int n = 0;

	(void)state;
	begin("9014"); /* of several segments each */
	while (n < PACKETS - 7)
		all[n++] = padma_packet_get(packets.cache);
	assert_int_equal(generate(&streams[0], burst, 0), 1);
	assert_int_equal(padma_counter_read(&streams[0].stats.no_packet), 1);
	put(1);
	while (n)
		padma_packet_put(packets.cache, all[--n]);
	assert_int_equal(padma_pool_available(packets.pool), PACKETS);
	end();
}

/* ---- verification ---- */

static struct verify_total total_of(uint64_t sent)
{
	struct verify *records[] = {&verify};
	const struct verify_sent all = {
		.sent = sent,
	};
	struct verify_total total;

	verify_sum(records, 1, test.run, &all, sent ? 1 : 0, false, &total);
	return total;
}

static void good_packets_are_good(void **state)
{
	struct verify_total total;

	(void)state;
	begin("60,1514,9014");
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(generate(&streams[0], burst, 0), 16);
		for (unsigned int k = 0; k < 16; k++)
			verify_packet(&verify, burst[k]);
		put(16);
	}
	total = total_of(160);
	assert_int_equal(total.good, 160);
	assert_int_equal(total.senders, 1);
	assert_int_equal(total.lost + total.doubled + total.reordered + total.corrupt + total.other,
			 0);
	end();
}

/* Each byte behind the MAC addresses, one bit of it. */
static void each_wrong_byte_is_noticed(void **state)
{
	uint32_t found = 0, other = 0, unseen = 0;

	(void)state;
	begin("90");
	for (uint32_t at = 14; at < 90; at++) {
		struct verify_total before = total_of(0), after;

		assert_int_equal(generate(&streams[0], burst, 0), 16);
		padma_packet_data(burst[0])[at] ^= (uint8_t)(1 << at % 8);
		verify_packet(&verify, burst[0]);
		put(16);
		after = total_of(0);
		found += after.corrupt > before.corrupt;
		other += after.other > before.other;
		unseen += after.good > before.good;
	}
	/* Of another protocol, length or program by what it says itself: not taken for one of the test's. */
	assert_int_equal(unseen, 0);
	assert_int_equal(found + other, 76);
	assert_true(found >= 60);
	end();
}

static void a_cut_off_end_is_noticed(void **state)
{
	(void)state;
	begin("200");
	assert_int_equal(generate(&streams[0], burst, 0), 16);
	burst[0]->length--;
	verify_packet(&verify, burst[0]);
	assert_int_equal(total_of(0).good, 0);
	/* Padding is none of it. */
	padma_packet_append(burst[1], 4);
	verify_packet(&verify, burst[1]);
	assert_int_equal(total_of(0).good, 1);
	put(16);
	end();
}

static void see(uint64_t number)
{
	verify_number(&verify, &(struct stamp){77, 0, number});
}

static void numbers_are_tracked(void **state)
{
	struct verify_total total;

	(void)state;
	memset(&verify, 0, sizeof(verify));
	for (uint64_t n = 0; n < 100; n++)
		see(n);
	see(99); /* doubled */
	see(7);
	see(102); /* 100 comes later, 101 never */
	see(100);
	total = total_of(105);
	assert_int_equal(total.doubled, 2);
	assert_int_equal(total.reordered, 1);
	/* 101, and 103 and 104 at the end. */
	assert_int_equal(total.lost, 3);
	/* Of a sender in another process the end is not known. */
	assert_int_equal(total_of(0).lost, 1);
}

static void far_jumps_are_tracked(void **state)
{
	(void)state;
	memset(&verify, 0, sizeof(verify));
	see(0);
	see(1000000);
	assert_int_equal(total_of(0).lost, 999999);
	see(1000000 - VERIFY_WINDOW); /* too old for the window to distinguish from a duplicate */
	assert_int_equal(total_of(0).lost, 999998);
	assert_int_equal(total_of(0).reordered, 1);
	see(1000001);
	see(1000001);
	assert_int_equal(total_of(0).doubled, 1);
}

static void nothing_that_came_back_is_lost(void **state)
{
	(void)state;
	memset(&verify, 0, sizeof(verify));
	/* Packets of another run only: ours go elsewhere. */
	verify_number(&verify, &(struct stamp){78, 0, 5});
	assert_int_equal(total_of(1000).lost, 0);
	/* Another stream of ours came back, and this one did not. */
	verify_number(&verify, &(struct stamp){77, 1, 5});
	assert_int_equal(total_of(1000).lost, 1000);
}

/* Two queues received the packets of one sender between them. */
static void workers_are_added_up(void **state)
{
	static struct verify second;
	struct verify *records[] = {&verify, &second};
	const struct verify_sent sent = {.sent = 1000};
	struct verify_total total;

	(void)state;
	memset(&verify, 0, sizeof(verify));
	memset(&second, 0, sizeof(second));
	for (uint64_t n = 0; n < 1000; n++) {
		if (n != 500)
			verify_number(n % 3 ? &verify : &second, &(struct stamp){77, 0, n});
	}
	verify_sum(records, 2, 77, &sent, 1, false, &total);
	assert_int_equal(total.lost, 1);
	assert_int_equal(total.doubled + total.reordered, 0);
	assert_int_equal(total.senders, 1);
}

/* Of what was in flight when a port failed, up to so many are lost with it; the others are not. */
static void packets_are_lost_with_a_port(void **state)
{
	static struct verify queue;
	struct verify *records[] = {&queue};
	struct verify_sent sent = {.sent = 1000, .in_flight = 30};
	struct verify_total total;

	(void)state;
	for (uint64_t n = 0; n < 1000; n++) {
		if (n < 500 || n >= 520)
			verify_number(&queue, &(struct stamp){77, 0, n});
	}
	verify_sum(records, 1, 77, &sent, 1, true, &total);
	assert_int_equal(total.lost, 0);
	assert_int_equal(total.lost_with_port, 20);
	sent.in_flight = 15;
	verify_sum(records, 1, 77, &sent, 1, true, &total);
	assert_int_equal(total.lost, 5);
	assert_int_equal(total.lost_with_port, 15);
	/* Of another process nobody knows how many were. */
	verify_sum(records, 1, 78, NULL, 0, true, &total);
	assert_int_equal(total.lost, 0);
	assert_int_equal(total.lost_with_port, 20);
	verify_sum(records, 1, 78, NULL, 0, false, &total);
	assert_int_equal(total.lost, 20);
	assert_int_equal(total.lost_with_port, 0);
}

static void too_many_senders_are_counted(void **state)
{
	(void)state;
	memset(&verify, 0, sizeof(verify));
	for (unsigned int i = 0; i <= VERIFY_SENDERS; i++)
		verify_number(&verify, &(struct stamp){(uint16_t)i, 0, 0});
	assert_int_equal(total_of(0).untracked, 1);
	assert_int_equal(total_of(0).senders, VERIFY_SENDERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_valid),
		cmocka_unit_test(flows_have_their_addresses),
		cmocka_unit_test(segments_are_as_asked),
		cmocka_unit_test(the_count_is_kept),
		cmocka_unit_test(held_packets_come_first),
		cmocka_unit_test(an_empty_pool_is_handled),
		cmocka_unit_test(good_packets_are_good),
		cmocka_unit_test(each_wrong_byte_is_noticed),
		cmocka_unit_test(a_cut_off_end_is_noticed),
		cmocka_unit_test(numbers_are_tracked),
		cmocka_unit_test(far_jumps_are_tracked),
		cmocka_unit_test(nothing_that_came_back_is_lost),
		cmocka_unit_test(workers_are_added_up),
		cmocka_unit_test(packets_are_lost_with_a_port),
		cmocka_unit_test(too_many_senders_are_counted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
