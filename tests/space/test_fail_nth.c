// SPDX-License-Identifier: BSD-3-Clause
/*
 * A simulated space on a system that runs out of everything: each call for a resource fails in turn
 * while a space is opened, and memory is allocated, registered, pooled and released.
 */
#include "space_fixture.h"

#include <sys/mman.h>

#include <padma/pool.h>

#include "fail_nth.h"

#define MIB_BYTES ((size_t)1 << 20)
#define KEPT	  40u

struct bed {
	struct padma_space_params params;
	struct padma_space *space;
	struct padma_alloc_params opts;
	size_t bytes;
	void *va;
	char *memory; /* not the space's */
	struct padma_pool_params pool_params;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
};

static int open_bed_space(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_open(&bed->params, &bed->space);
}

static int close_bed_space(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_close(bed->space);
}

static void undo_space(void *ctx)
{
	assert_int_equal(close_bed_space(ctx), 0);
}

static void each_way_to_open(const struct padma_space_params *params, const char *name)
{
	const struct fail_nth_call call = {
		.name = name, .act = open_bed_space, .undo = undo_space, .least = 5};
	struct bed bed = {.params = *params};
	long blocks = fail_nth_live_blocks();

	fail_each(&call, &bed);
	fail_none(&call, close_bed_space, &bed);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

static void test_space(void **state)
{
	struct padma_space_params params = sim_params();

	(void)state;
	each_way_to_open(&params, "a space");
	params.guard = PADMA_GUARD_PAGES;
	each_way_to_open(&params, "a space with a guard");
	params.guard = PADMA_GUARD_EXACT;
	each_way_to_open(&params, "a space with an exact guard");
	params.low_bytes = 4 * MIB_BYTES;
	params.low_dma_mask = UINT32_MAX;
	each_way_to_open(&params, "a space with low memory");
	params.backend = NULL;
	each_way_to_open(&params, "a space of any backend");
}

static int alloc_block(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_alloc(bed->space, bed->bytes, &bed->opts, &bed->va);
}

static int free_block(void *ctx)
{
	struct bed *bed = ctx;
	int rc = padma_space_free(bed->space, bed->va);

	return rc ? rc : (padma_space_trim(bed->space) < 0 ? -EIO : 0);
}

static void undo_alloc(void *ctx)
{
	assert_int_equal(free_block(ctx), 0);
}

/* What was allocated before is as it was. */
static void check_others(void *ctx)
{
	const struct bed *bed = ctx;
	uint64_t seed = 7;

	for (size_t at = 0; at < 64 * PAGE; at += PAGE) {
		assert_int_equal(padma_dma(bed->space, bed->memory + at),
				 oracle_dma(bed->space, bed->memory + at));
		assert_int_equal(*(uint64_t *)(void *)(bed->memory + at), test_random(&seed));
	}
}

static void alloc_each(struct bed *bed, const char *name, unsigned int least)
{
	const struct fail_nth_call call = {
		.name = name,
		.act = alloc_block,
		.undo = undo_alloc,
		.check = check_others,
		.space = bed->space,
		.least = least,
	};

	fail_each(&call, bed);
	fail_none(&call, free_block, bed);
}

static void alloc_each_way(struct bed *bed)
{
	bed->bytes = 100;
	alloc_each(bed, "100 bytes", 0);
	bed->bytes = 3 * MIB_BYTES;
	alloc_each(bed, "3 MiB", 3);
	bed->opts.flags = PADMA_ALLOC_CONTIGUOUS;
	bed->bytes = MIB_BYTES;
	alloc_each(bed, "1 MiB in one run", 0);
	bed->opts =
		(struct padma_alloc_params){.align_bytes = MIB_BYTES, .flags = PADMA_ALLOC_ZERO};
	bed->bytes = 40 * MIB_BYTES;
	alloc_each(bed, "40 MiB, aligned", 3);
	bed->opts = (struct padma_alloc_params){.dma_mask = UINT32_MAX};
	bed->bytes = MIB_BYTES;
	alloc_each(bed, "1 MiB below 4 GiB", 0);
	bed->opts = (struct padma_alloc_params){0};
}

static void open_bed(struct bed *bed, enum padma_guard_mode guard)
{
	uint64_t seed = 7;

	bed->params = sim_params();
	bed->params.guard = guard;
	bed->params.chunk_bytes = 2 * MIB_BYTES;
	bed->params.low_bytes = 2 * MIB_BYTES;
	bed->params.low_dma_mask = UINT32_MAX;
	bed->space = open_space_with(&bed->params);
	assert_int_equal(padma_space_alloc(bed->space, 64 * PAGE, NULL, (void **)&bed->memory), 0);
	for (size_t at = 0; at < 64 * PAGE; at += PAGE)
		*(uint64_t *)(void *)(bed->memory + at) = test_random(&seed);
}

static void close_bed(struct bed *bed)
{
	assert_int_equal(padma_space_free(bed->space, bed->memory), 0);
	assert_int_equal(padma_space_close(bed->space), 0);
	*bed = (struct bed){0};
}

static void test_alloc(void **state)
{
	struct bed bed = {0};
	long blocks = fail_nth_live_blocks();

	(void)state;
	for (unsigned int guard = PADMA_GUARD_OFF; guard <= PADMA_GUARD_EXACT; guard++) {
		open_bed(&bed, (enum padma_guard_mode)guard);
		alloc_each_way(&bed);
		close_bed(&bed);
	}
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

static int make_pool(void *ctx)
{
	struct bed *bed = ctx;

	return padma_pool_open(bed->space, &bed->pool_params, &bed->pool);
}

static int destroy_pool(void *ctx)
{
	struct bed *bed = ctx;
	int rc = padma_pool_close(bed->pool);

	return rc ? rc : (padma_space_trim(bed->space) < 0 ? -EIO : 0);
}

static void undo_pool(void *ctx)
{
	assert_int_equal(destroy_pool(ctx), 0);
}

static int open_cache(void *ctx)
{
	struct bed *bed = ctx;

	return padma_pool_cache_open(bed->pool, &bed->cache);
}

static int close_cache(void *ctx)
{
	struct bed *bed = ctx;

	padma_pool_cache_close(bed->cache);
	return 0;
}

static void undo_cache(void *ctx)
{
	(void)close_cache(ctx);
}

static void pool_each(struct bed *bed, const char *name)
{
	const struct fail_nth_call pool = {
		.name = name,
		.act = make_pool,
		.undo = undo_pool,
		.check = check_others,
		.space = bed->space,
		.least = 3,
	};
	const struct fail_nth_call cache = {
		.name = "a cache",
		.act = open_cache,
		.undo = undo_cache,
		.space = bed->space,
		.least = 1,
	};

	fail_each(&pool, bed);
	fail_none(&pool, destroy_pool, bed);
	assert_int_equal(make_pool(bed), 0);
	fail_each(&cache, bed);
	fail_none(&cache, close_cache, bed);
	assert_int_equal(padma_pool_available(bed->pool), bed->pool_params.count);
	assert_int_equal(destroy_pool(bed), 0);
}

static void test_pool(void **state)
{
	struct bed bed = {0};
	long blocks = fail_nth_live_blocks();

	(void)state;
	open_bed(&bed, PADMA_GUARD_EXACT);
	bed.pool_params = (struct padma_pool_params){.object_bytes = 100, .count = 50};
	pool_each(&bed, "a small pool");
	bed.pool_params = (struct padma_pool_params){
		.object_bytes = 4096, .count = 2000, .boundary_bytes = 4096};
	pool_each(&bed, "a large pool");
	close_bed(&bed);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

static int register_memory(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_register(bed->space, bed->va, bed->bytes);
}

static int unregister_memory(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_unregister(bed->space, bed->va, bed->bytes);
}

static void undo_register(void *ctx)
{
	struct bed *bed = ctx;

	assert_int_equal(padma_dma(bed->space, bed->va), oracle_dma(bed->space, bed->va));
	assert_int_equal(unregister_memory(ctx), 0);
	assert_int_equal(padma_dma(bed->space, bed->va), PADMA_DMA_NONE);
}

static void check_register(void *ctx)
{
	const struct bed *bed = ctx;

	assert_int_equal(padma_dma(bed->space, bed->va), PADMA_DMA_NONE);
	assert_int_equal(oracle_dma(bed->space, bed->va), PADMA_DMA_NONE);
	check_others(ctx);
}

static void register_each(struct bed *bed, const char *name, char *va, size_t bytes)
{
	const struct fail_nth_call call = {
		.name = name,
		.act = register_memory,
		.undo = undo_register,
		.check = check_register,
		.space = bed->space,
		.least = 1,
	};

	bed->va = va;
	bed->bytes = bytes;
	fail_each(&call, bed);
	fail_none(&call, unregister_memory, bed);
}

/* Some pages are registered already, so that tables are full, or half full. */
static void test_register(void **state)
{
	const size_t bytes = 16 * MIB_BYTES;
	char *outside =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct bed bed = {0};
	long blocks = fail_nth_live_blocks();
	uint64_t seed = test_seed();

	(void)state;
	assert_ptr_not_equal(outside, MAP_FAILED);
	for (unsigned int kept = 0; kept <= KEPT;
	     kept += 1 + (unsigned int)(test_random(&seed) % 9)) {
		open_bed(&bed, kept % 2);
		for (unsigned int i = 0; i < kept; i++)
			assert_int_equal(
				padma_space_register(bed.space, outside + i * 2 * PAGE, PAGE), 0);
		register_each(&bed, "a page", outside + 5 * MIB_BYTES, PAGE);
		register_each(&bed, "a few bytes", outside + 5 * MIB_BYTES + 5, 7);
		register_each(&bed, "9 MiB", outside + 5 * MIB_BYTES + 100, 9 * MIB_BYTES);
		close_bed(&bed);
	}
	munmap(outside, bytes);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
