// SPDX-License-Identifier: BSD-3-Clause
/* The states of a port, in which calls are allowed in which, and what the driver is called for. */
#include "net/net_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
