/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_bins.h - the free blocks of one kind of memory, by size.
 *
 * An arena holds the free memory of one NUMA node, low or not. Its blocks are in bins by size
 * class, a power of two divided in 16 (two-level segregated fit: Masmano, Ripoll, Crespo, Real,
 * "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004). Two bitmaps lead to
 * the first list that is not empty, in constant time.
 */
#ifndef MEMORY_HEAP_BINS_H
#define MEMORY_HEAP_BINS_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/heap_block.h"

#define BIN_SPLIT_SHIFT 4
#define BIN_SPLIT	(1u << BIN_SPLIT_SHIFT)
#define BIN_LEVELS	48 /* units up to 2^51, bytes up to 2^57 */
#define BINS		(BIN_LEVELS * BIN_SPLIT)

struct arena {
	struct arena *next;
	int node;
	bool low;
	uint64_t levels;	     /* a bit per level with a block in it */
	uint16_t splits[BIN_LEVELS]; /* a bit per list of the level */
	struct block *lists[BINS];
};

/* The bin of a block of this size. */
static inline unsigned int bin_of(size_t bytes)
{
	uint64_t units = bytes / HEAP_UNIT;
	unsigned int log2;

	/* The first level has one bin per size: smaller ones cannot be divided in 16. */
	if (units < BIN_SPLIT)
		return (unsigned int)units;
	log2 = 63u - (unsigned int)__builtin_clzll(units);
	return (log2 - BIN_SPLIT_SHIFT + 1) * BIN_SPLIT +
	       (unsigned int)((units >> (log2 - BIN_SPLIT_SHIFT)) & (BIN_SPLIT - 1));
}

/* The first bin of which every block is at least this large. */
static inline unsigned int bin_above(size_t bytes)
{
	uint64_t units = bytes / HEAP_UNIT;

	if (units >= BIN_SPLIT)
		units += (1ull << (63 - __builtin_clzll(units) - BIN_SPLIT_SHIFT)) - 1;
	return bin_of(units * HEAP_UNIT);
}

/* The first list from @from on that is not empty; BINS if there is none. */
static inline unsigned int arena_next_bin(const struct arena *arena, unsigned int from)
{
	unsigned int level = from / BIN_SPLIT;
	uint64_t levels;
	unsigned int splits;

	if (from >= BINS)
		return BINS;
	splits = arena->splits[level] & (~0u << (from % BIN_SPLIT));
	if (!splits) {
		levels = arena->levels & (~1ull << level);
		if (!levels)
			return BINS;
		level = (unsigned int)__builtin_ctzll(levels);
		splits = arena->splits[level];
	}
	return level * BIN_SPLIT + (unsigned int)__builtin_ctz(splits);
}

/* A block that is surely large enough, or NULL. */
static inline struct block *arena_first(const struct arena *arena, size_t bytes)
{
	unsigned int bin = arena_next_bin(arena, bin_above(bytes));

	return bin < BINS ? arena->lists[bin] : NULL;
}

static inline void arena_insert(struct arena *arena, struct block *block)
{
	unsigned int bin = bin_of(block->bytes);
	struct block *head = arena->lists[bin];

	block->state = BLOCK_FREE;
	block->arena = arena;
	block->prev = NULL;
	block->next = head;
	if (head)
		head->prev = block;
	arena->lists[bin] = block;
	arena->splits[bin / BIN_SPLIT] |= (uint16_t)(1u << (bin % BIN_SPLIT));
	arena->levels |= 1ull << (bin / BIN_SPLIT);
}

/* Before the block's size changes. */
static inline void arena_remove(struct arena *arena, struct block *block)
{
	unsigned int bin = bin_of(block->bytes);
	unsigned int level = bin / BIN_SPLIT;

	if (block->next)
		block->next->prev = block->prev;
	if (block->prev) {
		block->prev->next = block->next;
		return;
	}
	arena->lists[bin] = block->next;
	if (block->next)
		return;
	arena->splits[level] &= (uint16_t) ~(1u << (bin % BIN_SPLIT));
	if (!arena->splits[level])
		arena->levels &= ~(1ull << level);
}

#endif
