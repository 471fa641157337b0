// SPDX-License-Identifier: BSD-3-Clause
/*
 * A thread's cache: two magazines, so that a thread which gets and puts at the edge of one does not
 * go to the depot each time. Here is what happens once per magazine; the rest is inlined.
 */
#define PADMA_PART "pool"
#include "base/base.h"
#include "memory/pool_checks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Make a magazine's objects those at hand. Atomic for cache_objects() in other threads. */
static void load(struct padma_pool_cache *cache, struct padma_pool_magazine *magazine)
{
	struct padma_pool_object **base = magazine->objects;

	cache->loaded = magazine;
	cache->limit = base + magazine->capacity;
	__atomic_store_n(&cache->base, base, __ATOMIC_RELAXED);
	padma_pool_cache_set_top(cache, base + magazine->count);
	magazine_set_count(magazine, 0);
}

/* The loaded magazine, with its count; load another before the cache is used again. */
static struct padma_pool_magazine *unload(struct padma_pool_cache *cache)
{
	magazine_set_count(cache->loaded, (uint32_t)(cache->top - cache->base));
	padma_pool_cache_set_top(cache, cache->base);
	return cache->loaded;
}

size_t cache_objects(const struct padma_pool_cache *cache)
{
	uintptr_t top = (uintptr_t)__atomic_load_n(&cache->top, __ATOMIC_RELAXED);
	uintptr_t base = (uintptr_t)__atomic_load_n(&cache->base, __ATOMIC_RELAXED);
	size_t objects = (top - base) / sizeof(struct padma_pool_object *);

	/* Caught between two magazines: the pointers are not of the same one. */
	return objects > cache->pool->depot.capacity ? 0 : objects;
}

/* Lock held. Two magazines for the cache (depot.h, 1). 0, or -ENOMEM. */
static int take_magazines(struct padma_pool *pool, struct padma_pool_magazine *magazines[2])
{
	if (pool->open_caches == pool->most_caches) {
		if (depot_grow(&pool->depot))
			return -ENOMEM;
		pool->most_caches++;
	}
	magazines[0] = depot_take_empty(&pool->depot);
	magazines[1] = magazines[0] ? depot_take_empty(&pool->depot) : NULL;
	if (magazines[1])
		return 0;
	if (magazines[0])
		depot_give(&pool->depot, magazines[0]);
	return -ENOMEM;
}

static int open_locked(struct padma_pool *pool, struct padma_pool_cache *cache)
{
	struct padma_pool_magazine *magazines[2];
	int rc = take_magazines(pool, magazines);

	if (rc)
		return rc;
	pool->open_caches++;
	load(cache, magazines[0]);
	cache->previous = magazines[1];
	cache->next = pool->caches;
	cache->link = &pool->caches;
	if (cache->next)
		cache->next->link = &cache->next;
	pool->caches = cache;
	return 0;
}

/* A cache with its magazines, or NULL. */
static struct padma_pool_cache *open_cache(struct padma_pool *pool)
{
	/* A cache line to itself: another thread's cache beside it would slow both down. */
	struct padma_pool_cache *cache = aligned_alloc(CACHE_LINE, CACHE_LINE);
	int rc;

	static_assert(sizeof(*cache) <= CACHE_LINE, "a cache is one line");
	if (!cache)
		return NULL;
	*cache = (struct padma_pool_cache){.pool = pool};
	pthread_mutex_lock(&pool->lock);
	rc = open_locked(pool, cache);
	pthread_mutex_unlock(&pool->lock);
	if (rc == 0)
		return cache;
	free(cache);
	return NULL;
}

static void close_cache(struct padma_pool_cache *cache)
{
	struct padma_pool *pool = cache->pool;

	pthread_mutex_lock(&pool->lock);
	depot_give(&pool->depot, unload(cache));
	depot_give(&pool->depot, cache->previous);
	pool->open_caches--;
	*cache->link = cache->next;
	if (cache->next)
		cache->next->link = cache->link;
	pthread_mutex_unlock(&pool->lock);
	free(cache);
}

int padma_pool_cache_open(struct padma_pool *pool, struct padma_pool_cache **cache)
{
	struct padma_pool_cache *inner = open_cache(pool), *front = inner;

	if (inner && pool->lent) {
		front = checked_cache_new(inner);
		if (!front)
			close_cache(inner);
	}
	if (!front)
		return fail(-ENOMEM, "no memory for one more cache");
	*cache = front;
	return 0;
}

void padma_pool_cache_close(struct padma_pool_cache *cache)
{
	if (cache)
		close_cache(is_checked(cache) ? checked_cache_delete(cache) : cache);
}

static void swap(struct padma_pool_cache *cache)
{
	struct padma_pool_magazine *loaded = unload(cache);

	load(cache, cache->previous);
	cache->previous = loaded;
}

/* The loaded magazine is empty: load one that is not. False: there is none. */
static bool load_objects(struct padma_pool_cache *cache)
{
	struct padma_pool *pool = cache->pool;
	struct padma_pool_magazine *magazine;

	if (cache->previous->count) {
		swap(cache);
		return true;
	}
	if (depot_is_empty(&pool->depot))
		return false;
	pthread_mutex_lock(&pool->lock);
	magazine = depot_swap_empty(&pool->depot, cache->previous);
	pthread_mutex_unlock(&pool->lock);
	if (!magazine)
		return false;
	cache->previous = unload(cache);
	load(cache, magazine);
	return true;
}

/* The loaded magazine is full: load one that is not. There is one (depot.h, 2). */
static bool load_room(struct padma_pool_cache *cache)
{
	struct padma_pool *pool = cache->pool;
	struct padma_pool_magazine *magazine;

	if (cache->previous->count < cache->previous->capacity) {
		swap(cache);
		return true;
	}
	pthread_mutex_lock(&pool->lock);
	magazine = depot_swap_full(&pool->depot, cache->previous);
	pthread_mutex_unlock(&pool->lock);
	if (!magazine) {
		/* padma_pool_close() counts it, too. */
		fail(-EINVAL,
		     "pool %s: an object was put twice; it is dropped. A pool opened with "
		     "PADMA_POOL_CHECKS_ON names it",
		     pool->listing.label);
		return false;
	}
	cache->previous = unload(cache);
	load(cache, magazine);
	return true;
}

struct padma_pool_object *padma_pool_cache_get_slow(struct padma_pool_cache *cache)
{
	struct padma_pool_object *object = NULL;

	if (is_checked(cache)) {
		(void)checked_get(cache, &object, 1);
		return object;
	}
	return load_objects(cache) ? padma_pool_get(cache) : NULL;
}

void padma_pool_cache_put_slow(struct padma_pool_cache *cache, struct padma_pool_object *object)
{
	if (is_checked(cache))
		checked_put(cache, &object, 1);
	else if (load_room(cache))
		padma_pool_put(cache, object);
}

unsigned int padma_pool_cache_get_bulk_slow(struct padma_pool_cache *cache,
					    struct padma_pool_object **objects, unsigned int n)
{
	unsigned int got = 0;

	if (is_checked(cache))
		return checked_get(cache, objects, n);
	while (got < n) {
		size_t part = n - got;

		if (cache->top == cache->base && !load_objects(cache)) {
			/* All or nothing. */
			padma_pool_put_bulk(cache, objects, got);
			return 0;
		}
		if (part > (size_t)(cache->top - cache->base))
			part = (size_t)(cache->top - cache->base);
		got += padma_pool_get_bulk(cache, &objects[got], (unsigned int)part);
	}
	return n;
}

void padma_pool_cache_put_bulk_slow(struct padma_pool_cache *cache,
				    struct padma_pool_object *const *objects, unsigned int n)
{
	unsigned int put = 0;

	if (is_checked(cache)) {
		checked_put(cache, objects, n);
		return;
	}
	while (put < n) {
		size_t part = n - put;

		if (cache->top == cache->limit && !load_room(cache))
			return;
		if (part > (size_t)(cache->limit - cache->top))
			part = (size_t)(cache->limit - cache->top);
		padma_pool_put_bulk(cache, &objects[put], (unsigned int)part);
		put += (unsigned int)part;
	}
}
