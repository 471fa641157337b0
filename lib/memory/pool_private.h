/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool_private.h - what pool.c and cache.c share.
 */
#ifndef MEMORY_POOL_PRIVATE_H
#define MEMORY_POOL_PRIVATE_H

#include <pthread.h>

#include "memory/depot.h"
#include "memory/pool_layout.h"

struct padma_pool {
	struct depot depot;
	struct pool_source source;
	struct padma_pool_params params;
	struct padma_pool_object *objects;
	size_t count;
	struct pool_parts parts;
	uint8_t *lent; /* a byte per object, in a pool that checks; else NULL */
	struct pool_listing listing;
	char label[96];
	size_t tag;	      /* pool.h */
	pthread_mutex_t lock; /* guards the depot and what follows */
	struct padma_pool_cache *caches;
	unsigned int open_caches; /* now */
	unsigned int most_caches; /* ever at once: the depot has magazines for so many */
};

/* Objects at hand in an open cache; while its thread uses it: about. Any thread. */
size_t cache_objects(const struct padma_pool_cache *cache);

#endif
