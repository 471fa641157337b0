// SPDX-License-Identifier: BSD-3-Clause
/* Descriptors of blocks: finding, cutting and joining them. See heap_block.h. */
#include "base/base.h"
#include "memory/heap_block.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Spare tables that are kept when a page has no more blocks inside. */
#define SPARES_KEPT 16

static_assert(sizeof(struct block) == DESCRIPTOR_BYTES, "a descriptor is one cache line");
static_assert(HEAP_PAGE / HEAP_UNIT == 64, "a bit of struct inner per unit");

/* Its pages are allocated on first use. */
static void *reserve_table(size_t bytes)
{
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (table == MAP_FAILED)
		return NULL;
	madvise(table, bytes, MADV_NOHUGEPAGE);
	return table;
}

int blocks_init(struct blocks *blocks, uintptr_t window, size_t window_bytes)
{
	size_t pages = window_bytes / HEAP_PAGE;

	*blocks = (struct blocks){.window = window, .page_count = pages};
	blocks->pages = reserve_table(pages * sizeof(blocks->pages[0]));
	blocks->inner = reserve_table(pages * sizeof(blocks->inner[0]));
	if (!blocks->pages || !blocks->inner) {
		blocks_clear(blocks);
		return -ENOMEM;
	}
	blocks->pages[0] =
		(struct block){.start = window, .bytes = pages * HEAP_PAGE, .state = BLOCK_HOLE};
	return 0;
}

static void drop(struct blocks *blocks, struct inner *inner)
{
	if (blocks->spares >= SPARES_KEPT) {
		free(inner);
		return;
	}
	inner->next = blocks->spare;
	blocks->spare = inner;
	blocks->spares++;
}

static struct inner *take_spare(struct blocks *blocks)
{
	struct inner *inner = blocks->spare;

	blocks->spare = inner->next;
	blocks->spares--;
	inner->starts = 0;
	return inner;
}

int blocks_add_spares(struct blocks *blocks)
{
	while (blocks->spares < SPARES_NEEDED) {
		struct inner *inner = aligned_alloc(DESCRIPTOR_BYTES, sizeof(*inner));

		if (!inner)
			return -ENOMEM;
		drop(blocks, inner);
	}
	return 0;
}

/* The place of a block that starts there now. */
static struct block *place(struct blocks *blocks, uintptr_t start)
{
	size_t page = (start - blocks->window) / HEAP_PAGE, unit = start % HEAP_PAGE / HEAP_UNIT;

	if (unit == 0)
		return &blocks->pages[page];
	if (!blocks->inner[page])
		blocks->inner[page] = take_spare(blocks);
	blocks->inner[page]->starts |= 1ull << unit;
	return &blocks->inner[page]->blocks[unit];
}

/* No block starts there any more. */
static void unplace(struct blocks *blocks, uintptr_t start)
{
	size_t page = (start - blocks->window) / HEAP_PAGE, unit = start % HEAP_PAGE / HEAP_UNIT;
	struct inner *inner;

	if (unit == 0) {
		blocks->pages[page].state = BLOCK_NONE;
		return;
	}
	inner = blocks->inner[page];
	inner->starts &= ~(1ull << unit);
	if (inner->starts == 0) {
		blocks->inner[page] = NULL;
		drop(blocks, inner);
	}
}

struct block *block_cut(struct blocks *blocks, struct block *block, uintptr_t start)
{
	struct block *upper = place(blocks, start);

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

void block_join(struct blocks *blocks, struct block *block)
{
	struct block *upper = block->after;

	block->bytes += upper->bytes;
	block->after = upper->after;
	if (block->after)
		block->after->before = block;
	unplace(blocks, upper->start);
}

void blocks_clear(struct blocks *blocks)
{
	/* All blocks joined, no page has a table any more. */
	while (blocks->pages && blocks->inner && blocks->pages[0].after)
		block_join(blocks, &blocks->pages[0]);
	while (blocks->spares)
		free(take_spare(blocks));
	if (blocks->pages)
		munmap(blocks->pages, blocks->page_count * sizeof(blocks->pages[0]));
	if (blocks->inner)
		munmap(blocks->inner, blocks->page_count * sizeof(blocks->inner[0]));
	*blocks = (struct blocks){0};
}
