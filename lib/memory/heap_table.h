/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_table.h - used blocks without a fixed place (heap_block.h), by address.
 *
 * A hash table of chains through the blocks' own links. It doubles when it is full; where there is
 * no memory for that, its chains grow longer instead.
 */
#ifndef MEMORY_HEAP_TABLE_H
#define MEMORY_HEAP_TABLE_H

#include "memory/heap_block.h"

struct block_table {
	struct block **chains;
	unsigned int shift; /* 64 - log2 of the number of chains */
	size_t count;
};

int block_table_init(struct block_table *table);
void block_table_clear(struct block_table *table);
void block_table_grow(struct block_table *table);

/* Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4): neighbouring blocks go to distant chains. */
static inline struct block **block_table_chain(const struct block_table *table, uintptr_t start)
{
	return &table->chains[(start / HEAP_UNIT * 0x9e3779b97f4a7c15ull) >> table->shift];
}

static inline void block_table_insert(struct block_table *table, struct block *block)
{
	struct block **chain;

	if (__builtin_expect(table->count >> (64 - table->shift) != 0, 0))
		block_table_grow(table);
	chain = block_table_chain(table, block->start);
	block->next = *chain;
	*chain = block;
	table->count++;
}

/* Take the block that starts there out, or NULL. */
static inline struct block *block_table_remove(struct block_table *table, uintptr_t start)
{
	struct block **link = block_table_chain(table, start);
	struct block *block;

	while ((block = *link) && block->start != start)
		link = &block->next;
	if (block) {
		*link = block->next;
		table->count--;
	}
	return block;
}

#endif
