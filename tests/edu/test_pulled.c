// SPDX-License-Identifier: BSD-3-Clause
/* QEMU's edu, pulled out of its slot in the middle of a transfer, which takes it 100 ms. */
#include "vm/slot.h"

#include <pthread.h>

#include <padma/edu.h>

static const char *name;

static void *pull_soon(void *arg)
{
	const int *config = arg;

	usleep(30000);
	return slot_pull(*config) ? arg : NULL;
}

static void test_pulled(void **state)
{
	const struct padma_space_params params = {
		.chunk_bytes = 2 << 20, .low_bytes = 2 << 20, .low_dma_mask = PADMA_EDU_DMA_MASK};
	const struct padma_alloc_params low = {.dma_mask = PADMA_EDU_DMA_MASK,
					       .flags = PADMA_ALLOC_CONTIGUOUS};
	int config = port_config(name);
	struct padma_device *device;
	struct padma_space *space;
	struct padma_edu edu;
	pthread_t puller;
	void *memory, *pulled;
	double start;

	(void)state;
	assert_true(config >= 0);
	must(padma_space_open_for(name, &params, &space));
	must(padma_device_open(space, name, &device));
	must(padma_edu_open(&edu, device));
	must(padma_space_alloc(space, 100, &low, &memory));
	start = seconds_now();
	assert_int_equal(pthread_create(&puller, NULL, pull_soon, &config), 0);
	assert_int_equal(padma_edu_read(&edu, memory, 100, 0), -ENODEV);
	print_message("noticed after %.2f s\n", seconds_now() - start);
	pthread_join(puller, &pulled);
	assert_non_null(pulled);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_edu_factorial(&edu, 5, &(uint32_t){0}), -ENODEV);
	must(padma_edu_close(&edu));
	must(padma_space_free(space, memory));
	must(padma_device_close(device));
	must(padma_space_close(space));
	close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pulled)};

	name = getenv("PADMA_EDU");
	if (!name || shell("test -e /sys/bus/pci/devices/%s/../config", name)) {
		print_message("%s is not in a slot\n", name ? name : "no device");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
