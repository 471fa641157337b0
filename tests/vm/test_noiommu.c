// SPDX-License-Identifier: BSD-3-Clause
/* The backend noiommu on a real kernel: addresses, attaching in every order, and refusals. */
#include "child.h"
#include "vm_fixture.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <padma/pool.h>

#include "memory/window.h"

#define ALLOC_BYTES ((size_t)16 << 20)

static void test_addresses_are_pagemaps(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	void *va;

	(void)state;
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, &va));
	check_addresses(space, va, ALLOC_BYTES);
	must(padma_space_free(space, va));
	padma_device_close(device);
	must(padma_space_close(space));
}

/* Memory mapped before the first device has no address until a device is attached. */
static void test_map_before_attach(void **state)
{
	const size_t bytes = (64 << 10) + 100;
	struct padma_space *space = open_space();
	struct padma_device *device;
	char *foreign = malloc(bytes);
	void *va;

	(void)state;
	assert_non_null(foreign);
	memset(foreign, 1, bytes);
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, &va));
	must(padma_space_register(space, foreign, bytes));
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, foreign), PADMA_DMA_NONE);
	device = open_device(space, 0);
	check_addresses(space, va, ALLOC_BYTES);
	check_addresses(space, foreign, bytes);
	padma_device_close(device);
	must(padma_space_unregister(space, foreign, bytes));
	must(padma_space_close(space));
	free(foreign);
}

/* The same for objects of a pool. If the memory does not suit the pool, the device is refused. */
static void test_pools_before_attach(void **state)
{
	const struct padma_pool_params frames = {.object_bytes = 2048, .count = 3000};
	const struct padma_pool_params below = {
		.object_bytes = 64, .count = 10, .dma_mask = 4095, .name = "below"};
	struct padma_space *space = open_space();
	struct padma_pool_object *objects[3000];
	struct padma_pool_cache *cache;
	struct padma_pool *pool, *other;
	struct padma_device *device;

	(void)state;
	must(padma_pool_open(space, &frames, &pool));
	must(padma_pool_open(space, &below, &other));
	must(padma_pool_cache_open(pool, &cache));
	assert_int_equal(padma_pool_get_bulk(cache, objects, 3000), 3000);
	assert_false(padma_pool_resolved(pool));
	assert_true(objects[0]->dma == PADMA_DMA_NONE);
	assert_int_equal(padma_device_open(space, bdf(0), &device), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "below"));
	assert_false(padma_pool_resolved(pool));
	must(padma_pool_close(other));
	device = open_device(space, 0);
	assert_true(padma_pool_resolved(pool));
	for (size_t i = 0; i < frames.count; i++) {
		check_addresses(space, objects[i]->va, frames.object_bytes);
		assert_int_equal(objects[i]->dma, padma_dma(space, objects[i]->va));
	}
	padma_device_close(device);
	padma_pool_put_bulk(cache, objects, 3000);
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	must(padma_space_close(space));
}

#define HUGE ((size_t)2 << 20)

static uint64_t queries(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.queries;
}

static void register_counted(struct padma_space *space, char *va, size_t bytes, uint64_t expected)
{
	uint64_t before = queries(space);

	must(padma_space_register(space, va, bytes));
	assert_int_equal(queries(space) - before, expected);
	check_addresses(space, va, bytes);
	must(padma_space_unregister(space, va, bytes));
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
}

/* A hugepage of the program's is queried once, whichever part of it is registered. */
static void test_registered_hugepages(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device;
	char *huge = mmap(NULL, 4 * HUGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	uint64_t before;

	(void)state;
	assert_ptr_not_equal(huge, MAP_FAILED);
	must(padma_space_register(space, huge, 4 * HUGE));
	before = queries(space);
	device = open_device(space, 0);
	assert_int_equal(queries(space) - before, 4);
	check_addresses(space, huge, 4 * HUGE);
	must(padma_space_unregister(space, huge, 4 * HUGE));
	register_counted(space, huge, 4 * HUGE, 4);
	register_counted(space, huge + HUGE, HUGE, 1);
	register_counted(space, huge + HUGE / 2, HUGE, 2);
	/* A partial page at either end takes a separate MAP and query. */
	register_counted(space, huge + 100, 3 * HUGE, 3 + 1 + 1);
	padma_device_close(device);
	must(padma_space_close(space));
	munmap(huge, 4 * HUGE);
}

/* Transparent hugepages do not count as hugepages; two adjacent mappings may differ. */
static void test_registered_memory_of_two_kinds(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	char *area =
		mmap(NULL, 6 * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *huge = (char *)(((uintptr_t)area + 2 * HUGE) & ~(uintptr_t)(HUGE - 1));

	(void)state;
	assert_ptr_not_equal(area, MAP_FAILED);
	madvise(area, 6 * HUGE, MADV_HUGEPAGE);
	assert_ptr_equal(mmap(huge, HUGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0),
			 huge);
	must(padma_space_register(space, huge - HUGE / 2 - 5, 2 * HUGE));
	check_addresses(space, huge - HUGE / 2 - 5, 2 * HUGE);
	must(padma_space_unregister(space, huge - HUGE / 2 - 5, 2 * HUGE));
	padma_device_close(device);
	must(padma_space_close(space));
	munmap(area, 6 * HUGE);
}

/* Pins and addresses survive detach and reattach, and new memory can be mapped in between. */
static void test_reattach(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	char *first, *second;

	(void)state;
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, (void **)&first));
	check_addresses(space, first, ALLOC_BYTES);
	padma_device_close(device);
	check_addresses(space, first, ALLOC_BYTES);
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, (void **)&second));
	check_addresses(space, second, ALLOC_BYTES);
	device = open_device(space, 1);
	check_addresses(space, first, ALLOC_BYTES);
	check_addresses(space, second, ALLOC_BYTES);
	padma_device_close(device);
	device = open_device(space, 0);
	check_addresses(space, first, ALLOC_BYTES);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void test_two_devices_in_one_space(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *one = open_device(space, 0), *two = open_device(space, 1);
	struct padma_space_info info;
	char *va;

	(void)state;
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, (void **)&va));
	padma_space_info(space, &info);
	assert_int_equal(info.devices, 2);
	assert_int_equal(padma_space_close(space), -EBUSY);
	padma_device_close(one);
	check_addresses(space, va, ALLOC_BYTES);
	padma_device_close(two);
	must(padma_space_close(space));
}

static void test_auto_takes_it(void **state)
{
	struct padma_space_info info;
	struct padma_space *space;

	(void)state;
	must(padma_space_open(NULL, &space));
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "noiommu");
	assert_non_null(strstr(info.why, "works"));
	must(padma_space_close(space));
}

/* Memory that the kernel does not check in MAP fails when the device is attached, with a message. */
static void test_memory_that_cannot_be_pinned(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = NULL;
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	must(padma_space_register(space, page, 4096));
	expect_error(padma_device_open(space, bdf(0), &device), EFAULT, "pinned");
	must(padma_space_unregister(space, page, 4096));
	device = open_device(space, 0);
	/* With a device it fails at once. */
	assert_int_equal(padma_space_register(space, page, 4096), -EFAULT);
	padma_device_close(device);
	must(padma_space_close(space));
	munmap(page, 4096);
}

static int without_rawio(void)
{
	const struct padma_space_params params = {.backend = "noiommu"};
	struct padma_space_info info;
	struct padma_space *space;

	CHECK(drop(CAP_SYS_RAWIO));
	CHECK(padma_space_open(&params, &space) == -EPERM);
	CHECK(strstr(padma_last_error(), "CAP_SYS_RAWIO"));
	CHECK(padma_space_open(NULL, &space) == 0);
	padma_space_info(space, &info);
	CHECK(strcmp(info.backend, "sim") == 0);
	CHECK(strstr(info.why, "CAP_SYS_RAWIO"));
	return 0;
}

/* The capability is checked when the node is opened, too. */
static int rawio_lost_before_the_device(void)
{
	const struct padma_space_params params = {.backend = "noiommu"};
	struct padma_device *device;
	struct padma_space *space;

	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(drop(CAP_SYS_RAWIO));
	CHECK(padma_device_open(space, bdf(0), &device) == -EPERM);
	CHECK(strstr(padma_last_error(), "CAP_SYS_RAWIO"));
	CHECK(strstr(padma_last_error(), "/dev/vfio/devices/noiommu-vfio"));
	return 0;
}

/* iommufd charges pinned pages to the user, hugepages in full. */
static int with_little_to_lock(void)
{
	const struct rlimit little = {65536, 65536};
	const struct padma_space_params params = {.backend = "noiommu"};
	struct padma_device *device;
	struct padma_space *space;
	void *va;

	CHECK(setrlimit(RLIMIT_MEMLOCK, &little) == 0);
	CHECK(drop(CAP_IPC_LOCK));
	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(padma_device_open(space, bdf(0), &device) == 0);
	CHECK(padma_space_alloc(space, 1 << 20, NULL, &va) == -ENOMEM);
	CHECK(strstr(padma_last_error(), "ulimit -l"));
	padma_device_close(device);
	CHECK(padma_space_close(space) == 0);
	/* Also if the memory came first. */
	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(padma_space_alloc(space, 1 << 20, NULL, &va) == 0);
	CHECK(padma_device_open(space, bdf(0), &device) == -ENOMEM);
	CHECK(strstr(padma_last_error(), "ulimit -l"));
	CHECK(padma_space_close(space) == 0);
	return 0;
}

static void test_without_privileges(void **state)
{
	(void)state;
	in_a_child(without_rawio);
	in_a_child(rawio_lost_before_the_device);
	in_a_child(with_little_to_lock);
}

static int the_other_process(void)
{
	const struct padma_space_params params = {.backend = "noiommu"};
	struct padma_device *device;
	struct padma_space *space;

	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(padma_device_open(space, bdf(0), &device) == -EBUSY);
	CHECK(strstr(padma_last_error(), "open"));
	CHECK(padma_device_open(space, bdf(1), &device) == 0);
	padma_device_close(device);
	return 0;
}

static void test_one_owner(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0), *again = NULL;

	(void)state;
	in_a_child(the_other_process);
	expect_error(padma_device_open(space, bdf(0), &again), EBUSY, "open");
	padma_device_close(device);
	must(padma_space_close(space));
}

static uint64_t pool_count(const char *name)
{
	char path[96];
	unsigned long long count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-2048kB/%s_hugepages",
		 name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &count), 1);
	fclose(file);
	return count;
}

/* If their mapping cannot be replaced, the pages are freed nevertheless, and no longer reserved. */
static void test_pages_that_are_dropped(void **state)
{
	const struct page_source source = {.page_bytes = 2 << 20};
	uint64_t free_before = pool_count("free"), reserved = pool_count("resv");
	struct window window;
	void *va, *again;

	(void)state;
	must(window_open(&window, (size_t)1 << 30, true));
	must(window_map(&window, 4 << 20, &source, -1, true, &va));
	assert_int_equal(pool_count("free"), free_before - 2);
	must(pages_drop(va, 4 << 20));
	assert_int_equal(pool_count("free"), free_before);
	assert_int_equal(pool_count("resv"), reserved);
	must(window_unmap(&window, va, 4 << 20));
	must(window_map(&window, 4 << 20, &source, -1, true, &again));
	assert_ptr_equal(again, va);
	window_close(&window);
	assert_int_equal(pool_count("free"), free_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_pagemaps),
		cmocka_unit_test(test_map_before_attach),
		cmocka_unit_test(test_pools_before_attach),
		cmocka_unit_test(test_registered_hugepages),
		cmocka_unit_test(test_registered_memory_of_two_kinds),
		cmocka_unit_test(test_reattach),
		cmocka_unit_test(test_two_devices_in_one_space),
		cmocka_unit_test(test_auto_takes_it),
		cmocka_unit_test(test_memory_that_cannot_be_pinned),
		cmocka_unit_test(test_without_privileges),
		cmocka_unit_test(test_one_owner),
		cmocka_unit_test(test_pages_that_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
