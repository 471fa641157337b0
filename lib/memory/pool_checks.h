/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool_checks.h - which objects of a pool are lent, and the caches of pools that know it.
 *
 * The cache that a program gets has room for no object, so that each call inlined from padma/pool.h
 * goes the way of an empty or a full magazine, which ends here. The objects are in an ordinary cache
 * behind it: the fast path of pools that do not check has no branch for this.
 */
#ifndef MEMORY_POOL_CHECKS_H
#define MEMORY_POOL_CHECKS_H

#include <stdbool.h>

#include "memory/pool_private.h"

/* A byte per object: lent or not. NULL: no memory. */
uint8_t *lent_new(size_t objects);

/* Put a checking cache before @inner. NULL: no memory. */
struct padma_pool_cache *checked_cache_new(struct padma_pool_cache *inner);
/* Free it. The ordinary cache behind it. */
struct padma_pool_cache *checked_cache_delete(struct padma_pool_cache *cache);

static inline bool is_checked(const struct padma_pool_cache *cache)
{
	return cache->loaded == NULL;
}

/* As padma_pool_get_bulk() and padma_pool_put_bulk(). Any thread, each with its own cache. */
unsigned int checked_get(struct padma_pool_cache *cache, struct padma_pool_object **objects,
			 unsigned int n);
void checked_put(struct padma_pool_cache *cache, struct padma_pool_object *const *objects,
		 unsigned int n);

#endif
