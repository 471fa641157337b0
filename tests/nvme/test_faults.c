// SPDX-License-Identifier: BSD-3-Clause
/*
 * A controller that breaks the protocol, fails or stops responding: each fault ends in a clear error,
 * no callback is called for a protocol error, no memory is harmed, and after a reset the controller
 * works again.
 */
#include "nvme_fixture.h"

#define DEVICE "sim:nvme,size=8M,step"

static void inject(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value, .count = 1};

	must(padma_sim_fault(rig->device, &fault));
}

/* The reset ends what was outstanding, and the controller works again. */
static void assert_recovers(const struct rig *rig, struct result *results, int count, int error)
{
	unsigned char *buffer = alloc(rig, 4096);

	assert_int_equal(padma_nvme_read(rig->queue, 1, buffer, 0, 8, note, results), -EIO);
	assert_int_equal(padma_nvme_submit(rig->queue), -EIO);
	must(rig_reset(rig));
	/* Until a poll has ended the old commands there are no new ones. */
	assert_int_equal(padma_nvme_read(rig->queue, 1, buffer, 0, 8, note, results), -EAGAIN);
	assert_int_equal(padma_nvme_poll(rig->queue, 0), count);
	for (int i = 0; i < count; i++) {
		assert_int_equal(results[i].calls, 1);
		assert_int_equal(results[i].error, error);
		assert_int_equal(results[i].status, 0);
	}
	assert_int_equal(padma_nvme_outstanding(rig->queue), 0);
	assert_int_equal(padma_nvme_state(rig->nvme), PADMA_NVME_LIVE);
	must(do_write(rig, buffer, 0, 8));
	must(do_read(rig, buffer, 0, 8));
	padma_space_free(rig->space, buffer);
}

/* Three commands, the first of which is struck. */
static void lie_and_recover(enum padma_sim_fault_kind kind, uint64_t value)
{
	struct result results[3] = {{0}};
	struct rig rig = {.depth = 8};
	unsigned char *buffer;

	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	inject(&rig, kind, value);
	for (int i = 0; i < 3; i++)
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[i]));
	assert_int_equal(padma_nvme_submit(rig.queue), 3);
	assert_int_equal(poll_until_error(&rig), -EIO);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	for (int i = 0; i < 3; i++)
		assert_int_equal(results[i].calls, 0);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 3);
	assert_recovers(&rig, results, 3, -ECANCELED);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_wrong_identifiers(void **state)
{
	/* Out of range, in range but not in flight, of another generation, the reserved one. */
	static const uint16_t ids[] = {0x0fff, 0x0007, 0xf000, 0xffff};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		lie_and_recover(PADMA_SIM_FAULT_WRONG_ID, ids[i]);
}

static void test_wrong_heads(void **state)
{
	/* Outside the ring of 64; within it each may be right (test_order.c). */
	static const uint16_t heads[] = {64, 65, 0x8000, 0xffff};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		lie_and_recover(PADMA_SIM_FAULT_WRONG_HEAD, heads[i]);
}

static void test_garbage(void **state)
{
	(void)state;
	lie_and_recover(PADMA_SIM_FAULT_GARBAGE, 0);
}

static void test_a_completion_twice(void **state)
{
	struct result results[2] = {{0}};
	struct rig rig = {.depth = 8};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_TWICE, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[0]));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	for (unsigned long i = 0; results[0].calls == 0 && i < PATIENCE; i++) {
		rig_step(&rig);
		assert_true(padma_nvme_poll(rig.queue, 1) >= 0);
	}
	must(results[0].error);
	/* Its tag is used again before the second completion is seen. */
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[1]));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
	assert_int_equal(results[0].calls, 1);
	assert_int_equal(results[1].calls, 0);
	assert_recovers(&rig, &results[1], 1, -ECANCELED);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_error_status(void **state)
{
	struct padma_nvme_queue_stats stats;
	struct rig rig = {.depth = 4};
	struct result result = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=64K,step");
	buffer = alloc(&rig, 1 << 20);
	inject(&rig, PADMA_SIM_FAULT_STATUS, 0x4281);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(rig_finish(&rig, &result), -EIO);
	assert_int_equal(result.status, 0x4281);
	/* One part of a split command fails: the whole does, once, after all parts are over. */
	inject(&rig, PADMA_SIM_FAULT_STATUS, 0x4280);
	result = (struct result){0};
	must(padma_nvme_write(rig.queue, 1, buffer, 0, 2048, note, &result));
	assert_int_equal(rig_finish(&rig, &result), -EIO);
	assert_int_equal(result.status, 0x4280);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	padma_nvme_queue_stats(rig.queue, &stats);
	assert_int_equal(stats.errors, 2);
	/* An error status is no failure of the controller. */
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	must(do_read(&rig, buffer, 0, 2048));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_delayed_completion(void **state)
{
	struct result late = {0}, soon = {0};
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 8192);
	inject(&rig, PADMA_SIM_FAULT_DELAY, 20);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &late));
	must(padma_nvme_read(rig.queue, 1, buffer + 4096, 0, 8, note, &soon));
	must(rig_finish(&rig, &soon));
	assert_int_equal(late.calls, 0);
	must(rig_finish(&rig, &late));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_time_out(void **state)
{
	/* Shorter than any poll: what counts is how often the queue is looked at. */
	struct rig rig = {.timeout_ns = 1000};
	struct result result = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_DROP, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	assert_int_equal(poll_until_error(&rig), -EIO);
	assert_int_equal(result.calls, 0);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.error, -ETIMEDOUT);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_fatal_status(void **state)
{
	struct rig rig = {.timeout_ns = 1000000};
	struct result result = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_FATAL, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	assert_int_equal(poll_until_error(&rig), -EIO);
	assert_non_null(strstr(padma_last_error(), "reset it"));
	assert_int_equal(padma_nvme_admin_poll(rig.nvme), -EIO);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.calls, 1);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* Closed as it is, failed: its commands are ended when the controller is disabled. */
static void test_closing_a_failed_controller(void **state)
{
	struct result result = {0};
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_GARBAGE, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	assert_int_equal(poll_until_error(&rig), -EIO);
	assert_int_equal(control(&rig, padma_nvme_queue_close(rig.queue)), -EIO);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.error, -ECANCELED);
	must(control(&rig, padma_nvme_close(rig.nvme)));
	assert_int_equal(dma_faults(&rig), 0);
	padma_space_free(rig.space, buffer);
	rig_close_device(&rig);
}

static void test_slow_and_stuck_resets(void **state)
{
	const struct padma_nvme_params hasty = {.enable_timeout_ns = 20000000};
	struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_STUCK};
	struct rig rig = {0};

	(void)state;
	rig_open(&rig, DEVICE);
	inject(&rig, PADMA_SIM_FAULT_SLOW_RESET, 10);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	rig_close(&rig);

	rig_open_device(&rig, DEVICE);
	must(padma_sim_fault(rig.device, &stuck));
	assert_int_equal(control(&rig, padma_nvme_open(rig.device, &hasty, &rig.nvme)), -ETIMEDOUT);
	stuck.kind = PADMA_SIM_FAULT_NONE;
	must(padma_sim_fault(rig.device, &stuck));
	must(control(&rig, padma_nvme_open(rig.device, &hasty, &rig.nvme)));
	must(control(&rig, padma_nvme_close(rig.nvme)));
	rig_close_device(&rig);
}

/* It stays failed: the commands are ended nevertheless, and a later reset may succeed. */
static void test_a_reset_that_fails(void **state)
{
	const struct padma_nvme_params hasty = {.enable_timeout_ns = 20000000};
	struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_STUCK};
	struct result result = {0};
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open_device(&rig, DEVICE);
	must(control(&rig, padma_nvme_open(rig.device, &hasty, &rig.nvme)));
	must(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &rig.queue)));
	buffer = alloc(&rig, 4096);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	must(padma_sim_fault(rig.device, &stuck));
	assert_int_equal(rig_reset(&rig), -ETIMEDOUT);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.error, -ECANCELED);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
	stuck.kind = PADMA_SIM_FAULT_NONE;
	must(padma_sim_fault(rig.device, &stuck));
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* Pulled out during I/O; its registers read as all ones or as zeros. */
static void test_surprise_removal(void **state)
{
	static const uint64_t reads_as[] = {UINT64_MAX, 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reads_as); i++) {
		struct result results[2] = {{0}};
		struct rig rig = {.depth = 4};
		unsigned char *buffer;

		rig_open(&rig, "sim:nvme,size=8M,mdts=64K,step");
		buffer = alloc(&rig, 1 << 20);
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[0]));
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 2048, note, &results[1]));
		assert_int_equal(padma_nvme_submit(rig.queue), 4);
		must(padma_sim_remove(rig.device, reads_as[i]));
		assert_int_equal(poll_until_error(&rig), -ENODEV);
		for (int r = 0; r < 2; r++) {
			assert_int_equal(results[r].calls, 1);
			assert_int_equal(results[r].error, -ENODEV);
		}
		assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_GONE);
		assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[0]),
				 -ENODEV);
		assert_int_equal(padma_nvme_submit(rig.queue), -ENODEV);
		assert_int_equal(padma_nvme_admin_poll(rig.nvme), -ENODEV);
		assert_int_equal(rig_reset(&rig), -ENODEV);
		assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
		must(padma_nvme_close(rig.nvme));
		padma_space_free(rig.space, buffer);
		rig_close_device(&rig);
	}
}

static void test_removal_request(void **state)
{
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	must(padma_sim_request_removal(rig.device));
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_REMOVAL_REQUESTED);
	/* It works until it is closed. */
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_identifiers),
		cmocka_unit_test(test_wrong_heads),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_a_completion_twice),
		cmocka_unit_test(test_error_status),
		cmocka_unit_test(test_delayed_completion),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_fatal_status),
		cmocka_unit_test(test_closing_a_failed_controller),
		cmocka_unit_test(test_slow_and_stuck_resets),
		cmocka_unit_test(test_a_reset_that_fails),
		cmocka_unit_test(test_surprise_removal),
		cmocka_unit_test(test_removal_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
