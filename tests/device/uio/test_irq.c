// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the node of a function that is bound to uio_pci_generic reports: interrupts, and unbinding. A
 * reset turns interrupts off.
 */
#include "uio_fixture.h"

#include <sys/eventfd.h>
#include <time.h>

/* uio_pci_generic's handler masks, then UIO counts. */
static void interrupt(int32_t count)
{
	poke_byte(COMMAND_2, INTX_DISABLED);
	assert_int_equal(write(count_fd, &count, sizeof(count)), sizeof(count));
}

static bool masked(void)
{
	return peek(FUNCTION "/config", COMMAND_2) & INTX_DISABLED;
}

static void expect_event(int fd)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};
	eventfd_t value;

	assert_int_equal(poll(&event, 1, ARRIVES_MS), 1);
	assert_int_equal(eventfd_read(fd, &value), 0);
	assert_int_equal(value, 1);
}

/* Until the provider's thread has taken what was counted. */
static void wait_until_read(void)
{
	int fd = open(tree_path(&tree, "uio5"), O_RDONLY | O_NOCTTY | O_NONBLOCK);
	int left = 1;

	assert_true(fd >= 0);
	while (left) {
		struct pollfd pending = {.fd = fd, .events = POLLIN};

		left = __real_poll(&pending, 1, 0);
		if (left)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	close(fd);
}

static void test_interrupts(void **state)
{
	struct padma_device *device = open_device();
	int fd = eventfd(0, EFD_NONBLOCK), none = -1;
	eventfd_t value;

	(void)state;
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_INTX);
	assert_int_equal(padma_device_irq_count(device), 1);
	assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_MSIX), -ENOTSUP);
	/* Off: masked, no event, and an unmask does nothing. */
	interrupt(1);
	wait_until_read();
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_true(masked());
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_false(masked());
	assert_int_equal(eventfd_read(fd, &value), -1);
	for (int i = 2; i < 5; i++) {
		interrupt(i);
		expect_event(fd);
		assert_true(masked());
		assert_int_equal(padma_device_irq_unmask(device), 0);
		assert_false(masked());
	}
	/* Another eventfd in its place, none, and off. */
	assert_int_equal(padma_device_irq_enable(device, &none, 1), 0);
	assert_true(masked());
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_true(masked());
	interrupt(9);
	wait_until_read();
	assert_int_equal(eventfd_read(fd, &value), -1);
	assert_int_equal(padma_device_close(device), 0);
	close(fd);
}

static void test_without_a_line(void **state)
{
	struct padma_device *device;

	(void)state;
	no_line = true;
	device = open_device();
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_NONE);
	assert_int_equal(padma_device_irq_count(device), 0);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	assert_int_equal(padma_device_close(device), 0);
}

/* The node reports nothing then. */
static void test_taken_away_without_a_line(void **state)
{
	struct padma_device *device;
	struct pollfd removal = {.events = POLLIN};

	(void)state;
	no_line = true;
	device = open_device();
	removal.fd = padma_device_removal_fd(device);
	remove_path(FUNCTION "/uio/uio5/dev");
	remove_path(FUNCTION "/uio/uio5");
	assert_int_equal(poll(&removal, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(device), 0);
}

/* The kernel reports first and turns bus mastering off afterwards; memory must not be released in between. */
static void test_taken_away_amid_dma(void **state)
{
	struct padma_device *device = open_device();
	struct pollfd removal = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	(void)state;
	master_the_bus(device);
	remove_path(FUNCTION "/driver");
	close(count_fd);
	count_fd = -1;
	assert_int_equal(poll(&removal, 1, 100), 0);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	poke_byte(UIO_COMMAND, MEMORY);
	assert_int_equal(poll(&removal, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(device), 0);
}

static void test_reset(void **state)
{
	struct padma_device *device = open_device();
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	master_the_bus(device);
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(peek(FUNCTION "/reset", 0), '1');
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND) & (MASTER | MEMORY), MEMORY);
	assert_true(masked());
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_false(masked());
	interrupt(1);
	expect_event(fd);
	remove_path(FUNCTION "/reset");
	assert_int_equal(padma_device_reset(device), -ENOTSUP);
	assert_int_equal(padma_device_close(device), 0);
	close(fd);
}

/*
 * Another driver has it before we see that the kernel has turned bus mastering off: it is on again for
 * the other's sake, and our rings may be armed. Its registers and its Command register are not ours.
 */
static void test_taken_away(void **state)
{
	struct padma_device *device = open_device();
	struct pollfd removal = {.fd = padma_device_removal_fd(device), .events = POLLIN};
	const struct padma_bar *bar = padma_device_bar(device, 0);
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	master_the_bus(device);
	padma_bar_write32(bar, 0, 0x12345678);
	close(count_fd);
	count_fd = -1;
	assert_int_equal(poll(&removal, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_FAILED);
	/* One BAR after the other. */
	while (padma_bar_read32(padma_device_bar(device, 3), 0) != UINT32_MAX)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(padma_bar_read32(bar, 0), UINT32_MAX);
	assert_int_equal(padma_bar_read64(bar, 8184), UINT64_MAX);
	padma_bar_write32(bar, 0, 0);
	assert_int_equal(peek(FUNCTION "/resource0", 0), 0x78);
	assert_int_equal(padma_device_unresponsive(device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_device_reset(device), -EIO);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), -ENODEV);
	assert_int_equal(padma_device_close(device), -EBUSY);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	assert_false(masked());
	/* The other driver turns bus mastering off. */
	poke_byte(UIO_COMMAND, MEMORY);
	assert_int_equal(padma_device_close(device), 0);
	close(fd);
}

/* No driver owns it, and the kernel leaves bus mastering on (the function is enabled by the file "enable",
 * too): padma turns it off. */
static void test_unbound_and_not_bound_again(void **state)
{
	struct padma_device *device = open_device();
	struct pollfd removal = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	(void)state;
	master_the_bus(device);
	remove_path(FUNCTION "/driver");
	close(count_fd);
	count_fd = -1;
	assert_int_equal(poll(&removal, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MEMORY | 0x01);
	assert_int_equal(padma_device_close(device), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_interrupts),
		WITH_TREE(test_without_a_line),
		WITH_TREE(test_taken_away_without_a_line),
		WITH_TREE(test_taken_away_amid_dma),
		WITH_TREE(test_reset),
		WITH_TREE(test_taken_away),
		WITH_TREE(test_unbound_and_not_bound_again),
	};

	return cmocka_run_group_tests(tests, open_space, close_space);
}
