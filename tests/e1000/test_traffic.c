// SPDX-License-Identifier: BSD-3-Clause
/* Packets through the e1000 driver: offloads by the card and by the processor, chains, rings of all sizes, jumbo frames. */
#include "bed.h"

#define TX_ALL                                                                                     \
	(PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM | PADMA_OFFLOAD_TX_TSO4 |             \
	 PADMA_OFFLOAD_TX_TSO6 | PADMA_OFFLOAD_TX_VLAN | PADMA_OFFLOAD_TX_CHAINS)
#define RX_ALL (PADMA_OFFLOAD_RX_CSUM | PADMA_OFFLOAD_RX_VLAN)

static const char *const models[] = {"e1000e", "e1000"};

/* Mark a packet for everything, with nothing in the fields of the checksums. */
static void mark(struct padma_packet *packet, bool v6, bool tcp, bool tagged)
{
	uint8_t *data = padma_packet_data(packet);
	unsigned int l3 = v6 ? 40 : 20;

	packet->l2_bytes = 14;
	packet->l3_bytes = (uint8_t)l3;
	packet->l4_bytes = tcp ? 20 : 8;
	packet->flags = tcp ? PADMA_PACKET_TCP_CSUM : PADMA_PACKET_UDP_CSUM;
	memset(data + 14 + l3 + (tcp ? 16 : 6), 0xa5, 2);
	if (!v6) {
		packet->flags |= PADMA_PACKET_IP_CSUM;
		memset(data + 24, 0x5a, 2);
	}
	if (tagged) {
		packet->flags |= PADMA_PACKET_VLAN;
		packet->vlan = 0x6123;
	}
}

/* With its tag, as it must be on the wire. */
static unsigned int on_wire(uint8_t *wire, const uint8_t *data, unsigned int bytes, bool tagged)
{
	unsigned int tag = tagged ? 4 : 0;

	memcpy(wire, data, 12);
	memcpy(wire + 12, (const uint8_t[]){0x81, 0x00, 0x61, 0x23}, tag);
	memcpy(wire + 12 + tag, data + 12, bytes - 12);
	memset(wire + bytes + tag, 0, 64);
	return bytes + tag < 60 ? 60 : bytes + tag;
}

static void one_marked(struct bed *bed, bool v6, bool tcp, bool tagged, unsigned int payload,
		       unsigned int segments)
{
	unsigned int bytes, wire_bytes;
	uint8_t data[2048], wire[2200];
	struct padma_packet *packet;
	struct nic_frame frame;

	bytes = nic_frame(data, bed_peer_mac, v6, tcp, payload, payload);
	wire_bytes = on_wire(wire, data, bytes, tagged);
	packet = bed_packet(bed, data, bytes, segments);
	mark(packet, v6, tcp, tagged);
	bed_send(bed, packet);
	assert_true(nic_receive(&bed->peer, 0, &frame));
	assert_int_equal(frame.bytes, wire_bytes);
	assert_memory_equal(frame.data, wire, wire_bytes);
	nic_refill(&bed->peer, 0);
}

/* Each kind of packet, by card and by processor: the same on the wire. */
static void test_marked_packets(void **state)
{
	static const uint32_t withouts[] = {0, TX_ALL, PADMA_OFFLOAD_TX_VLAN,
					    PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM,
					    PADMA_OFFLOAD_TX_CHAINS};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(withouts); i++) {
		const struct bed_params params = {
			.model = models[i % 2],
			.port = {.without = withouts[i / 2],
				 /* Tags by the card: both ways, or neither. */
				 .offloads = i % 3 ? RX_ALL : 0}};
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int kind = 0; kind < 8; kind++) {
			for (unsigned int payload = 1; payload < 1400; payload = payload * 3 + 7)
				one_marked(&bed, kind & 1, kind & 2, kind & 4, payload,
					   1 + payload % 4);
		}
		bed_drain(&bed);
		bed_close(&bed);
	}
}

/* What was sent unmarked is sent as it is. */
static void test_unmarked_packets(void **state)
{
	const struct bed_params params = {0};
	struct nic_frame frame;
	uint8_t data[1600];
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	for (unsigned int bytes = 14; bytes <= 1514; bytes++) {
		for (unsigned int i = 0; i < bytes; i++)
			data[i] = (uint8_t)(bytes + i);
		bed_send(&bed, bed_packet(&bed, data, bytes, 1 + bytes % 3));
		memset(data + bytes, 0, 60);
		assert_true(nic_receive(&bed.peer, 0, &frame));
		assert_int_equal(frame.bytes, bytes < 60 ? 60 : bytes);
		assert_memory_equal(frame.data, data, frame.bytes);
		nic_refill(&bed.peer, 0);
	}
	bed_drain(&bed);
	bed_close(&bed);
}

static void expect_segment(struct bed *bed, const uint8_t *whole, unsigned int header, bool v6,
			   unsigned int offset, unsigned int part, bool tagged)
{
	unsigned int tag = tagged ? 4 : 0;
	struct nic_frame frame;
	uint8_t data[2048];

	assert_true(nic_receive(&bed->peer, 0, &frame));
	assert_int_equal(frame.bytes, header + part + tag < 60 ? 60 : header + part + tag);
	if (tagged)
		assert_memory_equal(frame.data + 12, "\x81\x00\x61\x23", 4);
	memcpy(data, frame.data, 12);
	memcpy(data + 12, frame.data + 12 + tag, frame.bytes - 12 - tag);
	assert_true(nic_sums_right(data, frame.bytes - tag));
	assert_memory_equal(data + header, whole + header + offset, part);
	assert_int_equal(data[header - 20 + 6] << 8 | data[header - 20 + 7],
			 (1000 + offset) & 0xffff);
	assert_int_equal(v6 ? 0x86 : 0x08, data[12]);
	nic_refill(&bed->peer, 0);
}

static void one_tso(struct bed *bed, bool v6, bool tagged, unsigned int payload, unsigned int mss,
		    unsigned int segments)
{
	static uint8_t data[16000];
	unsigned int header = v6 ? 74 : 54;
	struct padma_packet *packet;
	unsigned int bytes = nic_frame(data, bed_peer_mac, v6, true, payload, mss);

	packet = bed_packet(bed, data, bytes, segments);
	mark(packet, v6, true, tagged);
	packet->flags |= PADMA_PACKET_TSO;
	packet->segment_size = (uint16_t)mss;
	bed_send(bed, packet);
	/* Also one without payload is a frame. */
	for (unsigned int offset = 0; offset < payload || offset == 0; offset += mss) {
		unsigned int part = payload - offset < mss ? payload - offset : mss;

		expect_segment(bed, data, header, v6, offset, part, tagged);
		bed_run(bed);
	}
}

static void test_segmentation(void **state)
{
	static const uint32_t withouts[] = {0, TX_ALL, PADMA_OFFLOAD_TX_VLAN,
					    PADMA_OFFLOAD_TX_CHAINS};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(withouts); i++) {
		const struct bed_params params = {
			.model = models[i % 2],
			.keys = ",pause",
			.port = {.without = withouts[i / 2], .offloads = RX_ALL}};
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int kind = 0; kind < 4; kind++) {
			one_tso(&bed, kind & 1, kind & 2, 0, 1428, 1);
			one_tso(&bed, kind & 1, kind & 2, 1, 1428, 1);
			one_tso(&bed, kind & 1, kind & 2, 1000, 9000, 2);
			one_tso(&bed, kind & 1, kind & 2, 1428, 1428, 1);
			one_tso(&bed, kind & 1, kind & 2, 1429, 1428, 2);
			one_tso(&bed, kind & 1, kind & 2, 14000, 1400, 8);
			one_tso(&bed, kind & 1, kind & 2, 5000, 536, 3);
		}
		/* The 82540EM's driver leaves IPv6 to the processor. */
		if (i == 0)
			assert_int_equal(padma_counter_read(&bed.tx[0]->stats.software), 0);
		bed_drain(&bed);
		bed_close(&bed);
	}
}

/* As many segments as the port says that it can, and one more. */
static void test_chains_to_the_limit(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		struct nic_frame frame;
		uint8_t data[1514];
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(3 * i);
		for (unsigned int n = bed.info.segments_max; n <= bed.info.segments_max + 1u; n++) {
			uint64_t errors = padma_counter_read(&bed.tx[0]->stats.errors);
			uint64_t software = padma_counter_read(&bed.tx[0]->stats.software);

			bed_send(&bed, bed_packet(&bed, data, sizeof(data), n));
			errors = padma_counter_read(&bed.tx[0]->stats.errors) - errors;
			software = padma_counter_read(&bed.tx[0]->stats.software) - software;
			/* Too many are copied together by the processor, or refused. */
			if (n <= bed.info.segments_max)
				assert_int_equal(errors + software, 0);
			assert_int_equal(nic_receive(&bed.peer, 0, &frame), errors == 0);
			if (errors == 0)
				assert_memory_equal(frame.data, data, sizeof(data));
		}
		bed_drain(&bed);
		bed_close(&bed);
	}
}

/* Rings of every size, past their ends three times, in a loop: nothing lost, nothing twice, in order. */
static void ring_of(const char *model, uint32_t depth, unsigned int burst)
{
	const struct bed_params params = {
		.model = model,
		.wire = ",loop,pause,room=8192",
		.port = {.rx_depth = depth, .tx_depth = depth, .promiscuous = true},
		.packets = 3 * depth + 512,
	};
	uint32_t sent = 0, received = 0, total = 3 * depth + 17;
	struct bed bed;

	bed_open(&bed, &params);
	for (unsigned int idle = 0; received < total; idle++) {
		struct padma_packet *packets[64];
		unsigned int n = 0, taken;

		for (; n < burst && sent + n < total; n++) {
			uint32_t data[16] = {0x02020202, 0x02020202, 0x02020202, sent + n};

			packets[n] = bed_packet(&bed, data, sizeof(data), 1 + (sent + n) % 2);
		}
		taken = padma_tx_burst(bed.tx[0], packets, n);
		sent += taken;
		while (taken < n)
			padma_packet_put(bed.cache, packets[taken++]);
		bed_run(&bed);
		while ((n = padma_rx_burst(bed.rx[0], packets, burst))) {
			for (unsigned int i = 0; i < n; i++, received++) {
				uint32_t data[16];

				assert_int_equal(bed_copy(packets[i], (void *)data, sizeof(data)),
						 sizeof(data));
				assert_int_equal(data[3], received);
				padma_packet_put(bed.cache, packets[i]);
			}
			idle = 0;
		}
		assert_true(idle < 100);
	}
	bed_drain(&bed);
	bed_close(&bed);
}

static void test_ring_sizes(void **state)
{
	static const uint32_t depths[] = {64, 128, 256, 512, 1024, 2048, 4096};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
			ring_of(models[m], depths[i], 32);
			ring_of(models[m], depths[i], 1 + (unsigned int)i * 3);
		}
	}
}

/* What the card found out, or the processor. */
static void test_received_flags(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		static const uint32_t withouts[] = {0, PADMA_OFFLOAD_RX_CSUM, RX_ALL};
		const struct bed_params params = {
			.model = models[i % 2],
			.port = {.offloads = RX_ALL, .without = withouts[i / 2]}};
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int kind = 0; kind < 16; kind++) {
			bool v6 = kind & 1, tcp = kind & 2, bad = kind & 4, tagged = kind & 8,
			     checked;
			struct padma_packet *packet;
			uint8_t data[512], wire[600];
			unsigned int bytes, sent;

			bytes = nic_frame(data, bed.info.mac, v6, tcp, 100, kind);
			data[bytes - 1] ^= bad ? 0x40 : 0;
			sent = on_wire(wire, data, bytes, tagged);
			nic_send(&bed.peer, wire, sent, 0);
			bed_run(&bed);
			packet = bed_receive(&bed, 0);
			assert_non_null(packet);
			assert_int_equal(packet->length, bytes);
			assert_memory_equal(padma_packet_data(packet), data, bytes);
			/* The 82540EM does not look into IPv6: neither flag. */
			checked = !v6 || i % 2 == 0 || i / 2;
			assert_int_equal(!!(packet->flags & PADMA_PACKET_L4_GOOD), checked && !bad);
			assert_int_equal(!!(packet->flags & PADMA_PACKET_L4_BAD), checked && bad);
			assert_int_equal(!!(packet->flags & PADMA_PACKET_IP_GOOD), !v6);
			assert_int_equal(!!(packet->flags & PADMA_PACKET_VLAN), tagged);
			if (tagged)
				assert_int_equal(packet->vlan, 0x6123);
			padma_packet_put(bed.cache, packet);
		}
		bed_close(&bed);
	}
}

static void test_bad_ip_header(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const struct bed_params params = {
			.model = models[i % 2],
			.port = {.offloads = RX_ALL, .without = i / 2 ? RX_ALL : 0}};
		struct padma_packet *packet;
		unsigned int bytes;
		uint8_t data[256];
		struct bed bed;

		bed_open(&bed, &params);
		bytes = nic_frame(data, bed.info.mac, false, true, 50, 1);
		data[24] ^= 0x10;
		nic_send(&bed.peer, data, bytes, 0);
		bed_run(&bed);
		packet = bed_receive(&bed, 0);
		assert_non_null(packet);
		assert_true(packet->flags & PADMA_PACKET_IP_BAD);
		assert_false(packet->flags & PADMA_PACKET_IP_GOOD);
		padma_packet_put(bed.cache, packet);
		bed_close(&bed);
	}
}

/* 9000 bytes of payload, into packets of one room each, and into chains of small ones. */
static void test_jumbo(void **state)
{
	static const size_t rooms[] = {JUMBO_ROOM, 0};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const struct bed_params params = {
			.model = models[i % 2], .room_bytes = rooms[i / 2], .port.mtu = 9000};
		static uint8_t data[9100], got[9100];
		struct padma_packet *packet;
		struct nic_frame frame;
		unsigned int bytes;
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int payload = 0; payload <= 9000 - 28; payload += 997) {
			bytes = nic_frame(data, bed_peer_mac, false, false, payload, 1);
			bed_send(&bed, bed_packet(&bed, data, bytes, rooms[i / 2] ? 1 : 6));
			assert_true(nic_receive(&bed.peer, 0, &frame));
			assert_memory_equal(frame.data, data, bytes);
			nic_refill(&bed.peer, 0);
			memcpy(data, bed.info.mac, 6);
			nic_send(&bed.peer, data, bytes < 60 ? 60 : bytes, 0);
			bed_run(&bed);
			packet = bed_receive(&bed, 0);
			assert_non_null(packet);
			assert_true(bed_copy(packet, got, sizeof(got)) >= bytes);
			assert_memory_equal(got, data, bytes);
			padma_packet_put(bed.cache, packet);
		}
		bed_drain(&bed);
		bed_close(&bed);
	}
}

/* An empty pool drops and counts; once there are packets again, it receives. */
static void test_empty_pool(void **state)
{
	const struct bed_params params = {.packets = 96, .port = {.rx_depth = 64, .tx_depth = 64}};
	struct padma_packet *held[96], *packet;
	unsigned int count = 0, bytes, received = 0;
	uint8_t data[256];
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	while ((packet = padma_packet_get(bed.cache)))
		held[count++] = packet;
	bytes = nic_frame(data, bed.info.mac, false, true, 100, 1);
	for (unsigned int i = 0; i < 300; i++) {
		nic_send(&bed.peer, data, bytes, 0);
		bed_run(&bed);
		while ((packet = bed_receive(&bed, 0))) {
			/* It has taken one from the ring only if it could fill the place. */
			held[count++] = packet;
			received++;
			assert_true(count <= ARRAY_SIZE(held));
		}
	}
	assert_true(received < 300);
	assert_true(padma_counter_read(&bed.rx[0]->stats.no_buffer) > 0);
	while (count)
		padma_packet_put(bed.cache, held[--count]);
	bed_works(&bed);
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marked_packets), cmocka_unit_test(test_unmarked_packets),
		cmocka_unit_test(test_segmentation),   cmocka_unit_test(test_chains_to_the_limit),
		cmocka_unit_test(test_ring_sizes),     cmocka_unit_test(test_received_flags),
		cmocka_unit_test(test_bad_ip_header),  cmocka_unit_test(test_jumbo),
		cmocka_unit_test(test_empty_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
