// SPDX-License-Identifier: BSD-3-Clause
/* Mode icmpecho: answers to ARP, ICMP, neighbour solicitation and ICMPv6, and what gets none. */
#include "tool/net/packets.h"

#include "net/test/modes/echo.h"

static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 0x11};
static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 0xbb};
static const struct ip_address own[] = {
	{false, {10, 0, 0, 2}}, {true, {0xfd, [15] = 2}}, {false, {10, 0, 0, 7}}};
static struct packets packets;
static struct echo_host host = {.ips = own, .ip_count = 3};

static int setup(void **state)
{
	(void)state;
	memcpy(host.mac, own_mac, sizeof(own_mac));
	packets_open(&packets);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	packets_close(&packets);
	return 0;
}

/* Ask; the answer's bytes replace the question's. Return: its length, 0 without an answer. */
static uint32_t ask_as(const struct echo_host *as, uint8_t *frame, uint32_t bytes, uint32_t segment)
{
	struct padma_packet *packet = packet_new(&packets, frame, bytes, segment);
	bool answered = echo_answer(as, packet);

	bytes = packet_bytes(packet, frame);
	padma_packet_put(packets.cache, packet);
	return answered ? bytes : 0;
}

static uint32_t ask(uint8_t *frame, uint32_t bytes)
{
	return ask_as(&host, frame, bytes, 2048);
}

static uint32_t arp(uint8_t *frame, uint8_t last, uint16_t operation)
{
	static const uint8_t start[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,	0, 0, 0, 0,
					0xbb, 8,    6,	  0,	1,    8,    0,	6, 4, 0, 1,
					2,    0,    0,	  0,	0,    0xbb, 10, 0, 0, 1};

	memset(frame, 0, 60);
	memcpy(frame, start, sizeof(start));
	put_word(frame + 20, operation);
	memcpy(frame + 38, (uint8_t[]){10, 0, 0, last}, 4);
	return 60;
}

static void arp_is_answered(void **state)
{
	uint8_t frame[128];

	(void)state;
	assert_int_equal(ask(frame, arp(frame, 7, 1)), 60);
	assert_memory_equal(frame, peer_mac, 6);
	assert_memory_equal(frame + 6, own_mac, 6);
	assert_int_equal(word_at(frame + 20), 2);
	assert_memory_equal(frame + 22, own_mac, 6);
	assert_memory_equal(frame + 28, ((uint8_t[]){10, 0, 0, 7}), 4);
	assert_memory_equal(frame + 32, peer_mac, 6);
	assert_memory_equal(frame + 38, ((uint8_t[]){10, 0, 0, 1}), 4);
}

static void other_arp_is_not(void **state)
{
	uint8_t frame[128];

	(void)state;
	assert_int_equal(ask(frame, arp(frame, 9, 1)), 0); /* another's address */
	assert_int_equal(ask(frame, arp(frame, 7, 2)), 0); /* a reply */
	arp(frame, 7, 1);
	assert_int_equal(ask(frame, 40), 0); /* cut off */
	arp(frame, 7, 1);
	frame[22] |= 1; /* from a group */
	assert_int_equal(ask(frame, 60), 0);
	arp(frame, 7, 1);
	frame[18] = 8; /* other hardware addresses */
	assert_int_equal(ask(frame, 60), 0);
}

/* Without --ip everything is answered, but no claim of an address is contradicted. */
static void without_addresses_all_are_answered_for(void **state)
{
	const struct echo_host any = {.mac = {2, 0, 0, 0, 0, 0x11}};
	uint8_t frame[128];

	(void)state;
	assert_int_equal(ask_as(&any, frame, arp(frame, 9, 1), 2048), 60);
	arp(frame, 9, 1);
	memset(frame + 28, 0, 4); /* a probe */
	assert_int_equal(ask_as(&any, frame, 60, 2048), 0);
	assert_int_equal(ask_as(&any, frame, arp(frame, 1, 1), 2048), 0); /* an announcement */
}

static uint32_t echo(uint8_t *frame, bool v6, uint32_t data_bytes)
{
	uint32_t bytes = frame_new(frame, v6, v6 ? 58 : 1, 8 + data_bytes);

	frame[v6 ? 54 : 34] = v6 ? 128 : 8;
	frame[v6 ? 55 : 35] = 0;
	frame_seal(frame, v6, v6 ? 58 : 1, 8 + data_bytes, 2);
	return bytes;
}

static void check_echo(bool v6, uint32_t data_bytes, uint32_t segment)
{
	static uint8_t question[10000], frame[10000];
	uint32_t header = v6 ? 54 : 34, address = v6 ? 16 : 4, from = v6 ? 22 : 26;
	uint32_t bytes = echo(frame, v6, data_bytes);

	memcpy(question, frame, bytes);
	assert_int_equal(ask_as(&host, frame, bytes, segment), bytes);
	assert_memory_equal(frame, peer_mac, 6);
	assert_memory_equal(frame + 6, own_mac, 6);
	assert_memory_equal(frame + from, question + from + address, address);
	assert_memory_equal(frame + from + address, question + from, address);
	assert_int_equal(frame[header], v6 ? 129 : 0);
	assert_int_equal(frame[v6 ? 21 : 22], 64);
	assert_memory_equal(frame + header + 4, question + header + 4, 4 + data_bytes);
	if (v6) {
		assert_int_equal(slow_l4(frame, true, 58, 8 + data_bytes), 0xffff);
		return;
	}
	assert_int_equal(slow_sum(frame + 14, 20, 0), 0xffff);
	assert_int_equal(slow_sum(frame + 34, 8 + data_bytes, 0), 0xffff);
}

static void pings_are_answered(void **state)
{
	(void)state;
	for (unsigned int v6 = 0; v6 < 2; v6++) {
		check_echo(v6, 56, 2048);
		check_echo(v6, 1400, 2048);
		check_echo(v6, 55, 2048);
		check_echo(v6, 0, 2048);
		/* Jumbo frames in several segments, ends at odd places included. */
		check_echo(v6, 8000, 2048);
		check_echo(v6, 8000, 1001);
	}
}

static void each_sum_of_a_ping_stays_right(void **state)
{
	uint8_t frame[256];

	(void)state;
	/* All values of the checksum's upper byte, where the type is subtracted. */
	for (unsigned int i = 0; i < 65536; i += 51) {
		uint32_t bytes = echo(frame, false, 8);

		put_word(frame + 38, i);
		frame_seal(frame, false, 1, 16, 2);
		assert_int_equal(ask(frame, bytes), bytes);
		assert_int_equal(slow_sum(frame + 34, 16, 0), 0xffff);
	}
}

static void broken_pings_are_not_answered(void **state)
{
	uint8_t frame[256];
	uint32_t bytes;

	(void)state;
	for (unsigned int v6 = 0; v6 < 2; v6++) {
		bytes = echo(frame, v6, 56);
		frame[70] ^= 1; /* a wrong checksum */
		assert_int_equal(ask(frame, bytes), 0);
		bytes = echo(frame, v6, 56);
		assert_int_equal(ask(frame, bytes - 1), 0); /* cut off */
		bytes = echo(frame, v6, 56);
		frame[6] |= 1; /* from a group */
		assert_int_equal(ask(frame, bytes), 0);
	}
	bytes = echo(frame, false, 56);
	frame[14] = 0x44; /* a header of 16 bytes */
	assert_int_equal(ask(frame, bytes), 0);
	bytes = echo(frame, false, 56);
	put_word(frame + 20, 0x2000); /* a fragment */
	put_word(frame + 24, 0);
	put_word(frame + 24, ~slow_sum(frame + 14, 20, 0));
	assert_int_equal(ask(frame, bytes), 0);
	bytes = echo(frame, false, 56);
	frame[33] = 9; /* to another */
	put_word(frame + 24, 0);
	put_word(frame + 24, ~slow_sum(frame + 14, 20, 0));
	assert_int_equal(ask(frame, bytes), 0);
}

static void padding_is_not_data(void **state)
{
	uint8_t frame[256] = {0};

	(void)state;
	echo(frame, false, 4);
	memset(frame + 46, 0xee, 14);
	assert_int_equal(ask(frame, 60), 60);
	assert_int_equal(slow_sum(frame + 34, 12, 0), 0xffff);
}

/* @option: with the sender's MAC address. */
static uint32_t solicitation(uint8_t *frame, const uint8_t *target, bool option)
{
	uint32_t l4 = option ? 32 : 24, bytes = frame_new(frame, true, 58, l4);

	memset(frame + 54, 0, l4);
	frame[54] = 135;
	memcpy(frame + 62, target, 16);
	memcpy(frame + 38, (uint8_t[]){0xff, 2, [11] = 1, 0xff, 0, 0, 2}, 16);
	memcpy(frame, (uint8_t[]){0x33, 0x33, 0xff, 0, 0, 2}, 6);
	if (option)
		memcpy(frame + 78, (uint8_t[]){1, 1, 2, 0, 0, 0, 0, 0xbb}, 8);
	frame_seal(frame, true, 58, l4, 2);
	return bytes;
}

static void check_advertisement(const uint8_t *frame, uint8_t flags)
{
	assert_memory_equal(frame + 6, own_mac, 6);
	assert_memory_equal(frame + 22, own[1].bytes, 16);
	assert_int_equal(frame[21], 255);
	assert_int_equal(word_at(frame + 18), 32);
	assert_int_equal(frame[54], 136);
	assert_int_equal(frame[58], flags);
	assert_memory_equal(frame + 62, own[1].bytes, 16);
	assert_memory_equal(frame + 78, ((uint8_t[]){2, 1, 2, 0, 0, 0, 0, 0x11}), 8);
	assert_int_equal(slow_l4(frame, true, 58, 32), 0xffff);
}

static void neighbours_are_answered(void **state)
{
	uint8_t frame[256];

	(void)state;
	for (unsigned int option = 0; option < 2; option++) {
		assert_int_equal(ask(frame, solicitation(frame, own[1].bytes, option)), 86);
		check_advertisement(frame, 0x60);
		assert_memory_equal(frame, peer_mac, 6);
		assert_memory_equal(frame + 38, ((uint8_t[]){0xfd, [15] = 1}), 16);
	}
}

static void a_taken_address_is_defended(void **state)
{
	const struct echo_host any = {.mac = {2, 0, 0, 0, 0, 0x11}};
	uint8_t frame[256];
	uint32_t bytes = solicitation(frame, own[1].bytes, false);

	(void)state;
	memset(frame + 22, 0, 16);
	frame_seal(frame, true, 58, 24, 2);
	assert_int_equal(ask(frame, bytes), 86);
	check_advertisement(frame, 0x20);
	assert_memory_equal(frame, ((uint8_t[]){0x33, 0x33, 0, 0, 0, 1}), 6);
	assert_memory_equal(frame + 38, ((uint8_t[]){0xff, 2, [15] = 1}), 16);
	bytes = solicitation(frame, own[1].bytes, false);
	memset(frame + 22, 0, 16);
	frame_seal(frame, true, 58, 24, 2);
	assert_int_equal(ask_as(&any, frame, bytes, 2048), 0);
}

static void other_neighbours_are_not(void **state)
{
	uint8_t frame[256];
	uint32_t bytes;

	(void)state;
	bytes = solicitation(frame, (uint8_t[]){0xfd, [15] = 3}, true);
	assert_int_equal(ask(frame, bytes), 0);
	bytes = solicitation(frame, own[1].bytes, true);
	frame[21] = 254; /* from another network */
	assert_int_equal(ask(frame, bytes), 0);
	bytes = solicitation(frame, own[1].bytes, true);
	frame[80] ^= 1;
	assert_int_equal(ask(frame, bytes), 0);
}

static void announcements_are_right(void **state)
{
	struct padma_packet *packet = padma_packet_get(packets.cache);
	uint8_t frame[256], mac[6];

	(void)state;
	assert_true(echo_announce(&host, &own[2], packet));
	assert_int_equal(packet_bytes(packet, frame), 60);
	assert_memory_equal(frame, ((uint8_t[]){255, 255, 255, 255, 255, 255}), 6);
	assert_int_equal(word_at(frame + 20), 1);
	assert_memory_equal(frame + 28, own[2].bytes, 4);
	assert_memory_equal(frame + 38, own[2].bytes, 4);
	padma_packet_put(packets.cache, packet);
	packet = padma_packet_get(packets.cache);
	assert_true(echo_announce(&host, &own[1], packet));
	assert_int_equal(packet_bytes(packet, frame), 86);
	check_advertisement(frame, 0x20);
	padma_packet_put(packets.cache, packet);
	echo_solicited_mac(&own[1], mac);
	assert_memory_equal(mac, ((uint8_t[]){0x33, 0x33, 0xff, 0, 0, 2}), 6);
}

/* Anything may arrive: no byte outside of the packet is read (the sanitizer sees to it), and nothing is lost. */
static void random_frames_do_no_harm(void **state)
{
	uint64_t random = 88172645463325252u;
	uint8_t frame[256];

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		uint32_t bytes = i % 2 ? echo(frame, i % 4 == 1, i % 64)
				       : solicitation(frame, own[1].bytes, i % 4 == 0);

		for (unsigned int k = 0; k < 1 + i % 3; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			frame[random % bytes] = (uint8_t)(random >> 32);
		}
		if (i % 5 == 0)
			bytes = 1 + (uint32_t)(random >> 40) % bytes;
		ask_as(&host, frame, bytes, i % 7 ? 2048 : 40);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_is_answered),
		cmocka_unit_test(other_arp_is_not),
		cmocka_unit_test(without_addresses_all_are_answered_for),
		cmocka_unit_test(pings_are_answered),
		cmocka_unit_test(each_sum_of_a_ping_stays_right),
		cmocka_unit_test(broken_pings_are_not_answered),
		cmocka_unit_test(padding_is_not_data),
		cmocka_unit_test(neighbours_are_answered),
		cmocka_unit_test(a_taken_address_is_defended),
		cmocka_unit_test(other_neighbours_are_not),
		cmocka_unit_test(announcements_are_right),
		cmocka_unit_test(random_frames_do_no_harm),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
