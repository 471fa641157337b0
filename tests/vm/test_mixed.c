// SPDX-License-Identifier: BSD-3-Clause
/* Device 0 is behind an IOMMU, device 1 is not: whichever is opened first, the other is refused. */
#include "vm_fixture.h"

static void test_kinds_do_not_mix(void **state)
{
	static const char *const needed[] = {"iommu", "noiommu"};

	(void)state;
	for (unsigned int own = 0; own < 2; own++) {
		struct padma_device *device, *other = NULL;
		struct padma_space_info info;
		struct padma_space *space;
		char words[64];

		must(padma_space_open_for(bdf(own), NULL, &space));
		padma_space_info(space, &info);
		assert_string_equal(info.backend, needed[own]);
		snprintf(words, sizeof(words), "backend %s", needed[!own]);
		expect_error(padma_device_open(space, bdf(!own), &other), EINVAL, words);
		device = open_device(space, own);
		expect_error(padma_device_open(space, bdf(!own), &other), EINVAL, words);
		padma_space_info(space, &info);
		assert_int_equal(info.devices, 1);
		padma_device_close(device);
		must(padma_space_close(space));
	}
}

/* Two spaces with different backends at the same time. */
static void test_two_spaces(void **state)
{
	struct padma_space *spaces[2];
	struct padma_device *devices[2];
	void *va[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		must(padma_space_open_for(bdf(i), NULL, &spaces[i]));
		devices[i] = open_device(spaces[i], i);
		must(padma_space_alloc(spaces[i], 1 << 20, NULL, &va[i]));
	}
	assert_int_equal(padma_dma(spaces[1], va[1]), pagemap_phys(va[1]));
	assert_true(padma_dma(spaces[0], va[0]) >= 1ull << 32);
	for (unsigned int i = 0; i < 2; i++) {
		padma_device_close(devices[i]);
		must(padma_space_close(spaces[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_do_not_mix),
		cmocka_unit_test(test_two_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
