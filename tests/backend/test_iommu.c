// SPDX-License-Identifier: BSD-3-Clause
/* The backend iommu over the fake kernel: cases that no single machine shows. */
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/space.h>

#include "fake_kernel/fake_kernel.h"
#include "kernel/vfio.h"
#include "space/attach.h"

#define PAGE 4096

static char memory[16 * PAGE] __attribute__((aligned(4096)));

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake.behind_iommu = true;
	return 0;
}

static struct padma_space *open_space(void)
{
	const struct padma_space_params params = {.backend = "iommu", .window_bytes = 1 << 30};
	struct padma_space *space = NULL;

	if (padma_space_open(&params, &space))
		fail_msg("%s", padma_last_error());
	return space;
}

static int attach(struct padma_space *space, unsigned int index)
{
	struct space_device device = {.kind = SPACE_DEVICE_IOMMU};
	char path[32];
	int rc;

	snprintf(path, sizeof(path), "/dev/vfio/devices/vfio%u", index);
	device.fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(device.fd >= 0);
	assert_int_equal(vfio_bind(device.fd, space_iommufd(space), &device.devid), 0);
	rc = space_attach(space, &device);
	if (rc)
		close(device.fd);
	return rc;
}

static void detach(struct padma_space *space, unsigned int index)
{
	struct space_device device = {.kind = SPACE_DEVICE_IOMMU, .fd = fake.devices[index].fd};

	space_detach(space, &device);
	assert_int_equal(fake.devices[index].hwpt, 0);
	close(device.fd);
}

static void expect_refused(struct padma_space *space, unsigned int index, int error)
{
	assert_int_equal(attach(space, index), -error);
	assert_int_equal(fake.devices[index].hwpt, 0);
}

static unsigned int page_tables(void)
{
	unsigned int count = 0;

	for (int i = 0; i < FAKE_DEVICES; i++)
		count += fake.hwpts[i].there;
	return count;
}

/* Every page of it: the lookup says what the kernel has, from @from on. */
static void check_addresses(struct padma_space *space, const char *va, size_t bytes, uint64_t from)
{
	for (size_t at = 0; at < bytes; at++) {
		assert_int_equal(padma_dma(space, va + at), fake_iova(va + at));
		assert_true(fake_iova(va + at) >= from);
	}
}

static void test_memory_before_the_first_device(void **state)
{
	struct padma_space *space = open_space();
	struct padma_run run;

	(void)state;
	assert_int_equal(padma_space_register(space, memory + 5, 3 * PAGE), 0);
	assert_int_equal(padma_dma(space, memory + 5), PADMA_DMA_NONE);
	assert_int_equal(fake_map_count(), 0);
	assert_int_equal(attach(space, 0), 0);
	/* First and last page are MAPs of their own; all is one run nevertheless. */
	assert_int_equal(fake_map_count(), 3);
	check_addresses(space, memory + 5, 3 * PAGE, 1ull << 32);
	run = padma_run(space, memory + 5, 3 * PAGE);
	assert_int_equal(run.len, 3 * PAGE);
	/* And so is what comes later. */
	assert_int_equal(padma_space_register(space, memory + 8 * PAGE, PAGE), 0);
	check_addresses(space, memory + 8 * PAGE, PAGE, 1ull << 32);
	assert_int_equal(padma_space_unregister(space, memory + 5, 3 * PAGE), 0);
	assert_int_equal(fake_map_count(), 1);
	detach(space, 0);
	check_addresses(space, memory + 8 * PAGE, PAGE, 1ull << 32);
	assert_int_equal(padma_space_unregister(space, memory + 8 * PAGE, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A first device that cannot be attached changes nothing, and another may have other limits. */
static void test_a_first_device_that_fails(void **state)
{
	struct padma_space *space = open_space();

	(void)state;
	assert_int_equal(padma_space_register(space, memory + 5, 3 * PAGE), 0);
	fake.maps_until_error = 2;
	fake.map_error = EFAULT;
	expect_refused(space, 0, EFAULT);
	assert_int_equal(fake_map_count(), 0);
	assert_int_equal(page_tables(), 0);
	assert_int_equal(padma_dma(space, memory + 5), PADMA_DMA_NONE);
	fake.maps_until_error = 3;
	fake.map_error = ENOMEM;
	expect_refused(space, 0, ENOMEM);
	fake.ranges_error = EIO;
	expect_refused(space, 0, EIO);
	fake.ranges_error = 0;
	/* Everything above 4 KiB is reserved for it: 0 is not a valid address. */
	fake.devices[1].reserved = (struct uapi_iova_range){PAGE, UINT64_MAX};
	expect_refused(space, 1, ENOSPC);
	assert_int_equal(page_tables(), 0);
	assert_int_equal(attach(space, 0), 0);
	check_addresses(space, memory + 5, 3 * PAGE, 1ull << 32);
	detach(space, 0);
	assert_int_equal(padma_space_unregister(space, memory + 5, 3 * PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_mapping_that_fails(void **state)
{
	struct padma_space *space = open_space();

	(void)state;
	assert_int_equal(attach(space, 0), 0);
	fake.maps_until_error = 2;
	fake.map_error = EFAULT;
	assert_int_equal(padma_space_register(space, memory + 5, 3 * PAGE), -EFAULT);
	assert_int_equal(fake_map_count(), 0);
	assert_int_equal(padma_space_register(space, memory + 5, 3 * PAGE), 0);
	check_addresses(space, memory + 5, 3 * PAGE, 1ull << 32);
	assert_int_equal(padma_space_unregister(space, memory + 5, 3 * PAGE), 0);
	detach(space, 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* What a later device reserves: new memory avoids it, even after the device has left. */
static void test_a_later_device_reserves(void **state)
{
	struct padma_space *space = open_space();
	uint64_t iova;

	(void)state;
	assert_int_equal(attach(space, 0), 0);
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	iova = padma_dma(space, memory);
	/* It overlaps: refused, and nothing changes. */
	fake.devices[1].reserved = (struct uapi_iova_range){iova, iova + 10 * PAGE};
	expect_refused(space, 1, EADDRINUSE);
	check_addresses(space, memory, PAGE, iova);
	assert_int_equal(padma_space_register(space, memory + PAGE, PAGE), 0);
	assert_int_equal(padma_dma(space, memory + PAGE), iova + PAGE);
	assert_int_equal(padma_space_unregister(space, memory + PAGE, PAGE), 0);
	/* It does not: honoured from then on. */
	fake.devices[1].reserved.start += PAGE;
	assert_int_equal(attach(space, 1), 0);
	assert_int_equal(page_tables(), 1);
	detach(space, 1);
	assert_int_equal(padma_space_register(space, memory + PAGE, PAGE), 0);
	assert_true(padma_dma(space, memory + PAGE) > fake.devices[1].reserved.last);
	assert_int_equal(attach(space, 1), 0);
	check_addresses(space, memory, 2 * PAGE, iova);
	detach(space, 1);
	detach(space, 0);
	assert_int_equal(padma_space_unregister(space, memory + PAGE, PAGE), 0);
	assert_int_equal(padma_space_unregister(space, memory, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A page table for each IOMMU, over the same memory. */
static void test_two_iommus(void **state)
{
	struct padma_space *space = open_space();

	(void)state;
	fake.devices[1].unit = fake.devices[2].unit = 1;
	fake.devices[3].unit = 2;
	fake.aperture_last[1] = (1ull << 36) - 1;
	fake.aperture_last[2] = (1ull << 32) - 1;
	assert_int_equal(attach(space, 0), 0);
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	assert_int_equal(attach(space, 1), 0);
	assert_int_equal(attach(space, 2), 0);
	assert_int_equal(page_tables(), 2);
	assert_int_equal(fake.devices[1].hwpt, fake.devices[2].hwpt);
	assert_int_not_equal(fake.devices[0].hwpt, fake.devices[1].hwpt);
	/* The third cannot reach what is mapped. */
	expect_refused(space, 3, EADDRINUSE);
	assert_int_equal(page_tables(), 2);
	assert_int_equal(padma_space_unregister(space, memory, PAGE), 0);
	assert_int_equal(attach(space, 3), 0);
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	check_addresses(space, memory, PAGE, PAGE);
	assert_true(padma_dma(space, memory) < 1ull << 32);
	for (unsigned int i = 0; i < FAKE_DEVICES; i++)
		detach(space, i);
	/* The page tables stay, and with them what they can do. */
	assert_int_equal(page_tables(), 3);
	assert_int_equal(attach(space, 2), 0);
	assert_int_equal(page_tables(), 3);
	detach(space, 2);
	assert_int_equal(padma_space_unregister(space, memory, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
	assert_int_equal(page_tables(), 0);
}

/* A later device that fails takes its page table, and its limits, with it. */
static void test_a_later_device_that_fails(void **state)
{
	struct padma_space *space = open_space();

	(void)state;
	fake.devices[1].unit = 1;
	fake.aperture_last[1] = (1ull << 32) - 1;
	assert_int_equal(attach(space, 0), 0);
	fake.ranges_error = ENOMEM;
	expect_refused(space, 1, ENOMEM);
	fake.ranges_error = 0;
	assert_int_equal(page_tables(), 1);
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	check_addresses(space, memory, PAGE, 1ull << 32);
	detach(space, 0);
	assert_int_equal(padma_space_unregister(space, memory, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* The guard knows the addresses that were chosen, to the byte. */
static void test_guard(void **state)
{
	const struct padma_space_params params = {
		.backend = "iommu", .window_bytes = 1 << 30, .guard = PADMA_GUARD_PAGES};
	struct padma_space *space;
	padma_dma_t dma;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_space_register(space, memory + 5, 3 * PAGE), 0);
	assert_false(padma_guard_check(space, (uintptr_t)memory + 5, 1));
	assert_int_equal(attach(space, 0), 0);
	dma = padma_dma(space, memory + 5);
	assert_true(padma_guard_check(space, dma, 3 * PAGE));
	assert_false(padma_guard_check(space, dma - 1, 1));
	assert_false(padma_guard_check(space, dma, 3 * PAGE + 1));
	assert_false(padma_guard_check(space, (uintptr_t)memory + 5, 1));
	assert_int_equal(padma_space_unregister(space, memory + 5, 3 * PAGE), 0);
	assert_false(padma_guard_check(space, dma, 1));
	detach(space, 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* More ranges than the backend has room for at first. */
static void test_many_ranges(void **state)
{
	struct padma_space *space = open_space();

	(void)state;
	fake.many_ranges = 300;
	fake.devices[0].reserved = (struct uapi_iova_range){600ull * PAGE, UINT64_MAX};
	assert_int_equal(attach(space, 0), 0);
	/* Every other page is reserved. */
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(padma_space_register(space, memory + i * PAGE, PAGE), 0);
	check_addresses(space, memory, sizeof(memory), 2 * PAGE);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(padma_space_unregister(space, memory + i * PAGE, PAGE), 0);
	assert_int_equal(padma_space_register(space, memory, 2 * PAGE), -ENOSPC);
	detach(space, 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* Counts and ranges that no kernel should return are refused, and not added up. */
static void test_invalid_ranges(void **state)
{
	static const struct fake_nonsense answers[] = {
		{0, 65, {{0, UINT64_MAX}}},	       /* more than there was room for */
		{0, UINT32_MAX, {{0, UINT64_MAX}}},    /* far more */
		{EMSGSIZE, 0, {{0, 0}}},	       /* no room for none */
		{EMSGSIZE, 64, {{0, 0}}},	       /* no room for what there was room for */
		{EMSGSIZE, UINT32_MAX, {{0, 0}}},      /* more than can be */
		{0, 2, {{PAGE, 2 * PAGE}, {0, PAGE}}}, /* out of order, and they overlap */
		{0, 3, {{0, UINT64_MAX}, {0, UINT64_MAX}, {0, UINT64_MAX}}},
		{0, 1, {{2 * PAGE, PAGE}}}, /* ends before it begins */
	};
	struct padma_space *space = open_space();

	(void)state;
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		fake.ranges_nonsense = &answers[i];
		expect_refused(space, 0, EPROTO);
		assert_int_equal(page_tables(), 0);
		assert_int_equal(padma_dma(space, memory), PADMA_DMA_NONE);
	}
	fake.ranges_nonsense = NULL;
	assert_int_equal(attach(space, 0), 0);
	check_addresses(space, memory, PAGE, 1ull << 32);
	detach(space, 0);
	assert_int_equal(padma_space_unregister(space, memory, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_memory_before_the_first_device, setup),
		cmocka_unit_test_setup(test_a_first_device_that_fails, setup),
		cmocka_unit_test_setup(test_a_mapping_that_fails, setup),
		cmocka_unit_test_setup(test_a_later_device_reserves, setup),
		cmocka_unit_test_setup(test_two_iommus, setup),
		cmocka_unit_test_setup(test_a_later_device_that_fails, setup),
		cmocka_unit_test_setup(test_guard, setup),
		cmocka_unit_test_setup(test_many_ranges, setup),
		cmocka_unit_test_setup(test_invalid_ranges, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
