// SPDX-License-Identifier: BSD-3-Clause
/* See pool_checks.h. */
#define PADMA_PART "pool"
#include "base/base.h"
#include "memory/pool_checks.h"

#include <stdlib.h>

struct checked_cache {
	struct padma_pool_cache front; /* first; no magazine is ever loaded */
	struct padma_pool_cache *inner;
	struct padma_pool_object *nothing[1]; /* where the front's room begins and ends */
};

static struct padma_pool_cache *inner_of(struct padma_pool_cache *cache)
{
	return container_of(cache, struct checked_cache, front)->inner;
}

uint8_t *lent_new(size_t objects)
{
	return calloc(objects, sizeof(uint8_t));
}

struct padma_pool_cache *checked_cache_new(struct padma_pool_cache *inner)
{
	struct checked_cache *cache =
		aligned_alloc(CACHE_LINE, align_up(sizeof(*cache), CACHE_LINE));

	if (!cache)
		return NULL;
	*cache = (struct checked_cache){.inner = inner};
	cache->front.pool = inner->pool;
	cache->front.base = cache->front.top = cache->front.limit = cache->nothing;
	return &cache->front;
}

struct padma_pool_cache *checked_cache_delete(struct padma_pool_cache *cache)
{
	struct padma_pool_cache *inner = inner_of(cache);

	free(container_of(cache, struct checked_cache, front));
	return inner;
}

/* The object's place in the pool, or -1 if it is not an object of it. */
static ptrdiff_t index_of(const struct padma_pool *pool, const struct padma_pool_object *object)
{
	uintptr_t offset = (uintptr_t)object - (uintptr_t)pool->objects;

	if (offset % sizeof(*object) || offset / sizeof(*object) >= pool->count)
		return -1;
	return (ptrdiff_t)(offset / sizeof(*object));
}

/*
 * Relaxed: of two that put one object, one finds the byte cleared, whichever comes first; what else
 * the object's owners hand over goes with the magazines.
 */
static void lend(struct padma_pool *pool, const struct padma_pool_object *object)
{
	__atomic_store_n(&pool->lent[index_of(pool, object)], 1, __ATOMIC_RELAXED);
}

static bool take_back(struct padma_pool *pool, const struct padma_pool_object *object)
{
	ptrdiff_t i = index_of(pool, object);

	if (i < 0) {
		fail(-EINVAL,
		     "pool %s: %p is not an object of it and is refused; put it into its own pool",
		     pool->listing.label, (const void *)object);
		return false;
	}
	if (!__atomic_exchange_n(&pool->lent[i], 0, __ATOMIC_RELAXED)) {
		fail(-EINVAL,
		     "pool %s: object %td (%p, dma 0x%llx) was put twice; the second is ignored",
		     pool->listing.label, i, object->va, (unsigned long long)object->dma);
		return false;
	}
	return true;
}

unsigned int checked_get(struct padma_pool_cache *cache, struct padma_pool_object **objects,
			 unsigned int n)
{
	unsigned int got = padma_pool_get_bulk(inner_of(cache), objects, n);

	for (unsigned int i = 0; i < got; i++)
		lend(cache->pool, objects[i]);
	return got;
}

void checked_put(struct padma_pool_cache *cache, struct padma_pool_object *const *objects,
		 unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (take_back(cache->pool, objects[i]))
			padma_pool_put(inner_of(cache), objects[i]);
	}
}
