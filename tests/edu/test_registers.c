// SPDX-License-Identifier: BSD-3-Clause
/*
 * What edu's specification says of its registers (QEMU's docs/specs/edu, "MMIO area spec"), without a driver: the
 * model and QEMU's own device must both do it.
 */
#include "edu_fixture.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ALL_ONES UINT64_MAX

/* Of both, for the slower. */
#define WAIT_NS	 20000000000ull

static void test_identification(void **state)
{
	const struct padma_bar *bar;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	assert_non_null(bar);
	assert_int_equal(bar->bytes, 1 << 20);
	assert_int_equal(padma_bar_read32(bar, 0x00), 0x010000ed);
	padma_bar_write32(bar, 0x00, 0);
	assert_int_equal(padma_bar_read32(bar, 0x00), 0x010000ed);
	close_bed(&bed);
}

static void test_liveness(void **state)
{
	static const uint32_t values[] = {0, 1, 0x12345678, 0x80000000, UINT32_MAX};
	const struct padma_bar *bar;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		padma_bar_write32(bar, 0x04, values[i]);
		assert_int_equal(padma_bar_read32(bar, 0x04), ~values[i]);
	}
	close_bed(&bed);
}

/* Below 0x80 only 4 bytes, from there on 4 or 8. */
static void test_width(void **state)
{
	const struct padma_bar *bar;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	padma_bar_write32(bar, 0x04, 0x55);
	for (uint64_t at = 0; at < 0x80; at += 8)
		assert_int_equal(padma_bar_read64(bar, at), ALL_ONES);
	padma_bar_write64(bar, 0x00, 0x1100000000);
	assert_int_equal(padma_bar_read32(bar, 0x04), ~0x55u);
	padma_bar_write64(bar, 0x80, 0x123456789a);
	padma_bar_write64(bar, 0x88, 0xabcdef0123);
	padma_bar_write64(bar, 0x90, 42);
	assert_int_equal(padma_bar_read64(bar, 0x80), 0x123456789a);
	assert_int_equal(padma_bar_read32(bar, 0x80), 0x3456789a);
	assert_int_equal(padma_bar_read64(bar, 0x88), 0xabcdef0123);
	assert_int_equal(padma_bar_read64(bar, 0x90), 42);
	padma_bar_write32(bar, 0x90, 43);
	assert_int_equal(padma_bar_read64(bar, 0x90), 43);
	close_bed(&bed);
}

static uint32_t factorial(const struct padma_bar *bar, uint32_t number)
{
	padma_bar_write32(bar, 0x08, number);
	must(padma_bar_wait32(bar, 0x20, 0x01, 0, WAIT_NS));
	return padma_bar_read32(bar, 0x08);
}

static void test_factorial(void **state)
{
	const struct padma_bar *bar;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	padma_bar_write32(bar, 0x20, 0);
	assert_int_equal(factorial(bar, 0), 1);
	assert_int_equal(factorial(bar, 5), 120);
	assert_int_equal(factorial(bar, 13), 1932053504); /* of 6227020800 */
	assert_int_equal(factorial(bar, 40), 0);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0);
	/* Only the bit for the interrupt can be written. */
	padma_bar_write32(bar, 0x20, 0xff);
	assert_int_equal(padma_bar_read32(bar, 0x20), 0x80);
	assert_int_equal(factorial(bar, 6), 720);
	must(padma_bar_wait32(bar, 0x24, 0x01, 0x01, WAIT_NS));
	padma_bar_write32(bar, 0x20, 0);
	assert_int_equal(padma_bar_read32(bar, 0x20), 0);
	padma_bar_write32(bar, 0x64, 0x01);
	close_bed(&bed);
}

static void test_interrupt_status(void **state)
{
	const struct padma_bar *bar;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	padma_bar_write32(bar, 0x64, UINT32_MAX);
	padma_bar_write32(bar, 0x60, 0xf0);
	padma_bar_write32(bar, 0x60, 0x0f);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0xff);
	padma_bar_write32(bar, 0x24, 0); /* read-only */
	padma_bar_write32(bar, 0x64, 0x3c);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0xc3);
	padma_bar_write32(bar, 0x64, UINT32_MAX);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0);
	close_bed(&bed);
}

static bool comes(int fd, int wait_ms)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};
	eventfd_t count;

	return poll(&event, 1, wait_ms) == 1 && eventfd_read(fd, &count) == 0;
}

/* A message for each raise; by the pin once, and again when it is unmasked while something is raised. */
static void check_interrupts(struct padma_device *device, int fd)
{
	const struct padma_bar *bar = padma_device_bar(device, 0);
	bool by_pin = padma_device_irq_kind(device) == PADMA_IRQ_INTX;

	padma_bar_write32(bar, 0x60, 1);
	assert_true(comes(fd, 20000));
	padma_bar_write32(bar, 0x60, 2);
	assert_int_equal(comes(fd, by_pin ? 200 : 20000), !by_pin);
	must(padma_device_irq_unmask(device));
	assert_int_equal(comes(fd, by_pin ? 20000 : 200), by_pin);
	padma_bar_write32(bar, 0x64, UINT32_MAX);
	must(padma_device_irq_unmask(device));
	assert_false(comes(fd, 200));
}

static void test_interrupts(void **state)
{
	static const enum padma_irq_kind kinds[] = {PADMA_IRQ_MSI, PADMA_IRQ_INTX};
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	/* Messages are writes to memory. */
	padma_device_declare_quiesced(bed.device);
	must(padma_device_bus_master(bed.device, true));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (padma_device_irq_use(bed.device, kinds[i])) {
			print_message("no interrupts of kind %d here\n", kinds[i]);
			continue;
		}
		must(padma_device_irq_enable(bed.device, &fd, 1));
		check_interrupts(bed.device, fd);
		must(padma_device_irq_enable(bed.device, NULL, 0));
	}
	assert_int_equal(padma_device_irq_use(bed.device, PADMA_IRQ_MSIX), -ENOTSUP);
	close(fd);
	close_bed(&bed);
}

static void start_dma(const struct padma_bar *bar, uint64_t from, uint64_t to, uint64_t count,
		      uint64_t command)
{
	padma_bar_write64(bar, 0x80, from);
	padma_bar_write64(bar, 0x88, to);
	padma_bar_write64(bar, 0x90, count);
	padma_bar_write64(bar, 0x98, command);
	must(padma_bar_wait32(bar, 0x98, 0x01, 0, WAIT_NS));
}

static void test_dma(void **state)
{
	const struct padma_bar *bar;
	struct bed bed;
	padma_dma_t dma;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	dma = padma_dma(bed.space, bed.memory);
	padma_device_declare_quiesced(bed.device);
	must(padma_device_bus_master(bed.device, true));
	for (int i = 0; i < 100; i++)
		bed.memory[i] = (unsigned char)(i + 1);
	start_dma(bar, dma, 0x40000, 100, 0x01);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0);
	/* The example of the specification: 100 bytes there, and back behind them. */
	start_dma(bar, 0x40000, dma + 100, 100, 0x07);
	assert_memory_equal(bed.memory, bed.memory + 100, 100);
	must(padma_bar_wait32(bar, 0x24, 0x100, 0x100, WAIT_NS));
	padma_bar_write32(bar, 0x64, 0x100);
	/* From the middle of its buffer, and addresses of 28 bits: those above are not there. */
	start_dma(bar, 0x40000 + 50, (dma + 300) | 1ull << 28 | 1ull << 40, 50, 0x03);
	assert_memory_equal(bed.memory + 50, bed.memory + 300, 50);
	assert_int_equal(bed.memory[350], 0);
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identification),
		cmocka_unit_test(test_liveness),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_factorial),
		cmocka_unit_test(test_interrupt_status),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_dma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
