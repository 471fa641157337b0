// SPDX-License-Identifier: BSD-3-Clause
/* The e1000 driver besides moving packets: filters, RSS, link, interrupts of each kind, statistics. */
#include <poll.h>
#include <unistd.h>

#include "bed.h"

static const char *const models[] = {"e1000e", "e1000"};
static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* Whether a frame of the peer to this address is received. */
static bool passes(struct bed *bed, const uint8_t *to, unsigned int vlan)
{
	uint8_t data[128], tagged[132];
	struct padma_packet *packet;
	unsigned int bytes = nic_frame(data, to, false, false, 60, 1);

	memcpy(tagged, data, 12);
	memcpy(tagged + 12, (const uint8_t[]){0x81, 0x00, 0x00, 0x00}, 4);
	tagged[14] = (uint8_t)(vlan >> 8);
	tagged[15] = (uint8_t)vlan;
	memcpy(tagged + 16, data + 12, bytes - 12);
	nic_send(&bed->peer, vlan ? tagged : data, vlan ? bytes + 4 : bytes, 0);
	bed_run(bed);
	packet = bed_receive(bed, 0);
	if (!packet && bed->rx_queues > 1)
		packet = bed_receive(bed, 1);
	if (packet)
		padma_packet_put(bed->cache, packet);
	return packet;
}

static void address(uint8_t *mac, unsigned int first, unsigned int number)
{
	memset(mac, 0, 6);
	mac[0] = (uint8_t)first;
	mac[4] = (uint8_t)(number >> 8);
	mac[5] = (uint8_t)number;
}

static void test_addresses(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		uint8_t unicast[6], group[6], mac[6], list[12];
		struct bed bed;

		bed_open(&bed, &params);
		address(unicast, 2, 0x1234);
		address(group, 1, 0x4321);
		assert_true(passes(&bed, bed.info.mac, 0));
		assert_true(passes(&bed, everyone, 0));
		assert_false(passes(&bed, unicast, 0));
		assert_false(passes(&bed, group, 0));
		memcpy(list, unicast, 6);
		memcpy(list + 6, group, 6);
		must(padma_port_filter(bed.port, list, 2, false, false));
		assert_true(passes(&bed, unicast, 0));
		assert_true(passes(&bed, group, 0));
		must(padma_port_filter(bed.port, NULL, 0, false, true));
		assert_false(passes(&bed, unicast, 0));
		assert_true(passes(&bed, group, 0));
		must(padma_port_filter(bed.port, NULL, 0, true, false));
		assert_true(passes(&bed, unicast, 0));
		assert_true(passes(&bed, group, 0));
		must(padma_port_filter(bed.port, NULL, 0, false, false));
		assert_false(passes(&bed, unicast, 0));
		/* Another address of its own. */
		must(padma_port_set_mac(bed.port, unicast));
		padma_port_mac(bed.port, mac);
		assert_memory_equal(mac, unicast, 6);
		assert_true(passes(&bed, unicast, 0));
		assert_false(passes(&bed, bed.info.mac, 0));
		/* It stays through a reset. */
		bed_reset(&bed);
		assert_true(passes(&bed, unicast, 0));
		assert_false(passes(&bed, bed.info.mac, 0));
		bed_close(&bed);
	}
}

/* More addresses than the card has entries: all of them pass. */
static void test_many_addresses(void **state)
{
	(void)state;
	for (unsigned int count = 1; count <= 200; count = count * 3 + 1) {
		const struct bed_params params = {0};
		uint8_t list[200 * 6];
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int i = 0; i < count; i++)
			address(list + 6 * (size_t)i, i % 3 ? 2 : 1, 7 * i + 1);
		must(padma_port_filter(bed.port, list, count, false, false));
		for (unsigned int i = 0; i < count; i++)
			assert_true(passes(&bed, list + 6 * (size_t)i, 0));
		bed_close(&bed);
	}
}

static void test_vlan_filter(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const struct bed_params params = {
			.model = models[i % 2], .port.offloads = i / 2 ? PADMA_OFFLOAD_RX_VLAN : 0};
		uint8_t vlans[512] = {0};
		struct bed bed;

		bed_open(&bed, &params);
		assert_true(passes(&bed, bed.info.mac, 0x123));
		vlans[0x123 / 8] = 1 << 0x123 % 8;
		vlans[4094 / 8] = 1 << 4094 % 8;
		must(padma_port_vlan_filter(bed.port, vlans));
		assert_true(passes(&bed, bed.info.mac, 0x123));
		assert_true(passes(&bed, bed.info.mac, 4094));
		assert_false(passes(&bed, bed.info.mac, 0x124));
		assert_false(passes(&bed, bed.info.mac, 1));
		assert_true(passes(&bed, bed.info.mac, 0));
		bed_reset(&bed);
		assert_true(passes(&bed, bed.info.mac, 0x123));
		assert_false(passes(&bed, bed.info.mac, 0x124));
		must(padma_port_vlan_filter(bed.port, NULL));
		assert_true(passes(&bed, bed.info.mac, 0x124));
		bed_close(&bed);
	}
}

/* The Toeplitz hash, bit by bit, written independently of the card's. */
static uint32_t toeplitz(const uint8_t *key, const uint8_t *input, unsigned int bytes)
{
	uint32_t hash = 0, window = (uint32_t)key[0] << 24 | key[1] << 16 | key[2] << 8 | key[3];

	for (unsigned int i = 0; i < bytes; i++) {
		for (int bit = 7; bit >= 0; bit--) {
			if (input[i] >> bit & 1)
				hash ^= window;
			window = window << 1 | (key[i + 4] >> bit & 1);
		}
	}
	return hash;
}

static unsigned int received_by(struct bed *bed, uint32_t *hash)
{
	for (unsigned int queue = 0; queue < 2; queue++) {
		struct padma_packet *packet = bed_receive(bed, queue);

		if (!packet)
			continue;
		assert_int_equal(packet->queue, queue);
		assert_true(packet->flags & PADMA_PACKET_HASH);
		*hash = packet->hash;
		padma_packet_put(bed->cache, packet);
		return queue;
	}
	fail();
	return 0;
}

static void test_rss(void **state)
{
	const struct bed_params params = {
		.port = {.rx_queues = 2, .offloads = PADMA_OFFLOAD_RX_HASH | PADMA_OFFLOAD_RSS}};
	struct padma_rss rss = {.types = PADMA_RSS_IPV4 | PADMA_RSS_TCP_IPV4 | PADMA_RSS_IPV6 |
					 PADMA_RSS_TCP_IPV6};
	unsigned int seen[2] = {0};
	uint16_t table[128];
	uint8_t data[256];
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	assert_int_equal(bed.info.rss_entries, ARRAY_SIZE(table));
	for (unsigned int i = 0; i < sizeof(rss.key); i++)
		rss.key[i] = (uint8_t)(i * 37 + 11);
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = i % 3 == 0;
	rss.entries = ARRAY_SIZE(table);
	rss.table = table;
	must(padma_port_rss(bed.port, &rss));
	for (unsigned int flow = 0; flow < 200; flow++) {
		bool v6 = flow & 1, tcp = flow & 2;
		unsigned int bytes = nic_frame(data, bed.info.mac, v6, tcp, 40, flow);
		unsigned int addresses = v6 ? 32 : 8, queue;
		uint8_t input[36];
		uint32_t hash = 0;

		memcpy(input, data + (v6 ? 22 : 26), addresses);
		memcpy(input + addresses, data + (v6 ? 54 : 34), 4);
		nic_send(&bed.peer, data, bytes, 0);
		bed_run(&bed);
		queue = received_by(&bed, &hash);
		assert_int_equal(hash, toeplitz(rss.key, input, addresses + (tcp ? 4 : 0)));
		assert_int_equal(queue, table[hash % 128]);
		seen[queue]++;
		if (flow == 100)
			bed_reset(&bed);
	}
	assert_true(seen[0] > 20 && seen[1] > 20);
	table[5] = 2;
	assert_int_equal(padma_port_rss(bed.port, &rss), -EINVAL);
	bed_close(&bed);
}

static void test_link(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		struct padma_port_link link;
		unsigned int bytes;
		uint8_t data[128];
		uint64_t now = 1;
		struct bed bed;

		bed_open(&bed, &params);
		must(padma_port_link(bed.port, &link));
		assert_true(link.up && link.full_duplex);
		assert_int_equal(link.mbit, 1000);
		padma_port_service(bed.port, now);
		bed_fault(&bed, PADMA_SIM_FAULT_LINK_DOWN, 0, 0, 0);
		bed_run(&bed);
		assert_true(padma_port_service(bed.port, now += 1000000000) &
			    PADMA_PORT_EVENT_LINK);
		must(padma_port_link(bed.port, &link));
		assert_false(link.up);
		/* What waits for the link does not make the queue a hung one. */
		bytes = nic_frame(data, bed_peer_mac, false, false, 50, 0);
		bed_send(&bed, bed_packet(&bed, data, bytes, 1));
		for (unsigned int i = 0; i < 20; i++)
			assert_false(padma_port_service(bed.port, now += 1000000000) &
				     PADMA_PORT_EVENT_FAILED);
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STARTED);
		bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
		bed_run(&bed);
		assert_true(padma_port_service(bed.port, now += 1000000000) &
			    PADMA_PORT_EVENT_LINK);
		bed_drain(&bed);
		bed_works(&bed);
		bed_close(&bed);
	}
}

static bool is_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void take_event(int fd)
{
	uint64_t count;

	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
}

/* Whether arming any of them finds a packet. */
static void expect_found(struct bed *bed, unsigned int queues)
{
	unsigned int found = 0;

	for (unsigned int queue = 0; queue < queues; queue++) {
		struct padma_packet *packet;
		int rc = padma_rx_arm(bed->rx[queue]);

		assert_true(rc == 0 || rc == 1);
		packet = bed_receive(bed, queue);
		assert_int_equal(packet != NULL, rc);
		found += packet != NULL;
		if (packet)
			padma_packet_put(bed->cache, packet);
	}
	assert_int_equal(found, 1);
}

/* Arm, receive, arm again: an interrupt each time, none lost, whichever queue. */
static void interrupts(const char *model, enum padma_irq_kind kind, unsigned int queues)
{
	const struct bed_params params = {
		.model = model,
		.has_irq = true,
		.irq = kind,
		.port = {.rx_queues = (uint16_t)queues, .interrupts = true}};
	unsigned int bytes;
	uint8_t data[128];
	struct bed bed;

	bed_open(&bed, &params);
	bytes = nic_frame(data, bed.info.mac, false, true, 50, 3);
	for (unsigned int i = 0; i < 20; i++) {
		unsigned int got = 0;

		for (unsigned int queue = 0; queue < queues; queue++) {
			int fd = padma_rx_irq_fd(bed.rx[queue]);

			assert_true(fd >= 0);
			while (is_readable(fd))
				take_event(fd);
			assert_int_equal(padma_rx_arm(bed.rx[queue]), 0);
		}
		data[6] = (uint8_t)(2 * i);
		nic_send(&bed.peer, data, bytes, 0);
		bed_run(&bed);
		for (unsigned int queue = 0; queue < queues; queue++) {
			struct padma_packet *packet;

			if (is_readable(padma_rx_irq_fd(bed.rx[queue])))
				packet = bed_receive(&bed, queue);
			else
				packet = NULL;
			if (packet)
				padma_packet_put(bed.cache, packet);
			got += packet != NULL;
		}
		assert_int_equal(got, 1);
		if (i % 7 == 6)
			bed_reset(&bed);
	}
	/* What arrived before the call is found by it. */
	nic_send(&bed.peer, data, bytes, 0);
	bed_run(&bed);
	expect_found(&bed, queues);
	bed_close(&bed);
}

static void test_interrupts(void **state)
{
	(void)state;
	interrupts("e1000e", PADMA_IRQ_MSIX, 1);
	interrupts("e1000e", PADMA_IRQ_MSIX, 2);
	interrupts("e1000e", PADMA_IRQ_MSI, 1);
	interrupts("e1000e", PADMA_IRQ_MSI, 2);
	interrupts("e1000e", PADMA_IRQ_INTX, 1);
	interrupts("e1000e", PADMA_IRQ_INTX, 2);
	interrupts("e1000", PADMA_IRQ_INTX, 1);
}

static uint64_t extended(struct bed *bed, const char *name)
{
	struct padma_port_stat stats[256];
	int n = padma_port_extended_stats(bed->port, stats, ARRAY_SIZE(stats));

	assert_true(n > 0 && n <= (int)ARRAY_SIZE(stats));
	for (int i = 0; i < n; i++) {
		if (!strcmp(stats[i].name, name))
			return stats[i].value;
	}
	print_error("there is no statistic '%s'\n", name);
	fail();
	return 0;
}

static void test_statistics(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m], .port.rx_depth = 64};
		struct padma_port_stats stats;
		uint8_t data[1200];
		unsigned int bytes;
		struct bed bed;

		bed_open(&bed, &params);
		bytes = nic_frame(data, bed_peer_mac, false, false, 86, 0); /* 128 */
		for (unsigned int i = 0; i < 5; i++)
			bed_send(&bed, bed_packet(&bed, data, bytes, 1));
		bed_drain(&bed);
		bytes = nic_frame(data, bed.info.mac, false, false, 1000, 0);
		/* The program does not look: the ring, then the packet buffer, are full. */
		for (unsigned int i = 0; i < 200; i++) {
			nic_send(&bed.peer, data, bytes, 0);
			bed_run(&bed);
		}
		padma_port_service(bed.port, 1);
		must(padma_port_stats(bed.port, &stats));
		assert_int_equal(stats.tx_packets, 5);
		assert_int_equal(stats.tx_bytes, 5 * 128);
		assert_true(stats.rx_dropped > 0);
		for (struct padma_packet *packet; (packet = bed_receive(&bed, 0));) {
			padma_packet_put(bed.cache, packet);
			bed_run(&bed);
		}
		must(padma_port_stats(bed.port, &stats));
		assert_int_equal(stats.rx_packets + stats.rx_dropped, 200);
		assert_int_equal(stats.rx_errors, 0);
		assert_int_equal(extended(&bed, "gptc"), 5);
		assert_int_equal(extended(&bed, "mpc"), stats.rx_dropped);
		/* They survive a reset. */
		bed_reset(&bed);
		assert_int_equal(extended(&bed, "gptc"), 5);
		bed_close(&bed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),   cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_vlan_filter), cmocka_unit_test(test_rss),
		cmocka_unit_test(test_link),	    cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
