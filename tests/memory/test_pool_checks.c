// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pools that check what is put: an object that is not lent, or that is not theirs, is refused with
 * a reason, and the pool is as it was.
 */
#include "test.h"

#include <pthread.h>

#include <padma/error.h>
#include <padma/pool.h>

#include "pool_fixture.h"
#include "memory/pool_private.h"

#define COUNT 60

static struct padma_pool *make(struct memory *memory, const char *name, size_t object_bytes)
{
	const struct padma_pool_params params = {
		.object_bytes = object_bytes,
		.count = COUNT,
		.cache_objects = 8,
		.name = name,
		.checks = PADMA_POOL_CHECKS_ON,
	};
	struct pool_source source = memory_source(memory);
	struct padma_pool *pool = NULL;

	assert_int_equal(pool_create(&source, &params, &pool), 0);
	return pool;
}

static struct padma_pool_cache *open_cache(struct padma_pool *pool)
{
	struct padma_pool_cache *cache = NULL;

	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	return cache;
}

/* The reason of the last refusal has these words. */
static void check_refusal(const char *name, const char *key)
{
	assert_non_null(strstr(padma_last_error(), name));
	assert_non_null(strstr(padma_last_error(), key));
	padma_fail(-EINVAL, "test", "nothing since");
}

static void check_silence(void)
{
	assert_string_equal(padma_last_error(), "nothing since");
}

/* All objects of the pool come once. */
static void check_whole(struct padma_pool *pool, struct padma_pool_cache *cache)
{
	struct padma_pool_object *objects[COUNT + 1];
	bool seen[COUNT] = {false};

	assert_int_equal(padma_pool_available(pool), COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		objects[i] = padma_pool_get(cache);
		assert_non_null(objects[i]);
		assert_false(seen[objects[i] - pool->objects]);
		seen[objects[i] - pool->objects] = true;
	}
	assert_null(padma_pool_get(cache));
	assert_int_equal(padma_pool_get_bulk(cache, objects + COUNT, 1), 0);
	padma_pool_put_bulk(cache, objects, COUNT);
	assert_int_equal(padma_pool_available(pool), COUNT);
}

static void a_second_put_is_refused(void **state)
{
	struct padma_pool *pool = make(*state, "rx", 64);
	struct padma_pool_cache *cache = open_cache(pool), *other = open_cache(pool);
	struct padma_pool_object *a = padma_pool_get(cache), *b = padma_pool_get(cache);
	struct padma_pool_object *three[3];

	padma_fail(-EINVAL, "test", "nothing since");
	padma_pool_put(cache, a);
	padma_pool_put(other, b);
	check_silence();
	padma_pool_put(cache, a);
	check_refusal("rx", "twice");
	padma_pool_put(other, a);
	check_refusal("rx", "twice");
	padma_pool_put(cache, b);
	check_refusal("rx", "twice");
	/* Once it is lent again it may be put again. */
	assert_int_equal(padma_pool_get_bulk(cache, three, 3), 3);
	padma_pool_put_bulk(other, three, 3);
	check_silence();
	/* In one bulk: the others are taken. */
	assert_int_equal(padma_pool_get_bulk(cache, three, 3), 3);
	a = three[1];
	three[1] = three[0];
	padma_pool_put_bulk(cache, three, 3);
	check_refusal("rx", "twice");
	padma_pool_put(cache, a);
	check_silence();
	padma_pool_cache_close(other);
	check_whole(pool, cache);
	check_silence();
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void what_is_no_object_is_refused(void **state)
{
	struct padma_pool *pool = make(*state, "tx", 64), *other = make(*state, NULL, 128);
	struct padma_pool_cache *cache = open_cache(pool), *others = open_cache(other);
	struct padma_pool_object *object = padma_pool_get(others), mine = {0};
	struct padma_pool_object *const wrong[] = {
		object,
		&mine,
		NULL,
		pool->objects - 1,
		pool->objects + COUNT,
		(struct padma_pool_object *)((uintptr_t)pool->objects + 8),
		(struct padma_pool_object *)UINTPTR_MAX,
	};

	padma_fail(-EINVAL, "test", "nothing since");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		padma_pool_put(cache, wrong[i]);
		check_refusal("tx", "its own pool");
	}
	padma_pool_put_bulk(cache, wrong, ARRAY_SIZE(wrong));
	check_refusal("tx", "its own pool");
	check_whole(pool, cache);
	/* It is still the other pool's, lent. */
	assert_int_equal(padma_pool_available(other), COUNT - 1);
	padma_pool_put(others, object);
	check_silence();
	/* A pool without a name is named by its objects. */
	padma_pool_put(others, object);
	check_refusal("60 objects", "twice");
	check_whole(other, others);
	padma_pool_cache_close(cache);
	padma_pool_cache_close(others);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(padma_pool_close(other), 0);
}

/* What a program can see of the caches that check is what it sees of the others. */
static void caches_behave_as_ever(void **state)
{
	struct padma_pool *pool = make(*state, "any", 64);
	struct padma_pool_cache *cache = open_cache(pool);
	struct padma_pool_object *objects[COUNT + 1];
	uint64_t random = test_seed();
	size_t have = 0;

	assert_int_equal(padma_pool_get_bulk(cache, objects, COUNT + 1), 0);
	assert_int_equal(padma_pool_get_bulk(cache, objects, 0), 0);
	padma_pool_put_bulk(cache, objects, 0);
	for (int i = 0; i < 20000; i++) {
		unsigned int n = (unsigned int)(test_random(&random) % 20);

		if (test_random(&random) % 50 == 0) {
			padma_pool_cache_close(cache);
			cache = open_cache(pool);
		} else if (test_random(&random) % 2) {
			unsigned int got = have + n > COUNT
						   ? 0
						   : padma_pool_get_bulk(cache, &objects[have], n);

			assert_int_equal(got, have + n > COUNT ? 0 : n);
			have += got;
		} else {
			n = n < have ? n : (unsigned int)have;
			have -= n;
			padma_pool_put_bulk(cache, &objects[have], n);
		}
		assert_int_equal(padma_pool_available(pool), COUNT - have);
	}
	assert_int_equal(padma_pool_close(pool), -EBUSY);
	padma_pool_put_bulk(cache, objects, (unsigned int)have);
	assert_int_equal(padma_pool_close(pool), -EBUSY);
	check_whole(pool, cache);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

#define ROUNDS 2000

struct rival {
	pthread_barrier_t *barrier;
	struct padma_pool_cache *cache;
	struct padma_pool_object **object; /* put by both in each round */
	uint64_t refused;
};

static void *put_the_same(void *arg)
{
	struct rival *rival = arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(rival->barrier);
		padma_fail(-EINVAL, "test", "taken");
		padma_pool_put(rival->cache, *rival->object);
		rival->refused += strcmp(padma_last_error(), "taken") != 0;
		pthread_barrier_wait(rival->barrier);
	}
	return NULL;
}

/* Of two threads that put one object at once, one is refused. */
static void two_threads_put_one_object(void **state)
{
	struct padma_pool *pool = make(*state, "shared", 64);
	struct padma_pool_cache *cache = open_cache(pool);
	struct padma_pool_object *object = NULL;
	pthread_barrier_t barrier;
	struct rival rivals[2];
	pthread_t threads[2];

	assert_int_equal(pthread_barrier_init(&barrier, NULL, 3), 0);
	for (int i = 0; i < 2; i++) {
		rivals[i] = (struct rival){
			.barrier = &barrier, .cache = open_cache(pool), .object = &object};
		assert_int_equal(pthread_create(&threads[i], NULL, put_the_same, &rivals[i]), 0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		object = padma_pool_get(cache);
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		if (padma_pool_available(pool) != COUNT)
			break;
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		padma_pool_cache_close(rivals[i].cache);
	}
	assert_int_equal(rivals[0].refused + rivals[1].refused, ROUNDS);
	check_whole(pool, cache);
	pthread_barrier_destroy(&barrier);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
}

static void checks_are_chosen_by_parameter(void **state)
{
	struct pool_source source = memory_source(*state);
	struct padma_pool_params params = {.object_bytes = 64, .count = 4};
	struct padma_pool *pool;

	for (params.checks = PADMA_POOL_CHECKS_OFF; params.checks <= PADMA_POOL_CHECKS_ON;
	     params.checks++) {
		assert_int_equal(pool_create(&source, &params, &pool), 0);
		assert_int_equal(pool->lent != NULL, params.checks == PADMA_POOL_CHECKS_ON);
		assert_int_equal(padma_pool_close(pool), 0);
	}
	assert_int_equal(pool_create(&source, &params, &pool), -EINVAL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, memory_setup, memory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_second_put_is_refused),	      CASE(what_is_no_object_is_refused),
		CASE(caches_behave_as_ever),	      CASE(two_threads_put_one_object),
		CASE(checks_are_chosen_by_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
