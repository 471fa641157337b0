/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * depot.h - the objects of a pool that are in no cache, in magazines that are exchanged as a whole.
 *
 * Magazines and depot follow Bonwick and Adams, "Magazines and Vmem" (USENIX 2001). A cache owns two
 * magazines and comes here once for each magazine that it has filled or used up: the pool's lock
 * guards everything here, and no cache waits for it more often than that.
 *
 * All magazines in the full list are exactly full, all in the empty list exactly empty, and at most
 * one, the remnant, is in between. There are F = ceil(objects / capacity) magazines and two for each
 * cache, for the most caches ever open at once. Hence:
 *
 *   1. A cache that is opened finds two empty ones: its own two are in the depot, which then holds
 *	F + 2, of which at most F are not empty.
 *   2. A cache whose two magazines are full, and that has one more object to put, finds an empty
 *	one: the depot has F magazines at least, and fewer objects than fill F - 2 of them.
 */
#ifndef MEMORY_DEPOT_H
#define MEMORY_DEPOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/pool.h>

#define CACHE_LINE 64

/*
 * A stack of objects. Its count is written by the cache or the depot that owns it, and read by
 * depot_objects() in any thread: relaxed atomics.
 */
struct padma_pool_magazine {
	uint32_t count;
	uint32_t capacity;
	struct padma_pool_magazine *next;  /* in the depot's list */
	struct padma_pool_magazine *older; /* of all that were made */
	struct padma_pool_object *objects[];
};

struct depot {
	struct padma_pool_magazine *full, *empty, *remnant;
	struct padma_pool_magazine *all;
	uint32_t capacity; /* of each magazine */
	bool has_objects;  /* for depot_is_empty() */
};

static inline void magazine_set_count(struct padma_pool_magazine *magazine, uint32_t count)
{
	__atomic_store_n(&magazine->count, count, __ATOMIC_RELAXED);
}

/* The magazines for @objects objects, empty. 0, or -ENOMEM. */
int depot_init(struct depot *depot, size_t objects, uint32_t capacity);
void depot_clear(struct depot *depot);

/* Two more empty magazines, for one more cache. 0, or -ENOMEM. */
int depot_grow(struct depot *depot);

/* An empty magazine for a cache. If there is none, since objects were put twice, one more is made.
 * NULL: no memory. */
struct padma_pool_magazine *depot_take_empty(struct depot *depot);
/* Take back a magazine, however full it is. */
void depot_give(struct depot *depot, struct padma_pool_magazine *magazine);

/* Exchange an empty magazine for one with objects. NULL: there are no objects, and it was not taken. */
struct padma_pool_magazine *depot_swap_empty(struct depot *depot,
					     struct padma_pool_magazine *magazine);
/* Exchange a full magazine for an empty one. NULL: some object was put twice. */
struct padma_pool_magazine *depot_swap_full(struct depot *depot,
					    struct padma_pool_magazine *magazine);

/* Without the lock: threads that find a pool empty again and again do not hinder those that put. */
static inline bool depot_is_empty(const struct depot *depot)
{
	return !__atomic_load_n(&depot->has_objects, __ATOMIC_RELAXED);
}

/* Objects in all magazines but the loaded ones of caches. While those exchange objects: about. */
size_t depot_objects(const struct depot *depot);

#endif
