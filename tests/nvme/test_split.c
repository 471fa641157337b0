// SPDX-License-Identifier: BSD-3-Clause
/*
 * Progress and order: entries that are posted late, and split commands beside commands whose callbacks
 * put the next one into the ring at once.
 */
#include "nvme_fixture.h"

#include <stdlib.h>

static void inject(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value, .count = 1};

	must(padma_sim_fault(rig->device, &fault));
}

/*
 * A queue of two: the first command's entry is made when the controller had fetched only that one,
 * and posted when a third has been put into the place of the second. Nothing of it is wrong.
 */
static void test_an_entry_made_early_and_posted_late(void **state)
{
	struct result results[3] = {{0}};
	struct rig rig = {.depth = 2};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,step");
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_WRONG_HEAD, 1);
	inject(&rig, PADMA_SIM_FAULT_DELAY, 2);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[0]));
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[1]));
	must(rig_finish(&rig, &results[1]));
	assert_int_equal(results[0].calls, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[2]));
	must(rig_finish(&rig, &results[0]));
	if (results[2].calls == 0)
		must(rig_finish(&rig, &results[2]));
	must(results[2].error);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* A stream of commands that never leaves a tag free for long. */
struct stream {
	struct padma_nvme_queue *queue;
	void *buffer;
	unsigned long over;
	unsigned long refused;
	unsigned long wrong;
	unsigned int most; /* outstanding */
	bool stop;
};

static void look(struct stream *stream)
{
	unsigned int outstanding = padma_nvme_outstanding(stream->queue);

	if (outstanding > stream->most)
		stream->most = outstanding;
}

static void flow(void *ctx, int error, uint16_t status)
{
	struct stream *stream = ctx;
	int rc = 0;

	stream->over++;
	stream->wrong += error || status;
	while (!stream->stop && rc == 0) {
		rc = padma_nvme_read(stream->queue, 1, stream->buffer, 0, 1, flow, stream);
		look(stream);
	}
	stream->refused += rc == -EAGAIN;
}

static void turn(const struct rig *rig)
{
	assert_true(padma_nvme_submit(rig->queue) >= 0);
	rig_step(rig);
	assert_true(padma_nvme_poll(rig->queue, 0) >= 0);
}

/* A late command keeps one tag, so that the parts' tags and the stream's are freed together. */
static void test_a_split_command_progresses_beside_a_stream(void **state)
{
	struct result split = {0};
	struct stream stream = {0};
	struct rig rig = {.depth = 4};
	unsigned long turns = 0;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=8K,step");
	stream.queue = rig.queue;
	stream.buffer = alloc(&rig, 1 << 20);
	inject(&rig, PADMA_SIM_FAULT_DELAY, 3);
	must(padma_nvme_read(rig.queue, 1, stream.buffer, 0, 1, flow, &stream));
	must(padma_nvme_read(rig.queue, 1, stream.buffer, 0, 2048, note, &split));
	assert_int_equal(padma_nvme_submit(rig.queue), 4);
	rig_step(&rig);
	assert_true(padma_nvme_poll(rig.queue, 3) >= 0);
	for (int i = 0; i < 4; i++)
		rig_step(&rig);
	/* 128 parts, four at a time; far fewer turns than anything that waits for its luck. */
	for (; split.calls == 0 && turns < 1000; turns++) {
		turn(&rig);
		look(&stream);
	}
	assert_int_equal(split.calls, 1);
	must(split.error);
	stream.stop = true;
	while (padma_nvme_outstanding(rig.queue))
		turn(&rig);
	assert_int_equal(stream.wrong, 0);
	assert_in_range(stream.most, 1, 4);
	padma_space_free(rig.space, stream.buffer);
	rig_close(&rig);
}

/* While a command waits for room no other is taken, of whatever kind; then all are again. */
static void test_no_command_overtakes_a_waiting_one(void **state)
{
	struct result split = {0}, other = {0};
	struct rig rig = {.depth = 4};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=8K,step");
	buffer = alloc(&rig, 1 << 20);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 2048, note, &split));
	assert_int_equal(padma_nvme_submit(rig.queue), 4);
	rig_step(&rig);
	/* Its parts are completed and not reaped: their tags are freed one by one. */
	assert_int_equal(padma_nvme_poll(rig.queue, 1), 0);
	assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &other), -EAGAIN);
	assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 0, 2048, note, &other), -EAGAIN);
	assert_int_equal(padma_nvme_flush(rig.queue, 1, note, &other), -EAGAIN);
	assert_int_equal(padma_nvme_write_zeroes(rig.queue, 1, 0, 1, note, &other), -EAGAIN);
	assert_int_equal(
		padma_nvme_read_dma(rig.queue, 1, padma_dma(rig.space, buffer), 0, 1, note, &other),
		-EAGAIN);
	/* A reset ends it, and with it the waiting. */
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(split.error, -ECANCELED);
	must(padma_nvme_flush(rig.queue, 1, note, &other));
	must(rig_finish(&rig, &other));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* Depth counts commands: one whose parts hold every tag leaves room for another, which waits. */
static void test_a_split_command_may_wait_for_all_its_tags(void **state)
{
	struct result results[2] = {{0}}, other = {0};
	struct rig rig = {.depth = 4};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=8K,step");
	buffer = alloc(&rig, 1 << 16);
	must(padma_nvme_write(rig.queue, 1, buffer, 0, 64, note, &results[0]));
	must(padma_nvme_write(rig.queue, 1, buffer, 0, 64, note, &results[1]));
	assert_int_equal(padma_nvme_write(rig.queue, 1, buffer, 0, 64, note, &other), -EAGAIN);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 2);
	must(rig_finish(&rig, &results[0]));
	must(rig_finish(&rig, &results[1]));
	assert_int_equal(other.calls, 0);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_made_early_and_posted_late),
		cmocka_unit_test(test_a_split_command_progresses_beside_a_stream),
		cmocka_unit_test(test_no_command_overtakes_a_waiting_one),
		cmocka_unit_test(test_a_split_command_may_wait_for_all_its_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
