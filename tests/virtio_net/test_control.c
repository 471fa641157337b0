// SPDX-License-Identifier: BSD-3-Clause
/* What a port asks its card to do: filters, addresses, distribution, hashes, checksums, segmentation, interrupts. */
#include "bed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <padma/net/checksum.h>
#include <padma/net/driver.h>
#include <padma/net/headers.h>
#include <padma/time.h>
#include <padma/virtio.h>

#define HASH_KEY "with=0x200000000000000"

static void send_to(struct bed *bed, unsigned int queue, const uint8_t *mac)
{
	struct padma_packet *packet = bed_frame(bed, bed->sent, 100, 1);

	memcpy(padma_packet_data(packet), mac, PADMA_MAC_BYTES);
	assert_int_equal(padma_tx_burst(bed->tx[queue], &packet, 1), 1);
	bed_step(bed);
	padma_tx_reap(bed->tx[queue], 64);
}

/* Whether a frame to this address is received. */
static bool receives(struct bed *bed, const uint8_t *mac)
{
	send_to(bed, 0, mac);
	return bed_discard(bed) == 1;
}

/* The first calls after it only find that it is over; the next one fills the ring. */
static void reset(struct bed *bed)
{
	must(bed_reset(bed));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bed_discard(bed), 0);
		assert_int_equal(padma_tx_reap(bed->tx[0], 1), 0);
	}
}

static const uint8_t stranger[6] = {2, 0, 0, 0, 9, 9}, group[6] = {1, 0, 0x5e, 0, 0, 9},
		     everyone[6] = {255, 255, 255, 255, 255, 255};

static void only_its_own_frames_are_received(void **state)
{
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	assert_true(receives(&bed, bed.info.mac));
	assert_true(receives(&bed, everyone));
	assert_false(receives(&bed, stranger));
	assert_false(receives(&bed, group));
	must(padma_port_filter(bed.port, group, 1, false, false));
	assert_true(receives(&bed, group));
	assert_false(receives(&bed, stranger));
	must(padma_port_filter(bed.port, stranger, 1, false, false));
	assert_true(receives(&bed, stranger));
	assert_false(receives(&bed, group));
	must(padma_port_filter(bed.port, NULL, 0, false, true));
	assert_true(receives(&bed, group));
	assert_false(receives(&bed, stranger));
	must(padma_port_filter(bed.port, NULL, 0, true, false));
	assert_true(receives(&bed, stranger));
	assert_true(receives(&bed, group));
	/* It is the same after a reset. */
	reset(&bed);
	assert_true(receives(&bed, stranger));
	bed_close(&bed);
}

/* More addresses than a table takes: everything is received. */
static void too_many_addresses_make_it_promiscuous(void **state)
{
	uint8_t macs[600 * 6];
	struct bed bed;

	(void)state;
	for (unsigned int i = 0; i < 600; i++)
		memcpy(macs + i * 6, (uint8_t[6]){2, 1, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}, 6);
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	must(padma_port_filter(bed.port, macs, 600, false, false));
	assert_true(receives(&bed, macs + 599 * 6));
	assert_true(receives(&bed, stranger));
	must(padma_port_filter(bed.port, macs, 3, false, false));
	assert_false(receives(&bed, stranger));
	bed_close(&bed);
}

static void its_address_can_be_changed(void **state)
{
	uint8_t former[6];
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	memcpy(former, bed.info.mac, 6);
	must(padma_port_set_mac(bed.port, stranger));
	assert_true(receives(&bed, stranger));
	assert_false(receives(&bed, former));
	reset(&bed);
	assert_true(receives(&bed, stranger));
	bed_close(&bed);
	/* Without CTRL_MAC_ADDR. */
	bed_open(&bed, "without=0x800000", 0, 0);
	bed_start(&bed, NULL);
	assert_int_equal(padma_port_set_mac(bed.port, stranger), -ENOTSUP);
	bed_close(&bed);
}

static bool receives_vlan(struct bed *bed, unsigned int id)
{
	struct padma_packet *packet = bed_frame(bed, bed->sent, 100, 1);

	packet->flags = PADMA_PACKET_VLAN;
	packet->vlan = (uint16_t)id;
	assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	bed_step(bed);
	padma_tx_reap(bed->tx[0], 64);
	return bed_discard(bed) == 1;
}

static void vlans_are_filtered(void **state)
{
	uint8_t vlans[512] = {0};
	struct bed bed;

	(void)state;
	vlans[5 / 8] |= 1 << 5 % 8;
	vlans[4000 / 8] |= 1 << 4000 % 8;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	assert_true(receives_vlan(&bed, 7));
	must(padma_port_vlan_filter(bed.port, vlans));
	assert_true(receives_vlan(&bed, 5));
	assert_true(receives_vlan(&bed, 4000));
	assert_false(receives_vlan(&bed, 7));
	reset(&bed);
	assert_true(receives_vlan(&bed, 5));
	assert_false(receives_vlan(&bed, 7));
	must(padma_port_vlan_filter(bed.port, NULL));
	assert_true(receives_vlan(&bed, 7));
	bed_close(&bed);
}

/* The queue that receives a frame with these ports, and the packet itself. */
static unsigned int queue_of(struct bed *bed, unsigned int port, struct padma_packet **received)
{
	struct padma_packet *packet = bed_frame(bed, bed->sent, 100, 1);
	uint8_t *data = padma_packet_data(packet);

	data[34] = (uint8_t)(port >> 8);
	data[35] = (uint8_t)port;
	assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	bed_step(bed);
	padma_tx_reap(bed->tx[0], 64);
	for (unsigned int i = 0; i < bed->rx_queues; i++) {
		if (padma_rx_burst(bed->rx[i], received, 1) == 1) {
			assert_int_equal((*received)->queue, i);
			return i;
		}
	}
	fail_msg("no queue has received the frame");
	abort();
}

/* The table is of queues, and the hash that of the specification: padma_rss_hash() computes it by itself. */
static void distributed_by_hash(const char *keys)
{
	const struct padma_port_params params = {
		.rx_queues = 4, .rx_depth = 128, .offloads = PADMA_OFFLOAD_RX_HASH};
	uint8_t key[PADMA_RSS_KEY_BYTES];
	uint16_t table[512];
	struct padma_rss rss = {.types = PADMA_RSS_IPV4 | PADMA_RSS_UDP_IPV4, .table = table};
	unsigned int seen = 0;
	struct bed bed;

	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 37 + 11);
	bed_open(&bed, keys, 0, 0);
	assert_true(bed.info.offloads & PADMA_OFFLOAD_RSS);
	assert_true(bed.info.offloads & PADMA_OFFLOAD_RX_HASH);
	bed_start(&bed, &params);
	memcpy(rss.key, key, sizeof(key));
	rss.entries = bed.info.rss_entries;
	for (unsigned int i = 0; i < rss.entries; i++)
		table[i] = (uint16_t)(3 - i % 4);
	must(padma_port_rss(bed.port, &rss));
	for (unsigned int port = 1000; port < 1064; port++) {
		struct padma_packet *packet;
		unsigned int queue = queue_of(&bed, port, &packet);
		uint32_t hash;

		assert_true(padma_rss_hash(key, rss.types, packet, &hash) == PADMA_RSS_UDP_IPV4);
		assert_true(packet->flags & PADMA_PACKET_HASH);
		assert_int_equal(packet->hash, hash);
		assert_int_equal(queue, table[hash % rss.entries]);
		seen |= 1u << queue;
		padma_packet_put(bed.cache, packet);
	}
	assert_int_equal(seen, 15);
	bed_close(&bed);
}

/* Also if the queues of all pairs but the first appear only when multi-queue is accepted. */
static void packets_are_distributed_by_their_hash(void **state)
{
	(void)state;
	distributed_by_hash("queues=4," HASH_KEY);
	distributed_by_hash("queues=4,late-queues," HASH_KEY);
}

/* A device that chooses among all pairs chooses no receive queue that the program does not have. */
static void fewer_receive_than_transmit_queues(void **state)
{
	static const char *const forms[] = {"queues=4", "queues=4,packed", ("queues=4," HASH_KEY)};
	struct padma_port_params params = {.rx_queues = 1, .tx_queues = 4, .rx_depth = 64};
	struct padma_packet *packet;
	struct bed bed;

	(void)state;
	for (unsigned int f = 0; f < 6; f++) {
		params.rx_queues = (uint16_t)(1 + f % 2);
		params.without = f % 2 ? PADMA_OFFLOAD_RSS : 0;
		params.offloads = f / 2 == 2 ? PADMA_OFFLOAD_RX_HASH : 0;
		bed_open(&bed, forms[f / 2], 0, 0);
		bed_start(&bed, &params);
		for (unsigned int queue = 0; queue < 4; queue++)
			bed_exchange(&bed, queue, 100, 60, 1);
		for (unsigned int port = 1000; port < 1064; port++) {
			(void)queue_of(&bed, port, &packet);
			assert_int_equal(packet->flags & PADMA_PACKET_HASH,
					 params.offloads ? PADMA_PACKET_HASH : 0);
			padma_packet_put(bed.cache, packet);
		}
		bed_close(&bed);
	}
}

static void one_queue_has_hashes_without_rss(void **state)
{
	const struct padma_port_params params = {.offloads = PADMA_OFFLOAD_RX_HASH};
	struct padma_packet *packet;
	struct bed bed;

	(void)state;
	/* Without RSS. */
	bed_open(&bed, HASH_KEY ",without=0x1000000000000000", 0, 0);
	assert_int_equal(bed.info.rss_entries, 0);
	bed_start(&bed, &params);
	assert_int_equal(queue_of(&bed, 1000, &packet), 0);
	assert_true(packet->flags & PADMA_PACKET_HASH);
	padma_packet_put(bed.cache, packet);
	bed_close(&bed);
}

/* A TCP segment over IPv4 or IPv6 with a wrong checksum, and @payload bytes. */
static struct padma_packet *tcp_frame(struct bed *bed, int version, unsigned int payload,
				      uint32_t flags)
{
	struct padma_packet *packet = padma_packet_get(bed->cache);
	unsigned int l3 = version == 4 ? 20 : 40, l4 = 20 + payload;
	uint8_t *data = padma_packet_append(packet, 14 + l3 + l4), *ip = data + 14, *tcp = ip + l3;

	assert_non_null(data);
	memset(data, 0, 14 + l3 + 20);
	memset(data, 0xff, 6);
	memset(data + 6, 2, 6);
	data[12] = version == 4 ? 0x08 : 0x86;
	data[13] = version == 4 ? 0x00 : 0xdd;
	ip[0] = version == 4 ? 0x45 : 0x60;
	ip[version == 4 ? 2 : 4] = (uint8_t)((version == 4 ? l3 + l4 : l4) >> 8);
	ip[version == 4 ? 3 : 5] = (uint8_t)(version == 4 ? l3 + l4 : l4);
	ip[version == 4 ? 9 : 6] = 6;
	ip[version == 4 ? 8 : 7] = 64;
	ip[version == 4 ? 15 : 23] = 1;
	ip[version == 4 ? 19 : 39] = 2;
	if (version == 4) {
		uint16_t sum = padma_sum_finish(padma_sum(ip, 20, 0));

		memcpy(ip + 10, &sum, 2);
	}
	tcp[12] = 0x50;
	tcp[13] = 0x18;
	for (unsigned int i = 0; i < payload; i++)
		tcp[20 + i] = (uint8_t)(i * 3);
	packet->flags = flags;
	packet->l2_bytes = 14;
	packet->l3_bytes = (uint8_t)l3;
	packet->l4_bytes = 20;
	return packet;
}

static struct padma_packet *round_trip(struct bed *bed, struct padma_packet *packet)
{
	struct padma_packet *received = NULL;

	assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	bed_step(bed);
	padma_tx_reap(bed->tx[0], 64);
	assert_int_equal(padma_rx_burst(bed->rx[0], &received, 1), 1);
	return received;
}

/* The card fills it in if the receiver does not take part, and leaves it alone otherwise. */
static void checksums_are_left_to_the_card(void **state)
{
	const struct padma_port_params with = {.offloads = PADMA_OFFLOAD_RX_CSUM};
	const uint32_t good = PADMA_PACKET_L4_GOOD, bad = PADMA_PACKET_L4_BAD;

	(void)state;
	for (int version = 4; version <= 6; version += 2) {
		struct padma_packet *packet;
		struct bed bed;

		bed_open(&bed, "", 0, 0);
		assert_true(bed.info.offloads & PADMA_OFFLOAD_TX_L4_CSUM);
		bed_start(&bed, NULL);
		packet = round_trip(&bed, tcp_frame(&bed, version, 301, PADMA_PACKET_TCP_CSUM));
		assert_int_equal(packet->flags, 0);
		padma_packet_verify(packet);
		assert_int_equal(packet->flags & (good | bad), good);
		assert_int_equal(padma_counter_read(&bed.tx[0]->stats.software), 0);
		padma_packet_put(bed.cache, packet);
		bed_close(&bed);

		bed_open(&bed, "", 0, 0);
		bed_start(&bed, &with);
		packet = round_trip(&bed, tcp_frame(&bed, version, 301, PADMA_PACKET_TCP_CSUM));
		assert_true(packet->flags & good);
		/* Marked, as it is not complete; and complete after another round. */
		if (packet->flags & PADMA_PACKET_TCP_CSUM) {
			assert_int_equal(packet->l2_bytes + packet->l3_bytes,
					 version == 4 ? 34 : 54);
			must(padma_packet_checksum(packet));
			packet->flags = 0;
		}
		padma_packet_verify(packet);
		assert_int_equal(packet->flags & (good | bad), good);
		padma_packet_put(bed.cache, packet);
		bed_close(&bed);
	}
}

/* Segments, where the receiver wants frames; and the packet as it was, where it takes merged ones. */
static void the_card_cuts_segments(void **state)
{
	const struct padma_port_params merged = {.offloads = PADMA_OFFLOAD_RX_TSO};

	(void)state;
	for (int version = 4; version <= 6; version += 2) {
		struct padma_packet *packet, *packets[8];
		struct bed bed;
		unsigned int n, payload = 0;

		bed_open(&bed, "", 0, 9000);
		bed_start(&bed, NULL);
		packet = tcp_frame(&bed, version, 5000, PADMA_PACKET_TSO);
		packet->segment_size = 1400;
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
		bed_step(&bed);
		n = padma_rx_burst(bed.rx[0], packets, 8);
		assert_int_equal(n, 4);
		assert_int_equal(padma_counter_read(&bed.tx[0]->stats.software), 0);
		for (unsigned int i = 0; i < n; i++) {
			payload += packets[i]->length - (version == 4 ? 54u : 74u);
			padma_packet_verify(packets[i]);
			assert_true(packets[i]->flags & PADMA_PACKET_L4_GOOD);
			padma_packet_put(bed.cache, packets[i]);
		}
		assert_int_equal(payload, 5000);
		padma_tx_reap(bed.tx[0], 64);
		bed_close(&bed);

		bed_open(&bed, "", 0, 0);
		bed_start(&bed, &merged);
		packet = tcp_frame(&bed, version, 1900, PADMA_PACKET_TSO);
		packet->segment_size = 700;
		packet = round_trip(&bed, packet);
		assert_true(packet->flags & PADMA_PACKET_TSO);
		assert_int_equal(packet->segment_size, 700);
		assert_int_equal(padma_packet_bytes(packet), 1900 + (version == 4 ? 54 : 74));
		assert_int_equal(packet->l4_bytes, 20);
		/* As it is, without a segment: the receiver checks IP's header. */
		packet->flags = 0;
		padma_packet_verify(packet);
		assert_false(packet->flags & PADMA_PACKET_IP_BAD);
		padma_packet_put(bed.cache, packet);
		bed_close(&bed);
	}
}

/* The rooms of all packets of the pool. */
static void note_rooms(struct bed *bed, uint8_t **rooms)
{
	struct padma_packet *packets[BED_PACKETS];

	for (unsigned int i = 0; i < BED_PACKETS; i++) {
		packets[i] = padma_packet_get(bed->cache);
		assert_non_null(packets[i]);
		rooms[i] = packets[i]->room;
	}
	padma_packet_put_bulk(bed->cache, packets, BED_PACKETS);
}

/* The virtio header of the frame that has arrived in another room than that from which it was sent. */
static uint8_t *header_of_arrived(uint8_t *const *rooms, const uint8_t *sent)
{
	for (unsigned int i = 0; i < BED_PACKETS; i++) {
		if (rooms[i] != sent &&
		    memcmp(rooms[i] + PADMA_PACKET_HEADROOM, sent + PADMA_PACKET_HEADROOM, 34) == 0)
			return rooms[i] + PADMA_PACKET_HEADROOM - 12;
	}
	fail_msg("no frame has arrived");
	abort();
}

/* A device that writes what was not negotiated: flags are ignored, and nobody gets segments who did not ask for them. */
static void headers_say_no_more_than_was_negotiated(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		/* The second and third time with mergeable buffers, and without checksums. */
		const struct padma_port_params params = {.mtu = i ? 9000 : 1500,
							 .offloads = i ? 0 : PADMA_OFFLOAD_RX_CSUM};
		uint8_t *rooms[BED_PACKETS], *header, *sent;
		struct padma_packet *packet, *received = NULL;
		struct bed bed;

		bed_open(&bed, "", 0, 0);
		note_rooms(&bed, rooms);
		bed_start(&bed, &params);
		packet = tcp_frame(&bed, 4, 300, PADMA_PACKET_TCP_CSUM);
		sent = packet->room;
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
		bed_step(&bed);
		padma_tx_reap(bed.tx[0], 64);
		header = header_of_arrived(rooms, sent);
		/* NEEDS_CSUM or DATA_VALID, TCPV4, segments of 100, checksum at 34 + 16. */
		memcpy(header,
		       (const uint8_t[10]){i == 1 ? 2 : 1, i ? 0 : 1, 54, 0, 100, 0, 34, 0, 16, 0},
		       10);
		assert_int_equal(padma_rx_burst(bed.rx[0], &received, 1), i ? 1 : 0);
		assert_int_equal(padma_counter_read(&bed.rx[0]->stats.errors), i ? 0 : 1);
		if (received) {
			assert_int_equal(received->flags, 0);
			padma_packet_put(bed.cache, received);
		}
		bed_close(&bed);
	}
}

/* No card sends less than an Ethernet header. */
static void frames_without_a_whole_header_are_dropped(void **state)
{
	static const char *const forms[] = {"", "packed"};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		struct bed bed;

		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		for (unsigned int bytes = 0; bytes <= 14; bytes++) {
			for (unsigned int shared = 0; shared < 2; shared++) {
				struct padma_packet *packet = padma_packet_get(bed.cache);

				memset(padma_packet_append(packet, bytes), 0xff, bytes);
				if (shared)
					must(padma_packet_ref(packet));
				assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
				bed_step(&bed);
				padma_tx_reap(bed.tx[0], 64);
				if (shared)
					padma_packet_put(bed.cache, packet);
			}
		}
		assert_int_equal(padma_counter_read(&bed.tx[0]->stats.errors), 28);
		assert_int_equal(padma_counter_read(&bed.tx[0]->stats.packets), 2);
		bed_discard(&bed);
		bed_close(&bed);
	}
}

/* The shortest rings take packets of as many segments as the port says, also if others hold them. */
static void short_rings_take_what_the_port_says(void **state)
{
	static const char *const forms[] = {"", "packed", "without=0x10000000"};

	(void)state;
	for (unsigned int i = 0; i < 3 * 6; i++) {
		struct padma_port_params params = {.tx_depth = 2u << i / 3};
		struct padma_packet *packet;
		struct bed bed;

		bed_open(&bed, forms[i % 3], 0, 0);
		bed_start(&bed, &params);
		must(padma_port_info(bed.port, &bed.info));
		packet = bed_frame(&bed, 0, 500, bed.info.segments_max);
		must(padma_packet_ref(packet));
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
		bed_step(&bed);
		padma_tx_reap(bed.tx[0], 64);
		padma_packet_put(bed.cache, packet);
		assert_int_equal(bed_discard(&bed), 1);
		assert_int_equal(padma_counter_read(&bed.tx[0]->stats.errors), 0);
		bed_close(&bed);
	}
}

static void a_queue_interrupts_when_it_was_armed(void **state)
{
	static const char *const forms[] = {"", "packed", "without=0x20000000",
					    "packed,without=0x20000000"};
	const struct padma_port_params params = {.interrupts = true};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		struct pollfd wait = {.events = POLLIN};
		struct bed bed;

		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, &params);
		wait.fd = padma_rx_irq_fd(bed.rx[0]);
		for (int round = 0; round < 3; round++) {
			eventfd_t count;

			/* Not armed: none. */
			send_to(&bed, 0, bed.info.mac);
			assert_int_equal(poll(&wait, 1, 0), 0);
			assert_int_equal(padma_rx_arm(bed.rx[0]), 1);
			assert_int_equal(bed_discard(&bed), 1);
			(void)eventfd_read(wait.fd, &count);
			assert_int_equal(padma_rx_arm(bed.rx[0]), 0);
			assert_int_equal(poll(&wait, 1, 0), 0);
			send_to(&bed, 0, bed.info.mac);
			assert_int_equal(poll(&wait, 1, 0), 1);
			must(eventfd_read(wait.fd, &count));
			assert_int_equal(bed_discard(&bed), 1);
		}
		bed_close(&bed);
	}
}

/* The host asks for it after a time without a link (5.1.6.5.4). */
static void the_program_is_asked_to_announce_itself(void **state)
{
	const struct padma_sim_fault none = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	(void)padma_port_service(bed.port, padma_now_ns());
	bed_fault(&bed, PADMA_SIM_FAULT_LINK_DOWN, 0, 0, 0);
	bed_step(&bed);
	(void)padma_port_service(bed.port, padma_now_ns());
	must(padma_sim_fault(bed.device, &none));
	bed_step(&bed);
	assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_ANNOUNCE);
	bed_step(&bed);
	assert_false(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_ANNOUNCE);
	bed_close(&bed);
}

/* Every feature that is not used has a reason. */
static void features_have_a_record(void **state)
{
	struct padma_port_feature list[64];
	bool version_1 = false, mergeable = false;
	struct bed bed;
	int count;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	count = padma_port_features(bed.port, list, ARRAY_SIZE(list));
	assert_in_range(count, 10, 64);
	for (int i = 0; i < count; i++) {
		assert_int_equal(list[i].used, list[i].reason[0] == '\0');
		version_1 |= list[i].used && strcmp(list[i].name, "VERSION_1") == 0;
		mergeable |=
			list[i].offered && !list[i].used && strcmp(list[i].name, "MRG_RXBUF") == 0;
	}
	assert_true(version_1);
	assert_true(mergeable);
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_its_own_frames_are_received),
		cmocka_unit_test(too_many_addresses_make_it_promiscuous),
		cmocka_unit_test(its_address_can_be_changed),
		cmocka_unit_test(vlans_are_filtered),
		cmocka_unit_test(packets_are_distributed_by_their_hash),
		cmocka_unit_test(fewer_receive_than_transmit_queues),
		cmocka_unit_test(one_queue_has_hashes_without_rss),
		cmocka_unit_test(checksums_are_left_to_the_card),
		cmocka_unit_test(the_card_cuts_segments),
		cmocka_unit_test(headers_say_no_more_than_was_negotiated),
		cmocka_unit_test(frames_without_a_whole_header_are_dropped),
		cmocka_unit_test(short_rings_take_what_the_port_says),
		cmocka_unit_test(a_queue_interrupts_when_it_was_armed),
		cmocka_unit_test(the_program_is_asked_to_announce_itself),
		cmocka_unit_test(features_have_a_record),
	};

	return cmocka_run_group_tests(tests, bed_space_open, bed_space_close);
}
