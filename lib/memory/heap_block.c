// SPDX-License-Identifier: BSD-3-Clause
/* Descriptors of blocks, and cutting and joining them. */
#include "memory/heap_block.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SLAB_BLOCKS 255

static_assert(sizeof(struct block) == DESCRIPTOR_BYTES, "a descriptor is one cache line");

struct block_slab {
	struct block_slab *next;
	struct block blocks[SLAB_BLOCKS];
};

void block_store_init(struct block_store *store, uintptr_t window, size_t window_bytes)
{
	size_t pages = window_bytes / HEAP_PAGE;
	void *table;

	*store = (struct block_store){0};
	if (pages == 0)
		return;
	table = mmap(NULL, pages * sizeof(struct block), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table == MAP_FAILED)
		return;
	/* Its pages exist as they are used, and no more of them than that. */
	madvise(table, pages * sizeof(struct block), MADV_NOHUGEPAGE);
	store->pages = table;
	store->window = window;
	store->page_count = pages;
}

static void put_spare(struct block_store *store, struct block *block)
{
	block->next = store->spare;
	store->spare = block;
	store->spares++;
}

int block_store_add_slab(struct block_store *store, size_t count)
{
	struct block_slab *slab = aligned_alloc(alignof(struct block_slab), sizeof(*slab));

	if (!slab)
		return store->spares >= count ? 0 : -ENOMEM;
	slab->next = store->slabs;
	store->slabs = slab;
	for (size_t i = SLAB_BLOCKS; i-- > 0;)
		put_spare(store, &slab->blocks[i]);
	return 0;
}

struct block *block_store_take(struct block_store *store, uintptr_t start)
{
	struct block *block = block_place(store, start);

	if (block)
		return block;
	block = store->spare;
	store->spare = block->next;
	store->spares--;
	return block;
}

void block_store_put(struct block_store *store, struct block *block)
{
	if (block_place(store, block->start))
		block->state = BLOCK_NONE;
	else
		put_spare(store, block);
}

void block_store_clear(struct block_store *store)
{
	while (store->slabs) {
		struct block_slab *slab = store->slabs;

		store->slabs = slab->next;
		free(slab);
	}
	if (store->pages)
		munmap(store->pages, store->page_count * sizeof(struct block));
	*store = (struct block_store){0};
}

struct block *block_cut(struct block_store *store, struct block *block, uintptr_t start)
{
	struct block *upper = block_store_take(store, start);

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
