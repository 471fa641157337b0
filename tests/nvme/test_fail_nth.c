// SPDX-License-Identifier: BSD-3-Clause
/*
 * The NVMe driver on a system that runs out of resources: each call for a resource fails in turn
 * while a controller and its queues are opened, reset and closed. I/O needs none.
 */
#include "nvme_fixture.h"

#include "fail_nth.h"

#define DEVICE "sim:nvme,size=64M,mdts=128K,step"

struct bed {
	struct rig rig;
	char *buffer;
};

static int open_nvme(void *ctx)
{
	struct bed *bed = ctx;

	return padma_nvme_open(bed->rig.device, NULL, &bed->rig.nvme);
}

static int close_nvme(void *ctx)
{
	struct bed *bed = ctx;
	int rc = padma_nvme_close(bed->rig.nvme);

	return rc ? rc : (padma_space_trim(bed->rig.space) < 0 ? -EIO : 0);
}

static void undo_nvme(void *ctx)
{
	assert_int_equal(close_nvme(ctx), 0);
}

static int open_queue(void *ctx)
{
	struct bed *bed = ctx;
	const struct padma_nvme_queue_params params = {.depth = bed->rig.depth};

	return padma_nvme_queue_open(bed->rig.nvme, &params, &bed->rig.queue);
}

static int close_queue(void *ctx)
{
	struct bed *bed = ctx;

	return padma_nvme_queue_close(bed->rig.queue);
}

static void undo_queue(void *ctx)
{
	assert_int_equal(close_queue(ctx), 0);
}

static int reset_nvme(void *ctx)
{
	struct bed *bed = ctx;

	padma_nvme_reset_begin(bed->rig.nvme);
	(void)padma_nvme_poll(bed->rig.queue, 0);
	return padma_nvme_reset_finish(bed->rig.nvme);
}

static void undo_nothing(void *ctx)
{
	(void)ctx;
}

/* The queue works. */
static void check_io(void *ctx)
{
	const struct bed *bed = ctx;

	/* Its owner learns of a reset that is over. */
	assert_true(padma_nvme_poll(bed->rig.queue, 0) >= 0);
	assert_int_equal(do_write(&bed->rig, bed->buffer, 3, 20), 0);
	assert_int_equal(do_read(&bed->rig, bed->buffer, 3, 20), 0);
}

/* After a reset that failed the controller needs another one, as the queue reports. */
static void check_failed(void *ctx)
{
	const struct bed *bed = ctx;
	struct result result = {0};

	if (padma_nvme_state(bed->rig.nvme) == PADMA_NVME_LIVE)
		check_io(ctx);
	else
		assert_true(padma_nvme_read(bed->rig.queue, 1, bed->buffer, 0, 1, note, &result) <
			    0);
}

static int every_command(void *ctx)
{
	const struct bed *bed = ctx;
	struct padma_nvme_queue *queue = bed->rig.queue;
	padma_dma_t dma = padma_dma(bed->rig.space, bed->buffer);
	struct result results[6] = {0};
	int rc;

	rc = padma_nvme_write(queue, 1, bed->buffer, 0, 8, note, &results[0]);
	rc = rc ? rc : padma_nvme_read(queue, 1, bed->buffer + 512, 0, 30, note, &results[1]);
	/* 1 MiB by parts of 128 KiB, more than there is room for at once. */
	rc = rc ? rc : padma_nvme_read(queue, 1, bed->buffer, 0, 2048, note, &results[2]);
	rc = rc ? rc : padma_nvme_submit(queue);
	for (unsigned int i = 0; rc >= 0 && results[2].calls == 0 && i < 1000; i++) {
		fail_nth_exempt(true);
		rig_step(&bed->rig);
		fail_nth_exempt(false);
		rc = padma_nvme_poll(queue, 0);
	}
	rc = rc < 0 ? rc : padma_nvme_flush(queue, 1, note, &results[3]);
	rc = rc ? rc : padma_nvme_write_zeroes(queue, 1, 100, 10, note, &results[4]);
	rc = rc ? rc : padma_nvme_read_dma(queue, 1, dma, 5, 8, note, &results[5]);
	rc = rc ? rc : padma_nvme_submit(queue);
	for (unsigned int i = 0; rc >= 0 && padma_nvme_outstanding(queue) && i < 1000; i++) {
		fail_nth_exempt(true);
		rig_step(&bed->rig);
		fail_nth_exempt(false);
		rc = padma_nvme_poll(queue, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(results) && rc >= 0; i++) {
		assert_int_equal(results[i].calls, 1);
		assert_int_equal(results[i].error, 0);
	}
	return rc;
}

static void open_bed(struct bed *bed, enum padma_guard_mode guard)
{
	*bed = (struct bed){
		.rig = {.guard = guard, .exact = guard == PADMA_GUARD_EXACT, .depth = 7}};
	rig_open_device(&bed->rig, DEVICE);
	bed->buffer = alloc(&bed->rig, (size_t)2 << 20);
}

static void close_bed(struct bed *bed)
{
	must(padma_space_free(bed->rig.space, bed->buffer));
	assert_int_equal(dma_faults(&bed->rig), 0);
	rig_close_device(&bed->rig);
}

static void test_controller(void **state)
{
	const struct fail_nth_call open = {
		.name = "a controller", .act = open_nvme, .undo = undo_nvme, .least = 6};
	long blocks = fail_nth_live_blocks();

	(void)state;
	for (unsigned int guard = PADMA_GUARD_OFF; guard <= PADMA_GUARD_EXACT; guard++) {
		struct fail_nth_call call = open;
		struct bed bed;

		open_bed(&bed, (enum padma_guard_mode)guard);
		call.space = bed.rig.space;
		fail_each(&call, &bed);
		fail_none(&call, close_nvme, &bed);
		close_bed(&bed);
	}
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

static void queue_each(struct bed *bed)
{
	const struct fail_nth_call open = {
		.name = "a queue",
		.act = open_queue,
		.undo = undo_queue,
		.space = bed->rig.space,
		.least = 3,
	};
	const struct fail_nth_call reset = {
		.name = "a reset",
		.act = reset_nvme,
		.undo = undo_nothing,
		.check = check_failed,
		.space = bed->rig.space,
	};
	const struct fail_nth_call io = {
		.name = "every command",
		.act = every_command,
		.undo = undo_nothing,
		.space = bed->rig.space,
	};

	fail_each(&open, bed);
	fail_none(&open, close_queue, bed);
	must(open_queue(bed));
	/* Not one call: the hot path does without. */
	fail_nth_arm(0);
	assert_true(every_command(bed) >= 0);
	(void)fail_nth_disarm();
	assert_int_equal(fail_nth_calls(), 0);
	fail_each(&reset, bed);
	check_io(bed);
	fail_each(&io, bed);
	must(close_queue(bed));
}

static void test_queue(void **state)
{
	long blocks = fail_nth_live_blocks();
	struct bed bed;

	(void)state;
	for (unsigned int guard = PADMA_GUARD_OFF; guard <= PADMA_GUARD_EXACT; guard++) {
		open_bed(&bed, (enum padma_guard_mode)guard);
		must(open_nvme(&bed));
		queue_each(&bed);
		must(close_nvme(&bed));
		close_bed(&bed);
	}
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_controller),
		cmocka_unit_test(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
