// SPDX-License-Identifier: BSD-3-Clause
/*
 * Registers that do not respond do not prove that the device does no DMA. Memory that the controller
 * was given is returned - by a callback, by closing a queue or the controller - only when it is off the
 * bus, or its bus mastering reads as off; nothing is leaked before.
 */
#include "intercept.h"

#define DEVICE	       "sim:nvme,size=16M,step"
#define NO_RESET       DEVICE ",reset=none"
#define PAGE	       4096u
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define MINE	       0xaa
#define MOST_BLOCKS    8192
#define MASTER_STUCK   PADMA_SIM_FAULT_MASTER_STUCK
#define REGISTERS      PADMA_SIM_FAULT_REGISTERS
#define ALL_TAKEN_BACK PADMA_SIM_FAULT_NONE

static void arm(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value};

	if (rig->device->ops == &intercept.ops)
		must(passed_on(rig->device, padma_sim_fault(rig->device, &fault)));
	else
		must(padma_sim_fault(rig->device, &fault));
}

static uint16_t command_register(const struct rig *rig)
{
	uint16_t command;

	must(padma_device_config_read(rig->device, 4, &command, sizeof(command)));
	return command;
}

static bool masters(const struct rig *rig)
{
	return command_register(rig) & COMMAND_MASTER;
}

static size_t allocated(const struct rig *rig)
{
	struct padma_space_info info;

	padma_space_info(rig->space, &info);
	return info.allocated_bytes;
}

/* The ways in which registers come to read as all ones while configuration space answers. */
static void lose_memory_decoding(const struct rig *rig)
{
	uint16_t command = command_register(rig) & (uint16_t)~COMMAND_MEMORY;

	must(padma_device_config_write(rig->device, 4, &command, sizeof(command)));
	assert_true(masters(rig));
}

static void lose_registers(const struct rig *rig)
{
	arm(rig, REGISTERS, UINT64_MAX);
}

static void (*const losses[])(const struct rig *rig) = {lose_memory_decoding, lose_registers};

/* A command whose doorbell has been rung, and which the controller has not looked at yet. */
static void put_read(const struct rig *rig, void *buffer, struct result *result)
{
	*result = (struct result){0};
	must(padma_nvme_read(rig->queue, 1, buffer, 0, 8, note, result));
	assert_int_equal(padma_nvme_submit(rig->queue), 1);
}

/* The device is not stepped: it completes nothing. */
static int poll_until_lost(const struct rig *rig)
{
	int rc = 0;

	for (unsigned long turn = 0; rc == 0 && turn < PATIENCE; turn++)
		rc = padma_nvme_poll(rig->queue, 0);
	return rc;
}

static size_t overwritten(const unsigned char *from, size_t bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes; i++)
		count += from[i] != MINE;
	return count;
}

static void go_on(const struct rig *rig)
{
	for (int i = 0; i < 8; i++)
		padma_sim_step(rig->device, 0);
}

/* The callback gives the buffer back: the device does not write to it any more. */
static void test_a_buffer_is_returned(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		struct rig rig = {.depth = 4};
		struct result result;
		unsigned char *buffer;

		rig_open(&rig, DEVICE);
		buffer = alloc(&rig, PAGE);
		put_read(&rig, buffer, &result);
		losses[i](&rig);
		assert_int_equal(poll_until_lost(&rig), 1);
		assert_int_equal(result.calls, 1);
		assert_int_equal(result.error, -ENODEV);
		assert_false(masters(&rig));
		assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_GONE);
		assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_GONE);
		memset(buffer, MINE, PAGE);
		go_on(&rig);
		assert_int_equal(overwritten(buffer, PAGE), 0);
		assert_int_equal(padma_nvme_poll(rig.queue, 0), -ENODEV);
		assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
		must(padma_nvme_close(rig.nvme));
		padma_space_free(rig.space, buffer);
		rig_close_device(&rig);
	}
}

/* As above for everything that closing a queue frees: its next user is the only one. */
static void test_rings_are_freed(void **state)
{
	static unsigned char *blocks[MOST_BLOCKS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		struct rig rig = {.depth = 4};
		struct result result;
		unsigned char *buffer;
		size_t before, count = 0;

		rig_open(&rig, DEVICE);
		buffer = alloc(&rig, PAGE);
		put_read(&rig, buffer, &result);
		before = allocated(&rig);
		losses[i](&rig);
		assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
		assert_int_equal(result.calls, 1);
		assert_false(masters(&rig));
		assert_true(allocated(&rig) < before);
		padma_space_free(rig.space, buffer);
		/* Until all that was freed has been handed out again. */
		while (count < MOST_BLOCKS &&
		       allocated(&rig) < 2 * before + MOST_BLOCKS * PAGE / 2) {
			blocks[count] = alloc(&rig, PAGE);
			memset(blocks[count++], MINE, PAGE);
		}
		go_on(&rig);
		for (size_t block = 0; block < count; block++) {
			assert_int_equal(overwritten(blocks[block], PAGE), 0);
			padma_space_free(rig.space, blocks[block]);
		}
		must(padma_nvme_close(rig.nvme));
		assert_int_equal(allocated(&rig), 0);
		rig_close_device(&rig);
	}
}

/*
 * It masters the bus whatever is done, and its registers are lost: what it has stays in use, however
 * often it is asked for. When bus mastering can be turned off everything is returned.
 */
static void test_nothing_is_freed_before(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result;
	unsigned char *buffer;
	size_t in_use;

	(void)state;
	rig_open(&rig, NO_RESET);
	buffer = alloc(&rig, PAGE);
	put_read(&rig, buffer, &result);
	in_use = allocated(&rig);
	arm(&rig, MASTER_STUCK, 0);
	arm(&rig, REGISTERS, UINT64_MAX);
	assert_int_equal(poll_until_lost(&rig), -EIO);
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
		assert_int_equal(padma_nvme_queue_close(rig.queue), -EBUSY);
		assert_int_equal(padma_nvme_close(rig.nvme), -EBUSY);
		assert_int_equal(padma_device_close(rig.device), -EBUSY);
	}
	padma_nvme_reset_begin(rig.nvme);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(padma_nvme_reset_finish(rig.nvme), -EIO);
	assert_int_equal(result.calls, 0);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 1);
	assert_int_equal(allocated(&rig), in_use);
	/* It carries out the command: the buffer is still in use. */
	memset(buffer, MINE, PAGE);
	go_on(&rig);
	assert_int_equal(overwritten(buffer, PAGE), PAGE);

	arm(&rig, ALL_TAKEN_BACK, 0);
	arm(&rig, REGISTERS, UINT64_MAX);
	assert_int_equal(padma_nvme_reset_finish(rig.nvme), -ENODEV);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.error, -ENODEV);
	assert_false(masters(&rig));
	assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
	must(padma_nvme_close(rig.nvme));
	padma_space_free(rig.space, buffer);
	assert_int_equal(allocated(&rig), 0);
	rig_close_device(&rig);
}

/* Polls check again: that it is gone by now is noticed without a reset or close. */
static void test_a_failed_device_is_removed_later(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result;
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, NO_RESET);
	buffer = alloc(&rig, PAGE);
	put_read(&rig, buffer, &result);
	arm(&rig, MASTER_STUCK, 0);
	arm(&rig, REGISTERS, UINT64_MAX);
	assert_int_equal(poll_until_lost(&rig), -EIO);
	must(padma_sim_remove(rig.device, UINT64_MAX));
	for (unsigned long turn = 0; result.calls == 0 && turn < PATIENCE; turn++)
		padma_nvme_poll(rig.queue, 0);
	assert_int_equal(result.error, -ENODEV);
	assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
	must(padma_nvme_close(rig.nvme));
	padma_space_free(rig.space, buffer);
	rig_close_device(&rig);
}

/* A function level reset ends all DMA, too, whatever the registers read as. */
static void test_a_function_level_reset_is_enough(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result;
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, PAGE);
	put_read(&rig, buffer, &result);
	arm(&rig, MASTER_STUCK, 0);
	arm(&rig, REGISTERS, UINT64_MAX);
	assert_int_equal(poll_until_lost(&rig), -EIO);
	assert_true(masters(&rig));
	assert_int_equal(result.calls, 0);
	assert_int_not_equal(padma_nvme_queue_close(rig.queue), -EBUSY);
	assert_int_equal(result.calls, 1);
	assert_false(masters(&rig));
	memset(buffer, MINE, PAGE);
	go_on(&rig);
	assert_int_equal(overwritten(buffer, PAGE), 0);
	must(padma_nvme_close(rig.nvme));
	padma_space_free(rig.space, buffer);
	assert_int_equal(allocated(&rig), 0);
	rig_close_device(&rig);
}

static void test_closing_a_controller_that_stays_on(void **state)
{
	struct rig rig = {0};
	size_t in_use;

	(void)state;
	rig_open_device(&rig, NO_RESET);
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	in_use = allocated(&rig);
	arm(&rig, MASTER_STUCK, 0);
	arm(&rig, REGISTERS, UINT64_MAX);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(padma_nvme_close(rig.nvme), -EBUSY);
		assert_int_equal(allocated(&rig), in_use);
	}
	arm(&rig, ALL_TAKEN_BACK, 0);
	/* It was not shut down, which is reported. */
	assert_int_equal(padma_nvme_close(rig.nvme), -EIO);
	assert_int_equal(allocated(&rig), 0);
	rig_close_device(&rig);
}

/* What to lose the registers at, for the hook that sees admin commands. */
static struct {
	const struct rig *rig;
	uint8_t opcode;
} loss;

static void lose_at_command(const struct nvme_command *command)
{
	if (command->opcode != loss.opcode)
		return;
	arm(loss.rig, MASTER_STUCK, 0);
	arm(loss.rig, REGISTERS, UINT64_MAX);
}

/* There is no handle to close: the device keeps what the controller had until it can be closed. */
static void test_an_opening_that_fails_leaves_nothing(void **state)
{
	struct rig rig = {0};
	void *other;

	(void)state;
	rig_open_device(&rig, NO_RESET);
	intercept_begin(&rig);
	loss.rig = &rig;
	loss.opcode = NVME_ADMIN_IDENTIFY;
	intercept.watch = lose_at_command;
	assert_int_equal(padma_nvme_open(rig.device, NULL, &rig.nvme), -EIO);
	assert_null(rig.nvme);
	intercept_end(&rig);
	/* The rings are not handed out again. */
	assert_int_not_equal(allocated(&rig), 0);
	other = alloc(&rig, PAGE);
	assert_int_not_equal(padma_dma(rig.space, other), intercept.asq);
	assert_int_not_equal(padma_dma(rig.space, other), intercept.acq);
	padma_space_free(rig.space, other);
	assert_int_equal(padma_device_close(rig.device), -EBUSY);
	assert_int_not_equal(allocated(&rig), 0);
	arm(&rig, ALL_TAKEN_BACK, 0);
	must(padma_device_close(rig.device));
	assert_int_equal(allocated(&rig), 0);
	free(rig.stepper);
	must(padma_space_close(rig.space));
}

/* A queue that may have been created stays in use until the controller does no DMA. */
static void test_a_queue_that_may_have_been_created(void **state)
{
	static const uint8_t opcodes[] = {NVME_ADMIN_CREATE_CQ, NVME_ADMIN_CREATE_SQ};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct rig rig = {0};
		size_t before;

		rig_open_device(&rig, NO_RESET);
		must(padma_nvme_open(rig.device, NULL, &rig.nvme));
		before = allocated(&rig);
		intercept_begin(&rig);
		loss.rig = &rig;
		loss.opcode = opcodes[i];
		intercept.watch = lose_at_command;
		assert_int_equal(padma_nvme_queue_open(rig.nvme, NULL, &rig.queue), -EIO);
		assert_null(rig.queue);
		intercept_end(&rig);
		assert_true(allocated(&rig) > before);
		assert_int_equal(padma_nvme_close(rig.nvme), -EBUSY);
		assert_true(allocated(&rig) > before);
		arm(&rig, ALL_TAKEN_BACK, 0);
		must(padma_nvme_close(rig.nvme));
		assert_int_equal(allocated(&rig), 0);
		rig_close_device(&rig);
	}
}

/*
 * Zeros while configuration space answers: it is not ready, as a virtual function whose secondary
 * controller is offline. It is there, and what it was given is its own.
 */
static void test_zeros_are_not_ready(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result;
	unsigned char *buffer;

	(void)state;
	rig_open_device(&rig, DEVICE);
	arm(&rig, REGISTERS, 0);
	assert_int_equal(padma_nvme_open(rig.device, NULL, &rig.nvme), -EIO);
	assert_non_null(strstr(padma_last_error(), "virtual function"));
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_OK);
	arm(&rig, ALL_TAKEN_BACK, 0);
	rig_close_device(&rig);

	rig.depth = 4;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, PAGE);
	put_read(&rig, buffer, &result);
	arm(&rig, REGISTERS, 0);
	assert_int_equal(poll_until_lost(&rig), -EIO);
	assert_non_null(strstr(padma_last_error(), "not ready"));
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_OK);
	assert_int_equal(result.calls, 0);
	assert_true(masters(&rig));
	memset(buffer, MINE, PAGE);
	go_on(&rig);
	assert_int_equal(overwritten(buffer, PAGE), PAGE);
	/* Ready again, and reset, it works. */
	arm(&rig, ALL_TAKEN_BACK, 0);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.error, -ECANCELED);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* CSTS that reads as zero is no proof of a controller that is disabled. */
static void test_zeros_do_not_end_dma(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result;
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, NO_RESET);
	buffer = alloc(&rig, PAGE);
	put_read(&rig, buffer, &result);
	arm(&rig, MASTER_STUCK, 0);
	arm(&rig, REGISTERS, 0);
	assert_int_equal(padma_nvme_queue_close(rig.queue), -EBUSY);
	assert_int_equal(result.calls, 0);
	assert_int_equal(padma_nvme_close(rig.nvme), -EBUSY);
	/* Without bus mastering it does no DMA, whatever its registers read as. */
	arm(&rig, ALL_TAKEN_BACK, 0);
	arm(&rig, REGISTERS, 0);
	assert_int_equal(padma_nvme_queue_close(rig.queue), -EIO);
	assert_int_equal(result.error, -ECANCELED);
	assert_false(masters(&rig));
	memset(buffer, MINE, PAGE);
	go_on(&rig);
	assert_int_equal(overwritten(buffer, PAGE), 0);
	must(padma_nvme_close(rig.nvme));
	padma_space_free(rig.space, buffer);
	assert_int_equal(allocated(&rig), 0);
	rig_close_device(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_buffer_is_returned),
		cmocka_unit_test(test_rings_are_freed),
		cmocka_unit_test(test_nothing_is_freed_before),
		cmocka_unit_test(test_a_failed_device_is_removed_later),
		cmocka_unit_test(test_a_function_level_reset_is_enough),
		cmocka_unit_test(test_closing_a_controller_that_stays_on),
		cmocka_unit_test(test_an_opening_that_fails_leaves_nothing),
		cmocka_unit_test(test_a_queue_that_may_have_been_created),
		cmocka_unit_test(test_zeros_are_not_ready),
		cmocka_unit_test(test_zeros_do_not_end_dma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
