/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_block.h - all addresses, in order, cut into blocks.
 *
 * A block is a hole (no memory of the heap), free, or used. Every address from 0 up belongs to
 * exactly one block, so that adding memory, allocating, freeing and removing are one operation: cut
 * a piece out of a block, give it another state, and join it with neighbours that now agree. The
 * descriptors are apart from the memory.
 */
#ifndef MEMORY_HEAP_BLOCK_H
#define MEMORY_HEAP_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Addresses and sizes of blocks are multiples of this. */
#define HEAP_UNIT 64

enum block_state {
	BLOCK_HOLE,
	BLOCK_FREE,
	BLOCK_USED
};

struct arena;

struct block {
	uintptr_t start;
	size_t bytes;
	struct block *before, *after; /* neighbours in address */
	struct block *next, *prev;    /* the list of its state: holes, a size class, a hash chain */
	struct arena *arena;	      /* NULL for a hole */
	enum block_state state;
};

/* Descriptors come from slabs that live as long as the heap. */
struct block_store {
	struct block *spare; /* through next */
	size_t spares;
	struct block_slab *slabs;
};

/* Make sure that @count descriptors can be taken. 0, or -ENOMEM. */
int block_store_reserve(struct block_store *store, size_t count);
struct block *block_store_take(struct block_store *store);
void block_store_put(struct block_store *store, struct block *block);
void block_store_clear(struct block_store *store);

/* Cut a block in two at @start, inside it. Gives the upper part, in the same state, in no list. */
struct block *block_cut(struct block_store *store, struct block *block, uintptr_t start);

/* Join a block with the one after it; the upper descriptor is gone. */
void block_join(struct block_store *store, struct block *block);

#endif
