// SPDX-License-Identifier: BSD-3-Clause
/* The states of a port, in which calls are allowed in which, and what the driver is called for. */
#include "net/net_fixture.h"
#include "net/packets.h"

#include <padma/time.h>

static void test_life(void **state)
{
	struct padma_packet *packet, *got[4];
	struct padma_port_info info;
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_OPENED);
	must(padma_port_info(bed.port, &info));
	assert_string_equal(info.driver, "fake");
	assert_string_equal(info.name, padma_device_name(bed.device));
	assert_int_equal(info.number, padma_port_number(bed.port));
	assert_int_equal(padma_port_start(bed.port), -EINVAL);
	must(padma_port_configure(bed.port, NULL));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	assert_int_equal(padma_port_start(bed.port), -EINVAL);
	open_queues(&bed, 1);

	/* Not started: queues do nothing. */
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 0);
	packet = packet_of(&bed, "frame", 6);
	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);

	must(padma_port_start(bed.port));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STARTED);
	assert_int_equal(padma_port_start(bed.port), -EBUSY);
	assert_int_equal(padma_port_configure(bed.port, NULL), -EBUSY);
	assert_int_equal(padma_rx_queue_close(bed.rx[0]), -EBUSY);
	assert_int_equal(padma_tx_queue_close(bed.tx[0]), -EBUSY);
	assert_int_equal(padma_port_close(bed.port), -EBUSY);

	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
	assert_int_equal(padma_tx_outstanding(bed.tx[0]), 1);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 1);
	assert_string_equal(padma_packet_data(got[0]), "frame");
	assert_int_equal(padma_tx_reap(bed.tx[0], 4), 1);
	assert_int_equal(padma_tx_outstanding(bed.tx[0]), 0);
	padma_packet_put(bed.cache, got[0]);

	must(padma_port_stop(bed.port));
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	assert_int_equal(padma_port_configure(bed.port, NULL), -EBUSY);
	must(padma_port_start(bed.port));
	close_bed(&bed);
	assert_int_equal(fake_control.starts, 2);
	assert_int_equal(fake_control.stops, 2);
	assert_int_equal(fake_control.closes, 1);
}

static void test_configure(void **state)
{
	struct padma_port_params params = {.rx_queues = FAKE_QUEUES + 1};
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.tx_queues = FAKE_QUEUES + 1};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.rx_depth = FAKE_DEPTH * 2};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.tx_depth = 48};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.mtu = 67};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.mtu = 9001};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.offloads = 1u << 31};
	assert_int_equal(padma_port_configure(bed.port, &params), -EINVAL);
	params = (struct padma_port_params){.offloads = PADMA_OFFLOAD_RX_TSO};
	assert_int_equal(padma_port_configure(bed.port, &params), -ENOTSUP);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_OPENED);

	params = (struct padma_port_params){
		.rx_queues = 2, .promiscuous = true, .mtu = 9000, .without = PADMA_OFFLOAD_TX_TSO4};
	must(padma_port_configure(bed.port, &params));
	assert_int_equal(bed.port->params.tx_queues, 2);
	assert_int_equal(bed.port->params.rx_depth, FAKE_DEPTH);
	assert_int_equal(bed.port->params.mtu, 9000);
	assert_true(bed.port->filter.promiscuous);
	assert_int_equal(bed.port->offloads, fake_control.offloads & ~PADMA_OFFLOAD_TX_TSO4);
	/* A failure leaves it as it was. */
	fake_control.configure_error = -EIO;
	assert_int_equal(padma_port_configure(bed.port, NULL), -EIO);
	assert_int_equal(bed.port->params.rx_queues, 2);
	assert_int_equal(bed.port->offloads, fake_control.offloads & ~PADMA_OFFLOAD_TX_TSO4);
	fake_control.configure_error = 0;
	open_queues(&bed, 2);
	must(padma_port_start(bed.port));
	close_bed(&bed);
}

static void test_queues(void **state)
{
	const struct padma_space_params other_params = {.page_bytes = 4096, .chunk_bytes = 2 << 20};
	const struct padma_packet_pool_params packets = {.count = 4, .room_bytes = 1600};
	struct padma_rx_queue *rx = NULL;
	struct padma_tx_queue *tx = NULL;
	struct padma_pool_cache *cache;
	struct padma_space *other;
	struct padma_pool *pool;
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	assert_int_equal(padma_rx_queue_open(bed.port, 0, bed.cache, &rx), -EINVAL);
	must(padma_port_configure(bed.port, NULL));
	assert_int_equal(padma_rx_queue_open(bed.port, 1, bed.cache, &rx), -EINVAL);
	assert_int_equal(padma_tx_queue_open(bed.port, 1, bed.cache, &tx), -EINVAL);
	assert_int_equal(padma_rx_queue_open(bed.port, 300, bed.cache, &rx), -EINVAL);
	assert_int_equal(padma_rx_queue_open(bed.port, 0, NULL, &rx), -EINVAL);
	/* Rooms of another size than it receives into; for transmission any will do. */
	must(padma_packet_pool_open(bed.space, &packets, &pool));
	must(padma_pool_cache_open(pool, &cache));
	assert_int_equal(padma_rx_queue_open(bed.port, 0, cache, &rx), -EINVAL);
	must(padma_tx_queue_open(bed.port, 0, cache, &tx));
	assert_int_equal(padma_tx_queue_open(bed.port, 0, cache, &tx), -EBUSY);
	must(padma_tx_queue_close(tx));
	bed.port->info.dma_mask = 0xfff;
	assert_int_equal(padma_tx_queue_open(bed.port, 0, cache, &tx), -EINVAL);
	bed.port->info.dma_mask = 0;
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	/* Another space's. */
	must(padma_space_open_for("sim:edu", &other_params, &other));
	must(padma_packet_pool_open(other, &(struct padma_packet_pool_params){.count = 4}, &pool));
	must(padma_pool_cache_open(pool, &cache));
	assert_int_equal(padma_rx_queue_open(bed.port, 0, cache, &rx), -EINVAL);
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	must(padma_space_close(other));
	fake_control.queue_error = -ENOMEM;
	assert_int_equal(padma_rx_queue_open(bed.port, 0, bed.cache, &rx), -ENOMEM);
	assert_int_equal(padma_tx_queue_open(bed.port, 0, bed.cache, &tx), -ENOMEM);
	fake_control.queue_error = 0;
	must(padma_rx_queue_close(NULL));
	must(padma_tx_queue_close(NULL));
	open_queues(&bed, 1);
	assert_int_equal(padma_port_close(bed.port), -EBUSY);
	close_queues(&bed);
	must(padma_port_close(bed.port));
	must(padma_port_close(NULL));
	close_memory(&bed);
}

static void test_numbers(void **state)
{
	struct padma_device *devices[3];
	struct padma_port *ports[3], *again = NULL;
	struct bed bed;

	(void)state;
	fake_begin();
	open_memory(&bed);
	for (unsigned int i = 0; i < 3; i++) {
		must(padma_device_open(bed.space, "sim:edu", &devices[i]));
		must(padma_port_open(devices[i], &ports[i]));
		assert_int_equal(padma_port_number(ports[i]), i);
		assert_ptr_equal(padma_port_device(ports[i]), devices[i]);
	}
	assert_int_equal(padma_port_open(devices[1], &again), -EBUSY);
	must(padma_port_close(ports[1]));
	must(padma_port_open(devices[1], &ports[1]));
	assert_int_equal(padma_port_number(ports[1]), 1);
	for (unsigned int i = 0; i < 3; i++) {
		must(padma_port_close(ports[i]));
		must(padma_device_close(devices[i]));
	}
	fake_control.open_error = -EIO;
	assert_int_equal(padma_port_open(bed.device, &again), -EIO);
	assert_null(again);
	fake_control.open_error = 0;
	must(padma_port_open(bed.device, &again));
	assert_int_equal(padma_port_number(again), 0);
	must(padma_port_close(again));
	close_memory(&bed);
}

static bool claims_all(const struct padma_device_ids *ids)
{
	return ids->vendor == 0xffff;
}

static int open_nothing(struct padma_device *device, struct padma_port **port)
{
	(void)device;
	(void)port;
	return -EIO;
}

static void test_drivers(void **state)
{
	static const struct padma_net_driver same = {"fake", "", claims_all, open_nothing};
	static const struct padma_net_driver nameless = {"", "", claims_all, open_nothing};
	static const struct padma_net_driver no_claims = {"other", "", NULL, open_nothing};
	static const struct padma_net_driver no_open = {"other", "", claims_all, NULL};
	struct padma_port *port = NULL;
	struct padma_device *device;
	struct bed bed;

	(void)state;
	fake_begin();
	assert_int_equal(padma_net_driver_add(NULL), -EINVAL);
	assert_int_equal(padma_net_driver_add(&same), -EEXIST);
	assert_int_equal(padma_net_driver_add(&nameless), -EINVAL);
	assert_int_equal(padma_net_driver_add(&no_claims), -EINVAL);
	assert_int_equal(padma_net_driver_add(&no_open), -EINVAL);
	open_memory(&bed);
	must(padma_device_open(bed.space, "sim:nvme,size=1M", &device));
	assert_int_equal(padma_port_open(device, &port), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "fake"));
	assert_null(port);
	must(padma_device_close(device));
	close_memory(&bed);
}

static void test_start_fails(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	must(padma_port_configure(bed.port, NULL));
	open_queues(&bed, 1);
	fake_control.start_error = -ETIMEDOUT;
	assert_int_equal(padma_port_start(bed.port), -ETIMEDOUT);
	assert_int_equal(fake_control.stops, 1);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	/* It does not stop either. */
	fake_control.stop_error = -EIO;
	assert_int_equal(padma_port_start(bed.port), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "start"));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	assert_int_equal(padma_rx_queue_close(bed.rx[0]), -EBUSY);
	assert_int_equal(padma_port_start(bed.port), -EIO);
	fake_control.stop_error = fake_control.start_error = 0;
	must(padma_port_stop(bed.port));
	must(padma_port_start(bed.port));
	close_bed(&bed);
}

static void test_filters(void **state)
{
	uint8_t mac[PADMA_MAC_BYTES] = {2, 1, 1, 1, 1, 1}, now[PADMA_MAC_BYTES];
	uint8_t group[PADMA_MAC_BYTES] = {1, 0, 0x5e, 0, 0, 1}, zero[PADMA_MAC_BYTES] = {0};
	struct padma_rss rss = {.entries = 1};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	padma_port_mac(bed.port, now);
	assert_memory_equal(now, "\2\0\0\0\0\1", 6);
	assert_int_equal(padma_port_set_mac(bed.port, group), -EINVAL);
	assert_int_equal(padma_port_set_mac(bed.port, zero), -EINVAL);
	must(padma_port_set_mac(bed.port, mac));
	assert_int_equal(fake_control.set_macs, 1);
	fake_control.set_mac_error = -EIO;
	assert_int_equal(padma_port_set_mac(bed.port, now), -EIO);
	padma_port_mac(bed.port, now);
	assert_memory_equal(now, mac, 6);
	must(padma_port_filter(bed.port, group, 1, false, false));
	assert_int_equal(bed.port->filter.count, 1);
	memset(group, 0, 6);
	assert_int_equal(bed.port->filter.macs[2], 0x5e);
	fake_control.filter_error = -EIO;
	assert_int_equal(padma_port_filter(bed.port, NULL, 0, true, true), -EIO);
	assert_int_equal(bed.port->filter.count, 1);
	assert_false(bed.port->filter.promiscuous);
	/* The card may have done a part of it: it got the former one again. */
	assert_false(fake_control.promiscuous);
	assert_int_equal(padma_port_filter(bed.port, group, 1025, false, false), -EINVAL);
	fake_control.filter_error = 0;
	must(padma_port_stop(bed.port));
	must(padma_port_filter(bed.port, NULL, 0, true, false));
	assert_int_equal(fake_control.filters, 3);
	assert_true(bed.port->filter.promiscuous);
	assert_int_equal(padma_port_vlan_filter(bed.port, NULL), -ENOTSUP);
	assert_int_equal(padma_port_rss(bed.port, &rss), -ENOTSUP);
	close_bed(&bed);
}

static uint64_t stat_of(const struct padma_port_stat *stats, int count, const char *name)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	}
	fail_msg("no statistic %s", name);
	return 0;
}

static void test_stats(void **state)
{
	struct padma_packet *packet, *got[4];
	struct padma_port_stats stats;
	struct padma_port_stat list[64];
	struct bed bed;
	int count;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	packet = packet_of(&bed, "frame", 5);
	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 1);
	padma_packet_put(bed.cache, got[0]);
	must(padma_port_stats(bed.port, &stats));
	assert_true(stats.rx_packets == 1 && stats.rx_bytes == 5 && stats.tx_packets == 1 &&
		    stats.tx_bytes == 5 && stats.rx_errors == 1000);
	count = padma_port_extended_stats(bed.port, NULL, 0);
	assert_int_equal(padma_port_extended_stats(bed.port, list, 64), count);
	assert_int_equal(stat_of(list, count, "rx0_packets"), 1);
	assert_int_equal(stat_of(list, count, "tx0_bytes"), 5);
	assert_int_equal(stat_of(list, count, "fake_counter"), 42);
	memset(list, 0, sizeof(list));
	assert_int_equal(padma_port_extended_stats(bed.port, list, 2), count);
	assert_int_equal(list[2].name[0], 0);
	/* They outlive the queues. */
	must(padma_port_stop(bed.port));
	close_queues(&bed);
	must(padma_port_stats(bed.port, &stats));
	assert_true(stats.rx_packets == 1 && stats.tx_packets == 1);
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

/* The processor's part of reception. */
static void test_rx_software(void **state)
{
	const struct padma_port_params params = {.offloads = PADMA_OFFLOAD_RX_CSUM |
							     PADMA_OFFLOAD_RX_VLAN |
							     PADMA_OFFLOAD_RX_TIMESTAMP};
	static struct frame frame;
	struct padma_packet *got[4];
	uint64_t before = padma_now_ns();
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	frame_make(&frame, &(struct frame_shape){.payload = 99, .tags = 1});
	frame_fix(&frame, false);
	fake_arrive(bed.port, 0, frame.data, frame.bytes);
	frame.data[frame.bytes - 1]++;
	fake_arrive(bed.port, 0, frame.data, frame.bytes);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 2);
	assert_int_equal(got[0]->flags, PADMA_PACKET_VLAN | PADMA_PACKET_IP_GOOD |
						PADMA_PACKET_L4_GOOD | PADMA_PACKET_TIMESTAMP);
	assert_int_equal(got[0]->vlan, 100);
	assert_int_equal(got[0]->length, frame.bytes - 4);
	assert_true(got[0]->timestamp_ns >= before && got[0]->timestamp_ns <= padma_now_ns());
	assert_true(got[1]->flags & PADMA_PACKET_L4_BAD);
	padma_packet_put_bulk(bed.cache, got, 2);
	close_bed(&bed);
}

/* What two ports of one space forward to each other, without a copy, and no packet is lost. */
static void test_forwarding(void **state)
{
	struct padma_device *device;
	struct padma_port *other;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	struct padma_packet *packets[32], *first;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	must(padma_device_open(bed.space, "sim:edu", &device));
	must(padma_port_open(device, &other));
	must(padma_port_configure(other, NULL));
	must(padma_rx_queue_open(other, 0, bed.cache, &rx));
	must(padma_tx_queue_open(other, 0, bed.cache, &tx));
	must(padma_port_start(other));
	fake_connect(bed.port, other);
	fake_connect(other, bed.port);
	first = packet_of(&bed, "around", 6);
	assert_int_equal(padma_tx_burst(bed.tx[0], &first, 1), 1);
	for (unsigned int i = 0; i < 1000; i++) {
		unsigned int n = padma_rx_burst(rx, packets, 32);

		assert_int_equal(n, 1);
		assert_int_equal(packets[0]->port, padma_port_number(other));
		assert_int_equal(padma_tx_burst(tx, packets, n), n);
		n = padma_rx_burst(bed.rx[0], packets, 32);
		assert_int_equal(n, 1);
		assert_int_equal(padma_tx_burst(bed.tx[0], packets, n), n);
	}
	must(padma_port_stop(other));
	must(padma_rx_queue_close(rx));
	must(padma_tx_queue_close(tx));
	fake_connect(bed.port, bed.port);
	must(padma_port_close(other));
	must(padma_device_close(device));
	close_bed(&bed);
}

/* The pool is empty: what arrives is dropped and counted, and it goes on when there are packets. */
static void test_no_buffer(void **state)
{
	struct padma_packet *held[PACKETS], *got[8];
	struct padma_port_stats stats;
	unsigned int count = 0;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	while (count < PACKETS && (held[count] = padma_packet_get(bed.cache)))
		count++;
	for (unsigned int i = 0; i < 3; i++)
		fake_arrive(bed.port, 0, "x", 1);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 8), 0);
	must(padma_port_stats(bed.port, &stats));
	assert_int_equal(stats.rx_dropped, 3);
	padma_packet_put_bulk(bed.cache, held, count);
	fake_arrive(bed.port, 0, "x", 1);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 8), 1);
	padma_packet_put(bed.cache, got[0]);
	close_bed(&bed);
}

static void test_mac_make_up(void **state)
{
	uint8_t mac[PADMA_MAC_BYTES], other[PADMA_MAC_BYTES];

	(void)state;
	padma_mac_make_up(mac);
	padma_mac_make_up(other);
	assert_int_equal(mac[0] & 3, 2);
	assert_int_equal(other[0] & 3, 2);
	assert_memory_not_equal(mac, other, PADMA_MAC_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),	    cmocka_unit_test(test_configure),
		cmocka_unit_test(test_queues),	    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_drivers),	    cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_filters),	    cmocka_unit_test(test_stats),
		cmocka_unit_test(test_rx_software), cmocka_unit_test(test_forwarding),
		cmocka_unit_test(test_no_buffer),   cmocka_unit_test(test_mac_make_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
