// SPDX-License-Identifier: BSD-3-Clause
/* Resets, failures and removals: each ends by the gate, with every packet back in its pool exactly once. */
#include "net/net_fixture.h"

#include <poll.h>
#include <unistd.h>

#include <padma/counter.h>

#define SECOND 1000000000ull

static void send_some(struct bed *bed, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct padma_packet *packet = packet_of(bed, "frame", 6);

		assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	}
}

static unsigned int receive_all(struct bed *bed)
{
	struct padma_packet *got[32];
	unsigned int all = 0, n;

	while ((n = padma_rx_burst(bed->rx[0], got, 32)) != 0) {
		padma_packet_put_bulk(bed->cache, got, n);
		all += n;
	}
	return all;
}

static void discard(struct bed *bed)
{
	struct fake_frame frame;

	while (fake_take(bed->port, 0, &frame))
		free(frame.data);
}

static void test_reset(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	assert_int_equal(padma_port_reset_finish(bed.port), -EINVAL);
	fake_control.hung = true;
	send_some(&bed, 10);
	(void)receive_all(&bed);
	padma_port_reset_begin(bed.port);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_RESETTING);
	assert_int_equal(padma_port_reset_finish(bed.port), -EAGAIN);
	assert_int_equal(receive_all(&bed), 0);
	assert_int_equal(padma_port_reset_finish(bed.port), -EAGAIN);
	assert_int_equal(padma_tx_reap(bed.tx[0], 32), 0);
	assert_int_not_equal(padma_pool_available(bed.pool), PACKETS);
	must(padma_port_reset_finish(bed.port));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STARTED);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	assert_int_equal(padma_tx_outstanding(bed.tx[0]), 0);
	/* The first bursts end the reset, the next work. */
	fake_control.hung = false;
	(void)receive_all(&bed);
	(void)padma_tx_reap(bed.tx[0], 32);
	send_some(&bed, 10);
	assert_int_equal(receive_all(&bed), 10);
	assert_int_equal(fake_control.starts, 2);
	close_bed(&bed);
}

static void acknowledge(struct bed *bed)
{
	(void)receive_all(bed);
	(void)padma_tx_reap(bed->tx[0], 32);
}

/* The device does not stop: its packets stay with it, and nothing can be closed, until it does. */
static void test_does_not_stop(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	fake_control.hung = true;
	send_some(&bed, 10);
	(void)receive_all(&bed);
	fake_control.stop_error = -EIO;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(padma_port_stop(bed.port), -EIO);
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
		assert_int_equal(padma_rx_queue_close(bed.rx[0]), -EBUSY);
		assert_int_equal(padma_tx_queue_close(bed.tx[0]), -EBUSY);
		assert_int_equal(padma_port_close(bed.port), -EBUSY);
		acknowledge(&bed);
		assert_int_equal(padma_pool_available(bed.pool), PACKETS - 10 - FAKE_DEPTH);
	}
	assert_int_equal(padma_port_service(bed.port, 0), PADMA_PORT_EVENT_FAILED);
	fake_control.stop_error = 0;
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	must(padma_port_start(bed.port));
	close_bed(&bed);
}

static void test_reset_does_not_stop(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	fake_control.hung = true;
	send_some(&bed, 10);
	padma_port_reset_begin(bed.port);
	acknowledge(&bed);
	fake_control.stop_error = -EIO;
	assert_int_equal(padma_port_reset_finish(bed.port), -EIO);
	assert_int_equal(padma_port_reset_finish(bed.port), -EIO);
	acknowledge(&bed);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS - 10);
	fake_control.stop_error = 0;
	must(padma_port_reset_finish(bed.port));
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	fake_control.hung = false;
	acknowledge(&bed);
	send_some(&bed, 3);
	assert_int_equal(receive_all(&bed), 3);
	close_bed(&bed);
}

static void test_reset_does_not_start(void **state)
{
	struct padma_packet *packet;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	send_some(&bed, 10);
	padma_port_reset_begin(bed.port);
	acknowledge(&bed);
	fake_control.start_error = -ETIMEDOUT;
	assert_int_equal(padma_port_reset_finish(bed.port), -ETIMEDOUT);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	assert_int_equal(padma_port_service(bed.port, 0), PADMA_PORT_EVENT_FAILED);
	acknowledge(&bed);
	packet = packet_of(&bed, "frame", 6);
	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);
	padma_packet_put(bed.cache, packet);
	/* Again. */
	fake_control.start_error = 0;
	padma_port_reset_begin(bed.port);
	assert_int_equal(padma_port_reset_finish(bed.port), -EAGAIN);
	acknowledge(&bed);
	must(padma_port_reset_finish(bed.port));
	acknowledge(&bed);
	discard(&bed);
	send_some(&bed, 3);
	assert_int_equal(receive_all(&bed), 3);
	close_bed(&bed);
}

/* Stopping instead of finishing; the next start begins anew. */
static void test_stop_during_reset(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	send_some(&bed, 10);
	padma_port_reset_begin(bed.port);
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	assert_int_equal(padma_port_reset_finish(bed.port), -EINVAL);
	padma_port_reset_begin(bed.port); /* not started: nothing */
	assert_int_equal(padma_port_reset_finish(bed.port), -EINVAL);
	discard(&bed);
	must(padma_port_start(bed.port));
	send_some(&bed, 1);
	assert_int_equal(receive_all(&bed), 1);
	close_bed(&bed);
}

static bool has_news(const struct bed *bed)
{
	struct pollfd fd = {.fd = padma_port_event_fd(bed->port), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* A port that fails while it is not started works again once it was stopped: nothing else could clear the failure. */
static void test_fail_while_stopped(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	must(padma_port_configure(bed.port, NULL));
	open_queues(&bed, 1);
	assert_int_equal(padma_port_fail(bed.port, -EIO, "no answer"), -EIO);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	assert_int_equal(padma_port_service(bed.port, 1), PADMA_PORT_EVENT_FAILED);
	assert_int_equal(padma_port_start(bed.port), -EIO);
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	/* A driver that fails the port in its start, and whose device stops. */
	fake_control.start_error = -EPROTO;
	fake_control.start_fails_port = true;
	assert_int_equal(padma_port_start(bed.port), -EPROTO);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STOPPED);
	fake_control.start_error = 0;
	fake_control.start_fails_port = false;
	must(padma_port_start(bed.port));
	assert_int_equal(padma_port_service(bed.port, 2), PADMA_PORT_EVENT_LINK);
	close_bed(&bed);
}

static void test_fail(void **state)
{
	struct padma_packet *packet, *got[4];
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	assert_int_equal(padma_port_service(bed.port, 1), PADMA_PORT_EVENT_LINK);
	assert_false(has_news(&bed));
	send_some(&bed, 5);
	assert_int_equal(padma_port_fail(bed.port, -EPROTO, "index %d of %d", 5, 4), -EPROTO);
	assert_int_equal(padma_port_fail(bed.port, -EIO, "and more"), -EIO);
	assert_true(has_news(&bed));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	packet = packet_of(&bed, "frame", 6);
	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);
	assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 0);
	/* The first reason counts, and is reported once. */
	assert_int_equal(padma_port_service(bed.port, 2), PADMA_PORT_EVENT_FAILED);
	assert_non_null(strstr(padma_last_error(), "index 5 of 4"));
	assert_int_equal(padma_port_service(bed.port, 3), 0);
	assert_false(has_news(&bed));
	assert_int_equal(padma_port_filter(bed.port, NULL, 0, true, false), -EIO);
	padma_packet_put(bed.cache, packet);

	padma_port_reset_begin(bed.port);
	acknowledge(&bed);
	must(padma_port_reset_finish(bed.port));
	acknowledge(&bed);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STARTED);
	(void)padma_port_fail(bed.port, -EPROTO, "again");
	assert_int_equal(padma_port_service(bed.port, 4), PADMA_PORT_EVENT_FAILED);
	assert_non_null(strstr(padma_last_error(), "again"));
	close_bed(&bed);
}

/* By the device's state, as when it is pulled out; a queue gives its packets back in its next burst. */
static void test_gone(void **state)
{
	struct padma_packet *packet;
	unsigned int stops;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	fake_control.hung = true;
	send_some(&bed, 10);
	(void)receive_all(&bed);
	(void)padma_port_service(bed.port, 1);
	must(padma_sim_remove(bed.device, UINT64_MAX));
	assert_int_equal(padma_device_check(bed.device), PADMA_DEVICE_GONE);
	assert_true(has_news(&bed));
	assert_int_equal(padma_port_service(bed.port, 2), PADMA_PORT_EVENT_GONE);
	assert_int_equal(padma_port_service(bed.port, 3), 0);
	assert_false(has_news(&bed));
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_GONE);
	assert_int_equal(receive_all(&bed), 0);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS - 10);
	packet = packet_of(&bed, "frame", 6);
	assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);
	padma_packet_put(bed.cache, packet);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	padma_port_reset_begin(bed.port);
	acknowledge(&bed);
	assert_int_equal(padma_port_reset_finish(bed.port), -ENODEV);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_GONE);
	stops = fake_control.stops;
	close_bed(&bed);
	assert_int_equal(fake_control.stops, stops);
}

/* Closed at once, without a burst. */
static void test_gone_and_closed(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	fake_control.hung = true;
	send_some(&bed, 10);
	(void)receive_all(&bed);
	padma_port_gone(bed.port);
	close_queues(&bed);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

static void test_removal_requested(void **state)
{
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	(void)padma_port_service(bed.port, 1);
	must(padma_sim_request_removal(bed.device));
	assert_true(has_news(&bed));
	assert_int_equal(padma_port_service(bed.port, 2), PADMA_PORT_EVENT_REMOVAL);
	assert_int_equal(padma_port_service(bed.port, 3), 0);
	send_some(&bed, 1);
	assert_int_equal(receive_all(&bed), 1);
	close_bed(&bed);
}

static void test_link(void **state)
{
	struct padma_port_link link;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	must(padma_port_link(bed.port, &link));
	assert_true(link.up && link.mbit == 1000);
	assert_int_equal(padma_port_service(bed.port, 1), PADMA_PORT_EVENT_LINK);
	assert_int_equal(padma_port_service(bed.port, 2), 0);
	fake_control.link_down = true;
	assert_int_equal(padma_port_service(bed.port, 3), PADMA_PORT_EVENT_LINK);
	fake_control.service_events = PADMA_PORT_EVENT_ANNOUNCE;
	assert_int_equal(padma_port_service(bed.port, 4), PADMA_PORT_EVENT_ANNOUNCE);
	close_bed(&bed);
}

/* A virtual clock. The owner that does not reap is not the device that does not send. */
static void check_hung(struct bed *bed)
{
	(void)padma_port_service(bed->port, 1);
	send_some(bed, 5); /* sent, not reaped */
	for (uint64_t now = SECOND; now < 100 * SECOND; now += SECOND)
		assert_int_equal(padma_port_service(bed->port, now), 0);
	(void)padma_tx_reap(bed->tx[0], 32);
	fake_control.hung = true;
	send_some(bed, 5);
	for (uint64_t now = 100 * SECOND; now < 105 * SECOND; now += SECOND) {
		struct padma_packet *packet = packet_of(bed, "frame", 6);

		/* What detects it for a driver without tx_waits(). */
		fake_control.ring_room = 1;
		assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 0);
		padma_packet_put(bed->cache, packet);
		assert_int_equal(padma_port_service(bed->port, now), 0);
	}
}

static void test_hung(void **state)
{
	struct padma_packet *packet;

	(void)state;
	for (unsigned int blind = 0; blind < 2; blind++) {
		struct bed bed;

		fake_begin();
		fake_control.blind = blind;
		open_bed(&bed, NULL);
		check_hung(&bed);
		packet = packet_of(&bed, "frame", 6);
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);
		padma_packet_put(bed.cache, packet);
		assert_int_equal(padma_port_service(bed.port, 106 * SECOND),
				 PADMA_PORT_EVENT_FAILED);
		assert_non_null(strstr(padma_last_error(), "hung"));
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
		/* After a reset it has its full time again. */
		padma_port_reset_begin(bed.port);
		acknowledge(&bed);
		must(padma_port_reset_finish(bed.port));
		acknowledge(&bed);
		fake_control.ring_room = 0;
		send_some(&bed, 1);
		assert_int_equal(padma_port_service(bed.port, 110 * SECOND), 0);
		assert_int_equal(padma_port_service(bed.port, 114 * SECOND), 0);
		discard(&bed);
		close_bed(&bed);
	}
}

/* Progress, however slow, is no hang. */
static void test_slow(void **state)
{
	const struct padma_port_params params = {.tx_timeout_ns = SECOND};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	(void)padma_port_service(bed.port, 1);
	for (uint64_t now = SECOND; now < 50 * SECOND; now += SECOND * 9 / 10) {
		fake_control.hung = true;
		send_some(&bed, 2);
		assert_int_equal(padma_port_service(bed.port, now), 0);
		fake_control.hung = false;
		(void)padma_tx_reap(bed.tx[0], 1);
		(void)receive_all(&bed);
	}
	close_bed(&bed);
}

static bool is_readable(int descriptor)
{
	struct pollfd fd = {.fd = descriptor, .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* edu has one vector, which the queues share. */
static void test_interrupts(void **state)
{
	const struct padma_port_params params = {.interrupts = true, .rx_queues = 2};
	struct bed bed;
	uint64_t count;
	int fd;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	assert_int_equal(padma_rx_arm(bed.rx[0]), -ENOTSUP);
	assert_int_equal(padma_rx_irq_fd(bed.rx[0]), -1);
	close_bed(&bed);
	open_bed(&bed, &params);
	assert_int_equal(bed.port->irq_vectors, 1);
	assert_int_equal(bed.port->event_vector, -1);
	assert_int_equal(bed.rx[1]->irq_vector, 0);
	fd = padma_rx_irq_fd(bed.rx[0]);
	assert_true(fd >= 0 && fd == padma_rx_irq_fd(bed.rx[1]));
	assert_int_equal(padma_rx_arm(bed.rx[0]), 0);
	assert_false(is_readable(fd));
	send_some(&bed, 1);
	assert_int_equal(padma_rx_arm(bed.rx[0]), 1);
	/* A reset wakes those that sleep. */
	padma_port_reset_begin(bed.port);
	assert_true(is_readable(fd));
	assert_int_equal(read(fd, &count, sizeof(count)), (ssize_t)sizeof(count));
	assert_int_equal(padma_rx_arm(bed.rx[0]), 1);
	(void)padma_port_fail(bed.port, -EPROTO, "as asked");
	must(padma_port_stop(bed.port));
	must(padma_port_start(bed.port));
	(void)padma_port_fail(bed.port, -EPROTO, "as asked");
	assert_true(is_readable(fd));
	assert_int_equal(padma_rx_arm(bed.rx[0]), -EIO);
	padma_port_gone(bed.port);
	assert_int_equal(padma_rx_arm(bed.rx[0]), -ENODEV);
	close_bed(&bed);
}

/* More vectors: the device's events have the first, each queue its own, as far as they last. */
static void test_vectors(void **state)
{
	const struct padma_port_params params = {.interrupts = true, .rx_queues = 4};
	struct padma_port_params none = {.rx_queues = 4};
	struct bed bed;

	(void)state;
	fake_begin();
	fake_control.device = "sim:nvme,size=1M,queues=3";
	open_bed(&bed, &params);
	print_message("%u vectors\n", bed.port->irq_vectors);
	assert_true(bed.port->irq_vectors >= 2 && bed.port->irq_vectors <= 5);
	assert_int_equal(bed.port->event_vector, 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(bed.rx[i]->irq_vector, 1 + i % (bed.port->irq_vectors - 1));
	must(padma_port_stop(bed.port));
	close_queues(&bed);
	fake_control.configure_error = -EIO;
	assert_int_equal(padma_port_configure(bed.port, &none), -EIO);
	assert_int_equal(bed.port->event_vector, 0);
	fake_control.configure_error = 0;
	must(padma_port_configure(bed.port, &none));
	assert_int_equal(bed.port->irq_vectors, 0);
	assert_int_equal(bed.port->event_vector, -1);
	must(padma_port_configure(bed.port, &params));
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

static void test_counters(void **state)
{
	struct padma_counter_value values[64];
	unsigned int count, found = 0;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	send_some(&bed, 3);
	count = padma_counters_get(values, 64);
	for (unsigned int i = 0; i < count && i < 64; i++) {
		if (strcmp(values[i].set, "sim:edu tx 0") == 0 &&
		    strcmp(values[i].name, "packets") == 0 && values[i].value == 3)
			found++;
	}
	assert_int_equal(found, 1);
	close_bed(&bed);
	assert_int_equal(padma_counters_get(values, 64), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_does_not_stop),
		cmocka_unit_test(test_reset_does_not_stop),
		cmocka_unit_test(test_reset_does_not_start),
		cmocka_unit_test(test_stop_during_reset),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_while_stopped),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_gone_and_closed),
		cmocka_unit_test(test_removal_requested),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_hung),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
