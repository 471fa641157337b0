/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pool.h - pools of equal objects that know their dma address
 *
 * A pool takes its memory from a space once, resolves every object's dma address then, and never
 * grows: an empty pool says so. Each thread takes objects through a cache of its own, an explicit
 * handle (thread-local storage in a shared library costs three times as much).
 *
 *     pool      a depot of magazines: [full] [full] [full] ... [empty] ...
 *                 |  swapped whole, without a lock
 *     cache     the loaded magazine and the previous one, of one thread
 *                 |  one load or store
 *     object    { va, dma }: a descriptor, apart from the memory, where no device can overwrite it
 *
 * Threading: pools are made and destroyed by one thread; caches are opened and closed by any; a
 * cache is used by one thread at a time. An object may be put through another cache than it was got
 * from.
 */
#ifndef PADMA_POOL_H
#define PADMA_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <padma/alloc.h>
#include <padma/dma.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_pool_object - one object of a pool
 * @va: its memory
 * @dma: its dma address
 *
 * The descriptor belongs to the pool and lives as long as it; it is lent out between get and put.
 */
struct padma_pool_object {
	void *va;
	padma_dma_t dma;
};

/* Whether a pool checks what is given back to it. */
enum padma_pool_checks {
	PADMA_POOL_CHECKS_DEFAULT, /* on in builds of type Debug (presets debug, asan, tsan), else off */
	PADMA_POOL_CHECKS_OFF,
	PADMA_POOL_CHECKS_ON,
};

/**
 * struct padma_pool_params - what a pool is to be
 * @object_bytes: bytes per object, at least 1
 * @count: how many objects, at least 1
 * @align_bytes: alignment of each, a power of two; 0 for 64
 * @boundary_bytes: no object crosses a multiple of this in dma addresses; 0 for none
 * @dma_mask: highest dma address of any byte; 0 for any
 * @node: NUMA node, with PADMA_ALLOC_ON_NODE in @flags
 * @flags: PADMA_ALLOC_ZERO, PADMA_ALLOC_ON_NODE. Each object is contiguous for the device in any
 *	case
 * @cache_objects: the most that a cache holds back, a multiple of 2; 0 for 256 (or fewer in a small
 *	pool)
 * @name: for messages, at most 31 bytes of it; NULL for the number and size of its objects
 * @checks: on, the pool knows which objects are lent: an object that is put twice, or that is of
 *	another pool, is refused, with the reason in padma_last_error() and the log, and the pool is
 *	as it was. Each get and put is a call then, with an atomic access to a byte per object. Off,
 *	the fast path is untouched, and such a mistake hands one object to two owners
 */
struct padma_pool_params {
	size_t object_bytes;
	size_t count;
	size_t align_bytes;
	size_t boundary_bytes;
	padma_dma_t dma_mask;
	int node;
	unsigned int flags;
	unsigned int cache_objects;
	const char *name;
	enum padma_pool_checks checks;
};

struct padma_pool;

/* private: a fixed stack of objects that changes hands whole; never read it yourself */
struct padma_pool_magazine {
	uint32_t count;
	uint32_t capacity;
	uint32_t next; /* in the depot's list */
	uint32_t index;
	struct padma_pool_object *objects[];
};

/*
 * private: a cache is one cache line. The objects at hand are those of the loaded magazine, from
 * base up to top; its count is not kept meanwhile.
 */
struct padma_pool_cache {
	struct padma_pool_object **top;
	struct padma_pool_object **base;
	struct padma_pool_object **limit;
	struct padma_pool_magazine *loaded;
	struct padma_pool_magazine *previous;
	struct padma_pool *pool;
	struct padma_pool_cache *next; /* of the pool's open caches */
	struct padma_pool_cache **link;
};

/* private: padma_pool_open() with the size that the caller was compiled with */
PADMA_API int padma_pool_open_sized(struct padma_space *space, size_t params_bytes,
				    const struct padma_pool_params *params,
				    struct padma_pool **pool);

/**
 * padma_pool_open() - make a pool
 * @space: where its memory comes from; must outlive the pool
 * @params: what it is to be; read during the call only
 * @pool: set to the pool, which the caller owns until padma_pool_close()
 *
 * Return: 0, or -EINVAL, -E2BIG, -ENOMEM, -ERANGE, -ENXIO as padma_space_alloc(); -ENXIO always while dma
 * addresses are not known yet.
 */
PADMA_INLINE int padma_pool_open(struct padma_space *space, const struct padma_pool_params *params,
				 struct padma_pool **pool)
{
	return padma_pool_open_sized(space, sizeof(struct padma_pool_params), params, pool);
}

/**
 * padma_pool_close() - give a pool's memory back
 * @pool: the pool; NULL is allowed
 *
 * All caches must be closed and all objects put. The space cannot be closed before.
 *
 * Return: 0, or -EBUSY with the number of what is missing in padma_last_error() (the pool stays).
 */
PADMA_API int padma_pool_close(struct padma_pool *pool);

/**
 * padma_pool_cache_open() - a thread's way into a pool
 * @pool: the pool
 * @cache: set to the cache, to be used by one thread at a time, until padma_pool_cache_close()
 *
 * Return: 0, or -ENOMEM.
 */
PADMA_API int padma_pool_cache_open(struct padma_pool *pool, struct padma_pool_cache **cache);

/**
 * padma_pool_cache_close() - give the cache's objects back to the pool
 * @cache: the cache; NULL is allowed
 *
 * All of them can be got through any other cache afterwards.
 */
PADMA_API void padma_pool_cache_close(struct padma_pool_cache *cache);

/**
 * padma_pool_available() - how many objects are not lent out
 * @pool: the pool
 *
 * Counts the depot and all caches while they may be in use: exact only when they are not.
 *
 * Return: the count.
 */
PADMA_API size_t padma_pool_available(struct padma_pool *pool);

/* private: what the inlined calls do when the loaded magazine cannot serve them */
PADMA_API struct padma_pool_object *padma_pool_cache_get_slow(struct padma_pool_cache *cache);
PADMA_API void padma_pool_cache_put_slow(struct padma_pool_cache *cache,
					 struct padma_pool_object *object);
PADMA_API unsigned int padma_pool_cache_get_bulk_slow(struct padma_pool_cache *cache,
						      struct padma_pool_object **objects,
						      unsigned int n);
PADMA_API void padma_pool_cache_put_bulk_slow(struct padma_pool_cache *cache,
					      struct padma_pool_object *const *objects,
					      unsigned int n);

/*
 * private: top has one writer, the cache's owner, and is read by padma_pool_available() in any
 * thread: hence the relaxed store
 */
PADMA_INLINE void padma_pool_cache_set_top(struct padma_pool_cache *cache,
					   struct padma_pool_object **top)
{
	__atomic_store_n(&cache->top, top, __ATOMIC_RELAXED);
}

/**
 * padma_pool_get() - take an object
 * @cache: this thread's cache
 *
 * The object that was put last comes first, its memory still in the processor's cache.
 *
 * Return: the object, or NULL when all objects are lent out or held back in other caches (no error
 * is noted).
 */
PADMA_INLINE struct padma_pool_object *padma_pool_get(struct padma_pool_cache *cache)
{
	struct padma_pool_object **top = cache->top;

	if (PADMA_UNLIKELY(top == cache->base))
		return padma_pool_cache_get_slow(cache);
	padma_pool_cache_set_top(cache, top - 1);
	return top[-1];
}

/**
 * padma_pool_put() - give an object back
 * @cache: this thread's cache
 * @object: an object of the same pool, not given back before; a pool that checks refuses any other
 */
PADMA_INLINE void padma_pool_put(struct padma_pool_cache *cache, struct padma_pool_object *object)
{
	struct padma_pool_object **top = cache->top;

	if (PADMA_UNLIKELY(top == cache->limit)) {
		padma_pool_cache_put_slow(cache, object);
		return;
	}
	*top = object;
	padma_pool_cache_set_top(cache, top + 1);
}

/**
 * padma_pool_get_bulk() - take several objects, or none
 * @cache: this thread's cache
 * @objects: filled with @n objects
 * @n: how many
 *
 * Return: @n, or 0 when this cache and the depot have fewer (nothing is taken then).
 */
PADMA_INLINE unsigned int padma_pool_get_bulk(struct padma_pool_cache *cache,
					      struct padma_pool_object **objects, unsigned int n)
{
	struct padma_pool_object **top = cache->top;

	if (PADMA_UNLIKELY((size_t)(top - cache->base) < n))
		return padma_pool_cache_get_bulk_slow(cache, objects, n);
	__builtin_memcpy(objects, top - n, n * sizeof(*objects));
	padma_pool_cache_set_top(cache, top - n);
	return n;
}

/**
 * padma_pool_put_bulk() - give several objects back
 * @cache: this thread's cache
 * @objects: @n objects of the same pool, as padma_pool_put(); a pool that checks refuses wrong ones one by
 *	one, and takes the others
 * @n: how many
 */
PADMA_INLINE void padma_pool_put_bulk(struct padma_pool_cache *cache,
				      struct padma_pool_object *const *objects, unsigned int n)
{
	struct padma_pool_object **top = cache->top;

	if (PADMA_UNLIKELY((size_t)(cache->limit - top) < n)) {
		padma_pool_cache_put_bulk_slow(cache, objects, n);
		return;
	}
	__builtin_memcpy(top, objects, n * sizeof(*objects));
	padma_pool_cache_set_top(cache, top + n);
}

PADMA_END_DECLS

#endif
