/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exact.h - the exact mode of the guard: what memory is handed out; and the diagnosis for both modes.
 *
 * A debugging mode: every allocated block of the heap is recorded in a tree, those of pools with their
 * objects, and a check goes from the dma address to the virtual one and looks that up. All of it,
 * checks included, is under the space's lock. Pages mode uses only the diagnosis.
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

/* How many of the latest freed blocks are remembered, for the diagnosis. */
#define FREED_KEPT 256

struct guard_exact {
	struct range_tree lent;	  /* of struct lent_block, by virtual address */
	struct lent_block *spare; /* for the next one */
	struct freed_block {
		uint64_t va;
		uint64_t bytes;
	} freed[FREED_KEPT];
	size_t freed_count; /* in total */
	struct dma_index index;
};

/* What is wrong with a range. */
enum guard_kind {
	GUARD_FINE,
	GUARD_NO_RANGE,	 /* no such address, or no bytes */
	GUARD_OUTSIDE,	 /* begins outside all memory of the space */
	GUARD_PAST_RUN,	 /* begins in memory of the space and ends outside it */
	GUARD_PAST_END,	 /* begins in memory that is handed out and ends outside it */
	GUARD_FREED,	 /* in a block that was freed */
	GUARD_NOT_LENT,	 /* in the heap, in no block */
	GUARD_NOT_HELD,	 /* an object that is in its pool */
	GUARD_NO_OBJECT, /* memory of a pool between its objects */
	GUARD_UNKNOWN,	 /* no memory for the diagnosis */
	GUARD_KINDS,
};

/* NULL without memory. */
struct guard_exact *guard_exact_new(void);
void guard_exact_delete(struct guard_exact *exact);

/* Lock held: allocate the record of the next block. 0, -ENOMEM with the reason noted. */
int guard_exact_reserve(struct guard_exact *exact);

/* Lock held: a block was allocated, after guard_exact_reserve(); a block was freed. */
void guard_exact_lend(struct guard_exact *exact, const void *va, size_t bytes);
void guard_exact_take_back(struct guard_exact *exact, const void *va);

/* Lock held: the block at @va holds these objects of a pool, in address order. */
void guard_exact_set_objects(struct guard_exact *exact, const void *va,
			     const struct pool_listing *pool,
			     const struct padma_pool_object *objects, size_t count);

/* Lock held, exact mode: what is wrong with [dma, dma + len); in words if @words is not NULL. */
enum guard_kind guard_exact_diagnose(struct space *space, padma_dma_t dma, size_t len,
				     struct sentence *words);

/* Lock held, pages mode: the same for what that mode refuses. */
enum guard_kind guard_pages_diagnose(struct space *space, padma_dma_t dma, size_t len,
				     struct sentence *words);

#endif
