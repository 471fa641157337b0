/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * depot.h - where caches exchange whole magazines, without a lock.
 *
 * Magazines and depot follow Bonwick and Adams, "Magazines and Vmem" (USENIX 2001). Two stacks hold
 * the full and the empty magazines (Treiber, IBM RJ 5118, 1986); their heads carry a tag that
 * changes with each operation, so that a head that comes back is not mistaken for one that never
 * went (ABA). A magazine is in one place at a time: a stack, the remnant's slot, or a thread's
 * hands, and only the thread that has it in hands touches its objects.
 *
 * What holds at any moment, with M objects in a full magazine and F = ceil(objects / M):
 *
 *   1. All magazines in the full stack are exactly full, all in the empty stack exactly empty, and
 *      at most one, the remnant, is in between. A magazine that is given back neither full nor
 *      empty is poured together with the remnant until that is so again.
 *   2. There are F + 1 magazines and 3 for each cache, as many as were ever open at once. A cache
 *      owns two; while it exchanges, it has one more in hands, never two: whoever pops pushes
 *      before it pops again. So the depot never holds fewer than F + 1.
 *   3. Whoever puts an object and finds both its magazines full finds an empty one. The depot holds
 *      at most objects - 2M - 1 objects then, so at most F - 2 full magazines and a remnant: of
 *      its F + 1 magazines two at least are empty.
 *   4. Whoever opens a cache finds two. Its own three are in the depot, which then holds F + 4, of
 *      which at most F are not empty (a remnant has an object, so F - 1 full ones beside it).
 *
 * The third magazine per cache is what makes 2 hold without knowing what the other threads are
 * doing: any number of them may be stopped in the middle of an exchange.
 */
#ifndef MEMORY_DEPOT_H
#define MEMORY_DEPOT_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/pool.h>

#define CACHE_LINE	64
#define DEPOT_SEGMENTS	24
#define DEPOT_PER_CACHE 3

/* Top of a stack: tag in the upper half, the magazine's index + 1 (0: none) in the lower. */
typedef uint64_t depot_head;

struct depot {
	alignas(CACHE_LINE) depot_head full;
	alignas(CACHE_LINE) depot_head empty;
	alignas(CACHE_LINE) struct padma_pool_magazine *remnant;
	/* Set up once, then read by all. */
	alignas(CACHE_LINE) uint32_t capacity; /* M */
	uint32_t first;			       /* magazines in segment 0: F + 1 */
	size_t stride;			       /* bytes from one magazine to the next */
	uint32_t magazines;		       /* made so far: grows under the pool's lock */
	/* Segment s > 0 holds those of 2^(s-1) caches: a magazine never moves. */
	char *segments[DEPOT_SEGMENTS];
};

/*
 * A magazine's count is written by whoever has it in hands, and read by depot_objects() in any
 * thread: hence the relaxed store.
 */
static inline void magazine_set_count(struct padma_pool_magazine *magazine, uint32_t count)
{
	__atomic_store_n(&magazine->count, count, __ATOMIC_RELAXED);
}

/* All magazines for @objects objects, empty. 0, or -ENOMEM. */
int depot_init(struct depot *depot, size_t objects, uint32_t capacity);
void depot_clear(struct depot *depot);

/* Three more empty magazines; one thread at a time. 0, or -ENOMEM. */
int depot_grow(struct depot *depot);

/* NULL where there is none. */
struct padma_pool_magazine *depot_take_full(struct depot *depot);
struct padma_pool_magazine *depot_take_empty(struct depot *depot);
struct padma_pool_magazine *depot_take_remnant(struct depot *depot);

void depot_give_full(struct depot *depot, struct padma_pool_magazine *magazine);
void depot_give_empty(struct depot *depot, struct padma_pool_magazine *magazine);
/* However full it is. */
void depot_give(struct depot *depot, struct padma_pool_magazine *magazine);

/* Objects in all magazines but the loaded ones of caches. While others exchange: about. */
size_t depot_objects(const struct depot *depot);

#endif
