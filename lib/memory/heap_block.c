// SPDX-License-Identifier: BSD-3-Clause
/* Descriptors of blocks, and cutting and joining them. */
#include "memory/heap_block.h"

#include <errno.h>
#include <stdlib.h>

#define SLAB_BLOCKS 255

struct block_slab {
	struct block_slab *next;
	struct block blocks[SLAB_BLOCKS];
};

/* More than any operation takes: what was done can be undone where there is no more memory. */
#define SPARES 32

int block_store_reserve(struct block_store *store, size_t count)
{
	struct block_slab *slab;

	if (store->spares >= SPARES)
		return 0;
	slab = malloc(sizeof(*slab));
	if (!slab)
		return store->spares >= count ? 0 : -ENOMEM;
	slab->next = store->slabs;
	store->slabs = slab;
	for (size_t i = SLAB_BLOCKS; i-- > 0;)
		block_store_put(store, &slab->blocks[i]);
	return 0;
}

struct block *block_store_take(struct block_store *store)
{
	struct block *block = store->spare;

	store->spare = block->next;
	store->spares--;
	return block;
}

void block_store_put(struct block_store *store, struct block *block)
{
	block->next = store->spare;
	store->spare = block;
	store->spares++;
}

void block_store_clear(struct block_store *store)
{
	while (store->slabs) {
		struct block_slab *slab = store->slabs;

		store->slabs = slab->next;
		free(slab);
	}
	*store = (struct block_store){0};
}

struct block *block_cut(struct block_store *store, struct block *block, uintptr_t start)
{
	struct block *upper = block_store_take(store);

	*upper = (struct block){
		.start = start,
		.bytes = block->bytes - (start - block->start),
		.before = block,
		.after = block->after,
		.arena = block->arena,
		.state = block->state,
	};
	block->bytes = start - block->start;
	block->after = upper;
	if (upper->after)
		upper->after->before = upper;
	return upper;
}

void block_join(struct block_store *store, struct block *block)
{
	struct block *upper = block->after;

	block->bytes += upper->bytes;
	block->after = upper->after;
	if (block->after)
		block->after->before = block;
	block_store_put(store, upper);
}
