/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_block.h - all addresses, in order, cut into blocks.
 *
 * A block is a hole (no memory of the heap), free, or used. Every address from 0 up belongs to
 * exactly one block, so that adding memory, allocating, freeing and removing are one operation: cut
 * a piece out of a block, give it another state, and join it with neighbours that now agree. The
 * descriptors are apart from the memory.
 *
 * A block that starts at a page of the heap's window has its descriptor at a fixed place, in the
 * order of addresses: the place of page n is descriptor n of a table that is reserved like the window
 * itself, and exists as far as it is used. So large blocks are found without a search, and
 * neighbours in memory are neighbours in the table: freeing one of many live blocks of a page touches
 * three lines side by side. Other descriptors come from slabs that live as long as the heap.
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
#define BLOCK_SPARES	 32

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
	struct block *next, *prev;    /* the list of its state: holes, a size class, a hash chain */
	struct arena *arena;	      /* NULL for a hole */
	enum block_state state;
};

struct block_store {
	struct block *pages; /* NULL: no block has a fixed place */
	uintptr_t window;
	size_t page_count;
	struct block *spare; /* of the others, through next */
	size_t spares;
	struct block_slab *slabs;
};

/* Where the system refuses the addresses for the table, all descriptors come from slabs. */
void block_store_init(struct block_store *store, uintptr_t window, size_t window_bytes);
/* More spares, or as many as are needed at least. 0, or -ENOMEM. */
int block_store_add_slab(struct block_store *store, size_t count);

/*
 * Make sure that @count descriptors can be taken. More than any operation takes are kept: what was
 * done can be undone where there is no more memory. 0, or -ENOMEM.
 */
static inline int block_store_reserve(struct block_store *store, size_t count)
{
	return store->spares >= BLOCK_SPARES ? 0 : block_store_add_slab(store, count);
}

/* Of a block that starts there. */
struct block *block_store_take(struct block_store *store, uintptr_t start);
void block_store_put(struct block_store *store, struct block *block);
void block_store_clear(struct block_store *store);

/* The fixed place for a block that starts there, in use or not, or NULL. */
static inline struct block *block_place(const struct block_store *store, uintptr_t start)
{
	uintptr_t offset = start - store->window;

	if (offset % HEAP_PAGE || offset / HEAP_PAGE >= store->page_count)
		return NULL;
	return &store->pages[offset / HEAP_PAGE];
}

/* Cut a block in two at @start, inside it. Gives the upper part, in the same state, in no list. */
struct block *block_cut(struct block_store *store, struct block *block, uintptr_t start);

/* Join a block with the one after it; the upper descriptor is gone. */
void block_join(struct block_store *store, struct block *block);

#endif
