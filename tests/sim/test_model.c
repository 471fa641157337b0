// SPDX-License-Identifier: BSD-3-Clause
/*
 * The model kit, by a device that no library has (model_scratch.c): its function as a driver sees it, DMA,
 * interrupts of all kinds, direct areas, resets, removal and the faults of all models.
 */
#include "test.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <padma/log.h>
#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "model_scratch.h"

struct rig {
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *regs, *memory;
};

static void rig_open(struct rig *rig, const char *name)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};

	assert_int_equal(padma_space_open(&params, &rig->space), 0);
	if (padma_device_open(rig->space, name, &rig->device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	rig->regs = padma_device_bar(rig->device, 0);
	rig->memory = padma_device_bar(rig->device, 2);
	assert_non_null(rig->regs);
	assert_non_null(rig->memory);
	padma_device_declare_quiesced(rig->device);
	assert_int_equal(padma_device_bus_master(rig->device, true), 0);
}

static void rig_close(struct rig *rig)
{
	assert_int_equal(padma_device_close(rig->device), 0);
	assert_int_equal(padma_space_close(rig->space), 0);
}

static void *memory_of(struct rig *rig, size_t bytes)
{
	struct padma_alloc_params params = {.flags = PADMA_ALLOC_ZERO};
	void *va;

	assert_int_equal(padma_space_alloc(rig->space, bytes, &params, &va), 0);
	return va;
}

static void start_copy(struct rig *rig, uint64_t source, uint64_t target, uint32_t bytes,
		       uint32_t control)
{
	padma_bar_write64(rig->regs, SCRATCH_SOURCE, source);
	padma_bar_write64(rig->regs, SCRATCH_TARGET, target);
	padma_bar_write32(rig->regs, SCRATCH_BYTES, bytes);
	padma_bar_write32(rig->regs, SCRATCH_CONTROL, control | SCRATCH_START);
}

static uint32_t wait_status(struct rig *rig)
{
	time_t end = time(NULL) + 60;
	uint32_t status = 0;

	while (!status && time(NULL) < end) {
		status = padma_bar_read32(rig->regs, SCRATCH_STATUS);
		sched_yield();
	}
	return status;
}

static void copies_with(const char *name)
{
	struct rig rig;
	uint32_t *counter;
	char *from, *to;

	rig_open(&rig, name);
	from = memory_of(&rig, 4096);
	to = memory_of(&rig, 4096);
	counter = memory_of(&rig, 64);
	memcpy(from, "what is copied", sizeof("what is copied"));
	*counter = 41;
	padma_bar_write64(rig.regs, SCRATCH_COUNTER, padma_dma(rig.space, counter));
	start_copy(&rig, padma_dma(rig.space, from), padma_dma(rig.space, to), 4096, 0);
	if (strstr(name, ",step"))
		assert_int_equal(padma_sim_step(rig.device, 0), 1);
	assert_int_equal(wait_status(&rig), SCRATCH_DONE);
	assert_int_equal(padma_load32_acquire(counter), 42);
	assert_string_equal(to, "what is copied");
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_FIRST), 1);
	rig_close(&rig);
}

static void test_copies_memory(void **state)
{
	(void)state;
	copies_with("sim:scratch,step");
	copies_with("sim:scratch");
	copies_with("sim:scratch,step,trap");
	copies_with("sim:scratch,trap,msix=128,id=7,limit=4K");
}

/* Words are read and written whole, so they are aligned. */
static void test_a_word_that_is_not_aligned(void **state)
{
	struct rig rig;
	char *memory;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	memory = memory_of(&rig, 4096);
	padma_bar_write64(rig.regs, SCRATCH_COUNTER, padma_dma(rig.space, memory) + 2);
	start_copy(&rig, padma_dma(rig.space, memory), padma_dma(rig.space, memory) + 64, 64, 0);
	padma_sim_step(rig.device, 0);
	assert_int_equal(wait_status(&rig), SCRATCH_ERROR);
	rig_close(&rig);
}

static void test_wild_dma_is_recorded(void **state)
{
	struct padma_sim_dma_faults faults;
	struct rig rig;
	char *from;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	from = memory_of(&rig, 4096);
	start_copy(&rig, padma_dma(rig.space, from), 0xdead0000, 64, 0);
	padma_sim_step(rig.device, 0);
	assert_int_equal(wait_status(&rig), SCRATCH_ERROR);
	assert_int_equal(padma_sim_dma_faults(rig.device, &faults), 0);
	assert_int_equal(faults.count, 1);
	assert_int_equal(faults.dma, 0xdead0000);
	assert_true(faults.write);
	assert_false(faults.bus_master_off);
	assert_int_equal(padma_device_bus_master(rig.device, false), 0);
	start_copy(&rig, padma_dma(rig.space, from), padma_dma(rig.space, from), 64, 0);
	padma_sim_step(rig.device, 0);
	assert_int_equal(padma_sim_dma_faults(rig.device, &faults), 0);
	assert_int_equal(faults.count, 2);
	assert_false(faults.write);
	assert_true(faults.bus_master_off);
	rig_close(&rig);
}

static void test_driver_errors_are_counted(void **state)
{
	struct padma_sim_driver_errors errors;
	struct rig rig;
	uint64_t memory;

	(void)state;
	rig_open(&rig, "sim:scratch,step,limit=64");
	memory = padma_dma(rig.space, memory_of(&rig, 4096));
	start_copy(&rig, memory, memory, 64, 0);
	padma_sim_step(rig.device, 0);
	assert_int_equal(padma_sim_driver_errors(rig.device, &errors), 0);
	assert_int_equal(errors.count, 0);
	assert_string_equal(errors.first, "");
	start_copy(&rig, memory, memory, 65, 0);
	padma_sim_step(rig.device, 0);
	start_copy(&rig, memory, memory, 77, 0);
	padma_sim_step(rig.device, 0);
	assert_int_equal(padma_sim_driver_errors(rig.device, &errors), 0);
	assert_int_equal(errors.count, 2);
	assert_non_null(strstr(errors.first, "65"));
	assert_int_equal(padma_sim_driver_errors(rig.device, NULL), -EINVAL);
	assert_int_equal(padma_sim_driver_errors(NULL, &errors), -EINVAL);
	rig_close(&rig);
}

/* What is direct reads and writes as memory, mapped or not; the rest of the BAR is the model's. */
static void direct_areas(const char *name, bool mapped)
{
	struct rig rig;

	rig_open(&rig, name);
	assert_int_equal(padma_bar_direct(rig.memory, SCRATCH_FIRST, 4) != NULL, mapped);
	assert_int_equal(padma_bar_direct(rig.memory, SCRATCH_SECOND, SCRATCH_DIRECT_BYTES) != NULL,
			 mapped);
	assert_null(padma_bar_direct(rig.memory, 0x1000, 4));
	assert_null(padma_bar_direct(rig.regs, 0, 4));
	padma_bar_write64(rig.memory, SCRATCH_SECOND + 8, 0x1122334455667788);
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_SECOND + 8), 0x55667788);
	padma_bar_write16(rig.memory, SCRATCH_SECOND + 10, 0xabcd);
	padma_bar_write8(rig.memory, SCRATCH_SECOND + 9, 0xef);
	assert_int_equal(padma_bar_read64(rig.memory, SCRATCH_SECOND + 8), 0x11223344abcdef88);
	assert_int_equal(padma_bar_read8(rig.memory, SCRATCH_SECOND), 'a');
	assert_int_equal(padma_bar_read16(rig.memory, SCRATCH_SECOND), 'a' | 'b' << 8);
	assert_int_equal(padma_bar_read32(rig.memory, 0x1000), 0x1000);
	assert_int_equal(padma_bar_read8(rig.memory, 0x1ff0), 0xf0);
	/* PCIe: nothing is behind the BAR's end. */
	assert_int_equal(padma_bar_read32(rig.memory, 0x10000), UINT32_MAX);
	rig_close(&rig);
}

static void test_direct_areas(void **state)
{
	(void)state;
	direct_areas("sim:scratch,step,label=ab", true);
	direct_areas("sim:scratch,step,label=ab,trap", false);
}

static int event_new(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t events_of(int fd)
{
	eventfd_t count = 0;

	return eventfd_read(fd, &count) ? 0 : count;
}

/* A copy that fails: vector 1, and the pin. */
static void fail_a_copy(struct rig *rig)
{
	start_copy(rig, 0, 0, 64, SCRATCH_INTERRUPTS);
	assert_int_equal(padma_sim_step(rig->device, 0), 1);
}

static void messages(const char *name, enum padma_irq_kind kind, unsigned int vectors)
{
	int fds[4] = {event_new(), event_new(), event_new(), event_new()};
	struct rig rig;

	rig_open(&rig, name);
	assert_int_equal(padma_device_irq_use(rig.device, kind), 0);
	assert_int_equal(padma_device_irq_kind(rig.device), kind);
	assert_int_equal(padma_device_irq_count(rig.device), vectors);
	assert_int_equal(padma_device_irq_enable(rig.device, fds, 2), 0);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fds[0]), 0);
	assert_int_equal(events_of(fds[1]), 1);
	/* Messages are memory writes: without bus mastering they wait. */
	assert_int_equal(padma_device_bus_master(rig.device, false), 0);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fds[1]), 0);
	padma_device_declare_quiesced(rig.device);
	assert_int_equal(padma_device_bus_master(rig.device, true), 0);
	assert_int_equal(events_of(fds[1]), 1);
	assert_int_equal(padma_device_irq_enable(rig.device, NULL, 0), 0);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fds[1]), 0);
	rig_close(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

static void test_messages(void **state)
{
	(void)state;
	messages("sim:scratch,step", PADMA_IRQ_MSI, 4);
	messages("sim:scratch,step,msix=128", PADMA_IRQ_MSI, 4);
	messages("sim:scratch,step,msix=128", PADMA_IRQ_MSIX, 128);
}

/* PCI Local Bus 3.0, 6.8.1.3: with one vector granted the others share it. */
static void test_msi_with_fewer_vectors(void **state)
{
	int fd = event_new();
	struct rig rig;
	uint16_t control;
	int msi;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	msi = padma_device_find_capability(rig.device, 0x05, 0);
	assert_true(msi > 0);
	assert_int_equal(padma_config_read16(rig.device, (unsigned int)msi + 2, &control), 0);
	/* Off, 4 vectors capable, 64-bit addresses, mask bits. */
	assert_int_equal(control, 0x0184);
	assert_int_equal(padma_device_irq_enable(rig.device, &fd, 1), 0);
	assert_int_equal(padma_config_read16(rig.device, (unsigned int)msi + 2, &control), 0);
	assert_int_equal(control, 0x0185);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fd), 1);
	rig_close(&rig);
	close(fd);
}

/* 6.8.1.9 and 6.8.1.10: a masked vector becomes pending, and goes out when it is unmasked. */
static void test_msi_mask_and_pending_bits(void **state)
{
	int fds[2] = {event_new(), event_new()};
	struct rig rig;
	uint32_t bits;
	unsigned int msi;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	msi = (unsigned int)padma_device_find_capability(rig.device, 0x05, 0);
	assert_int_equal(padma_device_irq_enable(rig.device, fds, 2), 0);
	assert_int_equal(padma_config_write32(rig.device, msi + 0x10, UINT32_MAX), 0);
	assert_int_equal(padma_config_read32(rig.device, msi + 0x10, &bits), 0);
	assert_int_equal(bits, 0xf);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fds[1]), 0);
	assert_int_equal(padma_config_read32(rig.device, msi + 0x14, &bits), 0);
	assert_int_equal(bits, 0x2);
	assert_int_equal(padma_config_write32(rig.device, msi + 0x10, 0), 0);
	assert_int_equal(events_of(fds[1]), 1);
	assert_int_equal(padma_config_read32(rig.device, msi + 0x14, &bits), 0);
	assert_int_equal(bits, 0);
	rig_close(&rig);
	close(fds[0]);
	close(fds[1]);
}

/* The table is in BAR 2, the pending bits in BAR 0. */
static void test_msix_in_two_bars(void **state)
{
	int fds[2] = {event_new(), event_new()};
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:scratch,step,msix=128");
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_TABLE + 12), 1);
	assert_int_equal(padma_device_irq_enable(rig.device, fds, 2), 0);
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_TABLE + 16 + 12), 0);
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_TABLE + 2 * 16 + 12), 1);
	padma_bar_write32(rig.memory, SCRATCH_TABLE + 16 + 12, 1);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fds[1]), 0);
	assert_int_equal(padma_bar_read64(rig.regs, SCRATCH_PBA), 2);
	padma_bar_write32(rig.memory, SCRATCH_TABLE + 16 + 12, 0);
	assert_int_equal(events_of(fds[1]), 1);
	assert_int_equal(padma_bar_read64(rig.regs, SCRATCH_PBA), 0);
	/* The last entry, and what follows the table: the model's own registers. */
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_TABLE + 127 * 16 + 12), 1);
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_TABLE + 128 * 16),
			 SCRATCH_TABLE + 128 * 16);
	rig_close(&rig);
	close(fds[0]);
	close(fds[1]);
}

static bool status_shows_the_pin(struct rig *rig)
{
	uint16_t status;

	assert_int_equal(padma_config_read16(rig->device, 0x06, &status), 0);
	return status & 0x8;
}

static void test_pin(void **state)
{
	int fd = event_new();
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	/* Also where no program listens. */
	fail_a_copy(&rig);
	assert_true(status_shows_the_pin(&rig));
	padma_bar_write32(rig.regs, SCRATCH_STATUS, SCRATCH_ERROR);
	assert_false(status_shows_the_pin(&rig));
	assert_int_equal(padma_device_irq_use(rig.device, PADMA_IRQ_INTX), 0);
	assert_int_equal(padma_device_irq_enable(rig.device, &fd, 1), 0);
	fail_a_copy(&rig);
	assert_int_equal(events_of(fd), 1);
	/* It is still asserted, and so fires again once it is unmasked. */
	assert_int_equal(padma_device_irq_unmask(rig.device), 0);
	assert_int_equal(events_of(fd), 1);
	padma_bar_write32(rig.regs, SCRATCH_STATUS, SCRATCH_ERROR);
	assert_int_equal(padma_device_irq_unmask(rig.device), 0);
	assert_int_equal(events_of(fd), 0);
	rig_close(&rig);
	close(fd);
}

static void test_reset(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	padma_bar_write64(rig.regs, SCRATCH_SOURCE, 0x1234);
	assert_int_equal(padma_device_reset_kind(rig.device), PADMA_RESET_FLR);
	assert_int_equal(padma_device_reset(rig.device), 0);
	assert_int_equal(padma_bar_read64(rig.regs, SCRATCH_SOURCE), 0);
	rig_close(&rig);
	rig_open(&rig, "sim:scratch,step,reset=pm");
	padma_bar_write64(rig.regs, SCRATCH_SOURCE, 0x1234);
	assert_int_equal(padma_device_reset_kind(rig.device), PADMA_RESET_PM);
	assert_int_equal(padma_device_reset(rig.device), 0);
	assert_int_equal(padma_bar_read64(rig.regs, SCRATCH_SOURCE), 0x1234);
	rig_close(&rig);
}

static void test_removal(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:scratch");
	assert_int_equal(padma_sim_request_removal(rig.device), 0);
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(padma_sim_remove(rig.device, UINT64_MAX), 0);
	assert_int_equal(padma_device_state(rig.device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), UINT32_MAX);
	assert_int_equal(padma_bar_read32(rig.memory, SCRATCH_FIRST), UINT32_MAX);
	assert_int_equal(padma_bar_read64(rig.memory, SCRATCH_SECOND + 0xff8), UINT64_MAX);
	rig_close(&rig);
}

static void test_faults_of_all_models(void **state)
{
	struct padma_sim_fault fault = {.kind = PADMA_SIM_FAULT_REGISTERS, .value = 0x77};
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:scratch,step");
	assert_int_equal(padma_sim_fault(rig.device, &fault), 0);
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), 0x77);
	fault.kind = PADMA_SIM_FAULT_NONE;
	assert_int_equal(padma_sim_fault(rig.device, &fault), 0);
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), 0x5c7a7c40);
	/* One of commands, which this model does not carry out. */
	fault.kind = PADMA_SIM_FAULT_DROP;
	assert_int_equal(padma_sim_fault(rig.device, &fault), -EINVAL);
	fault.kind = PADMA_SIM_FAULT_MASTER_STUCK;
	assert_int_equal(padma_sim_fault(rig.device, &fault), 0);
	assert_int_equal(padma_device_quiesce(rig.device), -EIO);
	fault.kind = PADMA_SIM_FAULT_NONE;
	assert_int_equal(padma_sim_fault(rig.device, &fault), 0);
	rig_close(&rig);
	rig_open(&rig, "sim:scratch,step,fault=registers:0x55");
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), 0x55);
	rig_close(&rig);
}

static void count_errors(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	unsigned int *errors = ctx;

	(void)level;
	(void)part;
	(void)text;
	++*errors;
}

static void test_keys(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_device *device;
	struct padma_space *space;
	struct rig rig;
	unsigned int errors = 0;

	(void)state;
	rig_open(&rig, "sim:scratch,step,id=0x42");
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), 0x42);
	rig_close(&rig);
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_device_open(space, "sim:scratch,broken", &device), -EIO);
	assert_non_null(strstr(padma_last_error(), "leave"));
	assert_int_equal(padma_device_open(space, "sim:scratch,colour=red", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "label"));
	assert_non_null(strstr(padma_last_error(), "hostile"));
	padma_log_to(count_errors, &errors, PADMA_LOG_ERROR);
	assert_int_equal(padma_device_open(space, "sim:scratch,help", &device), -EINVAL);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_non_null(strstr(padma_last_error(), "limit"));
	assert_int_equal(errors, 0);
	assert_int_equal(padma_device_open(space, "sim:scratch,limit=2M", &device), -EINVAL);
	assert_int_equal(padma_device_open(space, "sim:scratch,reset=warm", &device), -EINVAL);
	assert_int_equal(padma_device_open(space, "sim:scratch,fault=drop", &device), -EINVAL);
	assert_int_equal(padma_space_close(space), 0);
}

static int add_model(void **state)
{
	(void)state;
	return padma_sim_model_add(&scratch_model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_memory),
		cmocka_unit_test(test_a_word_that_is_not_aligned),
		cmocka_unit_test(test_wild_dma_is_recorded),
		cmocka_unit_test(test_driver_errors_are_counted),
		cmocka_unit_test(test_direct_areas),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_msi_with_fewer_vectors),
		cmocka_unit_test(test_msi_mask_and_pending_bits),
		cmocka_unit_test(test_msix_in_two_bars),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_faults_of_all_models),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, add_model, NULL);
}
