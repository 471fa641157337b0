/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pool.h - pools of equal objects that know their dma address
 *
 * A pool takes its memory from a space once, when it is opened, and never grows: an empty pool
 * returns NULL, and padma_pool_count_for() computes how many objects prevent that. Each thread takes
 * objects through its own cache, an explicit handle (thread-local storage in a shared library costs
 * three times as much).
 *
 *     pool      a depot of magazines: [full] [full] [full] ... [empty] ...
 *                 |  swapped whole, under the pool's lock
 *     cache     the loaded magazine and the previous one, of one thread
 *                 |  one load or store
 *     object    { va, dma, user words }: one cache line of ordinary memory of the process
 *
 * Objects are kept apart from the memory that they describe: they are never part of the space, so
 * no dma address leads to them and a device cannot overwrite them.
 *
 * A pool may be opened before any device. Where the space's backend cannot resolve addresses yet
 * (padma_space_open(), backends noiommu and iommu), its objects can be taken and their memory used
 * by the processor at once; their dma addresses are filled in when the first device is opened. See
 * padma_pool_resolved().
 *
 * Threading: pools are opened and closed by one thread; caches are opened and closed by any; a
 * cache is used by one thread at a time. An object may be put through another cache than it was got
 * from.
 */
#ifndef PADMA_POOL_H
#define PADMA_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/alloc.h>
#include <padma/dma.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

#define PADMA_POOL_OBJECT_BYTES 64
#define PADMA_POOL_USER_WORDS	6

/**
 * struct padma_pool_object - one object of a pool, a cache line
 * @va: its memory
 * @dma: its dma address; PADMA_DMA_NONE until padma_pool_resolved()
 * @user: for the program and its drivers, such as a packet's length, flags and next segment. padma
 *	sets them to 0 when the pool is opened and neither reads nor writes them afterwards. They
 *	belong to the thread that holds the object, from padma_pool_get() to padma_pool_put(), and
 *	keep their values in between: the next holder finds what the last one left
 *
 * Objects belong to the pool and live as long as it does; one is lent between get and put. Do not
 * write to @va and @dma. A structure of up to 48 bytes may be laid over @user, which is aligned to
 * 16 bytes; access it as that structure only.
 */
struct padma_pool_object {
	void *va;
	padma_dma_t dma;
	uint64_t user[PADMA_POOL_USER_WORDS];
} __attribute__((aligned(PADMA_POOL_OBJECT_BYTES)));

/* Whether a pool checks what is put. */
enum padma_pool_checks {
	PADMA_POOL_CHECKS_DEFAULT, /* on in builds of type Debug (presets debug, asan, tsan), else off */
	PADMA_POOL_CHECKS_OFF,
	PADMA_POOL_CHECKS_ON,
};

/**
 * struct padma_pool_params - parameters of a pool; zero is the default of all but the first two
 * @object_bytes: bytes of memory per object, at least 1
 * @count: how many objects, at least 1; see padma_pool_count_for()
 * @align_bytes: alignment of each, a power of two; 0 for 64
 * @boundary_bytes: no object crosses a multiple of this in dma addresses; 0 for none
 * @dma_mask: highest dma address of any byte; 0 for any
 * @node: NUMA node, with PADMA_ALLOC_ON_NODE in @flags
 * @flags: PADMA_ALLOC_ZERO, PADMA_ALLOC_ON_NODE. Each object is contiguous for the device in any
 *	case
 * @cache_objects: the most objects that a cache holds back, a multiple of 2; 0 for 256, or for a
 *	quarter of @count if that is less
 * @name: for messages, at most 31 bytes of it; NULL for the number and size of its objects
 * @checks: if on, the pool knows which objects are lent: an object that is put twice, or that
 *	belongs to another pool, is refused, with the reason in padma_last_error() and the log, and
 *	the pool does not change. Each get and put is a call then, with an atomic access to a byte
 *	per object, kept apart from the object. If off, the fast path does nothing extra, and such a
 *	mistake gives one object to two owners
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

struct padma_pool_magazine; /* private: a fixed stack of objects */

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
 * padma_pool_open() - open a pool
 * @space: the space that its memory comes from; must stay open until the pool is closed
 * @params: its parameters; read during the call only
 * @pool: set to the pool, which the caller owns until padma_pool_close()
 *
 * Before the first device, in a space that cannot resolve addresses yet, constraints on the dma
 * address (@boundary_bytes, @dma_mask, objects larger than a page) are kept as far as they do not
 * depend on it, and checked when the first device is opened: if an object does not meet them,
 * opening the device fails with -ERANGE and names the pool; no address of any pool is filled in
 * then, and the device is not attached. Close that pool (it may be opened again with the device).
 *
 * Return: 0, or -EINVAL, -E2BIG, -ENOMEM, -ERANGE as padma_space_alloc().
 */
PADMA_INLINE int padma_pool_open(struct padma_space *space, const struct padma_pool_params *params,
				 struct padma_pool **pool)
{
	return padma_pool_open_sized(space, sizeof(struct padma_pool_params), params, pool);
}

/**
 * padma_pool_close() - close a pool and free its memory to the space
 * @pool: the pool; NULL is allowed
 *
 * All caches must be closed and all objects put. The space cannot be closed before.
 *
 * Return: 0, or -EBUSY with the number of missing objects or open caches in padma_last_error() (the
 * pool stays open).
 */
PADMA_API int padma_pool_close(struct padma_pool *pool);

/**
 * padma_pool_cache_open() - open a per-thread cache
 * @pool: the pool
 * @cache: set to the cache, to be used by one thread at a time, until padma_pool_cache_close()
 *
 * Return: 0, or -ENOMEM.
 */
PADMA_API int padma_pool_cache_open(struct padma_pool *pool, struct padma_pool_cache **cache);

/**
 * padma_pool_cache_close() - close a cache and return its objects to the pool
 * @cache: the cache; NULL is allowed
 *
 * Afterwards they can be got through any other cache. Any thread, when the cache is not in use.
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

/**
 * padma_pool_resolved() - whether the dma addresses of a pool's objects are known
 * @pool: the pool
 *
 * True from the start unless the pool was opened before any device in a space that cannot resolve
 * addresses yet; then from the moment that padma_device_open() of the first device has returned 0,
 * and for good. Any thread; a thread that got true may read @dma of every object of the pool, and a
 * thread that did not must not read it while another opens a device.
 *
 * Return: true if they are.
 */
PADMA_API bool padma_pool_resolved(const struct padma_pool *pool);

/* private: padma_pool_count_for() with the size that the caller was compiled with */
PADMA_API size_t padma_pool_count_for_sized(size_t params_bytes,
					    const struct padma_pool_params *params, size_t lent,
					    unsigned int caches);

/**
 * padma_pool_count_for() - how many objects a pool needs so that a get never fails
 * @params: the pool's parameters; @count is ignored, of the others only @cache_objects counts
 * @lent: the most objects that are lent at once: in the program's hands, in flight in devices'
 *	rings, or being got or put by a call under way
 * @caches: the most caches that are open at once
 *
 * A cache may hold back up to @cache_objects objects that the other caches cannot reach. So a pool
 * of fewer than lent + (caches - 1) * cache_objects objects can be empty for one cache although
 * fewer than @lent objects are lent; with as many, or more, padma_pool_get() never returns NULL, and
 * padma_pool_get_bulk() never 0 as long as the objects asked for are among @lent. With
 * @cache_objects 0 the result is the smallest count from which on that holds for the default.
 *
 * Return: the count, at least 1; SIZE_MAX if it does not fit into a size_t; 0 if @params is refused as
 * by padma_pool_open() for its size, with the reason in padma_last_error().
 */
PADMA_INLINE size_t padma_pool_count_for(const struct padma_pool_params *params, size_t lent,
					 unsigned int caches)
{
	return padma_pool_count_for_sized(sizeof(struct padma_pool_params), params, lent, caches);
}

/* private: what the inlined calls do if the loaded magazine cannot serve them */
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
 * Return: the object, or NULL if all objects are lent or held back in other caches (no error is
 * noted).
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
 * padma_pool_put() - return an object
 * @cache: this thread's cache
 * @object: an object of the same pool that is lent; a pool that checks refuses any other
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
 * Return: @n, or 0 if this cache and the depot have fewer (nothing is taken then).
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
 * padma_pool_put_bulk() - return several objects
 * @cache: this thread's cache
 * @objects: @n objects of the same pool, as padma_pool_put(); a pool that checks refuses the wrong
 *	ones one by one and takes the others
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

/**
 * padma_pool_get_begin() - access the next objects, without copying their addresses
 * @cache: this thread's cache
 * @n: how many at most
 * @end: set to the address behind them: take (*@end)[-1], then [-2] and so on
 *
 * For loops where every nanosecond counts; padma_pool_get_end() says how many were taken. No other call with @cache in
 * between.
 *
 * Return: false if that many are not at hand, or the pool checks its objects: use padma_pool_get_bulk() then.
 */
PADMA_INLINE bool padma_pool_get_begin(struct padma_pool_cache *cache, unsigned int n,
				       struct padma_pool_object *const **end)
{
	*end = cache->top;
	return (size_t)(cache->top - cache->base) >= n;
}

/**
 * padma_pool_get_end() - take objects that padma_pool_get_begin() has returned
 * @cache: the cache
 * @n: how many were taken, not more than in padma_pool_get_begin(); 0 is allowed
 */
PADMA_INLINE void padma_pool_get_end(struct padma_pool_cache *cache, unsigned int n)
{
	padma_pool_cache_set_top(cache, cache->top - n);
}

/**
 * padma_pool_put_begin() - get the place for objects to be returned, without copying their addresses
 * @cache: this thread's cache
 * @n: how many at most
 * @place: set to where they are to be stored, from there upwards
 *
 * padma_pool_put_end() says how many there are. No other call with @cache in between.
 *
 * Return: false if there is no place for that many, or the pool checks its objects: use padma_pool_put_bulk() then.
 */
PADMA_INLINE bool padma_pool_put_begin(struct padma_pool_cache *cache, unsigned int n,
				       struct padma_pool_object ***place)
{
	*place = cache->top;
	return (size_t)(cache->limit - cache->top) >= n;
}

/**
 * padma_pool_put_end() - return objects that were stored where padma_pool_put_begin() said
 * @cache: the cache
 * @n: how many, not more than in padma_pool_put_begin(); 0 is allowed
 */
PADMA_INLINE void padma_pool_put_end(struct padma_pool_cache *cache, unsigned int n)
{
	padma_pool_cache_set_top(cache, cache->top + n);
}

PADMA_END_DECLS

#endif
