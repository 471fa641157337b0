// SPDX-License-Identifier: BSD-3-Clause
/*
 * Devices bound to uio_pci_generic, through the public API: registers, reset, INTx of QEMU's edu and of
 * its NVMe controller, one owner, and a program whose device is unbound from uio_pci_generic or removed.
 */
#include "edu.h"

#include <sys/wait.h>

#include <padma/nvme.h>

#include "device/uio/find.h"

/* Where CMakeLists.txt puts the other; the NVMe controllers are the bed's own. */
#define WITHOUT_A_LINE "0000:00:06.0" /* QEMU's pci-testdev */

#define BUS_MASTER     4
#define MEMORY	       2

static int to_uio(void **state)
{
	(void)state;
	irq_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	give_to(EDU, "uio_pci_generic");
	give_to(WITHOUT_A_LINE, "uio_pci_generic");
	for (unsigned int i = 0; i < 2; i++)
		give_to(bdf(i), "uio_pci_generic");
	return irq_event < 0;
}

static void test_registers(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);
	uint8_t ids[4], all[4096];

	(void)state;
	must(padma_device_config_read(device, 0, ids, 4));
	assert_memory_equal(ids, "\x36\x1b\x10\x00", 4);
	must(padma_device_config_read(device, 0, all, sizeof(all)));
	assert_memory_equal(ids, all, 4);
	/* CAP and VS; AQA keeps what is written. */
	assert_non_null(bar);
	assert_true(bar->bytes >= 0x1000);
	assert_int_equal(padma_bar_read64(bar, 0), padma_bar_slow_read(bar, 0, 8));
	assert_true(padma_bar_read32(bar, 8) >= 0x00010000);
	padma_bar_write32(bar, 0x24, 0x000f000f);
	assert_int_equal(padma_bar_slow_read(bar, 0x24, 4), 0x000f000f);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void test_bus_mastering_and_reset(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_int_equal(command_register(0) & (BUS_MASTER | MEMORY), MEMORY);
	master_the_bus(device);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	make_ready(space, bar);
	must(padma_device_reset(device));
	assert_int_equal(padma_bar_read32(bar, 0x1c) & 1, 0);
	assert_int_equal(command_register(0) & (BUS_MASTER | MEMORY), MEMORY);
	master_the_bus(device);
	padma_device_close(device);
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	must(padma_space_close(space));
}

/* In the same process, too: the lock belongs to the open file. */
static void test_one_owner(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0), *second = NULL;

	(void)state;
	master_the_bus(device);
	expect_error(padma_device_open(space, bdf(0), &second), EBUSY, "open");
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	must(padma_device_open(space, bdf(1), &second));
	padma_device_close(second);
	padma_device_close(device);
	padma_device_close(open_device(space, 0));
	must(padma_space_close(space));
}

/* The name of our node leads to another device's: it is not even opened, as its close would turn that
 * device's bus mastering off. */
static void test_the_node_of_another(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device, *none = NULL;
	struct uio_function functions[2];
	char nodes[2][64];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		must(uio_find("/sys", bdf(i), &functions[i]));
		snprintf(nodes[i], sizeof(nodes[i]), "/dev/%s", functions[i].node);
	}
	device = open_device(space, 0);
	master_the_bus(device);
	assert_int_equal(renameat2(AT_FDCWD, nodes[0], AT_FDCWD, nodes[1], RENAME_EXCHANGE), 0);
	expect_error(padma_device_open(space, bdf(1), &none), ENODEV, "node");
	assert_int_equal(renameat2(AT_FDCWD, nodes[0], AT_FDCWD, nodes[1], RENAME_EXCHANGE), 0);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	must(padma_device_close(device));
	must(padma_device_close(open_device(space, 1)));
	must(padma_space_close(space));
}

#define expect_event() expect_some_event(__LINE__)
/* At least one interrupt: one that fires while the mask is written may be signalled twice. */
static void expect_some_event(int line)
{
	struct pollfd fd = {.fd = irq_event, .events = POLLIN};
	eventfd_t value;

	if (poll(&fd, 1, ARRIVES_MS) != 1 || eventfd_read(irq_event, &value))
		fail_msg("line %d: no interrupt", line);
}

/* One event, then none until the unmask; another at once if the line is still asserted then. */
static void check_intx(struct padma_device *device, const struct padma_bar *edu)
{
	raise_irq(edu, 1);
	expect_event();
	raise_irq(edu, 2);
	expect_silence();
	must(padma_device_irq_unmask(device));
	expect_event();
	acknowledge(edu);
	raise_irq(edu, 4);
	expect_silence(); /* masked again */
	acknowledge(edu);
	must(padma_device_irq_unmask(device));
	expect_silence();
	/* A program's writes of the Command register neither mask nor unmask it. */
	master_the_bus(device);
	raise_irq(edu, 1);
	expect_event();
	must(padma_device_bus_master(device, false));
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_unmask(device));
}

static void test_interrupts(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_at(space, EDU);
	const struct padma_bar *edu = padma_device_bar(device, 0);

	(void)state;
	assert_int_equal(padma_bar_read32(edu, EDU_ID), EDU_ID_VALUE);
	/* It has MSI, which uio_pci_generic does not support. */
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_INTX);
	assert_int_equal(padma_device_irq_count(device), 1);
	expect_error(padma_device_irq_use(device, PADMA_IRQ_MSI), ENOTSUP, "MSI");
	/* Off from the start; asserted while it is turned on. */
	raise_irq(edu, 1);
	expect_silence();
	must(padma_device_irq_enable(device, &irq_event, 1));
	expect_event();
	acknowledge(edu);
	must(padma_device_irq_unmask(device));
	check_intx(device, edu);
	must(padma_device_irq_enable(device, NULL, 0));
	raise_irq(edu, 1);
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_enable(device, &irq_event, 1));
	must(padma_device_reset(device));
	raise_irq(edu, 1);
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_restore(device));
	check_intx(device, edu);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void count_call(void *ctx, int error, uint16_t status)
{
	assert_int_equal(error, 0);
	assert_int_equal(status, 0);
	++*(int *)ctx;
}

/* An interrupt for each completion, over a reset. */
static void test_nvme(void **state)
{
	const struct padma_nvme_queue_params params = {.irq = 1};
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0);
	struct padma_nvme_queue *queue;
	struct padma_nvme *nvme;
	int calls = 0;
	void *buffer;

	(void)state;
	must(padma_nvme_open(device, NULL, &nvme));
	must(padma_device_irq_enable(device, &irq_event, 1));
	must(padma_nvme_queue_open(nvme, &params, &queue));
	must(padma_space_alloc(space, 4096, NULL, &buffer));
	for (int i = 0; i < 4; i++) {
		/* The admin commands of the opening and of the reset have interrupted, too. */
		must(padma_device_irq_unmask(device));
		while (poll(&(struct pollfd){.fd = irq_event, .events = POLLIN}, 1, SILENCE_MS) ==
		       1)
			(void)eventfd_read(irq_event, &(eventfd_t){0});
		must(padma_device_irq_unmask(device));
		must(padma_nvme_read(queue, 1, buffer, 0, 1, count_call, &calls));
		assert_int_equal(padma_nvme_submit(queue), 1);
		expect_event();
		assert_int_equal(padma_nvme_poll(queue, 0), 1);
		assert_int_equal(calls, i + 1);
		padma_nvme_reset_begin(nvme);
		assert_int_equal(padma_nvme_poll(queue, 0), 0);
		must(padma_nvme_reset_finish(nvme));
		assert_int_equal(padma_nvme_poll(queue, 0), 0);
	}
	must(padma_nvme_queue_close(queue));
	must(padma_nvme_close(nvme));
	padma_device_close(device);
	(void)eventfd_read(irq_event, &(eventfd_t){0});
	must(padma_space_close(space));
}

/* The device is lost: padma no longer touches it, and the program continues. */
static void expect_lost(struct padma_device *device)
{
	struct pollfd gone = {.fd = padma_device_removal_fd(device), .events = POLLIN};
	const struct padma_bar *bar = padma_device_bar(device, 0);
	uint8_t byte;

	assert_int_equal(poll(&gone, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	for (int i = 0; i < 6000 && padma_bar_read32(bar, 0) != UINT32_MAX; i++)
		usleep(10000);
	assert_int_equal(padma_bar_read32(bar, 0), UINT32_MAX);
	padma_bar_write32(bar, 0, 0);
	assert_int_equal(padma_device_config_read(device, 0, &byte, 1), -ENODEV);
	assert_int_equal(padma_device_bus_master(device, true), -ENODEV);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), -ENODEV);
}

/* Unbinding does not wait for the program. The kernel turns bus mastering off, and another driver takes
 * over, which the program's close must not disturb. */
static void test_unbound(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 1), *again = NULL;

	(void)state;
	must(padma_device_irq_enable(device, &irq_event, 1));
	master_the_bus(device);
	write_function(bdf(1), "driver/unbind", bdf(1));
	assert_int_equal(command_register(1) & BUS_MASTER, 0);
	expect_lost(device);
	give_to(bdf(1), "nvme");
	assert_int_equal(command_register(1) & BUS_MASTER, BUS_MASTER);
	padma_device_close(device);
	assert_int_equal(command_register(1) & BUS_MASTER, BUS_MASTER);
	expect_error(padma_device_open(space, bdf(1), &again), EBUSY, "driver nvme");
	must(padma_space_close(space));
}

/* The kernel cannot notify that it is unbound. */
static void test_unbound_without_a_line(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_at(space, WITHOUT_A_LINE);

	(void)state;
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_NONE);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	master_the_bus(device);
	write_function(WITHOUT_A_LINE, "driver/unbind", WITHOUT_A_LINE);
	expect_lost(device);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* Last: the function leaves the bus. */
static void test_removed(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_at(space, EDU), *again = NULL;

	(void)state;
	master_the_bus(device);
	write_function(EDU, "remove", "1");
	expect_lost(device);
	padma_device_close(device);
	expect_error(padma_device_open(space, EDU, &again), ENODEV, "PCI function");
	/* Others are not affected. */
	padma_device_close(open_device(space, 0));
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),  cmocka_unit_test(test_bus_mastering_and_reset),
		cmocka_unit_test(test_one_owner),  cmocka_unit_test(test_the_node_of_another),
		cmocka_unit_test(test_interrupts), cmocka_unit_test(test_nvme),
		cmocka_unit_test(test_unbound),	   cmocka_unit_test(test_unbound_without_a_line),
		cmocka_unit_test(test_removed),
	};

	return cmocka_run_group_tests(tests, to_uio, NULL);
}
