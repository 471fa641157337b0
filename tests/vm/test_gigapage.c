// SPDX-License-Identifier: BSD-3-Clause
/*
 * Hugepages of 1 GiB on a real kernel: reserved at run time, one query each, looked up from the
 * first byte to the last, written and read by a drive (PRP lists over the border of two pages,
 * too), and freed.
 */
#include "vm_fixture.h"

#include <padma/nvme.h>

#define GIB	     ((size_t)1 << 30)
#define MIB	     ((size_t)1 << 20)
#define PAGES	     2u
#define POOL	     "/sys/kernel/mm/hugepages/hugepages-1048576kB/"
#define LBA_BYTES    512u
#define TRANSFER_MAX (256u << 10)

static unsigned long pool_read(const char *name)
{
	char path[128];
	unsigned long count = 0;
	FILE *file;

	snprintf(path, sizeof(path), POOL "%s", name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &count), 1);
	fclose(file);
	return count;
}

/* The kernel allocates the memory now, not at boot. */
static int reserve(void **state)
{
	FILE *file = fopen(POOL "nr_hugepages", "we");

	(void)state;
	assert_non_null(file);
	fprintf(file, "%u\n", PAGES);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(pool_read("nr_hugepages"), PAGES);
	return 0;
}

static struct padma_space *open_gigapages(const char *backend)
{
	const struct padma_space_params params = {
		.backend = backend, .page_bytes = GIB, .guard = true};
	struct padma_space *space = NULL;

	must(padma_space_open(&params, &space));
	return space;
}

static struct padma_space_info info_of(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info;
}

/* The lookup, the run and pagemap agree, at both ends of each granule of 2 MiB and between them. */
static void check_page(struct padma_space *space, const char *va, size_t bytes)
{
	static const size_t within[] = {0, 1, 4095, 4096, MIB + 12345, 2 * MIB - 1};

	for (size_t granule = 0; granule < bytes; granule += 2 * MIB) {
		for (size_t i = 0; i < ARRAY_SIZE(within); i++) {
			const char *at = va + granule + within[i];

			assert_int_equal(padma_dma(space, at), pagemap_phys(at));
			assert_int_equal(padma_run(space, at, 1).dma, pagemap_phys(at));
		}
	}
}

/* A small allocation takes one page, with one query. */
static void test_one_query_for_a_page(void **state)
{
	struct padma_space *space = open_gigapages("noiommu");
	struct padma_device *device = open_device(space, 0);
	struct padma_run run;
	uint64_t queries;
	char *small;

	(void)state;
	queries = info_of(space).queries;
	must(padma_space_alloc(space, 8 * MIB, NULL, (void **)&small));
	assert_int_equal(info_of(space).queries - queries, 1);
	assert_int_equal(info_of(space).page_bytes, GIB);
	assert_int_equal(info_of(space).mapped_bytes, GIB);
	assert_int_equal(info_of(space).runs, 1);
	assert_int_equal(pool_read("free_hugepages"), PAGES - 1);
	check_page(space, small, 8 * MIB);
	/* A page is aligned to its size, virtually and physically. */
	run = padma_run(space, info_of(space).window, GIB);
	assert_int_equal(run.len, GIB);
	assert_int_equal(run.dma % GIB, 0);
	padma_device_close(device);
	must(padma_space_close(space));
	assert_int_equal(pool_read("free_hugepages"), PAGES);
}

/* Memory before the device, as a whole page, looked up to its end; not one byte beyond has an
 * address. */
static void test_all_of_a_page(void **state)
{
	struct padma_space *space = open_gigapages("noiommu");
	const char *window = info_of(space).window;
	struct padma_device *device;
	char *va;

	(void)state;
	must(padma_space_alloc(space, 1000 * MIB, NULL, (void **)&va));
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	device = open_device(space, 0);
	check_page(space, va, 1000 * MIB);
	assert_int_equal(padma_dma(space, window + GIB - 1), pagemap_phys(window + GIB - 1));
	assert_int_equal(padma_dma(space, window + GIB), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, window + GIB - 4096, 8192).len, 4096);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* A request larger than the pool fails and leaves nothing allocated. */
static void test_more_than_there_are(void **state)
{
	struct padma_space *space = open_gigapages("noiommu");
	struct padma_device *device = open_device(space, 0);
	void *va = NULL;

	(void)state;
	assert_int_equal(padma_space_alloc(space, (PAGES + 1) * GIB, NULL, &va), -ENOMEM);
	assert_int_equal(info_of(space).mapped_bytes, 0);
	assert_int_equal(pool_read("free_hugepages"), PAGES);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* Two pages and a drive. */
struct rig {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	char *memory;
	unsigned int under_way;
};

static void rig_open(struct rig *rig, const char *backend)
{
	const struct padma_alloc_params aligned = {.align_bytes = 2 * MIB};

	rig->under_way = 0;
	rig->space = open_gigapages(backend);
	/* It spans both pages, and leaves room for the drive's rings. */
	must(padma_space_alloc(rig->space, GIB + 512 * MIB, &aligned, (void **)&rig->memory));
	rig->device = open_device(rig->space, 0);
	must(padma_nvme_open(rig->device, NULL, &rig->nvme));
	must(padma_nvme_queue_open(rig->nvme, NULL, &rig->queue));
	assert_int_equal(info_of(rig->space).mapped_bytes, PAGES * GIB);
}

static void rig_close(struct rig *rig)
{
	must(padma_nvme_queue_close(rig->queue));
	must(padma_nvme_close(rig->nvme));
	padma_device_close(rig->device);
	must(padma_space_free(rig->space, rig->memory));
	/* The memory is unused, and no device is attached that could write to it. */
	assert_int_equal(padma_space_trim(rig->space), PAGES * GIB);
	assert_int_equal(pool_read("free_hugepages"), PAGES);
	assert_int_equal(info_of(rig->space).mapped_bytes, 0);
	must(padma_space_close(rig->space));
}

static void done(void *ctx, int error, uint16_t status)
{
	struct rig *rig = ctx;

	assert_int_equal(error, 0);
	assert_int_equal(status, 0);
	rig->under_way--;
}

static void await(struct rig *rig)
{
	assert_true(padma_nvme_submit(rig->queue) >= 0);
	while (rig->under_way)
		assert_true(padma_nvme_poll(rig->queue, 0) >= 0);
}

static void fill(char *buffer, size_t bytes, uint64_t seed)
{
	for (size_t at = 0; at + 8 <= bytes; at += 8) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		memcpy(buffer + at, &seed, 8);
	}
}

/* Written from one place, read into another, compared. */
static void transfer(struct rig *rig, char *from, char *to, size_t bytes, uint64_t lba)
{
	fill(from, bytes, (uintptr_t)from);
	memset(to, 0x55, bytes);
	rig->under_way++;
	must(padma_nvme_write(rig->queue, 1, from, lba, (uint32_t)(bytes / LBA_BYTES), done, rig));
	await(rig);
	rig->under_way++;
	must(padma_nvme_read(rig->queue, 1, to, lba, (uint32_t)(bytes / LBA_BYTES), done, rig));
	await(rig);
	assert_memory_equal(from, to, bytes);
}

/* The byte of the rig's memory where the second page begins. */
static size_t border(const struct rig *rig)
{
	struct padma_space_info info = info_of(rig->space);
	size_t left = GIB - ((uintptr_t)rig->memory - (uintptr_t)info.window) % GIB;

	assert_true(left > TRANSFER_MAX && left + TRANSFER_MAX < GIB + 512 * MIB);
	return left;
}

static void check_transfers(const char *backend)
{
	struct rig rig;
	size_t middle;

	rig_open(&rig, backend);
	middle = border(&rig);
	check_page(rig.space, rig.memory, GIB + 512 * MIB);
	/* A few bytes at each end; lists; over a granule's border; over the border of the pages. */
	transfer(&rig, rig.memory, rig.memory + GIB + 512 * MIB - 4096, 4096, 0);
	transfer(&rig, rig.memory + 700 * MIB + 512, rig.memory + 3 * MIB, TRANSFER_MAX, 100);
	transfer(&rig, rig.memory + 2 * MIB - 8192, rig.memory + 300 * MIB, 65536, 1000);
	transfer(&rig, rig.memory + middle - TRANSFER_MAX / 2, rig.memory, TRANSFER_MAX, 2000);
	transfer(&rig, rig.memory, rig.memory + middle - 512, 4096, 5000);
	rig_close(&rig);
}

static void test_transfers(void **state)
{
	(void)state;
	check_transfers("noiommu");
}

/* Addresses from /proc/self/pagemap, the drive by its group. */
static void test_transfers_by_pagemap(void **state)
{
	(void)state;
	check_transfers("pagemap");
}

/* A page that holds anything stays; memory is trimmed by whole pages. */
static void test_trim_keeps_what_is_used(void **state)
{
	const struct padma_alloc_params aligned = {.align_bytes = 2 * MIB};
	struct padma_space *space = open_gigapages("noiommu");
	struct padma_device *device = open_device(space, 0);
	char *kept, *big;

	(void)state;
	must(padma_space_alloc(space, 4096, NULL, (void **)&kept));
	must(padma_space_alloc(space, GIB - 2 * MIB, &aligned, (void **)&big));
	memset(kept, 7, 4096);
	must(padma_space_free(space, big));
	assert_true(padma_space_trim(space) >= 0);
	assert_int_equal(info_of(space).mapped_bytes, GIB);
	check_page(space, kept, 4096);
	assert_int_equal(kept[4095], 7);
	must(padma_space_free(space, kept));
	assert_int_equal(padma_space_trim(space), GIB);
	assert_int_equal(pool_read("free_hugepages"), PAGES);
	padma_device_close(device);
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_query_for_a_page),
		cmocka_unit_test(test_all_of_a_page),
		cmocka_unit_test(test_more_than_there_are),
		cmocka_unit_test(test_trim_keeps_what_is_used),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_transfers_by_pagemap),
	};

	return cmocka_run_group_tests(tests, reserve, NULL);
}
