/* SPDX-License-Identifier: BSD-3-Clause */
/* lent.h - blocks that are handed out: what exact.c records, for diagnose.c. */
#ifndef SPACE_GUARD_LENT_H
#define SPACE_GUARD_LENT_H

#include "base/base.h"
#include "space/guard/exact.h"

/* An allocated block of the heap. */
struct lent_block {
	struct range_node range;
	const struct pool_listing *pool; /* NULL: not of a pool */
	const struct padma_pool_object *objects;
	size_t count;
};

static inline struct lent_block *lent_block_of(const struct range_node *node)
{
	return container_of((uintptr_t)node, struct lent_block, range);
}

/* A piece that is handed out as a whole (GUARD_FINE), or why an address is in none. */
struct lent {
	enum guard_kind kind;
	uint64_t start; /* virtual address */
	uint64_t len;	/* 0: unknown */
	const struct pool_listing *pool;
	size_t index; /* of the object in its pool */
};

/* What holds an address of the window. */
struct lent guard_lent_at(const struct guard_exact *exact, uint64_t va);

#endif
