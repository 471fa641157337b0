// SPDX-License-Identifier: BSD-3-Clause
/* The backend noiommu over the fake kernel: one page table of the space for all devices, and what GET_PA answers. */
#include "test.h"

#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "fake_kernel/fixture.h"

#define PAGE 4096

static char memory[4 * PAGE] __attribute__((aligned(4096)));

/* Every byte of it: the lookup answers what the kernel has. */
static void check_addresses(struct padma_space *space)
{
	for (size_t at = 0; at < sizeof(memory); at += 512) {
		assert_int_not_equal(fake_phys(memory + at), 0);
		assert_int_equal(padma_dma(space, memory + at), fake_phys(memory + at));
	}
}

/* Nothing is known before a device has a page table; addresses then stay when it leaves. */
static void test_addresses_come_with_the_first_device(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;

	(void)state;
	assert_int_equal(padma_space_register(space, memory, sizeof(memory)), 0);
	assert_int_equal(padma_dma(space, memory), PADMA_DMA_NONE);
	assert_int_equal(fake.objects, 1);
	device = open_device(space);
	assert_int_equal(fake.objects, 2);
	check_addresses(space);
	assert_int_equal(padma_device_close(device), 0);
	check_addresses(space);
	/* The next one joins the same page table. */
	device = open_device(space);
	assert_int_equal(fake.objects, 2);
	check_addresses(space);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_unregister(space, memory, sizeof(memory)), 0);
	assert_int_equal(fake_map_count(), 0);
	assert_int_equal(padma_space_close(space), 0);
	assert_int_equal(fake.objects, 0);
}

/* A page table that no device could be attached to does not stay. */
static void test_a_first_device_that_is_refused(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = NULL;

	(void)state;
	assert_int_equal(padma_space_register(space, memory, sizeof(memory)), 0);
	fake.attach_error = EINVAL;
	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -EINVAL);
	assert_int_equal(fake.objects, 1);
	assert_int_equal(padma_dma(space, memory), PADMA_DMA_NONE);
	fake.attach_error = 0;
	device = open_device(space);
	check_addresses(space);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_unregister(space, memory, sizeof(memory)), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A MAP that fails changes nothing of what is mapped. */
static void test_a_mapping_that_fails(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);

	(void)state;
	fake.maps_until_error = 1;
	fake.map_error = ENOMEM;
	assert_int_equal(padma_space_register(space, memory, sizeof(memory)), -ENOMEM);
	assert_int_equal(fake_map_count(), 0);
	assert_int_equal(padma_dma(space, memory), PADMA_DMA_NONE);
	assert_int_equal(padma_space_register(space, memory, sizeof(memory)), 0);
	check_addresses(space);
	assert_int_equal(padma_space_unregister(space, memory, sizeof(memory)), 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_addresses_come_with_the_first_device, setup),
		cmocka_unit_test_setup(test_a_first_device_that_is_refused, setup),
		cmocka_unit_test_setup(test_a_mapping_that_fails, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
