// SPDX-License-Identifier: BSD-3-Clause
/* The driver for edu, and a device that is pulled out, does not answer, cannot be quieted, or is hostile. */
#include "edu_fixture.h"

#include <pthread.h>
#include <unistd.h>

#include <padma/time.h>

/* Less than the driver waits for an interrupt: an error that came by then was not its time-out. */
#define SOON_NS	     4000000000ull
#define HOSTILE_RUNS 24

/* A device that never answers costs the test less than the driver's five seconds. */
#define SHORT_NS     300000000ull

static uint64_t longest_wait_ns = UINT64_MAX;

static uint64_t shorter(uint64_t timeout_ns)
{
	return timeout_ns < longest_wait_ns ? timeout_ns : longest_wait_ns;
}

int __real_padma_irq_wait(struct padma_irq *irq, uint64_t timeout_ns);
int __wrap_padma_irq_wait(struct padma_irq *irq, uint64_t timeout_ns);

int __wrap_padma_irq_wait(struct padma_irq *irq, uint64_t timeout_ns)
{
	return __real_padma_irq_wait(irq, shorter(timeout_ns));
}

int __real_padma_bar_wait(const struct padma_bar *bar, uint64_t offset, unsigned int width,
			  uint64_t mask, uint64_t want, uint64_t timeout_ns);
int __wrap_padma_bar_wait(const struct padma_bar *bar, uint64_t offset, unsigned int width,
			  uint64_t mask, uint64_t want, uint64_t timeout_ns);

int __wrap_padma_bar_wait(const struct padma_bar *bar, uint64_t offset, unsigned int width,
			  uint64_t mask, uint64_t want, uint64_t timeout_ns)
{
	return __real_padma_bar_wait(bar, offset, width, mask, want, shorter(timeout_ns));
}

/* What happens to the device while the driver waits for it. */
struct event {
	struct bed *bed;
	void (*happens)(struct bed *bed);
	pthread_t thread;
};

static void *happen_later(void *arg)
{
	struct event *event = arg;

	usleep(50000);
	event->happens(event->bed);
	return NULL;
}

static void start_event(struct event *event, struct bed *bed, void (*happens)(struct bed *bed))
{
	*event = (struct event){.bed = bed, .happens = happens};
	assert_int_equal(pthread_create(&event->thread, NULL, happen_later, event), 0);
}

static void remove_with_ones(struct bed *bed)
{
	padma_sim_remove(bed->device, UINT64_MAX);
}

static void remove_with_zeros(struct bed *bed)
{
	padma_sim_remove(bed->device, 0);
}

static void request_removal_and_step(struct bed *bed)
{
	padma_sim_request_removal(bed->device);
	usleep(50000);
	padma_sim_step(bed->device, 0);
}

static void interrupt_and_step(struct bed *bed)
{
	/* Causes that the driver does not wait for. */
	padma_bar_write32(padma_device_bar(bed->device, 0), 0x60, 0x10);
	usleep(50000);
	padma_bar_write32(padma_device_bar(bed->device, 0), 0x60, 0x20);
	usleep(50000);
	padma_sim_step(bed->device, 0);
}

static void interrupt_without_end(struct bed *bed)
{
	for (int i = 0; i < 100; i++) {
		padma_bar_write32(padma_device_bar(bed->device, 0), 0x60, 0x10);
		usleep(2000);
	}
}

static int factorial(struct bed *bed)
{
	uint32_t result = 0;
	int rc = padma_edu_factorial(&bed->edu, 5, &result);

	if (rc == 0)
		assert_int_equal(result, 120);
	return rc;
}

static int read_back(struct bed *bed)
{
	return padma_edu_read(&bed->edu, bed->memory, 100, 0);
}

/* With "step" the command runs until the device is stepped. */
static int command_during(struct bed *bed, int (*command)(struct bed *bed),
			  void (*happens)(struct bed *bed))
{
	uint64_t start = padma_ticks();
	struct event event;
	int rc;

	start_event(&event, bed, happens);
	rc = command(bed);
	assert_true(padma_ticks_to_ns(padma_ticks() - start) < SOON_NS);
	pthread_join(event.thread, NULL);
	return rc;
}

static void test_removal(void **state)
{
	static void (*const removals[])(struct bed *) = {remove_with_ones, remove_with_zeros};
	static int (*const commands[])(struct bed *) = {factorial, read_back};
	struct bed bed;

	(void)state;
	for (int i = 0; i < 4; i++) {
		open_edu_of(&bed, "sim:edu,step");
		assert_int_equal(command_during(&bed, commands[i / 2], removals[i % 2]), -ENODEV);
		assert_int_equal(padma_device_state(bed.device), PADMA_DEVICE_GONE);
		assert_int_equal(factorial(&bed), -ENODEV);
		assert_int_equal(padma_edu_check_liveness(&bed.edu), -ENODEV);
		close_bed(&bed);
	}
}

static void test_removed_before(void **state)
{
	struct padma_edu edu = {0};
	struct bed bed;

	(void)state;
	open_bed_of(&bed, "sim:edu");
	remove_with_ones(&bed);
	assert_int_equal(padma_edu_open(&edu, bed.device), -ENODEV);
	close_bed(&bed);
}

static void test_removal_request(void **state)
{
	struct bed bed;

	(void)state;
	open_edu_of(&bed, "sim:edu,step");
	assert_int_equal(command_during(&bed, factorial, request_removal_and_step), 0);
	/* Still requested: the next command ends, too. */
	assert_int_equal(command_during(&bed, read_back, request_removal_and_step), 0);
	close_bed(&bed);
}

static void test_interrupts_for_other_reasons(void **state)
{
	static const enum padma_irq_kind kinds[] = {PADMA_IRQ_MSI, PADMA_IRQ_INTX};
	struct bed bed;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		open_bed_of(&bed, "sim:edu,step");
		must(padma_device_irq_use(bed.device, kinds[i]));
		must(padma_edu_open(&bed.edu, bed.device));
		assert_int_equal(command_during(&bed, factorial, interrupt_and_step), 0);
		assert_int_equal(command_during(&bed, factorial, interrupt_without_end), -EPROTO);
		close_bed(&bed);
	}
}

static bool masters_the_bus(struct bed *bed)
{
	uint16_t command = 0;

	must(padma_config_read16(bed->device, 4, &command));
	return command & 4;
}

/* It does not interrupt: when the call is over, so is its DMA. Reset and opened again, it works. */
static void test_time_out(void **state)
{
	struct padma_sim_dma_faults faults = {0};
	struct bed bed;

	(void)state;
	open_edu_of(&bed, "sim:edu,step");
	memset(bed.memory, 0x5a, 100);
	assert_int_equal(read_back(&bed), -ETIMEDOUT);
	assert_false(masters_the_bus(&bed));
	assert_true(padma_sim_step(bed.device, 0) > 0);
	assert_int_equal(bed.memory[99], 0x5a);
	must(padma_sim_dma_faults(bed.device, &faults));
	assert_int_equal(faults.count, 1);
	assert_true(faults.bus_master_off);
	must(padma_edu_close(&bed.edu));
	must(padma_device_reset(bed.device));
	must(padma_edu_open(&bed.edu, bed.device));
	assert_int_equal(command_during(&bed, factorial, request_removal_and_step), 0);
	must(padma_edu_close(&bed.edu));
	must(padma_space_free(bed.space, bed.memory));
	must(padma_device_close(bed.device));
	must(padma_space_close(bed.space));
}

static void arm(struct bed *bed, enum padma_sim_fault_kind kind, uint64_t value)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value};

	must(padma_sim_fault(bed->device, &fault));
}

/* Its DMA cannot be turned off: it keeps the memory. */
static void test_master_stuck(void **state)
{
	struct bed bed;

	(void)state;
	open_edu_of(&bed, "sim:edu,step");
	arm(&bed, PADMA_SIM_FAULT_MASTER_STUCK, 0);
	assert_int_equal(read_back(&bed), -EIO);
	assert_int_equal(padma_edu_close(&bed.edu), -EBUSY);
	assert_ptr_equal(bed.edu.device, bed.device);
	arm(&bed, PADMA_SIM_FAULT_NONE, 0);
	close_bed(&bed);
}

static void test_registers_do_not_answer(void **state)
{
	struct padma_edu edu = {0};
	struct bed bed;

	(void)state;
	open_bed_of(&bed, "sim:edu");
	arm(&bed, PADMA_SIM_FAULT_REGISTERS, UINT64_MAX);
	assert_true(padma_edu_open(&edu, bed.device) < 0);
	arm(&bed, PADMA_SIM_FAULT_REGISTERS, 0);
	assert_true(padma_edu_open(&edu, bed.device) < 0);
	assert_null(edu.device);
	arm(&bed, PADMA_SIM_FAULT_NONE, 0);
	must(padma_device_close(bed.device));
	must(padma_space_free(bed.space, bed.memory));
	must(padma_space_close(bed.space));
}

static void test_freed_memory(void **state)
{
	const struct padma_space_params params = {
		.page_bytes = 4096,
		.low_bytes = LOW_BYTES,
		.low_dma_mask = PADMA_EDU_DMA_MASK,
		.guard = PADMA_GUARD_EXACT,
	};
	struct bed bed = {0};
	char *memory;

	(void)state;
	must(padma_space_open_for("sim:edu", &params, &bed.space));
	must(padma_device_open(bed.space, "sim:edu", &bed.device));
	must(padma_edu_open(&bed.edu, bed.device));
	memory = alloc_low(bed.space, 100);
	must(padma_edu_write(&bed.edu, memory, 100, 0));
	assert_int_equal(padma_edu_write(&bed.edu, memory, 101, 0), -EFAULT);
	must(padma_space_free(bed.space, memory));
	assert_int_equal(padma_edu_write(&bed.edu, memory, 100, 0), -EFAULT);
	bed.memory = alloc_low(bed.space, 4096);
	close_bed(&bed);
}

static bool is_expected(int rc)
{
	return rc == 0 || rc == -ETIMEDOUT || rc == -EPROTO || rc == -EIO || rc == -ENODEV;
}

static void use_hostile(struct bed *bed)
{
	uint32_t result;

	memset(bed->memory, 0x11, PADMA_EDU_BUFFER_BYTES);
	assert_true(is_expected(padma_edu_check_liveness(&bed->edu)));
	for (int i = 0; i < 3; i++) {
		int rc = padma_edu_factorial(&bed->edu, 12, &result);

		rc = rc ? rc : padma_edu_write(&bed->edu, bed->memory + 1024, 2048, 0);
		rc = rc ? rc : padma_edu_read(&bed->edu, bed->memory + 1024, 2048, 0);
		assert_true(is_expected(rc));
		if (rc)
			break;
	}
	/* Whatever it did to the buffer, nothing beside it changed. */
	for (int i = 0; i < 1024; i++) {
		assert_int_equal(bed->memory[i], 0x11);
		assert_int_equal(bed->memory[3072 + i], 0x11);
	}
}

static void test_hostile(void **state)
{
	uint64_t random = test_seed();
	struct bed bed;
	char name[64];
	int opened = 0;

	(void)state;
	for (int i = 0; i < HOSTILE_RUNS; i++) {
		snprintf(name, sizeof(name), "sim:edu,hostile=%u,hostile-rate=%d",
			 1 + (unsigned int)(test_random(&random) >> 40), 4 + 4 * (i % 4));
		open_bed_of(&bed, name);
		if (padma_edu_open(&bed.edu, bed.device) == 0) {
			opened++;
			use_hostile(&bed);
		}
		close_bed(&bed);
	}
	assert_true(opened > HOSTILE_RUNS / 4);
}

static int wait_shortly(void **state)
{
	(void)state;
	longest_wait_ns = SHORT_NS;
	return 0;
}

static int wait_as_long(void **state)
{
	(void)state;
	longest_wait_ns = UINT64_MAX;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_removed_before),
		cmocka_unit_test(test_removal_request),
		cmocka_unit_test(test_interrupts_for_other_reasons),
		cmocka_unit_test_setup_teardown(test_time_out, wait_shortly, wait_as_long),
		cmocka_unit_test_setup_teardown(test_master_stuck, wait_shortly, wait_as_long),
		cmocka_unit_test(test_registers_do_not_answer),
		cmocka_unit_test(test_freed_memory),
		cmocka_unit_test_setup_teardown(test_hostile, wait_shortly, wait_as_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
