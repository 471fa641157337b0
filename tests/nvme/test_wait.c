// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for one command, and cancelling a queue: nothing is outstanding afterwards in any case. */
#include "nvme_fixture.h"

#define DEVICE	   "sim:nvme,size=8M,mdts=8K"
/* For the one command that is to time out: on a loaded machine others may take long, too. */
#define TIMEOUT_NS 500000000ull

static void open_rig_for(struct rig *rig, unsigned int depth, uint64_t timeout_ns)
{
	*rig = (struct rig){.depth = depth, .timeout_ns = timeout_ns};
	rig_open(rig, DEVICE);
}

static void open_rig(struct rig *rig, unsigned int depth)
{
	open_rig_for(rig, depth, 0);
}

static void inject(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value,
		   uint64_t count)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value, .count = count};

	must(padma_sim_fault(rig->device, &fault));
}

static int wait_read(const struct rig *rig, void *buffer, uint32_t lbas,
		     struct padma_nvme_wait *wait)
{
	*wait = (struct padma_nvme_wait){0};
	must(padma_nvme_read(rig->queue, 1, buffer, 0, lbas, padma_nvme_wait_done, wait));
	return padma_nvme_wait(rig->queue, wait);
}

static void test_wait(void **state)
{
	struct padma_nvme_wait wait = {0};
	unsigned char *buffer, *copy;
	uint64_t seed = 7;
	struct rig rig;

	(void)state;
	open_rig(&rig, 4);
	buffer = alloc(&rig, 65536);
	copy = alloc(&rig, 65536);
	fill(buffer, 65536, &seed);
	/* Split: more parts than the queue has room for. */
	must(padma_nvme_write(rig.queue, 1, buffer, 0, 128, padma_nvme_wait_done, &wait));
	must(padma_nvme_wait(rig.queue, &wait));
	assert_true(wait.over);
	must(wait_read(&rig, copy, 128, &wait));
	assert_memory_equal(buffer, copy, 65536);
	/* One that is over is not waited for. */
	must(padma_nvme_wait(rig.queue, &wait));
	padma_space_free(rig.space, buffer);
	padma_space_free(rig.space, copy);
	rig_close(&rig);
}

/* How the command ends, and whether the controller is still usable afterwards. */
static void wait_through(enum padma_sim_fault_kind kind, uint64_t value, int error, bool live)
{
	struct padma_nvme_wait wait;
	unsigned char *buffer;
	struct rig rig;

	open_rig_for(&rig, 4, kind == PADMA_SIM_FAULT_DROP ? TIMEOUT_NS : 0);
	buffer = alloc(&rig, 4096);
	inject(&rig, kind, value, 1);
	assert_int_equal(wait_read(&rig, buffer, 8, &wait), error);
	assert_true(wait.over);
	assert_int_equal(wait.error, error);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	assert_string_not_equal(padma_last_error(), "");
	assert_int_equal(padma_nvme_state(rig.nvme), live ? PADMA_NVME_LIVE : PADMA_NVME_FAILED);
	if (!live) {
		must(rig_reset(&rig));
		assert_true(padma_nvme_poll(rig.queue, 0) >= 0);
	}
	must(wait_read(&rig, buffer, 8, &wait));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_wait_through_each_fault(void **state)
{
	(void)state;
	wait_through(PADMA_SIM_FAULT_STATUS, 0x281, -EIO, true);
	wait_through(PADMA_SIM_FAULT_DROP, 0, -ETIMEDOUT, false);
	wait_through(PADMA_SIM_FAULT_WRONG_ID, 0xfff, -ECANCELED, false);
	wait_through(PADMA_SIM_FAULT_GARBAGE, 0, -ECANCELED, false);
	wait_through(PADMA_SIM_FAULT_WRONG_HEAD, 0x8000, -ECANCELED, false);
	wait_through(PADMA_SIM_FAULT_FATAL, 0, -ECANCELED, false);
}

static void test_wait_for_a_device_that_is_pulled_out(void **state)
{
	struct padma_nvme_wait wait = {0};
	unsigned char *buffer;
	struct rig rig;

	(void)state;
	open_rig(&rig, 4);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_DROP, 0, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, padma_nvme_wait_done, &wait));
	must(padma_sim_remove(rig.device, UINT64_MAX));
	assert_int_equal(padma_nvme_wait(rig.queue, &wait), -ENODEV);
	assert_true(wait.over);
	assert_int_equal(padma_nvme_queue_cancel(rig.queue), -ENODEV);
	padma_space_free(rig.space, buffer);
	assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
	must(padma_nvme_close(rig.nvme));
	rig_close_device(&rig);
}

/* Commands that the controller keeps: the queue pair is deleted, and created again empty. */
static void test_cancel(void **state)
{
	struct result results[5] = {{0}};
	struct padma_nvme_wait wait;
	unsigned char *buffer;
	struct rig rig;

	(void)state;
	open_rig(&rig, 4);
	buffer = alloc(&rig, 65536);
	for (int round = 0; round < 3; round++) {
		memset(results, 0, sizeof(results));
		inject(&rig, PADMA_SIM_FAULT_DROP, 0, 0);
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[0]));
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 128, note, &results[1]));
		/* It waits for room, and so does nothing else. */
		assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[2]),
				 -EAGAIN);
		must(padma_nvme_queue_cancel(rig.queue));
		assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(results[i].calls, 1);
			assert_int_equal(results[i].error, -ECANCELED);
		}
		assert_int_equal(results[2].calls, 0);
		assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
		inject(&rig, PADMA_SIM_FAULT_NONE, 0, 0);
		for (int i = 0; i < 40; i++)
			must(wait_read(&rig, buffer, 8, &wait));
	}
	/* An empty queue has nothing to cancel. */
	must(padma_nvme_queue_cancel(rig.queue));
	must(wait_read(&rig, buffer, 8, &wait));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

struct again {
	struct padma_nvme_queue *queue;
	void *buffer;
	int calls;
	int rc;
};

static void try_again(void *ctx, int error, uint16_t status)
{
	struct again *again = ctx;

	(void)status;
	assert_int_equal(error, -ECANCELED);
	again->calls++;
	again->rc = padma_nvme_read(again->queue, 1, again->buffer, 0, 8, try_again, again);
}

/* A callback that submits the next command finds no room while all are being ended. */
static void test_callbacks_do_not_refill_a_queue(void **state)
{
	struct again again = {0};
	struct rig rig;

	(void)state;
	open_rig(&rig, 4);
	again.queue = rig.queue;
	again.buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_DROP, 0, 0);
	must(padma_nvme_read(rig.queue, 1, again.buffer, 0, 8, try_again, &again));
	must(padma_nvme_queue_cancel(rig.queue));
	assert_int_equal(again.calls, 1);
	assert_int_equal(again.rc, -EAGAIN);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	padma_space_free(rig.space, again.buffer);
	rig_close(&rig);
}

/* Who resets ends the commands; the owner has but to poll. */
static void test_a_reset_comes_first(void **state)
{
	struct result result = {0};
	unsigned char *buffer;
	struct rig rig;

	(void)state;
	open_rig(&rig, 4);
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_DROP, 0, 1);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	padma_nvme_reset_begin(rig.nvme);
	assert_int_equal(padma_nvme_queue_cancel(rig.queue), -EAGAIN);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(padma_nvme_queue_cancel(rig.queue), -EAGAIN);
	must(padma_nvme_reset_finish(rig.nvme));
	assert_int_equal(padma_nvme_queue_cancel(rig.queue), -EAGAIN);
	assert_int_equal(result.calls, 0);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.error, -ECANCELED);
	must(padma_nvme_queue_cancel(rig.queue));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wait_through_each_fault),
		cmocka_unit_test(test_wait_for_a_device_that_is_pulled_out),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_callbacks_do_not_refill_a_queue),
		cmocka_unit_test(test_a_reset_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
