// SPDX-License-Identifier: BSD-3-Clause
/* Wires of simulated network cards: backends, bad wires, and the work that a receiver cannot be left with. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcap/pcap.h>

/* From here on fail() is the library's, _fail() cmocka's. */
#undef fail
#define PADMA_PART "tests"
#include "base/base.h"
#include "sim/device.h"
#include "sim/net/wire.h"

#define FRAME_BYTES 100u

struct card {
	struct sim_device device; /* its function alone is used: for name, clock, seed and faults */
	struct sim_wire_keys keys;
	struct sim_wire *wire;
};

static void card_open(struct card *card, struct sim_wire_keys keys)
{
	memset(card, 0, sizeof(*card));
	card->device.function =
		(struct padma_sim_function){.name = "sim:card", .stepped = true, .seed = 1};
	card->keys = keys;
	if (!card->keys.room)
		card->keys.room = 1024;
	assert_int_equal(sim_wire_open(&card->wire, &card->keys, &card->device.function), 0);
}

static int open_refused(struct sim_wire_keys keys, const char *word)
{
	struct padma_sim_function function = {.name = "sim:card", .stepped = true, .seed = 1};
	struct sim_wire *wire;
	int rc = sim_wire_open(&wire, &keys, &function);

	assert_true(rc < 0);
	if (!strstr(padma_last_error(), word)) {
		print_error("'%s' lacks '%s'\n", padma_last_error(), word);
		_fail(__FILE__, __LINE__);
	}
	return rc;
}

static void send_number(struct card *card, uint8_t number)
{
	uint8_t bytes[FRAME_BYTES];
	struct sim_frame frame = {.data = bytes, .bytes = sizeof(bytes)};

	memset(bytes, number, sizeof(bytes));
	assert_int_equal(sim_wire_send(card->wire, &frame), 0);
}

/* The number of the next frame, or -1 if there is none, -2 if it is not whole. */
static int receive_number(struct card *card)
{
	const struct sim_frame *frame = sim_wire_peek(card->wire);
	int number;

	if (!frame)
		return -1;
	number = frame->data[0];
	for (unsigned int i = 0; i < FRAME_BYTES; i++) {
		if (frame->bytes != FRAME_BYTES || frame->data[i] != number)
			number = -2;
	}
	sim_wire_take(card->wire);
	return number;
}

static void tick(struct card *card)
{
	card->device.steps++;
	sim_wire_poll(card->wire);
}

static void test_link(void **state)
{
	char name[] = "a";
	struct card one, two;

	(void)state;
	card_open(&one, (struct sim_wire_keys){.link = name});
	assert_false(sim_wire_link(one.wire));
	card_open(&two, (struct sim_wire_keys){.link = name, .room = 2});
	assert_true(sim_wire_link(one.wire));
	assert_int_equal(open_refused((struct sim_wire_keys){.link = name}, "two cards"), -EBUSY);
	/* Nothing receives yet. */
	send_number(&one, 1);
	sim_wire_receiver(two.wire, true, 0);
	assert_int_equal(receive_number(&two), -1);
	send_number(&one, 2);
	send_number(&one, 3);
	send_number(&one, 4); /* there is no room for it */
	assert_int_equal(receive_number(&two), 2);
	assert_int_equal(receive_number(&two), 3);
	assert_int_equal(receive_number(&two), -1);
	assert_int_equal(receive_number(&one), -1);
	sim_wire_close(two.wire);
	assert_false(sim_wire_link(one.wire));
	sim_wire_close(one.wire);
}

static void test_pause(void **state)
{
	char name[] = "a";
	uint8_t bytes[64] = {0};
	const struct sim_frame frame = {.data = bytes, .bytes = sizeof(bytes)};
	struct card one, two;

	(void)state;
	card_open(&one, (struct sim_wire_keys){.link = name, .pause = true});
	card_open(&two, (struct sim_wire_keys){.link = name, .room = 1});
	/* The sender does not wait for a card that does not receive. */
	assert_int_equal(sim_wire_send(one.wire, &frame), 0);
	sim_wire_receiver(two.wire, true, 0);
	assert_int_equal(sim_wire_send(one.wire, &frame), 0);
	assert_int_equal(sim_wire_send(one.wire, &frame), -EAGAIN);
	assert_non_null(sim_wire_peek(two.wire));
	sim_wire_take(two.wire);
	assert_int_equal(sim_wire_send(one.wire, &frame), 0);
	sim_wire_close(one.wire);
	sim_wire_close(two.wire);
}

static void test_link_down(void **state)
{
	char name[] = "a";
	struct card one, two;

	(void)state;
	card_open(&one, (struct sim_wire_keys){.link = name});
	card_open(&two, (struct sim_wire_keys){.link = name});
	sim_wire_receiver(two.wire, true, 0);
	one.device.function.faults = PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_LINK_DOWN);
	assert_false(sim_wire_link(one.wire));
	assert_false(sim_wire_link(two.wire));
	send_number(&one, 1);
	one.device.function.faults = 0;
	assert_true(sim_wire_link(one.wire));
	assert_true(sim_wire_link(two.wire));
	send_number(&one, 2);
	assert_int_equal(receive_number(&two), 2);
	sim_wire_close(one.wire);
	sim_wire_close(two.wire);
}

static void test_loop_and_nothing(void **state)
{
	struct card card;

	(void)state;
	card_open(&card, (struct sim_wire_keys){.loop = true});
	assert_true(sim_wire_link(card.wire));
	sim_wire_receiver(card.wire, true, 0);
	send_number(&card, 7);
	assert_int_equal(receive_number(&card), 7);
	sim_wire_close(card.wire);
	card_open(&card, (struct sim_wire_keys){0});
	assert_false(sim_wire_link(card.wire));
	send_number(&card, 7);
	assert_int_equal(receive_number(&card), -1);
	sim_wire_close(card.wire);
	open_refused((struct sim_wire_keys){.loop = true, .null = true}, "one wire");
}

static void test_null(void **state)
{
	const struct sim_frame *frame;
	struct card card;

	(void)state;
	card_open(&card, (struct sim_wire_keys){.null = true, .null_bytes = 64});
	assert_true(sim_wire_is_null(card.wire));
	for (int i = 0; i < 100; i++) {
		frame = sim_wire_peek(card.wire);
		assert_non_null(frame);
		assert_int_equal(frame->bytes, 64);
		assert_int_equal(frame->data[14], 0x45);
		sim_wire_take(card.wire);
		send_number(&card, 0);
	}
	sim_wire_close(card.wire);
}

/* Frames 0 to 199 through a loop with these keys: how often each came, and in how many pairs a later one came first. */
static unsigned int through(struct sim_wire_keys keys, unsigned int *came, unsigned int *broken)
{
	unsigned int inversions = 0;
	int last = -1, number;
	struct card card;

	keys.loop = true;
	memset(came, 0, 200 * sizeof(*came));
	*broken = 0;
	card_open(&card, keys);
	sim_wire_receiver(card.wire, true, 0);
	for (unsigned int i = 0; i < 300; i++) {
		if (i < 200)
			send_number(&card, (uint8_t)i);
		tick(&card);
		while ((number = receive_number(&card)) != -1) {
			if (number == -2) {
				++*broken;
				continue;
			}
			came[number]++;
			inversions += number < last;
			last = number;
		}
	}
	sim_wire_close(card.wire);
	return inversions;
}

static unsigned int count_of(const unsigned int *came, unsigned int times)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < 200; i++)
		count += came[i] == times;
	return count;
}

static void test_bad_wire(void **state)
{
	unsigned int came[200], again[200], broken;

	(void)state;
	assert_int_equal(through((struct sim_wire_keys){0}, came, &broken), 0);
	assert_int_equal(count_of(came, 1), 200);
	/* Both ways: about a fifth of them. */
	through((struct sim_wire_keys){.loss = 10}, came, &broken);
	assert_in_range(count_of(came, 0), 15, 70);
	assert_int_equal(count_of(came, 0) + count_of(came, 1), 200);
	through((struct sim_wire_keys){.loss = 10}, again, &broken);
	assert_memory_equal(came, again, sizeof(came));
	through((struct sim_wire_keys){.loss = 1}, came, &broken);
	assert_int_equal(count_of(came, 0), 200);
	through((struct sim_wire_keys){.duplicate = 10}, came, &broken);
	assert_in_range(200 - count_of(came, 1), 15, 70);
	assert_int_equal(count_of(came, 0), 0);
	assert_true(through((struct sim_wire_keys){.reorder = 10}, came, &broken) > 5);
	assert_int_equal(count_of(came, 1), 200);
	through((struct sim_wire_keys){.corrupt = 10}, came, &broken);
	assert_in_range(broken, 15, 70);
	assert_int_equal(count_of(came, 1) + broken, 200);
}

static void test_latency(void **state)
{
	struct card card;

	(void)state;
	card_open(&card, (struct sim_wire_keys){.loop = true, .latency = 3});
	sim_wire_receiver(card.wire, true, 0);
	send_number(&card, 5);
	for (int i = 0; i < 5; i++) {
		tick(&card);
		assert_int_equal(receive_number(&card), -1);
	}
	tick(&card); /* three steps out, three steps in */
	assert_int_equal(receive_number(&card), 5);
	sim_wire_close(card.wire);
}

/* A TCP segment over IPv4 with @payload bytes, its checksum left to the card. */
static uint32_t make_tcp(uint8_t *at, uint32_t payload)
{
	static const uint8_t headers[54] = {
		2,    0,    0,	  0,	0,    2,    2,	  0,
		0,    0,    0,	  1,	0x08, 0x00, 0x45, 0,
		0,    0,    0x12, 0x34, 0x40, 0,    64,	  6,
		0,    0,    10,	  0,	0,    1,    10,	  0,
		0,    2,    0x10, 0,	0x20, 0,    0xff, 0xff,
		0xff, 0x00, 0,	  0,	0,    0,    0x50, 0x99 /* CWR ACK PSH FIN */,
		0x10, 0};
	uint32_t sum = 0x0a00 + 1 + 0x0a00 + 2 + 6 + 20 + payload;

	memcpy(at, headers, sizeof(headers));
	at[16] = (uint8_t)((40 + payload) >> 8);
	at[17] = (uint8_t)(40 + payload);
	sum = (sum & 0xffff) + (sum >> 16);
	at[50] = (uint8_t)(sum >> 8);
	at[51] = (uint8_t)sum;
	for (uint32_t i = 0; i < payload; i++)
		at[54 + i] = (uint8_t)(i * 7);
	return 54 + payload;
}

static struct sim_frame tcp_frame(const uint8_t *at, uint32_t bytes)
{
	return (struct sim_frame){.data = at,
				  .bytes = bytes,
				  .partial = true,
				  .checksum_start = 34,
				  .checksum_offset = 16,
				  .segment = SIM_SEGMENT_TCP4,
				  .segment_bytes = 1000,
				  .header_bytes = 54};
}

static uint16_t folded(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void check_segment(const struct sim_frame *frame, uint32_t at, uint32_t payload, bool last)
{
	const uint8_t *d = frame->data;

	assert_false(frame->partial);
	assert_int_equal(frame->bytes, 54 + payload);
	assert_int_equal(d[16] << 8 | d[17], 40 + payload);
	assert_int_equal(d[18] << 8 | d[19], 0x1234 + at / 1000);
	assert_int_equal(folded(d + 14, 20, 0), 0xffff);
	assert_int_equal(folded(d + 34, 20 + payload, folded(d + 26, 8, 6 + 20 + payload)), 0xffff);
	assert_int_equal((uint32_t)d[38] << 24 | (uint32_t)d[39] << 16 | d[40] << 8 | d[41],
			 (uint32_t)(0xffffff00u + at));
	assert_int_equal(d[47], 0x10 | (at ? 0 : 0x80) | (last ? 0x09 : 0));
	for (uint32_t i = 0; i < payload; i++)
		assert_int_equal(d[54 + i], (uint8_t)((at + i) * 7));
}

static void test_a_large_segment_is_cut(void **state)
{
	static uint8_t bytes[8192];
	struct sim_frame frame = tcp_frame(bytes, make_tcp(bytes, 2500));
	const struct sim_frame *got;
	struct card card;

	(void)state;
	card_open(&card, (struct sim_wire_keys){.loop = true});
	sim_wire_receiver(card.wire, true, 0);
	assert_int_equal(sim_wire_send(card.wire, &frame), 0);
	for (uint32_t at = 0; at < 2500; at += 1000) {
		got = sim_wire_peek(card.wire);
		assert_non_null(got);
		check_segment(got, at, at < 2000 ? 1000 : 500, at == 2000);
		sim_wire_take(card.wire);
	}
	assert_null(sim_wire_peek(card.wire));
	/* A receiver that takes such segments gets it as it is. */
	sim_wire_receiver(card.wire, true, SIM_OFFLOAD_CHECKSUM | SIM_OFFLOAD_TCP4);
	assert_int_equal(sim_wire_send(card.wire, &frame), 0);
	got = sim_wire_peek(card.wire);
	assert_non_null(got);
	assert_true(got->partial && got->segment == SIM_SEGMENT_TCP4 && got->segment_bytes == 1000);
	assert_int_equal(got->bytes, frame.bytes);
	assert_memory_equal(got->data, bytes, frame.bytes);
	sim_wire_take(card.wire);
	/* But not with ECN, unless it takes that, too. */
	frame.ecn = true;
	assert_int_equal(sim_wire_send(card.wire, &frame), 0);
	for (int i = 0; i < 3; i++) {
		assert_non_null(sim_wire_peek(card.wire));
		sim_wire_take(card.wire);
	}
	assert_null(sim_wire_peek(card.wire));
	sim_wire_close(card.wire);
}

static void test_marks_that_do_not_fit(void **state)
{
	static uint8_t bytes[8192];
	struct sim_frame good = tcp_frame(bytes, make_tcp(bytes, 2500)), frame;
	struct card card;

	(void)state;
	card_open(&card, (struct sim_wire_keys){.loop = true});
	sim_wire_receiver(card.wire, true, 0);
	frame = good;
	frame.segment_bytes = 0;
	assert_int_equal(sim_wire_send(card.wire, &frame), -EINVAL);
	frame = good;
	frame.segment = SIM_SEGMENT_TCP6;
	assert_int_equal(sim_wire_send(card.wire, &frame), -EINVAL);
	frame = good;
	frame.checksum_start = (uint16_t)good.bytes;
	assert_int_equal(sim_wire_send(card.wire, &frame), -EINVAL);
	frame = good;
	frame.segment = SIM_SEGMENT_NONE;
	frame.checksum_start = (uint16_t)(good.bytes - 17);
	assert_int_equal(sim_wire_send(card.wire, &frame), -EINVAL);
	frame = good;
	frame.bytes = 40;
	assert_int_equal(sim_wire_send(card.wire, &frame), -EINVAL);
	bytes[46] = 0x40; /* a TCP header of 16 bytes */
	assert_int_equal(sim_wire_send(card.wire, &good), -EINVAL);
	assert_null(sim_wire_peek(card.wire));
	sim_wire_close(card.wire);
}

static void write_capture(const char *path, unsigned int frames)
{
	pcap_t *format = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *file = pcap_dump_open(format, path);
	struct pcap_pkthdr header = {.caplen = FRAME_BYTES, .len = FRAME_BYTES};
	uint8_t bytes[FRAME_BYTES];

	assert_non_null(file);
	for (unsigned int i = 0; i < frames; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		pcap_dump((u_char *)file, &header, bytes);
	}
	pcap_dump_close(file);
	pcap_close(format);
}

static unsigned int frames_in(const char *path)
{
	char reason[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline(path, reason);
	struct pcap_pkthdr *header;
	unsigned int count = 0;
	const u_char *bytes;

	assert_non_null(file);
	while (pcap_next_ex(file, &header, &bytes) == 1) {
		assert_int_equal(header->len, FRAME_BYTES);
		assert_int_equal(bytes[FRAME_BYTES - 1], 50 + count);
		count++;
	}
	pcap_close(file);
	return count;
}

static void test_captures(void **state)
{
	char folder[] = "/tmp/padma-wire-XXXXXX", in[64], out[64], both[140];
	struct card card;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(in, sizeof(in), "%s/in", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	snprintf(both, sizeof(both), "%s:%s", in, out);
	assert_int_equal(open_refused((struct sim_wire_keys){.pcap = both}, "in"), -ENOENT);
	write_capture(in, 3);
	card_open(&card, (struct sim_wire_keys){.pcap = both});
	sim_wire_receiver(card.wire, true, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(receive_number(&card), i);
	assert_int_equal(receive_number(&card), -1);
	send_number(&card, 50);
	tick(&card);
	assert_int_equal(frames_in(out), 1);
	send_number(&card, 51);
	sim_wire_close(card.wire);
	assert_int_equal(frames_in(out), 2);
	snprintf(both, sizeof(both), "%s", in);
	assert_int_equal(open_refused((struct sim_wire_keys){.pcap = both}, "IN:OUT"), -EINVAL);
	unlink(in);
	unlink(out);
	rmdir(folder);
}

static void test_a_tap_without_privileges(void **state)
{
	char name[] = "padma-none";

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	if (access("/dev/net/tun", F_OK) == 0)
		assert_int_equal(open_refused((struct sim_wire_keys){.tap = name}, "CAP_NET_ADMIN"),
				 -EPERM);
	else
		assert_int_equal(open_refused((struct sim_wire_keys){.tap = name}, "tun"), -ENOENT);
	assert_int_equal(seteuid(getuid()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_loop_and_nothing),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_bad_wire),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_a_large_segment_is_cut),
		cmocka_unit_test(test_marks_that_do_not_fit),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_a_tap_without_privileges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
