// SPDX-License-Identifier: BSD-3-Clause
/* Records of what is handed out: blocks of the heap, those of pools with their objects. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <stdlib.h>

#include "space/guard/lent.h"

struct guard_exact *guard_exact_new(void)
{
	return calloc(1, sizeof(struct guard_exact));
}

void guard_exact_delete(struct guard_exact *exact)
{
	struct range_node *node, *next;

	if (!exact)
		return;
	range_tree_for_each(node, next, &exact->lent)
	{
		range_tree_remove(&exact->lent, node);
		free(lent_block_of(node));
	}
	dma_index_free(&exact->index);
	free(exact->spare);
	free(exact);
}

/* A freed block that is allocated again is no longer a freed block. */
static void forget_freed(struct guard_exact *exact, uint64_t va, uint64_t bytes)
{
	for (size_t i = 0; i < FREED_KEPT; i++) {
		struct freed_block *freed = &exact->freed[i];

		if (freed->va < va + bytes && va < freed->va + freed->bytes)
			freed->bytes = 0;
	}
}

int guard_exact_reserve(struct guard_exact *exact)
{
	if (!exact->spare)
		exact->spare = calloc(1, sizeof(*exact->spare));
	return exact->spare ? 0 : fail(-ENOMEM, "no memory for the guard to record a block");
}

void guard_exact_lend(struct guard_exact *exact, const void *va, size_t bytes)
{
	struct lent_block *block = exact->spare;

	exact->spare = NULL;
	block->range.start = (uintptr_t)va;
	block->range.len = bytes;
	(void)range_tree_insert(&exact->lent, &block->range);
	forget_freed(exact, (uintptr_t)va, bytes);
}

void guard_exact_take_back(struct guard_exact *exact, const void *va)
{
	struct range_node *node = range_tree_find(&exact->lent, (uintptr_t)va);

	if (!node)
		return;
	range_tree_remove(&exact->lent, node);
	exact->freed[exact->freed_count++ % FREED_KEPT] =
		(struct freed_block){.va = node->start, .bytes = node->len};
	free(lent_block_of(node));
}

void guard_exact_set_objects(struct guard_exact *exact, const void *va,
			     const struct pool_listing *pool,
			     const struct padma_pool_object *objects, size_t count)
{
	struct range_node *node = range_tree_find(&exact->lent, (uintptr_t)va);
	struct lent_block *block;

	if (!node)
		return;
	block = lent_block_of(node);
	block->pool = pool;
	block->objects = objects;
	block->count = count;
}

/* The last of the objects that begins at or below @va, or NULL. */
static const struct padma_pool_object *object_at(const struct lent_block *block, uint64_t va)
{
	size_t low = 0, high = block->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)block->objects[middle].va <= va)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &block->objects[low - 1] : NULL;
}

static void in_pool(const struct lent_block *block, uint64_t va, struct lent *lent)
{
	const struct padma_pool_object *object = object_at(block, va);

	lent->pool = block->pool;
	lent->kind = GUARD_NO_OBJECT;
	if (!object || va - (uintptr_t)object->va >= block->pool->object_bytes)
		return;
	lent->kind = pool_is_lent(block->pool, object) ? GUARD_FINE : GUARD_NOT_HELD;
	lent->start = (uintptr_t)object->va;
	lent->len = block->pool->object_bytes;
	lent->index = pool_index(block->pool, object);
}

static void in_heap(const struct guard_exact *exact, uint64_t va, struct lent *lent)
{
	lent->kind = GUARD_NOT_LENT;
	for (size_t i = 0; i < FREED_KEPT; i++) {
		const struct freed_block *freed = &exact->freed[i];

		if (va - freed->va < freed->bytes) {
			*lent = (struct lent){GUARD_FREED, freed->va, freed->bytes, NULL, 0};
			return;
		}
	}
}

struct lent guard_lent_at(const struct guard_exact *exact, uint64_t va)
{
	const struct range_node *node = range_tree_find(&exact->lent, va);
	struct lent lent = {0};

	if (!node) {
		in_heap(exact, va, &lent);
	} else if (lent_block_of(node)->pool) {
		in_pool(lent_block_of(node), va, &lent);
	} else {
		lent.start = node->start;
		lent.len = node->len;
	}
	return lent;
}
