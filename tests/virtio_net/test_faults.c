// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtio-net driver and a card with each fault: buffers that are lost, late, returned twice or with a wrong number or length, a
 * card that hangs, needs a reset, does not end one, is gone. After each all packets are back in their pool, and where the
 * card can be saved a reset saves it.
 */
#include "bed.h"

#include <padma/time.h>

#define SECOND_NS 1000000000ull

static const char *const forms[] = {"", "packed", "in-order", "packed,in-order"};

static void send_some(struct bed *bed, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct padma_packet *packet = bed_frame(bed, bed->sent++, 300, 1);

		if (padma_tx_burst(bed->tx[0], &packet, 1) == 0)
			padma_packet_put(bed->cache, packet);
	}
}

/* Until the port has found something, in at most some turns. */
static void run_until_failed(struct bed *bed)
{
	for (unsigned int i = 0; i < 50 && padma_port_state(bed->port) == PADMA_PORT_STARTED; i++) {
		bed_step(bed);
		bed_discard(bed);
		padma_tx_reap(bed->tx[0], 64);
	}
}

/* A failed port is reset, and works as before. */
static void expect_saved(struct bed *bed)
{
	const struct padma_sim_fault none = {0};

	must(padma_sim_fault(bed->device, &none));
	must(bed_reset(bed));
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_STARTED);
	bed_exchange(bed, 0, 200, 500, 1);
	bed_close(bed);
}

/* What the device writes cannot be: found at once. */
static void expect_protocol_error(const char *keys, enum padma_sim_fault_kind kind, uint64_t value,
				  uint64_t skip)
{
	struct bed bed;

	bed_open(&bed, keys, 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 20, 300, 1);
	bed_fault(&bed, kind, value, skip, 1);
	send_some(&bed, 10);
	run_until_failed(&bed);
	if (padma_port_state(bed.port) != PADMA_PORT_FAILED)
		print_error("with '%s', fault %d, from %d on\n", keys, (int)kind, (int)skip);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_FAILED);
	expect_saved(&bed);
}

static void test_wrong_ids(void **state)
{
	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		/* Beyond the ring, and of both directions: transmission comes first. */
		expect_protocol_error(forms[f], PADMA_SIM_FAULT_WRONG_ID, 0xfff0, 0);
		expect_protocol_error(forms[f], PADMA_SIM_FAULT_WRONG_ID, 0xfff0, 12);
	}
	expect_protocol_error("", PADMA_SIM_FAULT_TWICE, 0, 3);
}

static void test_wrong_lengths(void **state)
{
	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		expect_protocol_error(forms[f], PADMA_SIM_FAULT_WRONG_LENGTH, 65000, 12);
		expect_protocol_error(forms[f], PADMA_SIM_FAULT_WRONG_LENGTH, 3, 12);
	}
}

static void test_a_card_that_needs_a_reset(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_fault(&bed, PADMA_SIM_FAULT_FATAL, 0, 5, 1);
		send_some(&bed, 10);
		bed_step(&bed);
		bed_discard(&bed);
		assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_FAILED);
		expect_saved(&bed);
	}
}

/* Transmission that is not finished: the port has failed when the time is up, and not before. */
static void expect_hung(struct bed *bed)
{
	uint64_t now = padma_now_ns();

	padma_port_service(bed->port, now);
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_STARTED);
	padma_port_service(bed->port, now + 3 * SECOND_NS);
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_STARTED);
	padma_port_service(bed->port, now + 6 * SECOND_NS);
	padma_port_service(bed->port, now + 12 * SECOND_NS);
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_FAILED);
}

static void test_a_lost_packet(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_fault(&bed, PADMA_SIM_FAULT_DROP, 0, 0, 1);
		send_some(&bed, 1);
		bed_step(&bed);
		bed_discard(&bed);
		padma_tx_reap(bed.tx[0], 64);
		expect_hung(&bed);
		expect_saved(&bed);
	}
}

static void test_a_hang(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_exchange(&bed, 0, 50, 300, 1);
		bed_fault(&bed, PADMA_SIM_FAULT_HANG, 0, 0, 0);
		send_some(&bed, 5);
		bed_step(&bed);
		expect_hung(&bed);
		expect_saved(&bed);
	}
}

/* Late is not lost. */
static void test_a_late_packet(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_fault(&bed, PADMA_SIM_FAULT_DELAY, 5, 0, 1);
		send_some(&bed, 1);
		bed.received = bed.sent;
		for (int i = 0; i < 10; i++) {
			padma_sim_step(bed.device, 0);
			bed_discard(&bed);
			padma_tx_reap(bed.tx[0], 64);
		}
		assert_int_equal(padma_tx_outstanding(bed.tx[0]), 0);
		bed_exchange(&bed, 0, 100, 300, 1);
		bed_close(&bed);
	}
}

/* A receive buffer that never comes back: reception goes on by the others, and it is there again after the stop. */
static void test_a_lost_receive_buffer(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_fault(&bed, PADMA_SIM_FAULT_DROP, 0, 1, 1);
		send_some(&bed, 1);
		bed_step(&bed);
		assert_int_equal(bed_discard(&bed), 0);
		padma_tx_reap(bed.tx[0], 64);
		bed.received = bed.sent;
		bed_exchange(&bed, 0, 300, 300, 1);
		bed_close(&bed);
	}
}

static void test_link(void **state)
{
	const struct padma_sim_fault none = {0};
	struct padma_port_link link;
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	padma_port_service(bed.port, padma_now_ns());
	must(padma_port_link(bed.port, &link));
	assert_true(link.up);
	assert_int_equal(link.mbit, 10000);
	bed_fault(&bed, PADMA_SIM_FAULT_LINK_DOWN, 0, 0, 0);
	bed_step(&bed);
	assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_LINK);
	must(padma_port_link(bed.port, &link));
	assert_false(link.up);
	send_some(&bed, 20);
	bed_step(&bed);
	assert_int_equal(bed_discard(&bed), 0);
	must(padma_sim_fault(bed.device, &none));
	bed_step(&bed);
	assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_LINK);
	must(padma_port_link(bed.port, &link));
	assert_true(link.up);
	padma_tx_reap(bed.tx[0], 64);
	bed.received = bed.sent;
	bed_exchange(&bed, 0, 100, 300, 1);
	bed_close(&bed);
}

static void test_removal(void **state)
{
	static const uint64_t reads_as[] = {UINT64_MAX, 0};
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		bed_exchange(&bed, 0, 50, 300, 1);
		send_some(&bed, 20);
		must(padma_sim_remove(bed.device, reads_as[f % 2]));
		bed_discard(&bed);
		assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_GONE);
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_GONE);
		bed_discard(&bed);
		padma_tx_reap(bed.tx[0], 64);
		bed_close(&bed);
	}
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	must(padma_sim_request_removal(bed.device));
	assert_true(padma_port_service(bed.port, padma_now_ns()) & PADMA_PORT_EVENT_REMOVAL);
	bed_exchange(&bed, 0, 50, 300, 1);
	bed_close(&bed);
}

/* Registers that do not answer: bus mastering is turned off, and then the packets are the program's again. If that is
 * impossible, too, they are not, until the card has been stopped. */
static void test_registers_that_do_not_answer(void **state)
{
	const struct padma_sim_fault none = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 50, 300, 1);
	bed_fault(&bed, PADMA_SIM_FAULT_REGISTERS, UINT64_MAX, 0, 0);
	padma_port_service(bed.port, padma_now_ns() + SECOND_NS);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_GONE);
	send_some(&bed, 5);
	bed_step(&bed);
	bed_close(&bed);
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 50, 300, 1);
	bed_fault(&bed, PADMA_SIM_FAULT_REGISTERS, UINT64_MAX, 0, 0);
	bed_fault(&bed, PADMA_SIM_FAULT_MASTER_STUCK, 0, 0, 0);
	padma_port_service(bed.port, padma_now_ns() + SECOND_NS);
	assert_int_equal(padma_port_state(bed.port), PADMA_PORT_FAILED);
	bed_discard(&bed);
	assert_true(padma_pool_available(bed.pool) < BED_PACKETS);
	must(padma_sim_fault(bed.device, &none));
	/* Such a device is not used again, but it can be stopped now. */
	assert_int_equal(bed_reset(&bed), -EIO);
	bed_close(&bed);
}

/* Neither its own reset, nor bus mastering off: the port does not close, as its card may still write. */
static void test_a_card_that_does_not_stop(void **state)
{
	const struct padma_sim_fault none = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, "reset=none", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 50, 300, 1);
	bed_fault(&bed, PADMA_SIM_FAULT_STUCK, 0, 0, 0);
	bed_fault(&bed, PADMA_SIM_FAULT_MASTER_STUCK, 0, 0, 0);
	assert_int_equal(padma_port_stop(bed.port), -EIO);
	assert_int_equal(padma_rx_queue_close(bed.rx[0]), -EBUSY);
	assert_int_equal(padma_port_close(bed.port), -EBUSY);
	assert_true(padma_pool_available(bed.pool) < BED_PACKETS);
	must(padma_sim_fault(bed.device, &none));
	bed_close(&bed);
	/* Bus mastering alone stops it. */
	bed_open(&bed, "reset=none", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 50, 300, 1);
	bed_fault(&bed, PADMA_SIM_FAULT_STUCK, 0, 0, 0);
	bed_close(&bed);
}

static void test_resets_under_traffic(void **state)
{
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		for (unsigned int i = 0; i < 20; i++) {
			bed_exchange(&bed, 0, 37, 300, 1);
			send_some(&bed, 30);
			if (i % 2)
				padma_sim_step(bed.device, 7);
			must(bed_reset(&bed));
		}
		bed_exchange(&bed, 0, 100, 300, 1);
		bed_close(&bed);
	}
}

/* Frames that the wire loses, doubles, damages and delays: none of them is the driver's fault. */
static void test_a_bad_wire(void **state)
{
	struct padma_packet *packets[32];
	unsigned int whole = 0, broken = 0, n;
	struct bed bed;

	(void)state;
	bed_open(&bed, "loss=20,duplicate=20,corrupt=20,reorder=20,latency=3", 0, 0);
	bed_start(&bed, NULL);
	for (unsigned int turn = 0; turn < 400; turn++) {
		if (turn < 300)
			send_some(&bed, 4);
		padma_sim_step(bed.device, 0);
		padma_tx_reap(bed.tx[0], 64);
		n = padma_rx_burst(bed.rx[0], packets, 32);
		for (unsigned int i = 0; i < n; i++) {
			uint32_t number;

			memcpy(&number, padma_packet_data(packets[i]) + 42, 4);
			if (bed_is_frame(packets[i], number) && number < bed.sent)
				whole++;
			else
				broken++;
			padma_packet_put(bed.cache, packets[i]);
		}
	}
	assert_in_range(whole, 800, 1400);
	assert_in_range(broken, 40, 300);
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_ids),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_a_card_that_needs_a_reset),
		cmocka_unit_test(test_a_lost_packet),
		cmocka_unit_test(test_a_hang),
		cmocka_unit_test(test_a_late_packet),
		cmocka_unit_test(test_a_lost_receive_buffer),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_registers_that_do_not_answer),
		cmocka_unit_test(test_a_card_that_does_not_stop),
		cmocka_unit_test(test_resets_under_traffic),
		cmocka_unit_test(test_a_bad_wire),
	};

	return cmocka_run_group_tests(tests, bed_space_open, bed_space_close);
}
