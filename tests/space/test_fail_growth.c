// SPDX-License-Identifier: BSD-3-Clause
/*
 * Growth that does not help, and releasing memory, on a system that runs out of everything: each
 * call for a resource fails in turn, and the space, its heap, its window and its PA cache are as they
 * were.
 */
#include "space_fixture.h"

#include <padma/pool.h>

#include "fail_nth.h"

#define MIB_BYTES ((size_t)1 << 20)
#define CHUNK	  ((size_t)PADMA_GRANULE_BYTES)

struct bed {
	struct padma_space *space;
	char *kept[2];
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
};

static void open_bed(struct bed *bed)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();

	params.guard = true;
	params.chunk_bytes = CHUNK;
	params.sim = &sim;
	sim.layout = PADMA_SIM_REVERSED;
	bed->space = open_space_with(&params);
	assert_int_equal(padma_space_alloc(bed->space, 64, NULL, (void **)&bed->kept[0]), 0);
	assert_int_equal(padma_space_alloc(bed->space, CHUNK, NULL, (void **)&bed->kept[1]), 0);
}

static void close_bed(struct bed *bed)
{
	assert_int_equal(padma_space_close(bed->space), 0);
}

/* The addresses in use in the window are those of the chunks, no more. */
static size_t window_bytes(struct padma_space *space)
{
	const struct window *window = &space_of(space)->window;
	size_t bytes = 0;

	for (size_t i = 0; i < window->bytes / PADMA_GRANULE_BYTES / 64; i++)
		bytes += (size_t)__builtin_popcountll(window->used[i]) * PADMA_GRANULE_BYTES;
	return bytes;
}

static size_t chunk_bytes(struct padma_space *space)
{
	size_t bytes = 0;

	for (const struct chunk *chunk = space_of(space)->chunks; chunk; chunk = chunk->next)
		bytes += chunk->bytes;
	return bytes;
}

static void check_bed(const struct bed *bed)
{
	assert_int_equal(window_bytes(bed->space), chunk_bytes(bed->space));
	for (size_t i = 0; i < ARRAY_SIZE(bed->kept); i++) {
		padma_dma_t dma = padma_dma(bed->space, bed->kept[i]);

		assert_true(dma != PADMA_DMA_NONE);
		assert_int_equal(dma, oracle_dma(bed->space, bed->kept[i]));
		assert_true(padma_guard_check(bed->space, dma, 64));
	}
}

/* A call that fails whatever happens: after each failure inside it nothing has changed. */
static void fails_in_each_way(struct bed *bed, int (*act)(struct bed *bed, size_t which),
			      size_t which)
{
	const struct fail_nth_state before = fail_nth_state(bed->space);
	unsigned int number = 0;
	const char *failed;

	do {
		struct fail_nth_state after;
		int rc;

		fail_nth_arm(++number);
		rc = act(bed, which);
		failed = fail_nth_disarm();
		assert_true(rc < 0);
		assert_true(*padma_last_error());
		after = fail_nth_state(bed->space);
		if (memcmp(&before, &after, sizeof(before)) != 0)
			print_error("%s, number %u, of request %zu\n", failed ? failed : "nothing",
				    number, which);
		assert_memory_equal(&before, &after, sizeof(before));
		check_bed(bed);
	} while (failed);
	/* Some did fail. */
	assert_true(number > 3);
}

static int alloc_the_impossible(struct bed *bed, size_t which)
{
	static const struct padma_alloc_params opts[] = {
		{.flags = PADMA_ALLOC_CONTIGUOUS},
		{.dma_mask = 0xffffff},
	};
	void *va;

	return padma_space_alloc(bed->space, 3 * MIB_BYTES, &opts[which], &va);
}

static int pool_of_the_impossible(struct bed *bed, size_t which)
{
	static const struct padma_pool_params params[] = {
		{.object_bytes = 4 * MIB_BYTES, .count = 20},
		{.object_bytes = MIB_BYTES, .count = 4, .dma_mask = 0xffffff},
	};

	return padma_pool_open(bed->space, &params[which], &bed->pool);
}

static void test_growth_that_does_not_help(void **state)
{
	struct bed bed;
	long blocks = fail_nth_live_blocks();

	(void)state;
	open_bed(&bed);
	for (size_t which = 0; which < 2; which++) {
		fails_in_each_way(&bed, alloc_the_impossible, which);
		fails_in_each_way(&bed, pool_of_the_impossible, which);
	}
	assert_int_equal(padma_space_trim(bed.space), 0);
	close_bed(&bed);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

/* Three chunks to release. What a failing trim leaves, the next one releases. */
static bool trim_fails_at(struct bed *bed, unsigned int number)
{
	struct padma_alloc_params aligned = {.align_bytes = CHUNK};
	size_t before = fail_nth_state(bed->space).mapped_bytes;
	const char *failed;
	int64_t bytes;
	void *va[3];

	for (int i = 0; i < 3; i++)
		assert_int_equal(padma_space_alloc(bed->space, CHUNK, &aligned, &va[i]), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(padma_space_free(bed->space, va[i]), 0);
	fail_nth_arm(number);
	bytes = padma_space_trim(bed->space);
	failed = fail_nth_disarm();
	check_bed(bed);
	if (!failed) {
		assert_int_equal(bytes, 3 * CHUNK);
		return false;
	}
	assert_in_range(bytes, 0, 3 * CHUNK);
	assert_int_equal(padma_space_trim(bed->space), 3 * CHUNK - (size_t)bytes);
	assert_int_equal(fail_nth_state(bed->space).mapped_bytes, before);
	check_bed(bed);
	return true;
}

static void test_giving_back(void **state)
{
	struct bed bed;
	unsigned int number = 1;

	(void)state;
	open_bed(&bed);
	while (trim_fails_at(&bed, number))
		number++;
	assert_true(number > 3);
	close_bed(&bed);
}

static int make_checked_pool(void *ctx)
{
	const struct padma_pool_params params = {
		.object_bytes = 256, .count = 100, .name = "rx", .checks = PADMA_POOL_CHECKS_ON};
	struct bed *bed = ctx;

	return padma_pool_open(bed->space, &params, &bed->pool);
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

static void undo_cache(void *ctx)
{
	struct bed *bed = ctx;

	padma_pool_cache_close(bed->cache);
}

static void check(void *ctx)
{
	check_bed(ctx);
}

static void test_pools_that_check(void **state)
{
	struct bed bed;
	struct fail_nth_call pool = {
		.name = "a pool that checks",
		.act = make_checked_pool,
		.undo = undo_pool,
		.check = check,
		.least = 4,
	};
	struct fail_nth_call cache = {
		.name = "its cache", .act = open_cache, .undo = undo_cache, .least = 2};

	(void)state;
	open_bed(&bed);
	pool.space = cache.space = bed.space;
	fail_each(&pool, &bed);
	assert_int_equal(make_checked_pool(&bed), 0);
	fail_each(&cache, &bed);
	assert_int_equal(padma_pool_available(bed.pool), 100);
	assert_int_equal(destroy_pool(&bed), 0);
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth_that_does_not_help),
		cmocka_unit_test(test_giving_back),
		cmocka_unit_test(test_pools_that_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
