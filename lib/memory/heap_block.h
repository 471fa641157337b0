/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_block.h - the addresses of a window, in order, cut into blocks.
 *
 * A block is a hole (no memory of the heap), free, or used. Every address of the window belongs to
 * exactly one block, so that adding memory, allocating, freeing and removing are one operation: cut
 * a piece out of a block, give it another state, and join it with neighbours that now agree. The
 * descriptors are apart from the memory.
 *
 * Each descriptor is at a fixed place, so that a block is found by its address without a search, and
 * neighbours in memory are neighbours in a table. Page n has descriptor n of a table that is reserved
 * like the window itself, and exists as far as it is used: freeing one of many live blocks of a page
 * touches three lines side by side. A page inside which blocks start has a table of its own for them,
 * a descriptor per unit, while there are any.
 */
#ifndef MEMORY_HEAP_BLOCK_H
#define MEMORY_HEAP_BLOCK_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses and sizes of blocks are multiples of this. */
#define HEAP_UNIT	 64
/* What has a fixed place for its descriptor. */
#define HEAP_PAGE	 4096
#define DESCRIPTOR_BYTES 64
#define SPARES_NEEDED	 2

enum block_state {
	BLOCK_NONE, /* a place without a block */
	BLOCK_HOLE,
	BLOCK_FREE,
	BLOCK_USED
};

struct arena;

struct block {
	alignas(DESCRIPTOR_BYTES) uintptr_t start; /* a cache line each */
	size_t bytes;
	struct block *before, *after; /* neighbours in address */
	struct block *next, *prev;    /* in the list of its state: holes, or a size class */
	struct arena *arena;	      /* NULL for a hole */
	enum block_state state;
};

/* The blocks that start inside a page. */
struct inner {
	uint64_t starts; /* a bit per unit: whether a block starts there */
	struct inner *next;
	struct block
		blocks[HEAP_PAGE / HEAP_UNIT]; /* the first is not used: it is the page's own */
};

struct blocks {
	uintptr_t window;
	size_t page_count;
	struct block
		*pages; /* by page: the block that starts there, if its state is not BLOCK_NONE */
	struct inner **inner; /* by page: NULL if no block starts inside */
	struct inner *spare;
	size_t spares;
};

/* One hole from the window's beginning to its end. 0, or -ENOMEM. */
int blocks_init(struct blocks *blocks, uintptr_t window, size_t window_bytes);
void blocks_clear(struct blocks *blocks);

/* The first of all blocks. */
static inline struct block *blocks_first(const struct blocks *blocks)
{
	return &blocks->pages[0];
}

int blocks_add_spares(struct blocks *blocks);

/* Make sure that a block can be cut twice. 0, or -ENOMEM. */
static inline int blocks_reserve(struct blocks *blocks)
{
	return blocks->spares >= SPARES_NEEDED ? 0 : blocks_add_spares(blocks);
}

/* The block that starts there, or NULL. */
static inline struct block *block_at(const struct blocks *blocks, uintptr_t start)
{
	size_t page = (start - blocks->window) / HEAP_PAGE, unit = start % HEAP_PAGE / HEAP_UNIT;
	struct inner *inner;

	if (start % HEAP_UNIT || page >= blocks->page_count)
		return NULL;
	if (unit == 0)
		return blocks->pages[page].state == BLOCK_NONE ? NULL : &blocks->pages[page];
	inner = blocks->inner[page];
	return inner && inner->starts >> unit & 1 ? &inner->blocks[unit] : NULL;
}

/* Cut a block in two at @start, inside it. Gives the upper part, in the same state, in no list. */
struct block *block_cut(struct blocks *blocks, struct block *block, uintptr_t start);

/* Join a block with the one after it; the upper descriptor is gone. */
void block_join(struct blocks *blocks, struct block *block);

#endif
