// SPDX-License-Identifier: BSD-3-Clause
/*
 * A controller that does not respond, or has changed after a reset: memory is freed only when the
 * controller cannot reach it, and lost capabilities are noticed.
 */
#include "intercept.h"

#define DEVICE	       "sim:nvme,size=8M,step"
#define CNS_NAMESPACE  0
#define CNS_CONTROLLER 1
#define OFFSET_NSZE    0
#define OFFSET_MDTS    77

static bool is_enabled(const struct rig *rig)
{
	return padma_bar_read32(padma_device_bar(rig->device, 0), NVME_REG_CC) & NVME_CC_EN;
}

static void open_hasty(struct rig *rig)
{
	const struct padma_nvme_params hasty = {.enable_timeout_ns = 20000000,
						.shutdown_timeout_ns = 20000000};
	const struct padma_nvme_queue_params params = {.depth = 4};

	rig_open_device(rig, DEVICE);
	must(control(rig, padma_nvme_open(rig->device, &hasty, &rig->nvme)));
	must(control(rig, padma_nvme_queue_open(rig->nvme, &params, &rig->queue)));
}

/* It takes no reset, and masters the bus whatever is written: its commands' memory is not safe. */
static void test_an_unresponsive_controller_keeps_its_queue(void **state)
{
	struct result result = {0};
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	open_hasty(&rig);
	buffer = alloc(&rig, 4096);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	intercept_begin(&rig);
	intercept.unresponsive = true;
	/* Admin commands time out: the controller completes none. */
	rig.nvme->admin_timeout_ns = 1000000;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(padma_nvme_queue_close(rig.queue), -EBUSY);
		assert_int_equal(result.calls, 0);
		assert_int_equal(padma_nvme_outstanding(rig.queue), 1);
		assert_int_equal(padma_nvme_close(rig.nvme), -EBUSY);
	}
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	intercept_end(&rig);
	/* The buffer is the controller's still, and it makes use of it. */
	memset(buffer, 0x77, 4096);
	rig_step(&rig);
	assert_int_equal(buffer[0], 0);
	/* It listens again: now it lets go. */
	assert_int_equal(control(&rig, padma_nvme_queue_close(rig.queue)), -EIO);
	assert_false(is_enabled(&rig));
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.error, -ECANCELED);
	must(control(&rig, padma_nvme_close(rig.nvme)));
	assert_int_equal(dma_faults(&rig), 0);
	padma_space_free(rig.space, buffer);
	rig_close_device(&rig);
}

/* Closing reports what went wrong with the shutdown; the controller is closed nevertheless. */
static void test_a_shutdown_that_fails(void **state)
{
	static const struct {
		uint32_t csts;
		int error;
	} ends[] = {{NVME_CSTS_RDY, -ETIMEDOUT}, {NVME_CSTS_RDY | NVME_CSTS_CFS, -EIO}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct rig rig = {0};

		open_hasty(&rig);
		must(control(&rig, padma_nvme_queue_close(rig.queue)));
		intercept_begin(&rig);
		intercept_register(NVME_REG_CSTS, ends[i].csts);
		assert_int_equal(padma_nvme_close(rig.nvme), ends[i].error);
		assert_non_null(strstr(padma_last_error(), "shutdown"));
		intercept_end(&rig);
		assert_false(is_enabled(&rig));
		rig_close_device(&rig);
	}
}

/* Neither the submission queue is made nor the completion queue unmade: it must let go of it. */
static void test_a_queue_that_is_half_created(void **state)
{
	struct padma_nvme_queue *second = NULL;
	struct rig rig = {.depth = 4};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	intercept_begin(&rig);
	intercept_refuse(NVME_ADMIN_CREATE_SQ, ANY_CDW10, ANY_NSID);
	assert_int_equal(padma_nvme_queue_open(rig.nvme, NULL, &second), -EIO);
	/* The completion queue was deleted: nothing else came of it. */
	assert_true(is_enabled(&rig));
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	intercept_refuse(NVME_ADMIN_DELETE_CQ, ANY_CDW10, ANY_NSID);
	assert_int_equal(padma_nvme_queue_open(rig.nvme, NULL, &second), -EIO);
	assert_false(is_enabled(&rig));
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	intercept_end(&rig);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* Its open queues would send it more than it takes: the reset fails, and a later one may not. */
static void test_transfers_become_smaller_with_a_reset(void **state)
{
	struct rig rig = {.depth = 4};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 1 << 20);
	intercept_begin(&rig);
	intercept_identify(CNS_CONTROLLER, ANY_NSID, OFFSET_MDTS, 1, 3);
	padma_nvme_reset_begin(rig.nvme);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(padma_nvme_reset_finish(rig.nvme), -EPROTO);
	assert_non_null(strstr(padma_last_error(), "32768"));
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	intercept_end(&rig);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	must(do_read(&rig, buffer, 0, 2048));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* Asked again, and for every queue, it has the new size. */
static void test_a_namespace_becomes_smaller_with_a_reset(void **state)
{
	struct padma_nvme_namespace before, after;
	struct rig rig = {.depth = 4};
	struct result result = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	before = nvme_namespace(rig.nvme, 0);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	/* Nothing changed: it is the same. */
	after = nvme_namespace(rig.nvme, 0);
	assert_memory_equal(&after, &before, sizeof(after));
	intercept_begin(&rig);
	intercept_identify(CNS_NAMESPACE, ANY_NSID, OFFSET_NSZE, 8, 100);
	padma_nvme_reset_begin(rig.nvme);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	must(padma_nvme_reset_finish(rig.nvme));
	intercept_end(&rig);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	after = nvme_namespace(rig.nvme, 0);
	assert_int_equal(before.lbas, 16384);
	assert_int_equal(after.lbas, 100);
	assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 99, 2, note, &result), -EINVAL);
	must(do_read(&rig, buffer, 92, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_unresponsive_controller_keeps_its_queue),
		cmocka_unit_test(test_a_shutdown_that_fails),
		cmocka_unit_test(test_a_queue_that_is_half_created),
		cmocka_unit_test(test_transfers_become_smaller_with_a_reset),
		cmocka_unit_test(test_a_namespace_becomes_smaller_with_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
