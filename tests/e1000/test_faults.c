// SPDX-License-Identifier: BSD-3-Clause
/* The e1000 driver when its card fails: each fault, resets under traffic, hung queues, removal. */
#include "bed.h"

#define SECOND 1000000000ull

static const char *const models[] = {"e1000e", "e1000"};

/* Frames in both directions, without checking that they arrive. */
static void traffic(struct bed *bed, unsigned int count)
{
	uint8_t out[1200], in[1200];
	unsigned int out_bytes = nic_frame(out, bed_peer_mac, false, true, 1000, 1);
	unsigned int in_bytes = nic_frame(in, bed->info.mac, true, false, 900, 2);

	for (unsigned int i = 0; i < count; i++) {
		struct padma_packet *packet = bed_packet(bed, out, out_bytes, 1 + i % 3);
		struct nic_frame frame;

		packet->l2_bytes = 14;
		packet->l3_bytes = 20;
		packet->flags = i % 2 ? PADMA_PACKET_TCP_CSUM | PADMA_PACKET_IP_CSUM : 0;
		if (!padma_tx_burst(bed->tx[0], &packet, 1))
			padma_packet_put(bed->cache, packet);
		nic_put(&bed->peer, 0, in, in_bytes, NIC_WHOLE);
		nic_ring_tail(&bed->peer, 0);
		padma_sim_step(bed->peer.device, 0);
		padma_sim_step(bed->device, i % 3);
		while (nic_receive(&bed->peer, 0, &frame))
			;
		nic_refill(&bed->peer, 0);
	}
}

static void receive_all(struct bed *bed)
{
	for (struct padma_packet *packet; (packet = bed_receive(bed, 0));)
		padma_packet_put(bed->cache, packet);
}

/* Until the port has failed; the clock is the test's. */
static void expect_failure(struct bed *bed, const char *word)
{
	uint64_t now = SECOND;
	unsigned int events = 0;

	for (unsigned int i = 0; i < 40 && !(events & PADMA_PORT_EVENT_FAILED); i++) {
		receive_all(bed);
		padma_tx_reap(bed->tx[0], 1000);
		events |= padma_port_service(bed->port, now += SECOND / 2);
	}
	assert_true(events & PADMA_PORT_EVENT_FAILED);
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_FAILED);
	if (!strstr(padma_last_error(), word))
		print_error("'%s' is not in: %s\n", word, padma_last_error());
	assert_non_null(strstr(padma_last_error(), word));
}

static void test_reset_under_traffic(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const struct bed_params params = {
			.model = models[i % 2],
			.room_bytes = i / 2 ? JUMBO_ROOM : 0,
			.port = {.rx_depth = 64, .tx_depth = 64, .mtu = i / 2 ? 9000 : 0}};
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int turn = 0; turn < 40; turn++) {
			traffic(&bed, 1 + turn * 3);
			if (turn % 3)
				receive_all(&bed);
			bed_reset(&bed);
			if (turn % 4 == 0)
				bed_works(&bed);
		}
		traffic(&bed, 30);
		bed_close(&bed);
	}
}

/* Stopping and starting, configured anew each time. */
static void test_stop_under_traffic(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		struct bed bed;

		bed_open(&bed, &params);
		for (unsigned int turn = 0; turn < 10; turn++) {
			traffic(&bed, 20);
			must(padma_port_stop(bed.port));
			assert_int_equal(padma_pool_available(bed.pool), bed.packets);
			must(padma_port_start(bed.port));
			receive_all(&bed);
			bed_run(&bed);
			bed_works(&bed);
		}
		bed_close(&bed);
	}
}

/* A transmit queue that hangs is found, and a reset brings everything back. */
static void hung(const char *model, enum padma_sim_fault_kind kind, uint64_t count)
{
	const struct bed_params params = {.model = model};
	struct bed bed;

	bed_open(&bed, &params);
	traffic(&bed, 5);
	receive_all(&bed);
	bed_fault(&bed, kind, 0, 0, count);
	traffic(&bed, 10);
	bed_run(&bed);
	expect_failure(&bed, "hung");
	bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	bed_reset(&bed);
	bed_works(&bed);
	bed_close(&bed);
}

static void test_hung_queues(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		hung(models[m], PADMA_SIM_FAULT_HANG, 0);
		hung(models[m], PADMA_SIM_FAULT_FATAL, 1);
		hung(models[m], PADMA_SIM_FAULT_DROP, 0);
	}
}

/* A hung card is closed as it is: every packet returns. */
static void test_close_while_hung(void **state)
{
	static const enum padma_sim_fault_kind kinds[] = {
		PADMA_SIM_FAULT_HANG, PADMA_SIM_FAULT_FATAL, PADMA_SIM_FAULT_DROP,
		PADMA_SIM_FAULT_STUCK};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		const struct bed_params params = {.model = models[i % 2]};
		struct bed bed;

		bed_open(&bed, &params);
		bed_fault(&bed, kinds[i / 2], 0, 0, 0);
		traffic(&bed, 30);
		bed_close(&bed);
	}
}

/* Lengths that no buffer has: a protocol error, and nothing is read from the ring any more. */
static void test_wrong_lengths(void **state)
{
	static const uint64_t lengths[] = {2049, 9000, 65535, 0};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		const struct bed_params params = {.model = models[i % 2]};
		uint8_t data[128];
		struct bed bed;

		bed_open(&bed, &params);
		bed_fault(&bed, PADMA_SIM_FAULT_WRONG_LENGTH, lengths[i / 2], 0, 1);
		nic_send(&bed.peer, data, nic_frame(data, bed.info.mac, false, true, 40, 0), 0);
		bed_run(&bed);
		expect_failure(&bed, "length");
		assert_int_equal(padma_counter_read(&bed.rx[0]->stats.protocol_errors), 1);
		bed_reset(&bed);
		bed_works(&bed);
		bed_close(&bed);
	}
}

/* Damaged frames are dropped and counted; the next ones arrive. */
static void test_damaged_frames(void **state)
{
	static const uint64_t bits[] = {0x01, 0x02, 0x04, 0x80};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(bits); i++) {
		const struct bed_params params = {.model = models[i % 2]};
		uint8_t data[128];
		struct bed bed;

		if (i % 2 && bits[i / 2] == 0x04)
			continue; /* reserved in an 82540EM's descriptors of copper links */
		bed_open(&bed, &params);
		bed_fault(&bed, PADMA_SIM_FAULT_STATUS, bits[i / 2], 0, 3);
		for (unsigned int n = 0; n < 3; n++)
			nic_send(&bed.peer, data, nic_frame(data, bed.info.mac, false, true, 40, n),
				 0);
		bed_run(&bed);
		/* A burst drops no more frames than it may return. */
		for (unsigned int n = 0; n < 3; n++)
			assert_null(bed_receive(&bed, 0));
		assert_int_equal(padma_counter_read(&bed.rx[0]->stats.errors), 3);
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_STARTED);
		bed_works(&bed);
		bed_close(&bed);
	}
}

/* Random descriptors: whatever happens, the port can be reset and no packet is lost. */
static void test_garbage(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 60; seed++) {
		char keys[32];
		const struct bed_params params = {.model = models[seed % 2], .keys = keys};
		struct bed bed;

		snprintf(keys, sizeof(keys), ",seed=%u", seed);
		bed_open(&bed, &params);
		bed_fault(&bed, PADMA_SIM_FAULT_GARBAGE, 0, seed % 7, 1 + seed % 3);
		traffic(&bed, 12);
		bed_run(&bed);
		receive_all(&bed);
		bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
		bed_reset(&bed);
		bed_works(&bed);
		bed_close(&bed);
	}
}

static void test_late_completions(void **state)
{
	const struct bed_params params = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	bed_fault(&bed, PADMA_SIM_FAULT_DELAY, 5, 3, 10);
	traffic(&bed, 40);
	for (unsigned int i = 0; i < 100; i++) {
		padma_sim_step(bed.device, 0);
		receive_all(&bed);
	}
	bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	bed_drain(&bed);
	bed_works(&bed);
	bed_close(&bed);
}

/* A software reset that does nothing: the function's reset works instead. */
static void test_stuck_card(void **state)
{
	const struct bed_params params = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	traffic(&bed, 20);
	bed_fault(&bed, PADMA_SIM_FAULT_STUCK, 0, 0, 0);
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_pool_available(bed.pool), bed.packets);
	bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	must(padma_port_start(bed.port));
	receive_all(&bed);
	bed_run(&bed);
	bed_works(&bed);
	bed_close(&bed);
}

/* And where there is no such reset, and bus mastering cannot be turned off: its memory stays with the card. */
static void test_card_that_does_not_stop(void **state)
{
	const struct bed_params params = {.keys = ",reset=none"};
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	traffic(&bed, 20);
	bed_fault(&bed, PADMA_SIM_FAULT_STUCK, 0, 0, 0);
	bed_fault(&bed, PADMA_SIM_FAULT_MASTER_STUCK, 0, 0, 0);
	assert_int_equal(padma_port_stop(bed.port), -EIO);
	assert_true(padma_pool_available(bed.pool) < bed.packets);
	assert_int_equal(padma_rx_queue_close(bed.rx[0]), -EBUSY);
	assert_int_not_equal(padma_port_close(bed.port), 0);
	/* Once it does, everything returns. */
	bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	must(padma_port_stop(bed.port));
	assert_int_equal(padma_pool_available(bed.pool), bed.packets);
	bed_close(&bed);
}

/* All ones: bus mastering is turned off, and it is gone for good. */
static void test_registers_that_do_not_respond(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		struct bed bed;

		bed_open(&bed, &params);
		traffic(&bed, 10);
		bed_fault(&bed, PADMA_SIM_FAULT_REGISTERS, UINT64_MAX, 0, 0);
		assert_true(padma_port_service(bed.port, SECOND) & PADMA_PORT_EVENT_GONE);
		assert_null(bed_receive(&bed, 0));
		padma_tx_reap(bed.tx[0], 1);
		assert_int_equal(padma_pool_available(bed.pool), bed.packets);
		bed_close(&bed);
	}
}

/* And if bus mastering stays on, what it has stays with it until it does respond again. */
static void test_registers_that_do_not_respond_of_a_master(void **state)
{
	const struct bed_params params = {.keys = ",reset=none"};
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	traffic(&bed, 10);
	bed_fault(&bed, PADMA_SIM_FAULT_MASTER_STUCK, 0, 0, 0);
	bed_fault(&bed, PADMA_SIM_FAULT_REGISTERS, UINT64_MAX, 0, 0);
	assert_true(padma_port_service(bed.port, SECOND) & PADMA_PORT_EVENT_FAILED);
	assert_null(bed_receive(&bed, 0));
	padma_tx_reap(bed.tx[0], 1);
	assert_true(padma_pool_available(bed.pool) < bed.packets);
	assert_int_not_equal(padma_port_stop(bed.port), 0);
	assert_true(padma_pool_available(bed.pool) < bed.packets);
	bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	bed_close(&bed);
}

static void test_registers_of_zeros(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		const struct bed_params params = {.model = models[m]};
		struct bed bed;

		bed_open(&bed, &params);
		traffic(&bed, 10);
		bed_fault(&bed, PADMA_SIM_FAULT_REGISTERS, 0, 0, 0);
		padma_port_service(bed.port, SECOND);
		traffic(&bed, 3);
		bed_fault(&bed, PADMA_SIM_FAULT_NONE, 0, 0, 0);
		bed_reset(&bed);
		bed_works(&bed);
		bed_close(&bed);
	}
}

static void test_surprise_removal(void **state)
{
	static const uint64_t values[] = {UINT64_MAX, 0};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(values); i++) {
		const struct bed_params params = {.model = models[i % 2]};
		struct padma_packet *packet;
		uint8_t data[64] = {0};
		struct bed bed;

		bed_open(&bed, &params);
		traffic(&bed, 25);
		must(padma_sim_remove(bed.device, values[i / 2]));
		assert_true(padma_port_service(bed.port, SECOND) & PADMA_PORT_EVENT_GONE);
		assert_int_equal(padma_port_state(bed.port), PADMA_PORT_GONE);
		packet = bed_packet(&bed, data, sizeof(data), 1);
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 0);
		padma_packet_put(bed.cache, packet);
		assert_null(bed_receive(&bed, 0));
		assert_int_equal(padma_pool_available(bed.pool), bed.packets);
		bed_close(&bed);
	}
}

static void test_requested_removal(void **state)
{
	const struct bed_params params = {0};
	struct bed bed;

	(void)state;
	bed_open(&bed, &params);
	traffic(&bed, 25);
	must(padma_sim_request_removal(bed.device));
	assert_int_equal(padma_port_service(bed.port, SECOND) & ~PADMA_PORT_EVENT_LINK,
			 PADMA_PORT_EVENT_REMOVAL);
	receive_all(&bed);
	bed_works(&bed);
	bed_close(&bed);
}

/* A card whose EEPROM is damaged, one without a link, one that is unused: opened and closed. */
static void test_open_and_close(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		for (unsigned int i = 0; i < 3; i++) {
			const struct bed_params params = {.model = models[m],
							  .wire = i ? ",loop" : ""};
			struct bed bed;

			bed_prepare(&bed, &params);
			if (i < 2)
				must(padma_port_open(bed.device, &bed.port));
			bed_close(&bed);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_under_traffic),
		cmocka_unit_test(test_stop_under_traffic),
		cmocka_unit_test(test_hung_queues),
		cmocka_unit_test(test_close_while_hung),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_damaged_frames),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_late_completions),
		cmocka_unit_test(test_stuck_card),
		cmocka_unit_test(test_card_that_does_not_stop),
		cmocka_unit_test(test_registers_that_do_not_respond),
		cmocka_unit_test(test_registers_that_do_not_respond_of_a_master),
		cmocka_unit_test(test_registers_of_zeros),
		cmocka_unit_test(test_surprise_removal),
		cmocka_unit_test(test_requested_removal),
		cmocka_unit_test(test_open_and_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
