// SPDX-License-Identifier: BSD-3-Clause
/* Prebuilt page lists against the lookups, page by page, while memory comes and goes. */
#include "space_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <padma/page_list.h>
#include <padma/pool.h>

#include "sim/machine/memory.h"

#define GRANULE PADMA_GRANULE_BYTES
#define BLOCKS	24

static struct padma_space_info info_of(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info;
}

static void *alloc_bytes(struct padma_space *space, size_t bytes)
{
	void *va = NULL;

	assert_int_equal(padma_space_alloc(space, bytes, NULL, &va), 0);
	return va;
}

/* What a device reads there. */
static uint64_t entry_at(struct padma_space *space, padma_dma_t dma)
{
	uint64_t entry = 0, fault = 0;

	assert_int_equal(
		sim_memory_read(space_sim_memory(space), dma, &entry, sizeof(entry), &fault), 0);
	return entry;
}

/* A transfer of up to 1 MiB finds all its pages in the list of its first. */
static void check_page_after(struct padma_space *space, padma_dma_t list, const char *page,
			     const char *end)
{
	static const size_t after[] = {1, 2, 255, 256};

	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		if (page + after[i] * PAGE < end)
			assert_true(entry_at(space, list + after[i] * sizeof(uint64_t)) ==
				    padma_dma(space, page + after[i] * PAGE));
	}
}

static void check_pages(struct padma_space *space, const struct padma_page_lists *lists,
			const char *va, size_t bytes)
{
	const char *page = (const char *)((uintptr_t)va & ~(PAGE - 1));

	for (; page < va + bytes; page += PAGE) {
		padma_dma_t list = padma_page_list(lists, page + 17);

		assert_true(list != PADMA_DMA_NONE);
		assert_int_equal(list % PAGE / sizeof(uint64_t), (uintptr_t)page / PAGE % 256);
		assert_true(entry_at(space, list) == padma_dma(space, page));
		check_page_after(space, list, page, va + bytes);
	}
}

static void test_lists_not_requested(void **state)
{
	struct padma_space *space = open_sim_space();

	(void)state;
	alloc_bytes(space, 3 * GRANULE);
	assert_int_equal(info_of(space).page_list_bytes, 0);
	assert_int_equal(info_of(space).mapped_bytes, 16 << 20);
	assert_int_equal(padma_space_close(space), 0);
}

/* Before and after they are requested; also memory of pools. */
static void test_every_page_has_its_entry(void **state)
{
	const struct padma_pool_params params = {.object_bytes = 8192, .count = 4000};
	struct padma_space *space = open_sim_space();
	const struct padma_page_lists *lists;
	char *before, *after;
	struct padma_pool *pool;
	int outside = 0;

	(void)state;
	before = alloc_bytes(space, 3 * GRANULE + 5);
	lists = padma_page_lists(space);
	assert_non_null(lists);
	assert_ptr_equal(padma_page_lists(space), lists);
	check_pages(space, lists, before, 3 * GRANULE + 5);
	after = alloc_bytes(space, 40 * GRANULE);
	check_pages(space, lists, after, 40 * GRANULE);
	assert_int_equal(padma_pool_open(space, &params, &pool), 0);
	for (struct chunk *chunk = space_of(space)->chunks; chunk; chunk = chunk->next) {
		if (chunk->state == CHUNK_IN_HEAP)
			check_pages(space, lists, chunk->va, chunk->bytes);
	}
	assert_int_equal(info_of(space).page_list_bytes, GRANULE);
	assert_true(padma_page_list(lists, &outside) == PADMA_DMA_NONE);
	padma_pool_close(pool);
	assert_int_equal(padma_space_close(space), 0);
}

/* The kernel says whether it may write there: read() into a list. */
static void test_the_program_cannot_write_to_them(void **state)
{
	struct padma_space *space = open_sim_space();
	const struct padma_page_lists *lists = padma_page_lists(space);
	int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (int i = 0; i < 2; i++) {
		unsigned int blocks = 0;

		alloc_bytes(space, (size_t)(1 + 20 * i) * GRANULE);
		for (struct chunk *chunk = space_of(space)->chunks; chunk; chunk = chunk->next) {
			if (!page_lists_hold(space_of(space), chunk))
				continue;
			blocks++;
			assert_int_equal(read(zeros, chunk->va, 8), -1);
			assert_int_equal(errno, EFAULT);
		}
		assert_int_equal(blocks, 1);
	}
	assert_non_null(lists);
	close(zeros);
	assert_int_equal(padma_space_close(space), 0);
}

/* They are dropped with their memory, and the lists' memory with the last of them. */
static void test_trimmed_to_nothing(void **state)
{
	struct padma_space *space = open_sim_space();
	const struct padma_page_lists *lists = padma_page_lists(space);

	(void)state;
	for (int i = 0; i < 3; i++) {
		char *first = alloc_bytes(space, 20 * GRANULE);
		char *second = alloc_bytes(space, 20 * GRANULE);

		assert_int_equal(padma_space_free(space, first), 0);
		assert_true(padma_space_trim(space) > 0);
		assert_true(padma_page_list(lists, first) == PADMA_DMA_NONE);
		check_pages(space, lists, second, 20 * GRANULE);
		assert_int_equal(info_of(space).page_list_bytes, GRANULE);
		assert_int_equal(padma_space_free(space, second), 0);
		assert_true(padma_space_trim(space) > 0);
		assert_int_equal(info_of(space).mapped_bytes, 0);
		assert_int_equal(info_of(space).page_list_bytes, 0);
	}
	assert_int_equal(padma_space_close(space), 0);
}

/* More than one block of lists: a gigabyte and more of addresses, without its memory. */
static void test_more_than_a_block(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_page_lists *lists;
	struct padma_space *space;
	char *first, *second;

	(void)state;
	params.window_bytes = (size_t)3 << 30;
	params.sim = &sim;
	sim.lazy = true;
	space = open_space_with(&params);
	lists = padma_page_lists(space);
	first = alloc_bytes(space, 500 * GRANULE);
	second = alloc_bytes(space, 600 * GRANULE);
	assert_int_equal(info_of(space).page_list_bytes, 5 * GRANULE);
	for (size_t i = 0; i < 600; i++)
		check_pages(space, lists, second + i * GRANULE + PAGE * 511, 1);
	assert_int_equal(padma_space_free(space, second), 0);
	assert_true(padma_space_trim(space) > 0);
	assert_int_equal(info_of(space).page_list_bytes, 2 * GRANULE);
	check_pages(space, lists, first, GRANULE);
	assert_int_equal(padma_space_close(space), 0);
}

/* Without room for them there is memory all the same; with room again, lists again. */
static void test_no_room_for_lists(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_page_lists *lists;
	struct padma_space *space;
	char *all, *small;

	(void)state;
	params.sim = &sim;
	sim.lazy = true;
	params.chunk_bytes = GRANULE;
	space = open_space_with(&params);
	lists = padma_page_lists(space);
	all = alloc_bytes(space, 512 * GRANULE);
	assert_true(padma_page_list(lists, all) == PADMA_DMA_NONE);
	assert_int_equal(info_of(space).page_list_bytes, 0);
	assert_int_equal(padma_space_free(space, all), 0);
	assert_true(padma_space_trim(space) > 0);
	small = alloc_bytes(space, 100);
	check_pages(space, lists, small, 100);
	assert_int_equal(padma_space_close(space), 0);
}

/* A call that fails reports its own reason, not why there are no lists for existing memory. */
static void test_the_reason_of_a_failure(void **state)
{
	const struct padma_alloc_params impossible = {.dma_mask = 0xfff};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_pool_params pool_params = {
		.object_bytes = 64, .count = 1, .dma_mask = impossible.dma_mask};
	struct padma_space *space;
	struct padma_pool *pool;
	char *all, *two;
	void *none;

	(void)state;
	params.window_bytes = (size_t)3 << 30;
	params.chunk_bytes = GRANULE;
	params.sim = &sim;
	sim.lazy = true;
	space = open_space_with(&params);
	all = alloc_bytes(space, 1533 * GRANULE);
	two = alloc_bytes(space, 2 * GRANULE);
	assert_non_null(padma_page_lists(space));
	assert_true(padma_page_list(padma_page_lists(space), all + 1532 * GRANULE) ==
		    PADMA_DMA_NONE);
	/* Room to grow by, and not for all lists that are missing. */
	assert_int_equal(padma_space_free(space, two), 0);
	assert_true(padma_space_trim(space) > 0);
	assert_int_equal(padma_space_alloc(space, PAGE, &impossible, &none), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "0xfff"));
	assert_int_equal(padma_pool_open(space, &pool_params, &pool), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "0xfff"));
	assert_int_equal(padma_space_close(space), 0);
}

/* Nothing is known before a device is attached; afterwards all of it is. */
static void test_before_a_device(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct space_device device = {.kind = SPACE_DEVICE_SIMULATED};
	const struct padma_page_lists *lists;
	struct padma_space *space;
	char *early;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	space = open_space_with(&params);
	lists = padma_page_lists(space);
	early = alloc_bytes(space, GRANULE);
	assert_true(padma_page_list(lists, early) == PADMA_DMA_NONE);
	assert_int_equal(space_attach(space, &device), 0);
	/* A driver asks when it is opened. */
	assert_ptr_equal(padma_page_lists(space), lists);
	check_pages(space, lists, early, GRANULE);
	space_detach(space, &device);
	assert_int_equal(padma_space_close(space), 0);
}

/* Memory comes and goes at random: of all that is allocated each page has its entry. */
static void test_at_random(void **state)
{
	struct padma_space_params params = sim_params();
	struct {
		char *va;
		size_t bytes;
	} blocks[BLOCKS] = {{0}};
	const struct padma_page_lists *lists;
	uint64_t seed = test_seed();
	struct padma_space *space;

	(void)state;
	params.chunk_bytes = GRANULE;
	space = open_space_with(&params);
	lists = padma_page_lists(space);
	for (int step = 0; step < 400; step++) {
		size_t i = test_random(&seed) % BLOCKS;

		if (blocks[i].va) {
			check_pages(space, lists, blocks[i].va, blocks[i].bytes);
			assert_int_equal(padma_space_free(space, blocks[i].va), 0);
			blocks[i].va = NULL;
		} else {
			blocks[i].bytes = 1 + test_random(&seed) % (3 * GRANULE);
			blocks[i].va = alloc_bytes(space, blocks[i].bytes);
		}
		if (test_random(&seed) % 8 == 0)
			assert_true(padma_space_trim(space) >= 0);
	}
	for (size_t i = 0; i < BLOCKS; i++) {
		if (blocks[i].va)
			check_pages(space, lists, blocks[i].va, blocks[i].bytes);
	}
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_not_requested),
		cmocka_unit_test(test_every_page_has_its_entry),
		cmocka_unit_test(test_the_program_cannot_write_to_them),
		cmocka_unit_test(test_trimmed_to_nothing),
		cmocka_unit_test(test_more_than_a_block),
		cmocka_unit_test(test_no_room_for_lists),
		cmocka_unit_test(test_the_reason_of_a_failure),
		cmocka_unit_test(test_before_a_device),
		cmocka_unit_test(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
