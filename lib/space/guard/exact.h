/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exact.h - what is lent: the exact mode of the guard, and what the guard says in any mode.
 *
 * A debugging mode: every block of the heap is noted in a tree, those of pools with their objects,
 * and a check goes from the dma address to the virtual one and asks who was lent it. All of it is
 * below the space's lock, the checks of a queue's owner, too, so that a heap that changes meanwhile
 * is no race. Pages mode uses nothing of this file but its sentences.
 */
#ifndef SPACE_GUARD_EXACT_H
#define SPACE_GUARD_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>

#include "base/range_tree.h"
#include "base/sentence.h"
#include "memory/pool.h"
#include "space/guard/dma_index.h"

struct space;

/* The latest blocks that were freed, to be named. */
#define FREED_KEPT 256

struct guard_exact {
	struct range_tree lent;	  /* of struct lent_block, by virtual address */
	struct lent_block *spare; /* for the next one */
	struct freed_block {
		uint64_t va;
		uint64_t bytes;
	} freed[FREED_KEPT];
	size_t freed_count; /* ever */
	struct dma_index index;
};

/* What is the matter with a range. The order is that of the log's counts. */
enum guard_kind {
	GUARD_FINE,
	GUARD_NO_RANGE,	 /* no such address, or no bytes */
	GUARD_OUTSIDE,	 /* begins outside all memory of the space */
	GUARD_PAST_RUN,	 /* begins in memory of the space and goes on behind it */
	GUARD_PAST_END,	 /* begins in what is lent and goes on behind it */
	GUARD_FREED,	 /* in a block that was freed */
	GUARD_NOT_LENT,	 /* in the heap, in no block */
	GUARD_NOT_HELD,	 /* an object that nobody holds */
	GUARD_NO_OBJECT, /* memory of a pool between its objects */
	GUARD_UNKNOWN,	 /* no memory to find out */
	GUARD_KINDS,
};

/* NULL where there is no memory. */
struct guard_exact *guard_exact_new(void);
void guard_exact_delete(struct guard_exact *exact);

/* Lock held: memory for the next block to be noted. 0, -ENOMEM with the reason noted. */
int guard_exact_reserve(struct guard_exact *exact);

/* Lock held: a block of the heap was lent, after guard_exact_reserve(). And was taken back. */
void guard_exact_lend(struct guard_exact *exact, const void *va, size_t bytes);
void guard_exact_take_back(struct guard_exact *exact, const void *va);

/* Lock held: the block at @va is of these objects of a pool, in the order of their addresses. */
void guard_exact_set_objects(struct guard_exact *exact, const void *va,
			     const struct pool_listing *pool,
			     const struct padma_pool_object *objects, size_t count);

/* Lock held, exact mode: what is the matter with [dma, dma + len), in words where @words is not NULL. */
enum guard_kind guard_exact_look(struct space *space, padma_dma_t dma, size_t len,
				 struct sentence *words);

/* Lock held, pages mode: the same of what that mode refuses. */
enum guard_kind guard_pages_look(struct space *space, padma_dma_t dma, size_t len,
				 struct sentence *words);

#endif
