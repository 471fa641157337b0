// SPDX-License-Identifier: BSD-3-Clause
/*
 * The driver for edu, the same on every edu: the simulated one, or the one of $PADMA_EDU, QEMU's own, without an
 * IOMMU, behind one, and by uio_pci_generic (tests/vm/guest_edu).
 */
#include "edu_fixture.h"

static void test_identification(void **state)
{
	struct padma_device_ids ids;
	struct bed bed;

	(void)state;
	open_edu(&bed);
	must(padma_device_ids(bed.device, &ids));
	assert_int_equal(ids.vendor, PADMA_EDU_VENDOR_ID);
	assert_int_equal(ids.device, PADMA_EDU_DEVICE_ID);
	must(padma_edu_check_liveness(&bed.edu));
	must(padma_edu_check_liveness(&bed.edu));
	close_bed(&bed);
}

static void test_another_device(void **state)
{
	struct padma_edu edu = {0};
	struct bed bed;

	(void)state;
	open_bed_of(&bed, "sim:nvme,size=1M");
	assert_int_equal(padma_edu_open(&edu, bed.device), -ENOTSUP);
	assert_null(edu.device);
	close_bed(&bed);
}

static void check_factorials(struct bed *bed)
{
	uint32_t expected = 1, result;

	for (uint32_t n = 0; n <= PADMA_EDU_FACTORIAL_MAX; n++) {
		expected *= n ? n : 1;
		must(padma_edu_factorial(&bed->edu, n, &result));
		assert_int_equal(result, expected);
	}
}

static void test_factorial(void **state)
{
	uint32_t result = 7;
	struct bed bed;

	(void)state;
	open_edu(&bed);
	check_factorials(&bed);
	assert_int_equal(padma_edu_factorial(&bed.edu, PADMA_EDU_FACTORIAL_MAX + 1, &result),
			 -ERANGE);
	assert_int_equal(result, 7);
	close_bed(&bed);
}

/* Through the device's buffer and back: these bytes, and none beside them. */
static void copy_there_and_back(struct bed *bed, size_t bytes, size_t offset, uint64_t *random)
{
	unsigned char expected[PADMA_EDU_BUFFER_BYTES];
	unsigned char *at = bed->memory + offset; /* wherever; it fits there, too */

	for (size_t i = 0; i < bytes; i++)
		at[i] = (unsigned char)test_random(random);
	memcpy(expected, at, bytes);
	must(padma_edu_write(&bed->edu, at, bytes, offset));
	memset(bed->memory, 0xee, PADMA_EDU_BUFFER_BYTES);
	must(padma_edu_read(&bed->edu, at, bytes, offset));
	assert_memory_equal(at, expected, bytes);
	for (size_t i = 0; i < PADMA_EDU_BUFFER_BYTES; i++) {
		if (i < offset || i >= offset + bytes)
			assert_int_equal(bed->memory[i], 0xee);
	}
}

static void test_dma(void **state)
{
	uint64_t random = test_seed();
	struct bed bed;

	(void)state;
	open_edu(&bed);
	copy_there_and_back(&bed, 1, 0, &random);
	copy_there_and_back(&bed, buffer_end(), 0, &random);
	copy_there_and_back(&bed, 1, buffer_end() - 1, &random);
	for (int i = 0; i < (is_simulated() ? 200 : 8); i++) {
		size_t offset = test_random(&random) % buffer_end();

		copy_there_and_back(&bed, 1 + test_random(&random) % (buffer_end() - offset),
				    offset, &random);
	}
	close_bed(&bed);
}

/* What a transfer leaves alone in the device stays. */
static void test_parts(void **state)
{
	struct bed bed;

	(void)state;
	open_edu(&bed);
	memset(bed.memory, 1, 300);
	must(padma_edu_write(&bed.edu, bed.memory, 300, 0));
	memset(bed.memory, 2, 100);
	must(padma_edu_write(&bed.edu, bed.memory, 100, 100));
	must(padma_edu_read(&bed.edu, bed.memory + 1000, 300, 0));
	for (int i = 0; i < 300; i++)
		assert_int_equal(bed.memory[1000 + i], i >= 100 && i < 200 ? 2 : 1);
	close_bed(&bed);
}

static void test_outside_of_the_buffer(void **state)
{
	struct bed bed;

	(void)state;
	open_edu(&bed);
	assert_int_equal(padma_edu_write(&bed.edu, bed.memory, 0, 0), -EINVAL);
	assert_int_equal(padma_edu_write(&bed.edu, bed.memory, PADMA_EDU_BUFFER_BYTES + 1, 0),
			 -EINVAL);
	assert_int_equal(padma_edu_read(&bed.edu, bed.memory, 1, PADMA_EDU_BUFFER_BYTES), -EINVAL);
	assert_int_equal(padma_edu_read(&bed.edu, bed.memory, 2, SIZE_MAX), -EINVAL);
	assert_int_equal(padma_edu_read(&bed.edu, bed.memory, SIZE_MAX, 2), -EINVAL);
	check_factorials(&bed);
	close_bed(&bed);
}

/* Above the mask: of 64 MiB, some of the memory is where the device has no address lines for. */
static void test_memory_out_of_reach(void **state)
{
	static char ours[64];
	void *blocks[64];
	int high = 0;
	struct bed bed;

	(void)state;
	open_edu(&bed);
	assert_int_equal(padma_edu_write(&bed.edu, ours, sizeof(ours), 0), -EFAULT);
	assert_int_equal(padma_edu_read(&bed.edu, NULL, 1, 0), -EFAULT);
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		must(padma_space_alloc(bed.space, 1 << 20, NULL, &blocks[i]));
		if (padma_dma(bed.space, blocks[i]) <= PADMA_EDU_DMA_MASK)
			continue;
		high++;
		memset(blocks[i], 0x77, 64);
		assert_int_equal(padma_edu_read(&bed.edu, blocks[i], 64, 0), -ERANGE);
		assert_int_equal(((char *)blocks[i])[63], 0x77);
	}
	print_message("%d of %zu blocks above the mask\n", high, ARRAY_SIZE(blocks));
	if (is_simulated())
		assert_true(high > 0);
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		must(padma_space_free(bed.space, blocks[i]));
	close_bed(&bed);
}

static void test_intx(void **state)
{
	uint64_t random = 1;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	must(padma_device_irq_use(bed.device, PADMA_IRQ_INTX));
	must(padma_edu_open(&bed.edu, bed.device));
	check_factorials(&bed);
	copy_there_and_back(&bed, 100, 10, &random);
	must(padma_edu_close(&bed.edu));
	must(padma_device_irq_use(bed.device, PADMA_IRQ_NONE));
	must(padma_edu_open(&bed.edu, bed.device));
	check_factorials(&bed);
	close_bed(&bed);
}

/* An owner that died left a transfer running, and interrupts that were not acknowledged. */
static void test_left_behind(void **state)
{
	const struct padma_bar *bar;
	uint64_t random = 2;
	struct bed bed;

	(void)state;
	open_bed_of(&bed, edu_name());
	bar = padma_device_bar(bed.device, 0);
	padma_bar_write32(bar, 0x60, 0xffff);
	padma_bar_write64(bar, 0x80, padma_dma(bed.space, bed.memory));
	padma_bar_write64(bar, 0x88, 0x40000);
	padma_bar_write64(bar, 0x90, 16);
	/* Bus mastering is off: what it does moves nothing, but takes its time. */
	padma_bar_write64(bar, 0x98, 1);
	must(padma_edu_open(&bed.edu, bed.device));
	assert_int_equal(padma_bar_read64(bar, 0x98) & 1, 0);
	check_factorials(&bed);
	copy_there_and_back(&bed, 16, 0, &random);
	must(padma_edu_close(&bed.edu));
	must(padma_space_free(bed.space, bed.memory));
	must(padma_device_close(bed.device));
	must(padma_space_close(bed.space));
}

static void test_open_again(void **state)
{
	uint32_t result;
	struct bed bed;

	(void)state;
	open_edu(&bed);
	for (int i = 0; i < 10; i++) {
		must(padma_edu_close(&bed.edu));
		must(padma_edu_close(&bed.edu)); /* nothing to close */
		must(padma_edu_open(&bed.edu, bed.device));
		must(padma_edu_factorial(&bed.edu, 5, &result));
		assert_int_equal(result, 120);
	}
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identification),
		cmocka_unit_test(test_factorial),
		cmocka_unit_test(test_dma),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_outside_of_the_buffer),
		cmocka_unit_test(test_memory_out_of_reach),
		cmocka_unit_test(test_intx),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_open_again),
		cmocka_unit_test(test_another_device),
	};

	/* The last one is for the simulated bed only. */
	return _cmocka_run_group_tests("edu", tests, ARRAY_SIZE(tests) - !is_simulated(), NULL,
				       NULL);
}
