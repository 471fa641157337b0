// SPDX-License-Identifier: BSD-3-Clause
/* What the controller signals: asynchronous events and interrupts; and doorbells that cannot be
 * mapped. */
#include "nvme_fixture.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Doorbells start at 1000h, two dwords to a queue (PCIe Transport 1.0, 3.1.2). */
#define SQ_DOORBELL(qid) (0x1000u + 8u * (qid))

static int poll_for_events(const struct rig *rig)
{
	int rc = 0;

	for (unsigned long i = 0; rc == 0 && i < PATIENCE; i++) {
		rig_step(rig);
		rc = padma_nvme_admin_poll(rig->nvme);
	}
	return rc;
}

/* A doorbell of a queue that does not exist is an error event (Base 2.0, 5.2); it does not hurt the
 * others. */
static void test_events_are_reaped(void **state)
{
	static const char *const names[] = {"sim:nvme,size=8M", "sim:nvme,size=8M,step"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct rig rig = {0};
		unsigned char *buffer;

		rig_open(&rig, names[i]);
		buffer = alloc(&rig, 4096);
		assert_int_equal(padma_nvme_admin_poll(rig.nvme), 0);
		for (uint32_t times = 0; times < 3; times++) {
			padma_bar_write32(padma_device_bar(rig.device, 0), SQ_DOORBELL(9),
					  5 + times);
			assert_int_equal(poll_for_events(&rig), 1);
		}
		assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
		assert_int_equal(do_read(&rig, buffer, 0, 8), 0);
		rig_close(&rig);
	}
}

static bool is_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void test_completions_interrupt(void **state)
{
	struct padma_nvme_queue_params params = {.depth = 8, .irq = 4};
	struct rig rig = {0};
	struct result result = {0};
	unsigned char *buffer;
	int fds[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(fds[i] >= 0);
	}
	rig_open_device(&rig, "sim:nvme,size=8M,step");
	must(control(&rig, padma_nvme_open(rig.device, NULL, &rig.nvme)));
	must(padma_device_irq_enable(rig.device, fds, 4));
	must(control(&rig, padma_nvme_queue_open(rig.nvme, &params, &rig.queue)));
	buffer = alloc(&rig, 4096);
	/* Opening the queue may have interrupted for the admin queue, on vector 0. */
	assert_false(is_readable(fds[3]));
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	assert_false(is_readable(fds[3]));
	rig_step(&rig);
	assert_true(is_readable(fds[3]));
	assert_int_equal(result.calls, 0);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(result.calls, 1);
	assert_false(is_readable(fds[1]) || is_readable(fds[2]));
	/* A reset turns interrupts off, and the driver turns them on again. */
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	while (is_readable(fds[3]))
		assert_int_equal(read(fds[3], &(uint64_t){0}, 8), 8);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	rig_step(&rig);
	assert_true(is_readable(fds[3]));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	must(padma_device_irq_enable(rig.device, NULL, 0));
	rig_close(&rig);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

/*
 * A function level reset turns MSI-X off (PCI Express Base 5.0, 6.6.2), and a completion queue
 * cannot be made with a vector that is off (PCIe Transport 1.0, 3.5): the reset brings both back.
 */
static void test_a_reset_restores_interrupts(void **state)
{
	struct padma_nvme_queue_params params = {.depth = 8, .irq = 4};
	struct rig rig = {0};
	unsigned char *buffer;
	int fds[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		fds[i] = i == 2 ? -1 : eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(i == 2 || fds[i] >= 0);
	}
	rig_open_device(&rig, "sim:nvme,size=8M,step");
	must(control(&rig, padma_nvme_open(rig.device, NULL, &rig.nvme)));
	must(padma_device_irq_enable(rig.device, fds, 4));
	must(control(&rig, padma_nvme_queue_open(rig.nvme, &params, &rig.queue)));
	buffer = alloc(&rig, 4096);
	for (int i = 0; i < 2; i++) {
		eventfd_t times;

		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		assert_false(is_readable(fds[3]));
		must(do_read(&rig, buffer, 0, 8));
		must(eventfd_read(fds[3], &times));
	}
	assert_false(is_readable(fds[1]));
	/* What was turned off stays off. */
	must(padma_device_irq_enable(rig.device, NULL, 0));
	padma_nvme_reset_begin(rig.nvme);
	padma_nvme_poll(rig.queue, 0);
	assert_int_equal(control(&rig, padma_nvme_reset_finish(rig.nvme)), -EIO);
	assert_non_null(strstr(padma_last_error(), "Interrupt Vector"));
	must(padma_device_irq_enable(rig.device, fds, 4));
	must(rig_reset(&rig));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

static void drain(const struct rig *rig, int fd)
{
	must(padma_device_irq_unmask(rig->device));
	while (is_readable(fd)) {
		must(eventfd_read(fd, &(eventfd_t){0}));
		must(padma_device_irq_unmask(rig->device));
	}
}

static void read_and_step(struct rig *rig, void *buffer, struct result *result)
{
	must(padma_nvme_read(rig->queue, 1, buffer, 0, 8, note, result));
	assert_int_equal(padma_nvme_submit(rig->queue), 1);
	rig_step(rig);
}

/* The pin: asserted until the completions are reaped, signalled once, and again after the unmask. */
static void test_the_pin_interrupts(void **state)
{
	struct padma_nvme_queue_params params = {.depth = 8, .irq = 1};
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct result result = {0};
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open_device(&rig, "sim:nvme,size=8M,step");
	must(padma_device_irq_use(rig.device, PADMA_IRQ_INTX));
	must(control(&rig, padma_nvme_open(rig.device, NULL, &rig.nvme)));
	must(padma_device_irq_enable(rig.device, &fd, 1));
	must(control(&rig, padma_nvme_queue_open(rig.nvme, &params, &rig.queue)));
	buffer = alloc(&rig, 4096);
	for (int i = 0; i < 2; i++) {
		/* The admin queue shares it. */
		drain(&rig, fd);
		read_and_step(&rig, buffer, &result);
		assert_true(is_readable(fd));
		must(eventfd_read(fd, &(eventfd_t){0}));
		/* Masked now; and not served, so that it fires at the unmask. */
		read_and_step(&rig, buffer, &result);
		assert_false(is_readable(fd));
		must(padma_device_irq_unmask(rig.device));
		assert_true(is_readable(fd));
		must(eventfd_read(fd, &(eventfd_t){0}));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 2);
		must(padma_device_irq_unmask(rig.device));
		assert_false(is_readable(fd));
		/* INTMS and INTMC (Base 2.0, 3.1.3.3 and 4), of which the driver needs none. */
		padma_bar_write32(padma_device_bar(rig.device, 0), 0x0c, 1);
		read_and_step(&rig, buffer, &result);
		assert_false(is_readable(fd));
		padma_bar_write32(padma_device_bar(rig.device, 0), 0x10, 1);
		assert_true(is_readable(fd));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
		drain(&rig, fd);
		/* Off in the reset and back behind it. */
		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		assert_int_equal(padma_device_irq_kind(rig.device), PADMA_IRQ_INTX);
	}
	assert_int_equal(result.calls, 6);
	must(padma_device_irq_enable(rig.device, NULL, 0));
	drain(&rig, fd);
	read_and_step(&rig, buffer, &result);
	assert_false(is_readable(fd));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	rig_close(&rig);
	close(fd);
}

static void test_an_interrupt_that_the_device_lacks(void **state)
{
	struct padma_nvme_queue_params params = {.irq = 3};
	struct rig rig = {0};

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,vectors=2");
	assert_int_equal(padma_nvme_queue_open(rig.nvme, &params, &rig.queue), -EINVAL);
	/* The one that was opened before is still rig's own. */
	rig_close(&rig);
}

/* A BAR that cannot be mapped: each doorbell goes through the provider. */
static void test_doorbells_that_are_trapped(void **state)
{
	static const char *const names[] = {"sim:nvme,size=8M,trap", "sim:nvme,size=8M,trap,step"};
	uint64_t seed = test_seed();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned char *out, *in;
		struct rig rig = {0};

		rig_open(&rig, names[i]);
		assert_null(padma_bar_direct(padma_device_bar(rig.device, 0), SQ_DOORBELL(0), 4));
		assert_null(padma_bar_direct(padma_device_bar(rig.device, 0), SQ_DOORBELL(1), 4));
		out = alloc(&rig, 65536);
		in = alloc(&rig, 65536);
		for (uint64_t lba = 0; lba < 1024; lba += 128) {
			fill(out, 65536, &seed);
			assert_int_equal(do_write(&rig, out, lba, 128), 0);
			assert_int_equal(do_read(&rig, in, lba, 128), 0);
			assert_memory_equal(in, out, 65536);
		}
		assert_int_equal(rig_reset(&rig), 0);
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0); /* back through the gate */
		assert_int_equal(do_read(&rig, in, 896, 128), 0);
		assert_memory_equal(in, out, 65536);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_reaped),
		cmocka_unit_test(test_completions_interrupt),
		cmocka_unit_test(test_a_reset_restores_interrupts),
		cmocka_unit_test(test_the_pin_interrupts),
		cmocka_unit_test(test_an_interrupt_that_the_device_lacks),
		cmocka_unit_test(test_doorbells_that_are_trapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
