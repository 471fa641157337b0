// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every kind of interrupt through VFIO, on QEMU's devices: MSI-X and INTx of an NVMe controller, MSI
 * and INTx of edu (QEMU's docs/specs/edu), INTx of an e1000, and a USB controller with more MSI
 * vectors than the machine can assign.
 */
#include "edu.h"

#include <padma/nvme.h>

/* Where CMakeLists.txt puts the others; the NVMe controller is the bed's own. */
#define E1000	       "0000:00:06.0"
#define XHCI	       "0000:00:07.0"

/* e1000: Interrupt Cause Read (which clears it), Cause Set, Mask Set (8254x manual, 13.4.17 to 20). */
#define E1000_ICR      0x00c0
#define E1000_ICS      0x00c8
#define E1000_IMS      0x00d0
#define E1000_LINK     0x4

#define expect_event() expect_one_event(__LINE__)
/* Exactly one interrupt so far. */
static void expect_one_event(int line)
{
	struct pollfd fd = {.fd = irq_event, .events = POLLIN};
	eventfd_t value = 0;

	if (poll(&fd, 1, ARRIVES_MS) != 1 || eventfd_read(irq_event, &value) || value != 1)
		fail_msg("line %d: %u interrupts, not 1", line, (unsigned int)value);
}

static int to_vfio(void **state)
{
	static const char *const devices[] = {EDU, E1000, XHCI};

	(void)state;
	irq_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		give_to(devices[i], "vfio-pci");
	return irq_event < 0;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *address; /* NULL: the bed's first */
		enum padma_irq_kind best;
		unsigned int least, most;
	} cases[] = {
		{NULL, PADMA_IRQ_MSIX, 2, 2048},
		{EDU, PADMA_IRQ_MSI, 1, 1},
		{E1000, PADMA_IRQ_INTX, 1, 1},
		{XHCI, PADMA_IRQ_MSI, 2, 32},
	};
	struct padma_space *space = open_space();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct padma_device *device =
			open_at(space, cases[i].address ? cases[i].address : bdf(0));

		assert_int_equal(padma_device_irq_kind(device), cases[i].best);
		assert_in_range(padma_device_irq_count(device), cases[i].least, cases[i].most);
		/* All have an interrupt pin. */
		must(padma_device_irq_use(device, PADMA_IRQ_INTX));
		assert_int_equal(padma_device_irq_count(device), 1);
		must(padma_device_irq_use(device, PADMA_IRQ_NONE));
		assert_int_equal(padma_device_irq_kind(device), cases[i].best);
		padma_device_close(device);
	}
	must(padma_space_close(space));
}

/* Without an IOMMU that remaps interrupts x86 gives a function one MSI vector. */
static void test_more_vectors_than_there_are(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_at(space, XHCI);
	int fds[] = {irq_event, -1};

	(void)state;
	must(padma_device_irq_enable(device, fds, 1));
	expect_error(padma_device_irq_enable(device, fds, 2), ENOSPC, "1 of the 2");
	must(padma_device_irq_enable(device, NULL, 0));
	padma_device_close(device);
	must(padma_space_close(space));
}

/* A message for each raise, and nothing to unmask. */
static void check_msi(struct padma_device *device, const struct padma_bar *edu)
{
	raise_irq(edu, 1);
	expect_event();
	raise_irq(edu, 2);
	expect_event();
	must(padma_device_irq_unmask(device));
	expect_silence();
	acknowledge(edu);
}

static void test_msi(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_at(space, EDU);
	const struct padma_bar *edu = padma_device_bar(device, 0);

	(void)state;
	/* The message is a memory write: without bus mastering it is not sent. */
	master_the_bus(device);
	must(padma_device_irq_enable(device, &irq_event, 1));
	check_msi(device, edu);
	must(padma_device_irq_enable(device, NULL, 0));
	raise_irq(edu, 1);
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_enable(device, &irq_event, 1));
	must(padma_device_reset(device));
	master_the_bus(device);
	raise_irq(edu, 1);
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_restore(device));
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_MSI);
	check_msi(device, edu);
	padma_device_close(device);
	must(padma_space_close(space));
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
	raise_irq(edu, 1);
	expect_event();
	acknowledge(edu);
	must(padma_device_irq_unmask(device));
}

static void test_intx(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_at(space, EDU);
	const struct padma_bar *edu = padma_device_bar(device, 0);

	(void)state;
	must(padma_device_irq_use(device, PADMA_IRQ_INTX));
	must(padma_device_irq_enable(device, &irq_event, 1));
	expect_error(padma_device_irq_use(device, PADMA_IRQ_MSI), EBUSY, "INTx");
	check_intx(device, edu);
	must(padma_device_irq_enable(device, NULL, 0));
	raise_irq(edu, 1);
	expect_silence();
	must(padma_device_irq_unmask(device));
	expect_silence();
	/* Not asserted when it is turned on: QEMU's interrupt controller forgets a level that rose
	 * while the line had no handler. */
	acknowledge(edu);
	must(padma_device_irq_enable(device, &irq_event, 1));
	must(padma_device_reset(device));
	raise_irq(edu, 1);
	expect_silence();
	acknowledge(edu);
	must(padma_device_irq_restore(device));
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_INTX);
	check_intx(device, edu);
	/* Then switch back to MSI. */
	must(padma_device_irq_enable(device, NULL, 0));
	must(padma_device_irq_use(device, PADMA_IRQ_NONE));
	master_the_bus(device);
	must(padma_device_irq_enable(device, &irq_event, 1));
	check_msi(device, edu);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* A device with INTx only. */
static void test_only_intx(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_at(space, E1000);
	const struct padma_bar *card = padma_device_bar(device, 0);

	(void)state;
	must(padma_device_irq_enable(device, &irq_event, 1));
	padma_bar_write32(card, E1000_IMS, E1000_LINK);
	for (int i = 0; i < 3; i++) {
		padma_bar_write32(card, E1000_ICS, E1000_LINK);
		expect_event();
		assert_int_not_equal(padma_bar_read32(card, E1000_ICR) & E1000_LINK, 0);
		must(padma_device_irq_unmask(device));
	}
	expect_silence();
	must(padma_device_irq_enable(device, NULL, 0));
	padma_bar_write32(card, E1000_ICS, E1000_LINK);
	expect_silence();
	padma_device_close(device);
	must(padma_space_close(space));
}

static void count_call(void *ctx, int error, uint16_t status)
{
	assert_int_equal(error, 0);
	assert_int_equal(status, 0);
	++*(int *)ctx;
}

/* Commands on both queues; an event for each, and then it is quiet. */
static void check_queues(struct padma_device *device, struct padma_nvme_queue *queues[2],
			 void *buffer)
{
	int calls = 0;

	for (int i = 0; i < 4; i++) {
		must(padma_nvme_read(queues[i % 2], 1, buffer, 0, 1, count_call, &calls));
		assert_int_equal(padma_nvme_submit(queues[i % 2]), 1);
		expect_event();
		assert_int_equal(padma_nvme_poll(queues[i % 2], 0), 1);
		assert_int_equal(calls, i + 1);
		must(padma_device_irq_unmask(device));
	}
	expect_silence();
}

/* An admin command's completion interrupts too, on vector 0, though the driver polls for it. */
static void quieten(struct padma_device *device)
{
	eventfd_t value;

	must(padma_device_irq_unmask(device));
	while (poll(&(struct pollfd){.fd = irq_event, .events = POLLIN}, 1, SILENCE_MS) == 1) {
		must(eventfd_read(irq_event, &value));
		must(padma_device_irq_unmask(device));
	}
}

static void reset(struct padma_nvme *nvme, struct padma_nvme_queue *queues[2])
{
	padma_nvme_reset_begin(nvme);
	for (int i = 0; i < 2; i++)
		assert_int_equal(padma_nvme_poll(queues[i], 0), 0);
	must(padma_nvme_reset_finish(nvme));
	for (int i = 0; i < 2; i++)
		assert_int_equal(padma_nvme_poll(queues[i], 0), 0);
}

/* Two queues, which share vector 0, by each kind that the controller has. */
static void test_nvme(void **state)
{
	static const enum padma_irq_kind kinds[] = {PADMA_IRQ_INTX, PADMA_IRQ_MSIX};
	const struct padma_nvme_queue_params params = {.irq = 1}, second = {.irq = 2};
	struct padma_space *space = open_space();
	struct padma_nvme_queue *queues[2];
	struct padma_nvme *nvme;
	void *buffer;

	(void)state;
	must(padma_space_alloc(space, 4096, NULL, &buffer));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct padma_device *device = open_device(space, 0);

		must(padma_device_irq_use(device, kinds[i]));
		must(padma_nvme_open(device, NULL, &nvme));
		must(padma_device_irq_enable(device, &irq_event, 1));
		for (int q = 0; q < 2; q++)
			must(padma_nvme_queue_open(nvme, &params, &queues[q]));
		quieten(device);
		check_queues(device, queues, buffer);
		reset(nvme, queues);
		assert_int_equal(padma_device_irq_kind(device), kinds[i]);
		quieten(device);
		check_queues(device, queues, buffer);
		if (kinds[i] == PADMA_IRQ_INTX) {
			struct padma_nvme_queue *none = NULL;

			expect_error(padma_nvme_queue_open(nvme, &second, &none), EINVAL,
				     "interrupt");
		}
		for (int q = 0; q < 2; q++)
			must(padma_nvme_queue_close(queues[q]));
		must(padma_nvme_close(nvme));
		padma_device_close(device);
		(void)eventfd_read(irq_event, &(eventfd_t){0}); /* of the commands that closed it */
	}
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_more_vectors_than_there_are),
		cmocka_unit_test(test_msi),
		cmocka_unit_test(test_intx),
		cmocka_unit_test(test_only_intx),
		cmocka_unit_test(test_nvme),
	};

	return cmocka_run_group_tests(tests, to_vfio, NULL);
}
