// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pools between threads: each object is in one place at a time, those that one thread gets and
 * another puts included, while caches open and close and magazines pass through the depot. Few
 * objects and small magazines make the exchanges frequent.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include <padma/pool.h>

#include "pool_fixture.h"

#define THREADS	   6
#define OBJECTS	   96
#define HELD	   24
#define HAND_OVERS 64
#define OPERATIONS 60000

/* What the threads share: who owns each object, and a place to hand objects over. */
struct world {
	struct padma_pool *pool;
	struct memory *memory;
	int owner[OBJECTS]; /* by position in memory; 0: in the pool */
	struct padma_pool_object *passing[HAND_OVERS];
	int mistakes;
	uint64_t gets, passed;
};

struct worker {
	struct world *world;
	pthread_t thread;
	uint64_t random;
	int id;
	struct padma_pool_cache *cache;
	struct padma_pool_object *held[HELD + 9]; /* a bulk of 8, and one that was passed */
	unsigned int count;
};

static void claim(struct worker *worker, const struct padma_pool_object *object, int from, int to)
{
	struct world *world = worker->world;
	size_t n = (size_t)((char *)object->va - world->memory->start) / 64;

	if (n >= OBJECTS || !__atomic_compare_exchange_n(&world->owner[n], &from, to, false,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		__atomic_fetch_add(&world->mistakes, 1, __ATOMIC_RELAXED);
	/* What an owner writes is plain: TSan reports it if two ever own it. */
	*(int *)object->va += worker->id;
}

static void take(struct worker *worker)
{
	unsigned int n = 1 + (unsigned int)(test_random(&worker->random) % 8);
	unsigned int got;

	if (worker->count > HELD)
		return;
	if (n == 1) {
		worker->held[worker->count] = padma_pool_get(worker->cache);
		got = worker->held[worker->count] != NULL;
	} else {
		got = padma_pool_get_bulk(worker->cache, &worker->held[worker->count], n);
	}
	for (; got; got--)
		claim(worker, worker->held[worker->count++], 0, worker->id);
	__atomic_fetch_add(&worker->world->gets, 1, __ATOMIC_RELAXED);
}

static void give(struct worker *worker, unsigned int n)
{
	if (n > worker->count)
		n = worker->count;
	worker->count -= n;
	for (unsigned int i = 0; i < n; i++)
		claim(worker, worker->held[worker->count + i], worker->id, 0);
	if (n == 1)
		padma_pool_put(worker->cache, worker->held[worker->count]);
	else
		padma_pool_put_bulk(worker->cache, &worker->held[worker->count], n);
}

/* Swap an object with the one in a slot that all threads use. */
static void pass(struct worker *worker)
{
	struct world *world = worker->world;
	struct padma_pool_object *mine = NULL;

	if (worker->count && test_random(&worker->random) % 2) {
		mine = worker->held[--worker->count];
		claim(worker, mine, worker->id, -1);
	}
	mine = __atomic_exchange_n(&world->passing[test_random(&worker->random) % HAND_OVERS], mine,
				   __ATOMIC_ACQ_REL);
	if (mine) {
		claim(worker, mine, -1, worker->id);
		worker->held[worker->count++] = mine;
		__atomic_fetch_add(&world->passed, 1, __ATOMIC_RELAXED);
	}
	while (worker->count > HELD)
		give(worker, 1);
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < OPERATIONS; i++) {
		uint64_t what = test_random(&worker->random) % 100;

		if (!worker->cache || what == 0) {
			padma_pool_cache_close(worker->cache);
			worker->cache = NULL;
			if (padma_pool_cache_open(worker->world->pool, &worker->cache)) {
				__atomic_fetch_add(&worker->world->mistakes, 1, __ATOMIC_RELAXED);
				break;
			}
		} else if (what < 40) {
			take(worker);
		} else if (what < 80) {
			give(worker, (unsigned int)(what % 9));
		} else if (what < 98) {
			pass(worker);
		} else if (padma_pool_available(worker->world->pool) > 2 * OBJECTS) {
			__atomic_fetch_add(&worker->world->mistakes, 1, __ATOMIC_RELAXED);
		} else {
			sched_yield();
		}
	}
	if (worker->cache)
		give(worker, worker->count);
	padma_pool_cache_close(worker->cache);
	return NULL;
}

/* Nothing is out of reach: one cache gets every object, and no more. */
static void drain_and_destroy(struct world *world)
{
	struct padma_pool_object *objects[OBJECTS];
	struct padma_pool_cache *cache;

	assert_int_equal(padma_pool_cache_open(world->pool, &cache), 0);
	for (size_t i = 0; i < HAND_OVERS; i++)
		if (world->passing[i])
			padma_pool_put(cache, world->passing[i]);
	for (size_t i = 0; i < OBJECTS; i++) {
		objects[i] = padma_pool_get(cache);
		assert_non_null(objects[i]);
	}
	assert_null(padma_pool_get(cache));
	assert_int_equal(padma_pool_available(world->pool), 0);
	padma_pool_put_bulk(cache, objects, OBJECTS);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(world->pool), 0);
}

static void every_object_has_one_owner(struct memory *memory, unsigned int cache_objects,
				       enum padma_pool_checks checks)
{
	struct pool_source source = memory_source(memory);
	struct padma_pool_params params = {.object_bytes = 64,
					   .count = OBJECTS,
					   .cache_objects = cache_objects,
					   .checks = checks};
	struct world world = {.memory = memory};
	struct worker workers[THREADS];
	uint64_t seed = test_seed();

	memory->used = 0;
	memset(memory->start, 0, OBJECTS * 64);
	assert_int_equal(pool_create(&source, &params, &world.pool), 0);
	for (int i = 0; i < THREADS; i++) {
		workers[i] =
			(struct worker){.world = &world, .random = seed + (uint64_t)i, .id = i + 1};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	assert_int_equal(world.mistakes, 0);
	assert_true(world.gets > 0 && world.passed > 0);
	drain_and_destroy(&world);
}

static void magazines_of_one(void **state)
{
	every_object_has_one_owner(*state, 2, PADMA_POOL_CHECKS_OFF);
}

static void magazines_of_two(void **state)
{
	every_object_has_one_owner(*state, 4, PADMA_POOL_CHECKS_OFF);
}

static void magazines_of_five(void **state)
{
	every_object_has_one_owner(*state, 10, PADMA_POOL_CHECKS_OFF);
}

static void pools_that_check(void **state)
{
	every_object_has_one_owner(*state, 4, PADMA_POOL_CHECKS_ON);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, memory_setup, memory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(magazines_of_one),
		CASE(magazines_of_two),
		CASE(magazines_of_five),
		CASE(pools_that_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
