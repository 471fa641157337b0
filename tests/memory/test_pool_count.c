// SPDX-License-Identifier: BSD-3-Clause
/*
 * How many objects a pool needs: with so many no thread ever finds it empty, and with one fewer one
 * thread can.
 */
#include "test.h"

#include <pthread.h>

#include <padma/pool.h>

#include "pool_fixture.h"
#include "memory/pool_private.h"

#define MOST_CACHES 6
#define THREADS	    4
#define SLOTS	    16
#define BULK	    16
#define OPERATIONS  30000

static struct padma_pool *make(struct memory *memory, size_t count, unsigned int cache_objects)
{
	const struct padma_pool_params params = {.object_bytes = 8,
						 .align_bytes = 8,
						 .count = count,
						 .cache_objects = cache_objects};
	struct pool_source source = memory_source(memory);
	struct padma_pool *pool = NULL;

	memory->used = 0;
	assert_int_equal(pool_create(&source, &params, &pool), 0);
	return pool;
}

/*
 * All other caches hold back what they can: how many objects one cache reaches then, so that so many
 * can be lent at once.
 */
static size_t reached(struct memory *memory, size_t count, unsigned int cache_objects,
		      unsigned int n)
{
	struct padma_pool *pool = make(memory, count, cache_objects);
	struct padma_pool_object **objects = calloc(count, sizeof(*objects));
	struct padma_pool_cache *caches[MOST_CACHES];
	size_t have = 0, lent;

	assert_non_null(objects);
	for (unsigned int c = 0; c < n; c++)
		assert_int_equal(padma_pool_cache_open(pool, &caches[c]), 0);
	while (have < count) {
		objects[have] = padma_pool_get(caches[0]);
		assert_non_null(objects[have++]);
	}
	for (unsigned int c = 1; c < n; c++)
		for (uint32_t held = 0; held < 2 * pool->depot.capacity && have; held++)
			padma_pool_put(caches[c], objects[--have]);
	lent = have;
	assert_null(padma_pool_get(caches[0]));
	padma_pool_put_bulk(caches[0], objects, (unsigned int)have);
	for (unsigned int c = 0; c < n; c++)
		padma_pool_cache_close(caches[c]);
	free(objects);
	assert_int_equal(padma_pool_close(pool), 0);
	return lent;
}

static size_t count_for(unsigned int cache_objects, size_t lent, unsigned int caches)
{
	return padma_pool_count_for(&(struct padma_pool_params){.cache_objects = cache_objects},
				    lent, caches);
}

/* The smallest count that serves, and all larger ones do. */
static void one_fewer_can_fail(void **state)
{
	static const unsigned int held[] = {0, 2, 4, 10, 64};
	static const size_t lents[] = {1, 2, 7, 100, 1500};

	for (size_t h = 0; h < ARRAY_SIZE(held); h++) {
		for (size_t l = 0; l < ARRAY_SIZE(lents); l++) {
			for (unsigned int caches = 1; caches <= MOST_CACHES; caches++) {
				size_t count = count_for(held[h], lents[l], caches);

				for (size_t more = 0; more <= 40; more += 4)
					assert_true(reached(*state, count + more, held[h],
							    caches) >= lents[l]);
				if (count > 1)
					assert_true(reached(*state, count - 1, held[h], caches) <
						    lents[l]);
			}
		}
	}
}

static void counts_do_not_wrap(void **state)
{
	(void)state;
	assert_int_equal(count_for(0, 0, 0), 1);
	assert_int_equal(count_for(64, 0, 1), 1);
	assert_int_equal(count_for(64, 10, 3), 10 + 2 * 64);
	assert_int_equal(count_for(256, 1 << 20, 5), (1 << 20) + 4 * 256);
	assert_int_equal(count_for(0, 1 << 20, 5), (1 << 20) + 4 * 256);
	assert_true(count_for(64, SIZE_MAX, 2) == SIZE_MAX);
	assert_true(count_for(64, SIZE_MAX - 1, 2) == SIZE_MAX);
}

static void parameters_of_others(void **state)
{
	struct {
		struct padma_pool_params params;
		uint64_t newer;
	} larger = {.params.cache_objects = 64};
	const struct padma_pool_params *params = &larger.params;

	(void)state;
	assert_int_equal(padma_pool_count_for_sized(sizeof(larger), params, 10, 3), 138);
	larger.newer = 1;
	assert_int_equal(padma_pool_count_for_sized(sizeof(larger), params, 10, 3), 0);
}

struct world {
	struct padma_pool *pool;
	int credits; /* objects that may still be lent */
	struct padma_pool_object *passing[SLOTS];
	int mistakes, gets;
};

struct worker {
	struct world *world;
	pthread_t thread;
	uint64_t random;
	struct padma_pool_cache *cache;
	struct padma_pool_object *held[2 * BULK];
	int count;
};

/* As many credits, or none. */
static bool take_credits(struct world *world, int n)
{
	int credits = __atomic_load_n(&world->credits, __ATOMIC_RELAXED);

	do {
		if (credits < n)
			return false;
	} while (!__atomic_compare_exchange_n(&world->credits, &credits, credits - n, false,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

static void get(struct worker *worker, int n)
{
	struct padma_pool_object **objects = &worker->held[worker->count];
	int got;

	if (worker->count + n > BULK || !take_credits(worker->world, n))
		return;
	if (n == 1)
		got = (objects[0] = padma_pool_get(worker->cache)) != NULL;
	else
		got = (int)padma_pool_get_bulk(worker->cache, objects, (unsigned int)n);
	worker->count += got;
	__atomic_fetch_add(got == n ? &worker->world->gets : &worker->world->mistakes, 1,
			   __ATOMIC_RELAXED);
}

static void put(struct worker *worker, int n)
{
	if (n > worker->count)
		n = worker->count;
	worker->count -= n;
	padma_pool_put_bulk(worker->cache, &worker->held[worker->count], (unsigned int)n);
	__atomic_fetch_add(&worker->world->credits, n, __ATOMIC_ACQ_REL);
}

/* Objects wander between the threads, so that some caches fill and others run out. */
static void pass(struct worker *worker, size_t slot)
{
	struct padma_pool_object *mine = worker->count ? worker->held[--worker->count] : NULL;

	mine = __atomic_exchange_n(&worker->world->passing[slot], mine, __ATOMIC_ACQ_REL);
	if (mine)
		worker->held[worker->count++] = mine;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < OPERATIONS; i++) {
		uint64_t what = test_random(&worker->random);

		if (what % 3 == 0)
			get(worker, 1 + (int)(what / 3 % 8));
		else if (what % 3 == 1)
			put(worker, 1 + (int)(what / 3 % 8));
		else
			pass(worker, what / 3 % SLOTS);
	}
	put(worker, worker->count);
	return NULL;
}

static void threads_never_find_it_empty(struct memory *memory, unsigned int cache_objects, int lent)
{
	struct world world = {.credits = lent};
	struct worker workers[THREADS];
	uint64_t seed = test_seed();
	size_t count = count_for(cache_objects, (size_t)lent, THREADS);

	world.pool = make(memory, count, cache_objects);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.world = &world, .random = seed + (uint64_t)i};
		assert_int_equal(padma_pool_cache_open(world.pool, &workers[i].cache), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	assert_int_equal(world.mistakes, 0);
	assert_true(world.gets > OPERATIONS / 10);
	for (size_t slot = 0; slot < SLOTS; slot++)
		if (world.passing[slot])
			padma_pool_put(workers[0].cache, world.passing[slot]);
	for (int i = 0; i < THREADS; i++)
		padma_pool_cache_close(workers[i].cache);
	assert_int_equal(padma_pool_close(world.pool), 0);
}

static void threads_share_what_is_needed(void **state)
{
	threads_never_find_it_empty(*state, 2, 20);
	threads_never_find_it_empty(*state, 8, 40);
	threads_never_find_it_empty(*state, 0, 30);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, memory_setup, memory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_fewer_can_fail),
		CASE(counts_do_not_wrap),
		CASE(parameters_of_others),
		CASE(threads_share_what_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
