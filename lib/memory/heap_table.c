// SPDX-License-Identifier: BSD-3-Clause
/* The hash table of used blocks: making and doubling it. */
#include "memory/heap_table.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_LOG2 10

int block_table_init(struct block_table *table)
{
	table->chains = calloc((size_t)1 << FIRST_LOG2, sizeof(struct block *));
	table->shift = 64 - FIRST_LOG2;
	table->count = 0;
	return table->chains ? 0 : -ENOMEM;
}

void block_table_clear(struct block_table *table)
{
	free(table->chains);
	table->chains = NULL;
}

void block_table_grow(struct block_table *table)
{
	size_t old_chains = (size_t)1 << (64 - table->shift);
	struct block_table grown = {.shift = table->shift - 1};

	grown.chains = calloc(old_chains * 2, sizeof(struct block *));
	if (!grown.chains)
		return;
	for (size_t i = 0; i < old_chains; i++) {
		struct block *block = table->chains[i];

		while (block) {
			struct block *next = block->next;
			struct block **chain = block_table_chain(&grown, block->start);

			block->next = *chain;
			*chain = block;
			block = next;
		}
	}
	free(table->chains);
	table->chains = grown.chains;
	table->shift = grown.shift;
}
