// SPDX-License-Identifier: BSD-3-Clause
/* Pools that are opened before addresses are known: laid out at once, resolved or refused later. */
#include "test.h"

#include <padma/error.h>
#include <padma/pool.h>

#include "pool_fixture.h"
#include "memory/pool_private.h"

static struct padma_pool *open_early(struct memory *memory, struct padma_pool_params params)
{
	struct pool_source source = memory_source(memory);
	struct padma_pool *pool = NULL;

	memory->unresolved = true;
	assert_int_equal(pool_create(&source, &params, &pool), 0);
	assert_false(padma_pool_resolved(pool));
	for (size_t i = 0; i < params.count; i++)
		assert_true(pool->objects[i].dma == PADMA_DMA_NONE);
	memory->unresolved = false;
	return pool;
}

static void check_addresses(struct memory *memory, const struct padma_pool *pool)
{
	assert_true(padma_pool_resolved(pool));
	for (size_t i = 0; i < pool->count; i++)
		assert_int_equal(pool->objects[i].dma, memory_dma(memory, pool->objects[i].va));
}

static void addresses_are_filled_in(void **state)
{
	struct memory *memory = *state;
	/* They fit into the runs of the fixture without a remainder. */
	struct padma_pool *pool =
		open_early(memory, (struct padma_pool_params){.object_bytes = 2048, .count = 1000});
	struct padma_pool_object *object;
	struct padma_pool_cache *cache;

	/* What is held keeps its memory and its words. */
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	object = padma_pool_get(cache);
	memset(object->va, 0x5a, 2048);
	object->user[0] = 42;
	assert_int_equal(pool_check_addresses(&pool->listing), 0);
	assert_false(padma_pool_resolved(pool));
	assert_true(object->dma == PADMA_DMA_NONE);
	pool_resolve(&pool->listing);
	check_addresses(memory, pool);
	assert_int_equal(object->user[0], 42);
	assert_int_equal(((unsigned char *)object->va)[2047], 0x5a);
	padma_pool_put(cache, object);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

/* An object that fits into a granule is in one, whatever its size, and crosses no boundary in it. */
static void objects_stay_inside_granules(void **state)
{
	struct memory *memory = *state;
	uint64_t random = test_seed();

	for (int i = 0; i < 300; i++) {
		struct padma_pool_params params = {
			.object_bytes = 1 + test_random(&random) % (i % 3 ? 3000 : 600000),
			.count = 1 + test_random(&random) % 12,
		};
		struct padma_pool *pool;

		if (i % 2)
			for (params.boundary_bytes = 64;
			     params.boundary_bytes < params.object_bytes;)
				params.boundary_bytes *= 2;
		/* Not at the beginning of a granule, so that objects would cross one. */
		memory->used = PADMA_GRANULE_BYTES - 64 * (1 + test_random(&random) % 400);
		pool = open_early(memory, params);
		for (size_t n = 0; n < params.count; n++) {
			uintptr_t first = (uintptr_t)pool->objects[n].va;
			uintptr_t last = first + params.object_bytes - 1;

			assert_int_equal(first / PADMA_GRANULE_BYTES, last / PADMA_GRANULE_BYTES);
			if (params.boundary_bytes)
				assert_int_equal(first / params.boundary_bytes,
						 last / params.boundary_bytes);
			memset(pool->objects[n].va, 0xff, params.object_bytes);
		}
		assert_int_equal(padma_pool_close(pool), 0);
	}
}

static void check_refused(struct memory *memory, struct padma_pool_params params, const char *key)
{
	struct padma_pool *pool;

	params.name = "early";
	memory->used = 0;
	pool = open_early(memory, params);
	assert_int_equal(pool_check_addresses(&pool->listing), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "early"));
	assert_non_null(strstr(padma_last_error(), key));
	assert_false(padma_pool_resolved(pool));
	for (size_t i = 0; i < params.count; i++)
		assert_true(pool->objects[i].dma == PADMA_DMA_NONE);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void constraints_are_checked_later(void **state)
{
	struct memory *memory = *state;
	/* Runs of the fixture descend: the first has the highest address. */
	const padma_dma_t first = memory_dma(memory, memory->start);

	check_refused(memory, (struct padma_pool_params){.object_bytes = 3000, .count = 100},
		      "contiguous");
	check_refused(
		memory,
		(struct padma_pool_params){.object_bytes = 64, .count = 10, .dma_mask = first - 1},
		"dma_mask");
	check_refused(memory, (struct padma_pool_params){.object_bytes = RUN_BYTES + 1, .count = 1},
		      "contiguous");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, memory_setup, memory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(addresses_are_filled_in),
		CASE(objects_stay_inside_granules),
		CASE(constraints_are_checked_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
