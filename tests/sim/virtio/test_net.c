// SPDX-License-Identifier: BSD-3-Clause
/* The simulated network device of Virtio: checksums and segmentation, filters, several queues, hashes, the wires. */
#include "raw.h"

#include <fcntl.h>
#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEADER 12u

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 9},
		     group[6] = {1, 0, 0x5e, 0, 0, 5}, all[6] = {255, 255, 255, 255, 255, 255};

#define MAC_KEY "mac=02:00:00:00:00:01"

static void post(struct raw *raw, unsigned int queue, unsigned int count, uint32_t bytes)
{
	for (unsigned int i = 0; i < count; i++) {
		struct raw_part part = {raw_memory(raw, bytes), bytes};

		raw_add(&raw->q[queue], &part, 0, 1, NULL);
	}
	raw_kick(&raw->q[queue]);
}

/* Send @frame with this header from queue @queue. */
static void send_with(struct raw *raw, unsigned int queue, const uint8_t *header,
		      unsigned int header_bytes, const uint8_t *frame, uint32_t bytes)
{
	uint8_t *memory = raw_memory(raw, 65536 + 4096);
	struct raw_part part = {memory, header_bytes + bytes};
	uint32_t id, length;

	memcpy(memory, header, header_bytes);
	memcpy(memory + header_bytes, frame, bytes);
	raw_add(&raw->q[queue], &part, 1, 0, NULL);
	raw_kick(&raw->q[queue]);
	raw_step(raw);
	assert_true(raw_used(&raw->q[queue], &id, &length));
}

static void send_frame(struct raw *raw, const uint8_t *frame, uint32_t bytes)
{
	static const uint8_t none[HEADER];

	send_with(raw, 1, none, HEADER, frame, bytes);
}

/* What was received, or NULL. */
static const uint8_t *received(struct raw *raw, unsigned int queue, uint32_t *bytes)
{
	uint32_t id;

	return raw_used(&raw->q[queue], &id, bytes) ? raw->q[queue].memory[id] : NULL;
}

/* Ethernet, and IPv4 with TCP or UDP from port 2794 to 1766, the addresses of Microsoft's vectors for RSS. */
static uint32_t make_ipv4(uint8_t *frame, const uint8_t *to, uint8_t protocol, uint32_t payload)
{
	uint32_t l4 = protocol == 6 ? 20 : 8, total = 20 + l4 + payload;

	memset(frame, 0, 34 + l4);
	memcpy(frame, to, 6);
	memcpy(frame + 6, other, 6);
	frame[12] = 8;
	frame[14] = 0x45;
	frame[16] = (uint8_t)(total >> 8);
	frame[17] = (uint8_t)total;
	frame[22] = 64;
	frame[23] = protocol;
	memcpy(frame + 26, (const uint8_t[]){66, 9, 149, 187, 161, 142, 100, 80}, 8);
	memcpy(frame + 34, (const uint8_t[]){2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255}, 4);
	if (protocol == 6)
		frame[46] = 0x50;
	else
		frame[38] = (uint8_t)((8 + payload) >> 8), frame[39] = (uint8_t)(8 + payload);
	for (uint32_t i = 0; i < payload; i++)
		frame[34 + l4 + i] = (uint8_t)(i * 11);
	return 34 + l4 + payload;
}

static uint16_t sum_of(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* A TCP segment whose checksum is left to the device; the header that says so. */
static uint32_t make_partial(uint8_t *frame, uint8_t *header, uint32_t payload, uint16_t segment)
{
	uint32_t bytes = make_ipv4(frame, ours, 6, payload);
	uint16_t sum = sum_of(frame + 26, 8, 6 + 20 + payload);

	frame[50] = (uint8_t)(sum >> 8);
	frame[51] = (uint8_t)sum;
	memset(header, 0, 20);
	header[0] = 1;
	header[6] = 34;
	header[8] = 16;
	if (segment) {
		header[1] = 1;
		header[2] = 54;
		header[4] = (uint8_t)segment;
		header[5] = (uint8_t)(segment >> 8);
	}
	return bytes;
}

static bool l4_is_right(const uint8_t *frame, uint32_t bytes)
{
	return sum_of(frame + 34, bytes - 34, sum_of(frame + 26, 8, frame[23] + bytes - 34)) ==
	       0xffff;
}

static void test_checksums(void **state)
{
	uint8_t frame[256], header[20];
	const uint8_t *got;
	struct raw raw;
	uint32_t bytes;

	(void)state;
	/* To a driver that does not take it. */
	raw_start(&raw, "loop," MAC_KEY, CSUM);
	post(&raw, 0, 2, 4096);
	send_with(&raw, 1, header, HEADER, frame, make_partial(frame, header, 100, 0));
	got = received(&raw, 0, &bytes);
	assert_non_null(got);
	assert_int_equal(got[0], 0);
	assert_true(l4_is_right(got + HEADER, bytes - HEADER));
	raw_close(&raw);
	/* To one that does. */
	raw_start(&raw, "loop," MAC_KEY, CSUM | GUEST_CSUM);
	post(&raw, 0, 2, 4096);
	send_with(&raw, 1, header, HEADER, frame, make_partial(frame, header, 100, 0));
	got = received(&raw, 0, &bytes);
	assert_non_null(got);
	header[10] = 1;
	assert_memory_equal(got, header, HEADER);
	assert_memory_equal(got + HEADER, frame, bytes - HEADER);
	raw_close(&raw);
}

static void test_segments(void **state)
{
	static uint8_t frame[8192];
	uint8_t header[20];
	const uint8_t *got;
	struct raw raw;
	uint32_t bytes, length;

	(void)state;
	raw_start(&raw, "loop," MAC_KEY, CSUM | HOST_TSO4);
	post(&raw, 0, 8, 4096);
	length = make_partial(frame, header, 5000, 1448);
	send_with(&raw, 1, header, HEADER, frame, length);
	for (uint32_t at = 0; at < 5000; at += 1448) {
		uint32_t payload = 5000 - at < 1448 ? 5000 - at : 1448;

		got = received(&raw, 0, &bytes);
		assert_non_null(got);
		assert_int_equal(bytes, HEADER + 54 + payload);
		assert_true(l4_is_right(got + HEADER, bytes - HEADER));
		assert_memory_equal(got + HEADER + 54, frame + 54 + at, payload);
	}
	assert_null(received(&raw, 0, &bytes));
	raw_close(&raw);
	/* Whole, and in one buffer without MERGEABLE. */
	raw_start(&raw, "loop," MAC_KEY, CSUM | HOST_TSO4 | GUEST_CSUM | GUEST_TSO4);
	post(&raw, 0, 1, 65536 + 4096);
	send_with(&raw, 1, header, HEADER, frame, length);
	got = received(&raw, 0, &bytes);
	assert_non_null(got);
	assert_int_equal(bytes, HEADER + length);
	header[10] = 1;
	assert_memory_equal(got, header, HEADER);
	raw_close(&raw);
}

static void expect_header_refused(uint64_t features, unsigned int at, uint8_t value,
				  uint32_t payload, const char *word)
{
	static uint8_t frame[4096];
	uint8_t header[20];
	struct raw raw;
	uint32_t bytes, length;

	raw_start(&raw, "loop,mtu=1500," MAC_KEY, features);
	post(&raw, 0, 4, 4096);
	length = make_partial(frame, header, payload, 0);
	if (!(features & CSUM))
		header[0] = header[6] = header[8] = 0;
	header[at] = value;
	send_with(&raw, 1, header, HEADER, frame, length);
	assert_null(received(&raw, 0, &bytes));
	raw_close_after(&raw, 1, word);
}

static void test_invalid_headers(void **state)
{
	(void)state;
	expect_header_refused(CSUM, 10, 1, 10, "num_buffers");
	expect_header_refused(CSUM, 0, 2, 10, "flags");
	expect_header_refused(0, 0, 1, 10, "flags");
	expect_header_refused(CSUM, 1, 1, 10, "gso_type");
	expect_header_refused(CSUM | HOST_TSO4, 1, 1, 10, "gso_size");
	expect_header_refused(CSUM | HOST_TSO4, 1, 0x81, 10, "ECN");
	expect_header_refused(CSUM, 6, 35, 10, "csum_start");
	expect_header_refused(CSUM, 7, 35, 10, "csum_start");
	expect_header_refused(CSUM | MTU, 2, 0, 1461, "MTU");
}

/* Whether a frame to @mac, with the tag @vlan unless that is negative, is received. */
static bool arrives(struct raw *raw, const uint8_t *mac, int vlan)
{
	uint8_t frame[128] = {0};
	uint32_t bytes;

	make_ipv4(frame, mac, 17, 20);
	if (vlan >= 0) {
		frame[12] = 0x81;
		frame[13] = 0;
		frame[14] = (uint8_t)(vlan >> 8);
		frame[15] = (uint8_t)vlan;
	}
	send_frame(raw, frame, 64);
	return received(raw, 0, &bytes) != NULL;
}

static uint8_t set_mode(struct raw *raw, uint8_t code, uint8_t on)
{
	return raw_command(raw, 0, code, &on, 1);
}

static void test_filters(void **state)
{
	const uint8_t table[] = {1, 0, 0, 0, 2, 0, 0, 0, 0, 9, 1, 0, 0, 0, 1, 0, 0x5e, 0, 0, 5},
		      empty[8] = {0}, vlan[2] = {0x64, 0};
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop," MAC_KEY,
		  MAC | CONTROL | CONTROL_RX | CONTROL_RX_EXTRA | CONTROL_VLAN | CONTROL_MAC);
	post(&raw, 0, 64, 256);
	assert_true(arrives(&raw, ours, -1));
	assert_true(arrives(&raw, all, -1));
	assert_false(arrives(&raw, other, -1));
	assert_false(arrives(&raw, group, -1));
	assert_int_equal(raw_command(&raw, 1, 0, table, sizeof(table)), 0);
	assert_true(arrives(&raw, other, -1));
	assert_true(arrives(&raw, group, -1));
	assert_int_equal(raw_command(&raw, 1, 0, empty, sizeof(empty)), 0);
	assert_false(arrives(&raw, other, -1));
	assert_int_equal(set_mode(&raw, 1, 1), 0);
	assert_true(arrives(&raw, group, -1));
	assert_int_equal(set_mode(&raw, 3, 1), 0);
	assert_false(arrives(&raw, group, -1));
	assert_int_equal(set_mode(&raw, 5, 1), 0);
	assert_false(arrives(&raw, all, -1));
	assert_int_equal(set_mode(&raw, 2, 1), 0);
	assert_true(arrives(&raw, other, -1));
	assert_int_equal(set_mode(&raw, 4, 1), 0);
	assert_false(arrives(&raw, ours, -1));
	assert_int_equal(set_mode(&raw, 0, 1), 0);
	assert_true(arrives(&raw, group, 7));
	assert_int_equal(set_mode(&raw, 0, 0), 0);
	assert_int_equal(set_mode(&raw, 4, 0), 0);
	assert_false(arrives(&raw, ours, 100));
	assert_int_equal(raw_command(&raw, 2, 0, vlan, 2), 0);
	assert_true(arrives(&raw, ours, 100));
	assert_false(arrives(&raw, ours, 101));
	assert_int_equal(raw_command(&raw, 2, 1, vlan, 2), 0);
	assert_false(arrives(&raw, ours, 100));
	/* Another address of its own. */
	assert_int_equal(set_mode(&raw, 2, 0), 0);
	assert_false(arrives(&raw, other, -1));
	assert_int_equal(raw_command(&raw, 1, 1, other, 6), 0);
	assert_true(arrives(&raw, other, -1));
	assert_false(arrives(&raw, ours, -1));
	assert_int_equal(raw_config(&raw, 5, 1), 9);
	raw_close(&raw);
}

static void test_invalid_commands(void **state)
{
	static const struct {
		uint8_t class, code, data[8];
		uint32_t bytes;
	} rows[] = {
		{0, 0, {2}, 1},
		{0, 0, {0}, 2},
		{0, 9, {0}, 1},
		{0, 2, {0}, 1},
		{1, 0, {1}, 4},
		{1, 0, {0}, 7},
		{1, 1, {1, 0, 0, 0, 0, 0}, 6},
		{1, 1, {2}, 5},
		{2, 0, {0, 16}, 2},
		{2, 2, {0}, 2},
		{3, 0, {0}, 1},
		{4, 0, {0, 0}, 2},
		{4, 0, {9, 0}, 2},
		{4, 1, {0}, 8},
		{5, 0, {0, 0, 0, 0, 1}, 8},
		{6, 0, {0}, 1},
	};
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop," MAC_KEY, CONTROL | CONTROL_RX | MULTIQUEUE);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
			raw_command(&raw, rows[i].class, rows[i].code, rows[i].data, rows[i].bytes),
			1);
	raw_close_after(&raw, ARRAY_SIZE(rows), "command 0.0");
}

static void open_pairs(struct raw *raw, const char *keys, uint64_t features, unsigned int pairs)
{
	raw_open(raw, keys);
	assert_true(raw_negotiate(raw, features | VERSION_1 | CONTROL));
	for (unsigned int i = 0; i < 2 * pairs; i++)
		raw_queue(raw, i, 64);
	raw_queue(raw, raw_control_index(raw), 0);
	raw_ready(raw);
	for (unsigned int i = 0; i < pairs; i++)
		post(raw, 2 * i, 16, 256);
}

/* The queue pair that a frame sent by queue pair @by is received in, or -1. */
static int pair_of(struct raw *raw, unsigned int by, const uint8_t *frame, uint32_t bytes,
		   unsigned int pairs)
{
	static const uint8_t header[20];
	unsigned int header_bytes = raw->features & HASH_REPORT ? 20 : 12;
	uint32_t length;

	send_with(raw, 2 * by + 1, header, header_bytes, frame, bytes);
	for (unsigned int i = 0; i < pairs; i++) {
		if (received(raw, 2 * i, &length))
			return (int)i;
	}
	return -1;
}

/* 5.1.6.5.6: a flow is received where it was last sent. */
static void test_automatic_steering(void **state)
{
	uint8_t frame[128], pairs[2] = {3, 0};
	uint32_t bytes = make_ipv4(frame, ours, 17, 20);
	struct raw raw;

	(void)state;
	open_pairs(&raw, "loop,queues=3," MAC_KEY, MULTIQUEUE, 3);
	assert_int_equal(pair_of(&raw, 0, frame, bytes, 3), 0);
	assert_int_equal(raw_command(&raw, 4, 0, pairs, 2), 0);
	for (unsigned int by = 0; by < 3; by++)
		assert_int_equal(pair_of(&raw, by, frame, bytes, 3), by);
	pairs[0] = 1;
	assert_int_equal(raw_command(&raw, 4, 0, pairs, 2), 0);
	assert_int_equal(pair_of(&raw, 0, frame, bytes, 3), 0);
	raw_close(&raw);
	/* A transmit queue that was not turned on. */
	open_pairs(&raw, "loop,queues=3," MAC_KEY, MULTIQUEUE, 3);
	assert_int_equal(pair_of(&raw, 1, frame, bytes, 3), -1);
	raw_close_after(&raw, 1, "queue pairs");
}

/* The key of Microsoft's vectors for RSS. */
static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
				0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
				0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
				0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static uint32_t make_rss(uint8_t *data, uint32_t types, const uint8_t *table, unsigned int entries,
			 uint8_t unclassified, uint8_t pairs)
{
	uint32_t at = 8;

	memset(data, 0, 8);
	memcpy(data, &types, 4);
	data[4] = (uint8_t)(entries - 1);
	data[6] = unclassified;
	for (unsigned int i = 0; i < entries; i++, at += 2)
		data[at] = table[i], data[at + 1] = 0;
	data[at++] = pairs;
	data[at++] = 0;
	data[at++] = sizeof(key);
	memcpy(data + at, key, sizeof(key));
	return at + (uint32_t)sizeof(key);
}

/* The hash of Microsoft's vector with ports is 0x51ccc178, and without 0x323e8fc2. */
static void test_receive_side_scaling(void **state)
{
	static const uint8_t table[8] = {2, 1, 2, 1, 2, 1, 2, 1};
	uint8_t frame[128], data[128];
	uint32_t bytes = make_ipv4(frame, ours, 6, 20), length;
	struct raw raw;

	(void)state;
	open_pairs(&raw, "loop,queues=3," MAC_KEY, RSS, 3);
	length = make_rss(data, 2, table, 8, 0, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length), 0);
	assert_int_equal(pair_of(&raw, 0, frame, bytes, 3), table[0x51ccc178 % 8]);
	/* UDP has no hash then, and goes where what has none goes. */
	bytes = make_ipv4(frame, ours, 17, 20);
	assert_int_equal(pair_of(&raw, 0, frame, bytes, 3), 0);
	length = make_rss(data, 7, table, 4, 0, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length), 0);
	assert_int_equal(pair_of(&raw, 0, frame, bytes, 3), table[0x51ccc178 % 4]);
	raw_close(&raw);
	/* A table of three, one too large, a queue that there is not, a key that is too long. */
	open_pairs(&raw, "loop,queues=3," MAC_KEY, RSS, 3);
	length = make_rss(data, 2, table, 3, 0, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length), 1);
	length = make_rss(data, 2, table, 4, 3, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length), 1);
	length = make_rss(data, 0x200, table, 4, 0, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length), 1);
	length = make_rss(data, 2, table, 4, 0, 3);
	assert_int_equal(raw_command(&raw, 4, 1, data, length - 1), 1);
	raw_close_after(&raw, 4, "table");
}

static void expect_report(struct raw *raw, const uint8_t *frame, uint32_t bytes, uint16_t type,
			  uint32_t hash)
{
	static const uint8_t header[20];
	const uint8_t *got;
	uint32_t length, value;
	uint16_t report;

	send_with(raw, 1, header, 20, frame, bytes);
	got = received(raw, 0, &length);
	assert_non_null(got);
	assert_int_equal(length, 20 + bytes);
	memcpy(&value, got + 12, 4);
	memcpy(&report, got + 16, 2);
	assert_int_equal(report, type);
	assert_int_equal(value, hash);
	assert_memory_equal(got + 20, frame, bytes);
}

static uint32_t make_ipv6(uint8_t *frame, bool extended)
{
	static const uint8_t addresses[32] = {
		0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 7,
		0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 1};
	uint32_t l4 = extended ? 62 : 54;

	memset(frame, 0, 128);
	memcpy(frame, ours, 6);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	frame[14] = 0x60;
	frame[19] = (uint8_t)(l4 - 54 + 20);
	frame[20] = extended ? 60 : 6;
	memcpy(frame + 22, addresses, 32);
	if (extended)
		frame[54] = 6, frame[56] = 1, frame[57] = 4;
	memcpy(frame + l4, (const uint8_t[]){2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255}, 4);
	frame[l4 + 12] = 0x50;
	return l4 + 20;
}

static void test_hash_reports(void **state)
{
	uint8_t frame[128], config[53] = {0xff, 1};
	struct raw raw;
	uint32_t bytes;

	(void)state;
	open_pairs(&raw, "loop,queues=3,with=0x200000000000000," MAC_KEY, HASH_REPORT, 1);
	bytes = make_ipv4(frame, ours, 6, 20);
	expect_report(&raw, frame, bytes, 0, 0);
	config[12] = 40;
	memcpy(config + 13, key, 40);
	assert_int_equal(raw_command(&raw, 4, 2, config, 53), 0);
	expect_report(&raw, frame, bytes, 2, 0x51ccc178);
	bytes = make_ipv4(frame, ours, 17, 20);
	expect_report(&raw, frame, bytes, 3, 0x51ccc178);
	bytes = make_ipv4(frame, ours, 1, 20);
	expect_report(&raw, frame, bytes, 1, 0x323e8fc2);
	bytes = make_ipv6(frame, false);
	expect_report(&raw, frame, bytes, 5, 0x40207d3d);
	bytes = make_ipv6(frame, true);
	expect_report(&raw, frame, bytes, 8, 0x40207d3d);
	config[0] = 1 << 3;
	config[1] = 0;
	assert_int_equal(raw_command(&raw, 4, 2, config, 53), 0);
	expect_report(&raw, frame, bytes, 4, 0x2cc18cd5);
	memset(frame + 12, 0x88, 2);
	expect_report(&raw, frame, bytes, 0, 0);
	raw_close(&raw);
}

static void test_endless_frames(void **state)
{
	uint8_t frame[64] = {0};
	const uint8_t *got;
	struct raw raw;
	uint32_t bytes;

	(void)state;
	raw_start(&raw, "null,frame=64", 0);
	post(&raw, 0, 100, 256);
	raw_step(&raw);
	for (unsigned int i = 0; i < 100; i++) {
		got = received(&raw, 0, &bytes);
		assert_non_null(got);
		assert_int_equal(bytes, HEADER + 64);
		assert_int_equal(got[HEADER + 12], 8);
	}
	send_frame(&raw, frame, 64);
	raw_close(&raw);
}

/* Turning an offload off while it waits: the frame is completed. */
static void test_offloads_at_run_time(void **state)
{
	uint8_t frame[256], header[20], off[8] = {0};
	const uint8_t *got;
	struct raw raw;
	uint32_t bytes;

	(void)state;
	raw_start(&raw, "loop," MAC_KEY, CSUM | GUEST_CSUM | GUEST_OFFLOADS | CONTROL);
	send_with(&raw, 1, header, HEADER, frame, make_partial(frame, header, 100, 0));
	send_with(&raw, 1, header, HEADER, frame, make_partial(frame, header, 100, 0));
	assert_int_equal(raw_command(&raw, 5, 0, off, 8), 0);
	post(&raw, 0, 2, 4096);
	raw_step(&raw);
	/* The first was on its way to the driver already. */
	assert_non_null(received(&raw, 0, &bytes));
	got = received(&raw, 0, &bytes);
	assert_non_null(got);
	assert_int_equal(got[0], 0);
	assert_true(l4_is_right(got + HEADER, bytes - HEADER));
	raw_close(&raw);
}

static void set_interface_up(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		_exit(2);
	close(fd);
}

/* In a network of its own: the kernel sends to a new interface by itself (IPv6's duplicate address detection). */
static int in_a_network_of_its_own(void)
{
	struct raw raw;
	uint32_t bytes;
	const uint8_t *got = NULL;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) || access("/dev/net/tun", R_OK | W_OK))
		return 77;
	raw_start(&raw, "tap=padma0", 0);
	set_interface_up("padma0");
	post(&raw, 0, 16, 2048);
	for (int i = 0; i < 300 && !got; i++) {
		usleep(10000);
		raw_step(&raw);
		got = received(&raw, 0, &bytes);
	}
	if (!got || bytes < HEADER + 14 || got[HEADER] != 0x33)
		return 1;
	raw_close(&raw);
	return 0;
}

static void test_tap(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(in_a_network_of_its_own());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_invalid_headers),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_invalid_commands),
		cmocka_unit_test(test_automatic_steering),
		cmocka_unit_test(test_receive_side_scaling),
		cmocka_unit_test(test_hash_reports),
		cmocka_unit_test(test_endless_frames),
		cmocka_unit_test(test_offloads_at_run_time),
		cmocka_unit_test(test_tap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
