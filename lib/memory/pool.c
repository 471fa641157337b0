// SPDX-License-Identifier: BSD-3-Clause
/* Pools: opening one, counting what is in it, and closing it. */
#define PADMA_PART "pool"
#include "base/base.h"
#include "memory/pool_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <padma/params.h>

#define DEFAULT_CACHE_OBJECTS 256
#define MOST_CACHE_OBJECTS    (1u << 20)
#define HUGEPAGE_BYTES	      ((size_t)2 << 20)

static int check_params(const struct padma_pool_params *params)
{
	unsigned int known = PADMA_ALLOC_ZERO | PADMA_ALLOC_ON_NODE;
	size_t stride;

	if (params->object_bytes == 0 || params->count == 0)
		return fail(-EINVAL, "a pool of %zu objects of %zu bytes; give 1 of each at least",
			    params->count, params->object_bytes);
	if (params->align_bytes && !is_power_of_two(params->align_bytes))
		return fail(-EINVAL, "alignment %zu is not a power of two", params->align_bytes);
	if (params->boundary_bytes && (!is_power_of_two(params->boundary_bytes) ||
				       params->boundary_bytes < params->object_bytes))
		return fail(-EINVAL,
			    "boundary %zu is not a power of two that %zu bytes fit between",
			    params->boundary_bytes, params->object_bytes);
	if (params->flags & ~known)
		return fail(-EINVAL,
			    "pools do not take flags 0x%x; give PADMA_ALLOC_ZERO or _ON_NODE",
			    params->flags & ~known);
	if (params->cache_objects % 2 || params->cache_objects > MOST_CACHE_OBJECTS)
		return fail(-EINVAL, "%u objects per cache; give a multiple of 2 up to %u",
			    params->cache_objects, MOST_CACHE_OBJECTS);
	if ((unsigned int)params->checks > PADMA_POOL_CHECKS_ON)
		return fail(-EINVAL, "checks is %d; give one of PADMA_POOL_CHECKS_*",
			    (int)params->checks);
	stride = params->object_bytes + (params->align_bytes ? params->align_bytes : CACHE_LINE);
	if (stride < params->object_bytes || params->count > (SIZE_MAX / 2) / stride)
		return fail(-ENOMEM, "%zu objects of %zu bytes are more than any machine has",
			    params->count, params->object_bytes);
	return 0;
}

/* By default a cache holds back a quarter of the pool at most. */
static uint32_t magazine_capacity(size_t cache_objects, size_t count)
{
	size_t objects = cache_objects;

	if (!objects) {
		objects = DEFAULT_CACHE_OBJECTS;
		if (objects > count / 4)
			objects = count / 4;
	}
	return objects < 2 ? 1 : (uint32_t)(objects / 2);
}

/* What all other caches may hold back from one, two magazines each. SIZE_MAX: more than that. */
static size_t held_back(size_t cache_objects, size_t count, unsigned int caches)
{
	size_t held;

	if (caches < 2 ||
	    __builtin_mul_overflow(caches - 1, 2 * (size_t)magazine_capacity(cache_objects, count),
				   &held))
		return caches < 2 ? 0 : SIZE_MAX;
	return held;
}

size_t padma_pool_count_for_sized(size_t params_bytes, const struct padma_pool_params *given,
				  size_t lent, unsigned int caches)
{
	struct padma_pool_params params;
	size_t objects, count;

	if (padma_params_take(&params, sizeof(params), given, params_bytes))
		return 0;
	objects = params.cache_objects;
	if (lent == 0)
		lent = 1;
	if (__builtin_add_overflow(lent, held_back(objects, SIZE_MAX, caches), &count))
		return SIZE_MAX;
	/* Caches of a small pool hold back less by default. */
	while (count > lent && count - 1 - lent >= held_back(objects, count - 1, caches))
		count--;
	return count;
}

/* The magazine that is taken first holds the lowest addresses, the lowest on top. */
static void fill_depot(struct padma_pool *pool)
{
	uint32_t capacity = pool->depot.capacity;
	size_t end = pool->count;

	while (end) {
		struct padma_pool_magazine *magazine = depot_take_empty(&pool->depot);
		uint32_t n = end % capacity ? (uint32_t)(end % capacity) : capacity;

		for (uint32_t i = 0; i < n; i++)
			magazine->objects[i] = &pool->objects[--end];
		magazine->count = n;
		depot_give(&pool->depot, magazine);
	}
}

static int lay_out(struct padma_pool *pool, const struct padma_pool_params *params)
{
	int rc;

	pool->source.begin(pool->source.ctx);
	rc = pool_lay_out(&pool->source, params, pool->objects, &pool->parts);
	pool->listing.resolved = pool->source.resolves(pool->source.ctx);
	if (rc == 0)
		pool->source.made(pool->source.ctx, &pool->listing);
	pool->source.end(pool->source.ctx);
	return rc;
}

static void pool_free(struct padma_pool *pool)
{
	depot_clear(&pool->depot);
	free(pool->lent);
	free(pool->objects);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static bool has_checks(const struct padma_pool_params *params)
{
	if (params->checks == PADMA_POOL_CHECKS_DEFAULT)
		return PADMA_POOL_CHECKS;
	return params->checks == PADMA_POOL_CHECKS_ON;
}

static void set_label(struct padma_pool *pool, const struct padma_pool_params *params)
{
	if (params->name)
		snprintf(pool->label, sizeof(pool->label), "%.31s", params->name);
	else
		snprintf(pool->label, sizeof(pool->label), "of %zu objects of %zu bytes",
			 params->count, params->object_bytes);
	pool->listing.label = pool->label;
	pool->listing.object_bytes = params->object_bytes;
}

/*
 * The objects, all zero. Many of them are in hugepages where the kernel has some: a ring's worth of them is spread over
 * more pages of 4 KiB than the processor has entries for in its TLB.
 */
static struct padma_pool_object *alloc_objects(size_t count)
{
	size_t bytes = count * sizeof(struct padma_pool_object);
	size_t align = bytes < HUGEPAGE_BYTES ? PADMA_POOL_OBJECT_BYTES : HUGEPAGE_BYTES;
	struct padma_pool_object *objects = aligned_alloc(align, align_up(bytes, align));

	if (!objects)
		return NULL;
	if (align == HUGEPAGE_BYTES)
		(void)madvise(objects, align_up(bytes, align), MADV_HUGEPAGE);
	memset(objects, 0, bytes);
	return objects;
}

/* All but the objects' memory. */
static int alloc_bookkeeping(struct padma_pool *pool, const struct padma_pool_params *params)
{
	pool->objects = alloc_objects(params->count);
	if (has_checks(params))
		pool->lent = lent_new(params->count);
	if (!pool->objects || (has_checks(params) && !pool->lent) ||
	    depot_init(&pool->depot, params->count,
		       magazine_capacity(params->cache_objects, params->count)))
		return fail(-ENOMEM, "no memory for the bookkeeping of %zu objects", params->count);
	return 0;
}

int pool_create(const struct pool_source *source, const struct padma_pool_params *params,
		struct padma_pool **pool)
{
	struct padma_pool *new;
	int rc = check_params(params);

	if (rc)
		return rc;
	new = aligned_alloc(CACHE_LINE, align_up(sizeof(*new), CACHE_LINE));
	if (!new)
		return fail(-ENOMEM, "no memory for a pool's bookkeeping");
	*new = (struct padma_pool){.source = *source, .params = *params, .count = params->count};
	new->params.name = NULL; /* the caller's; the label stays */
	set_label(new, params);
	pthread_mutex_init(&new->lock, NULL);
	rc = alloc_bookkeeping(new, params);
	if (rc == 0)
		rc = lay_out(new, params);
	if (rc) {
		pool_free(new);
		return rc;
	}
	fill_depot(new);
	*pool = new;
	return 0;
}

size_t padma_pool_available(struct padma_pool *pool)
{
	size_t objects;

	pthread_mutex_lock(&pool->lock);
	objects = depot_objects(&pool->depot);
	for (struct padma_pool_cache *cache = pool->caches; cache; cache = cache->next)
		objects += cache_objects(cache);
	pthread_mutex_unlock(&pool->lock);
	return objects;
}

static const struct padma_pool *pool_of(const struct pool_listing *listing)
{
	return container_of((uintptr_t)listing, struct padma_pool, listing);
}

void pool_each_part(const struct pool_listing *listing,
		    void (*fn)(void *ctx, const void *va, const struct padma_pool_object *objects,
			       size_t count),
		    void *ctx)
{
	const struct pool_parts *parts = &pool_of(listing)->parts;

	for (size_t i = 0; i < parts->count; i++)
		fn(ctx, parts->parts[i].va, parts->parts[i].objects, parts->parts[i].objects_count);
}

size_t pool_index(const struct pool_listing *listing, const struct padma_pool_object *object)
{
	return (size_t)(object - pool_of(listing)->objects);
}

bool pool_is_lent(const struct pool_listing *listing, const struct padma_pool_object *object)
{
	const struct padma_pool *pool = pool_of(listing);

	return __atomic_load_n(&pool->lent[pool_index(listing, object)], __ATOMIC_RELAXED);
}

int pool_check_addresses(const struct pool_listing *listing)
{
	const struct padma_pool *pool = pool_of(listing);

	for (size_t i = 0; i < pool->count; i++)
		if (pool_object_dma(&pool->source, &pool->params, pool->objects[i].va) ==
		    PADMA_DMA_NONE)
			return fail(-ERANGE,
				    "pool %s was opened before any device, and %s; close it, and "
				    "open it when the device is open",
				    pool->label, padma_last_error());
	return 0;
}

void pool_resolve(struct pool_listing *listing)
{
	const struct padma_pool *pool = pool_of(listing);

	for (size_t i = 0; i < pool->count; i++) {
		struct padma_pool_object *object = &pool->objects[i];

		object->dma = pool_object_dma(&pool->source, &pool->params, object->va);
	}
	/* Release: the addresses, for padma_pool_resolved(). */
	__atomic_store_n(&listing->resolved, true, __ATOMIC_RELEASE);
}

bool padma_pool_resolved(const struct padma_pool *pool)
{
	return __atomic_load_n(&pool->listing.resolved, __ATOMIC_ACQUIRE);
}

struct padma_pool_object *pool_objects(struct padma_pool *pool, size_t *count)
{
	*count = pool->count;
	return pool->objects;
}

const void *pool_source_ctx(const struct padma_pool *pool)
{
	return pool->source.ctx;
}

void pool_set_tag(struct padma_pool *pool, size_t tag)
{
	pool->tag = tag;
}

size_t pool_tag(const struct padma_pool *pool)
{
	return pool->tag;
}

static void give_memory_back(struct padma_pool *pool)
{
	pool->source.begin(pool->source.ctx);
	pool_parts_free(&pool->source, &pool->parts);
	pool->source.gone(pool->source.ctx, &pool->listing);
	pool->source.end(pool->source.ctx);
}

int padma_pool_close(struct padma_pool *pool)
{
	size_t here;

	if (!pool)
		return 0;
	here = padma_pool_available(pool);
	if (here > pool->count)
		return fail(-EBUSY, "pool %s: %zu more objects were put than got; it stays open",
			    pool->label, here - pool->count);
	if (here < pool->count)
		return fail(-EBUSY, "pool %s: %zu of %zu objects are missing; put them first",
			    pool->label, pool->count - here, pool->count);
	if (pool->open_caches)
		return fail(-EBUSY, "pool %s: %u caches are open; close them first", pool->label,
			    pool->open_caches);
	give_memory_back(pool);
	pool_free(pool);
	return 0;
}
