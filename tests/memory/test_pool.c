// SPDX-License-Identifier: BSD-3-Clause
/* Pools in one thread: where objects are, exact emptiness, bulk, caches that come and go. */
#include "test.h"

#include <padma/error.h>
#include <padma/pool.h>

#include "memory/depot.h"
#include "pool_fixture.h"

static struct padma_pool *make(struct memory *memory, struct padma_pool_params params)
{
	struct pool_source source = memory_source(memory);
	struct padma_pool *pool = NULL;

	assert_int_equal(pool_create(&source, &params, &pool), 0);
	assert_int_equal(padma_pool_available(pool), params.count);
	return pool;
}

static int by_va(const void *a, const void *b)
{
	const struct padma_pool_object *x = *(struct padma_pool_object *const *)a;
	const struct padma_pool_object *y = *(struct padma_pool_object *const *)b;

	return x->va < y->va ? -1 : x->va > y->va;
}

/* Empty a pool through a cache, checking that every object comes once; and put all back. */
static void drain_and_refill(struct padma_pool_cache *cache, size_t count, size_t object_bytes)
{
	struct padma_pool_object **objects = calloc(count, sizeof(*objects));

	assert_non_null(objects);
	for (size_t i = 0; i < count; i++) {
		objects[i] = padma_pool_get(cache);
		assert_non_null(objects[i]);
	}
	assert_null(padma_pool_get(cache));
	qsort(objects, count, sizeof(*objects), by_va);
	for (size_t i = 1; i < count; i++)
		assert_true((char *)objects[i - 1]->va + object_bytes <= (char *)objects[i]->va);
	for (size_t i = 0; i < count; i++)
		padma_pool_put(cache, objects[i]);
	free(objects);
}

static void objects_meet_their_constraints(void **state)
{
	struct memory *memory = *state;
	uint64_t random = test_seed();

	for (int i = 0; i < 300; i++) {
		struct padma_pool_params params = {
			.object_bytes = 1 + test_random(&random) % (i % 2 ? 300 : 40000),
			.count = 1 + test_random(&random) % 60,
			.align_bytes = i % 3 ? (size_t)1 << test_random(&random) % 13 : 0,
		};
		struct padma_pool_cache *cache;
		struct padma_pool *pool;

		if (i % 5 == 0)
			for (params.boundary_bytes = 64;
			     params.boundary_bytes < params.object_bytes;)
				params.boundary_bytes *= 2;
		memory->used = 0;
		pool = make(memory, params);
		assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
		for (size_t n = 0; n < params.count; n++) {
			struct padma_pool_object *object = padma_pool_get(cache);
			uint64_t last = object->dma + params.object_bytes - 1;

			assert_int_equal(object->dma, memory_dma(memory, object->va));
			assert_int_equal(last, memory_dma(memory, (char *)object->va +
									  params.object_bytes - 1));
			assert_int_equal((uintptr_t)object->va %
						 (params.align_bytes ? params.align_bytes : 64),
					 0);
			if (params.boundary_bytes)
				assert_int_equal(object->dma / params.boundary_bytes,
						 last / params.boundary_bytes);
			memset(object->va, 0xff, params.object_bytes);
			padma_pool_put(cache, object);
		}
		drain_and_refill(cache, params.count, params.object_bytes);
		padma_pool_cache_close(cache);
		assert_int_equal(padma_pool_close(pool), 0);
	}
}

static void memory_is_taken_in_smaller_pieces_if_need_be(void **state)
{
	struct memory *memory = *state;
	struct padma_pool_params params = {.object_bytes = 1000, .count = 1000};
	struct padma_pool *pool;

	memory->most = 100000;
	pool = make(memory, params);
	assert_true(memory->live > 1);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(memory->live, 0);
	/* Objects nearly as large as runs are placed one by one. */
	memory->used = 32 << 10;
	params = (struct padma_pool_params){.object_bytes = 60000, .count = 50};
	memory->most = 0;
	pool = make(memory, params);
	assert_int_equal(padma_pool_close(pool), 0);
	memory->used = 0;
	params.boundary_bytes = 1 << 16;
	pool = make(memory, params);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void failures_leave_nothing(void **state)
{
	struct memory *memory = *state;
	struct pool_source source = memory_source(memory);
	struct padma_pool_params params = {.object_bytes = 60000, .count = 50};
	struct padma_pool *pool;

	memory->most = 60000;
	for (memory->allocs_left = 0; memory->allocs_left < 50;) {
		int allowed = memory->allocs_left;

		memory->used = 0;
		assert_int_equal(pool_create(&source, &params, &pool), -ENOMEM);
		assert_int_equal(memory->live, 0);
		memory->allocs_left = allowed + 7;
	}
	memory->allocs_left = -1;
	memory->most = 0;
	params.object_bytes = RUN_BYTES + 1;
	memory->used = 0;
	assert_int_equal(pool_create(&source, &params, &pool), -ERANGE);
	assert_int_equal(memory->live, 0);
}

static void bad_parameters_are_refused(void **state)
{
	struct memory *memory = *state;
	struct pool_source source = memory_source(memory);
	const struct padma_pool_params good = {.object_bytes = 64, .count = 64};
	const struct {
		struct padma_pool_params params;
		int rc;
	} bad[] = {
		{{.object_bytes = 0, .count = 1}, -EINVAL},
		{{.object_bytes = 1, .count = 0}, -EINVAL},
		{{.object_bytes = 1, .count = 1, .align_bytes = 3}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .boundary_bytes = 64}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .boundary_bytes = 96}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .flags = 1u << 20}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .flags = PADMA_ALLOC_CONTIGUOUS}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .cache_objects = 3}, -EINVAL},
		{{.object_bytes = 65, .count = 1, .cache_objects = 1u << 30}, -EINVAL},
		{{.object_bytes = SIZE_MAX, .count = 1}, -ENOMEM},
		{{.object_bytes = SIZE_MAX / 4, .count = 4}, -ENOMEM},
		{{.object_bytes = 64, .count = SIZE_MAX}, -ENOMEM},
	};
	struct padma_pool *pool;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(pool_create(&source, &bad[i].params, &pool), bad[i].rc);
	assert_int_equal(pool_create(&source, &good, &pool), 0);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(padma_pool_close(NULL), 0);
	padma_pool_cache_close(NULL);
}

static void options_reach_the_allocation(void **state)
{
	struct memory *memory = *state;
	struct padma_pool_params params = {.object_bytes = 64,
					   .count = 10,
					   .align_bytes = 128,
					   .dma_mask = 0xffffffff,
					   .node = 3,
					   .flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_ON_NODE};
	struct padma_pool *pool = make(memory, params);

	assert_int_equal(memory->last.align_bytes, 128);
	assert_int_equal(memory->last.dma_mask, 0xffffffff);
	assert_int_equal(memory->last.node, 3);
	assert_int_equal(memory->last.flags, params.flags);
	assert_int_equal(padma_pool_close(pool), 0);
}

/* Every pool size and magazine size: exactly as many objects as there are, whatever is cached. */
static void empty_is_exact(void **state)
{
	struct memory *memory = *state;

	for (size_t count = 1; count <= 70; count++) {
		for (unsigned int held = 0; held <= 16; held += 2) {
			struct padma_pool_params params = {
				.object_bytes = 64, .count = count, .cache_objects = held};
			struct padma_pool_cache *cache;
			struct padma_pool *pool;

			memory->used = 0;
			pool = make(memory, params);
			assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
			for (int round = 0; round < 3; round++) {
				drain_and_refill(cache, count, 64);
				assert_int_equal(padma_pool_available(pool), count);
			}
			padma_pool_cache_close(cache);
			assert_int_equal(padma_pool_close(pool), 0);
		}
	}
}

static void last_put_comes_first(void **state)
{
	struct padma_pool *pool =
		make(*state, (struct padma_pool_params){.object_bytes = 64, .count = 512});
	struct padma_pool_object *a, *b;
	struct padma_pool_cache *cache;

	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	a = padma_pool_get(cache);
	b = padma_pool_get(cache);
	assert_ptr_not_equal(a, b);
	padma_pool_put(cache, a);
	padma_pool_put(cache, b);
	assert_ptr_equal(padma_pool_get(cache), b);
	assert_ptr_equal(padma_pool_get(cache), a);
	padma_pool_put(cache, a);
	padma_pool_put(cache, b);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void bulk_is_all_or_nothing(void **state)
{
	struct padma_pool_params params = {.object_bytes = 64, .count = 100, .cache_objects = 16};
	struct padma_pool *pool = make(*state, params);
	struct padma_pool_object *objects[128], *more[128];
	struct padma_pool_cache *cache;
	uint64_t random = test_seed();
	unsigned int have = 0;

	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	assert_int_equal(padma_pool_get_bulk(cache, objects, 101), 0);
	assert_int_equal(padma_pool_available(pool), 100);
	assert_int_equal(padma_pool_get_bulk(cache, objects, 0), 0);
	for (int i = 0; i < 20000; i++) {
		unsigned int n = (unsigned int)(test_random(&random) % 60);

		if (test_random(&random) % 2) {
			unsigned int got = padma_pool_get_bulk(cache, more, n);

			/* One cache: every object that is not lent is in reach. */
			assert_int_equal(got, n <= 100 - have ? n : 0);
			memcpy(&objects[have], more, got * sizeof(more[0]));
			have += got;
		} else {
			n = n < have ? n : have;
			have -= n;
			padma_pool_put_bulk(cache, &objects[have], n);
		}
		assert_int_equal(padma_pool_available(pool), 100 - have);
	}
	padma_pool_put_bulk(cache, objects, have);
	drain_and_refill(cache, 100, 64);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

#define CACHES 6

/* Caches come and go with anything in them; what they gave back is in reach of the others. */
static void closed_caches_leave_nothing_behind(void **state)
{
	struct padma_pool_params params = {.object_bytes = 64, .count = 203, .cache_objects = 14};
	struct padma_pool *pool = make(*state, params);
	struct padma_pool_cache *caches[CACHES] = {0};
	struct padma_pool_object *objects[203 + 1]; /* and the NULL of an empty pool */
	uint64_t random = test_seed();
	size_t have = 0;

	for (int i = 0; i < 40000; i++) {
		struct padma_pool_cache **cache = &caches[test_random(&random) % CACHES];
		size_t n = test_random(&random) % 30;

		if (!*cache) {
			assert_int_equal(padma_pool_cache_open(pool, cache), 0);
		} else if (test_random(&random) % 8 == 0) {
			padma_pool_cache_close(*cache);
			*cache = NULL;
		} else if (test_random(&random) % 2) {
			while (n-- && (objects[have] = padma_pool_get(*cache)))
				have++;
		} else {
			while (n-- && have)
				padma_pool_put(*cache, objects[--have]);
		}
		assert_int_equal(padma_pool_available(pool), 203 - have);
	}
	for (size_t c = 0; c < CACHES; c++) {
		padma_pool_cache_close(caches[c]);
		caches[c] = NULL;
	}
	assert_int_equal(padma_pool_cache_open(pool, &caches[0]), 0);
	while (have)
		padma_pool_put(caches[0], objects[--have]);
	drain_and_refill(caches[0], 203, 64);
	padma_pool_cache_close(caches[0]);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void many_caches_at_once(void **state)
{
	struct padma_pool *pool =
		make(*state, (struct padma_pool_params){.object_bytes = 64, .count = 100});
	struct padma_pool_cache *caches[200];
	struct padma_pool_object *object;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(caches); i++) {
			assert_int_equal(padma_pool_cache_open(pool, &caches[i]), 0);
			object = padma_pool_get(caches[i]);
			if (object)
				padma_pool_put(caches[i], object);
		}
		assert_int_equal(padma_pool_available(pool), 100);
		for (size_t i = 0; i < ARRAY_SIZE(caches); i++)
			padma_pool_cache_close(caches[i]);
	}
	assert_int_equal(padma_pool_close(pool), 0);
}

static struct padma_pool_magazine *magazine_of(struct depot *depot, uint32_t count)
{
	struct padma_pool_magazine *magazine = depot_take_empty(depot);

	assert_non_null(magazine);
	assert_int_equal(magazine->count, 0);
	memset(magazine->objects, 0, count * sizeof(magazine->objects[0]));
	magazine_set_count(magazine, count);
	return magazine;
}

/* However full magazines come back, no more than one of them stays neither full nor empty. */
static void a_depot_keeps_one_remnant(void **state)
{
	uint64_t random = test_seed();
	struct depot depot;
	size_t objects = 0;

	(void)state;
	assert_int_equal(depot_init(&depot, 1000, 8), 0);
	assert_true(depot_is_empty(&depot));
	while (objects <= 1000 - 8) {
		uint32_t n = (uint32_t)(test_random(&random) % 9);

		depot_give(&depot, magazine_of(&depot, n));
		objects += n;
		assert_int_equal(depot_objects(&depot), objects);
		assert_int_equal(depot_is_empty(&depot), objects == 0);
		for (struct padma_pool_magazine *m = depot.full; m; m = m->next)
			assert_int_equal(m->count, 8);
		for (struct padma_pool_magazine *m = depot.empty; m; m = m->next)
			assert_int_equal(m->count, 0);
		assert_int_equal(depot.remnant ? depot.remnant->count : 0, objects % 8);
	}
	depot_clear(&depot);
}

static void objects_are_cache_lines_of_their_own(void **state)
{
	struct padma_pool *pool =
		make(*state, (struct padma_pool_params){.object_bytes = 10, .count = 500});
	const char *start = ((struct memory *)*state)->start;
	struct padma_pool_object *objects[500];
	struct padma_pool_cache *cache;

	assert_int_equal(sizeof(struct padma_pool_object), 64);
	assert_true(padma_pool_resolved(pool));
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	for (size_t i = 0; i < 500; i++) {
		objects[i] = padma_pool_get(cache);
		assert_int_equal((uintptr_t)objects[i] % 64, 0);
		assert_true((const char *)objects[i] < start ||
			    (const char *)objects[i] >= start + ARENA_BYTES);
		for (size_t w = 0; w < PADMA_POOL_USER_WORDS; w++) {
			assert_int_equal(objects[i]->user[w], 0);
			objects[i]->user[w] = i * 100 + w;
		}
	}
	/* Whatever the pool does, the words are as they were left. */
	padma_pool_put_bulk(cache, objects, 500);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	for (int turn = 0; turn < 500; turn++)
		assert_non_null(padma_pool_get(cache));
	for (size_t i = 0; i < 500; i++)
		for (size_t w = 0; w < PADMA_POOL_USER_WORDS; w++)
			assert_int_equal(objects[i]->user[w], i * 100 + w);
	padma_pool_put_bulk(cache, objects, 500);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void close_counts_what_is_missing(void **state)
{
	struct padma_pool_params params = {
		.object_bytes = 64, .count = 40, .checks = PADMA_POOL_CHECKS_OFF};
	struct padma_pool *pool = make(*state, params);
	struct padma_pool_object *objects[3];
	struct padma_pool_cache *cache;

	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	assert_int_equal(padma_pool_get_bulk(cache, objects, 3), 3);
	assert_int_equal(padma_pool_close(pool), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "3 of 40"));
	padma_pool_put_bulk(cache, objects, 3);
	assert_int_equal(padma_pool_close(pool), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "1 caches"));
	padma_pool_put(cache, objects[0]); /* put twice: an error, not a crash */
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "1 more"));
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	assert_non_null(padma_pool_get(cache));
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, memory_setup, memory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(objects_meet_their_constraints),
		CASE(memory_is_taken_in_smaller_pieces_if_need_be),
		CASE(failures_leave_nothing),
		CASE(bad_parameters_are_refused),
		CASE(options_reach_the_allocation),
		CASE(empty_is_exact),
		CASE(last_put_comes_first),
		CASE(bulk_is_all_or_nothing),
		CASE(closed_caches_leave_nothing_behind),
		CASE(many_caches_at_once),
		CASE(a_depot_keeps_one_remnant),
		CASE(objects_are_cache_lines_of_their_own),
		CASE(close_counts_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
