// SPDX-License-Identifier: BSD-3-Clause
/* See page_lists.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "space/page_lists.h"
#include "space/space_private.h"

#define LIST_PAGE_BYTES ((size_t)1 << PADMA_LIST_PAGE_SHIFT)
#define LISTS_PER_BLOCK (PADMA_GRANULE_BYTES / LIST_PAGE_BYTES)
#define PAGES_PER_STEP	(PADMA_LIST_STEP_BYTES / LIST_PAGE_BYTES)
static_assert(2 * PAGES_PER_STEP * sizeof(uint64_t) == LIST_PAGE_BYTES, "a list is a page");

/* A chunk of lists. */
struct list_block {
	struct list_block *next;
	struct chunk *chunk;
	padma_dma_t dma;
	unsigned int used;
	bool writable;
	uint16_t
		free[LISTS_PER_BLOCK]; /* a stack of free slots: the first LISTS_PER_BLOCK - used */
};

static int map_block(struct space *space, struct chunk **chunk)
{
	size_t page = space->page_bytes;
	int rc;

	/* 1 GiB would be too much. */
	if (page > PADMA_GRANULE_BYTES)
		page = PADMA_GRANULE_BYTES;
	rc = chunk_map(space, PADMA_GRANULE_BYTES, page, -1, chunk);
	if (rc == -ENOMEM && space->pages_may_be_ordinary && page > UAPI_PAGE_BYTES)
		rc = chunk_map(space, PADMA_GRANULE_BYTES, UAPI_PAGE_BYTES, -1, chunk);
	return rc;
}

/* Return: NULL without memory, with the reason noted. */
static struct list_block *block_new(struct space *space)
{
	struct list_block *block = calloc(1, sizeof(*block));

	if (!block) {
		fail(-ENOMEM, "no memory to record page lists");
		return NULL;
	}
	if (map_block(space, &block->chunk)) {
		free(block);
		return NULL;
	}
	block->dma = padma_dma(&space->fast, block->chunk->va);
	block->writable = true;
	for (unsigned int i = 0; i < LISTS_PER_BLOCK; i++)
		block->free[i] = (uint16_t)(LISTS_PER_BLOCK - 1 - i);
	block->next = space->page_lists.blocks;
	space->page_lists.blocks = block;
	return block;
}

/* Lists are writable only while they are being written: a stray write would misdirect DMA. */
static int allow_writing(struct list_block *block)
{
	if (block->writable)
		return 0;
	if (mprotect(block->chunk->va, block->chunk->bytes, PROT_READ | PROT_WRITE))
		return fail(-ENOMEM, "page lists cannot be made writable: %s", strerror(errno));
	block->writable = true;
	return 0;
}

static void forbid_writing(struct space *space)
{
	for (struct list_block *block = space->page_lists.blocks; block; block = block->next) {
		if (block->writable)
			block->writable =
				mprotect(block->chunk->va, block->chunk->bytes, PROT_READ) != 0;
	}
}

/* Return: NULL if there is none, with the reason noted. */
static struct list_block *block_with_room(struct space *space)
{
	struct list_block *block = space->page_lists.blocks;

	while (block && block->used == LISTS_PER_BLOCK)
		block = block->next;
	if (!block)
		block = block_new(space);
	return block && allow_writing(block) == 0 ? block : NULL;
}

/* Steps of 1 MiB, counted from the window's start. */
static size_t step_of(const struct space *space, const void *va)
{
	return ((uintptr_t)va - space->fast.window) >> PADMA_LIST_STEP_SHIFT;
}

static struct list_block *block_of(const struct page_lists *lists, padma_dma_t list)
{
	struct list_block *block = lists->blocks;

	while (list - block->dma >= PADMA_GRANULE_BYTES)
		block = block->next;
	return block;
}

/* Write the entries of a step into one half of the list at @list, if the step has memory. */
static void write_step(const struct space *space, const struct list_block *block, padma_dma_t list,
		       unsigned int half, size_t step)
{
	uint64_t *entries = (void *)((char *)block->chunk->va + (list - block->dma));
	padma_dma_t dma = padma_dma(&space->fast, (const char *)space->fast.window +
							  (step << PADMA_LIST_STEP_SHIFT));

	if (dma == PADMA_DMA_NONE)
		return;
	for (size_t i = 0; i < PAGES_PER_STEP; i++)
		entries[half * PAGES_PER_STEP + i] = dma + i * LIST_PAGE_BYTES;
}

/*
 * The list before a granule continues into it. If it cannot be written it is abandoned, and its place
 * with it: its first half may be in use.
 */
static void extend_list_before(struct space *space, size_t step)
{
	struct page_lists *lists = &space->page_lists;
	padma_dma_t list = step ? lists->lists[step - 1] : 0;
	struct list_block *block;

	if (list == 0)
		return;
	block = block_of(lists, list);
	if (allow_writing(block) == 0)
		write_step(space, block, list, 1, step);
	else
		__atomic_store_n(&lists->lists[step - 1], 0, __ATOMIC_RELEASE);
}

/* Published when it is complete. Return: 0, or -ENOMEM without room for it. */
static int make_list(struct space *space, size_t step)
{
	struct list_block *block = block_with_room(space);
	padma_dma_t list;

	if (!block)
		return -ENOMEM;
	list = block->dma + block->free[LISTS_PER_BLOCK - 1 - block->used] * LIST_PAGE_BYTES;
	block->used++;
	write_step(space, block, list, 0, step);
	if (step + 1 < space->page_lists.count)
		write_step(space, block, list, 1, step + 1);
	__atomic_store_n(&space->page_lists.lists[step], list, __ATOMIC_RELEASE);
	return 0;
}

/* Return: 0, or -ENOMEM without room for more. */
static int make_lists(struct space *space, struct chunk *chunk)
{
	size_t first = step_of(space, chunk->va);
	size_t end = first + (chunk->bytes >> PADMA_LIST_STEP_SHIFT);
	int rc = 0;

	extend_list_before(space, first);
	for (size_t step = first; step < end && rc == 0; step++) {
		if (!space->page_lists.lists[step])
			rc = make_list(space, step);
	}
	chunk->has_lists = rc == 0;
	return rc;
}

/* Every chunk, even after a failure: lists before them must continue into them. */
static int make_missing(struct space *space)
{
	int rc = 0;

	/* Chunks of lists come to the front of the list, and need none. */
	for (struct chunk *chunk = space->chunks; chunk; chunk = chunk->next) {
		if (chunk->state == CHUNK_IN_HEAP && chunk->resolved && !chunk->has_lists) {
			int made = make_lists(space, chunk);

			rc = rc ? rc : made;
		}
	}
	forbid_writing(space);
	return rc;
}

void page_lists_update_due(struct space *space)
{
	int rc;

	if (!space->page_lists.lists)
		return;
	fail_hold();
	rc = make_missing(space);
	fail_release(0);
	/* Failures are tried again with the next memory. */
	space->page_lists.due = false;
	if (rc)
		log_info("some memory has no page lists: %s", padma_last_error());
}

static void drop_list(struct page_lists *lists, padma_dma_t list)
{
	struct list_block *block = block_of(lists, list);

	block->used--;
	block->free[LISTS_PER_BLOCK - 1 - block->used] =
		(uint16_t)((list - block->dma) >> PADMA_LIST_PAGE_SHIFT);
}

void page_lists_forget(struct space *space, struct chunk *chunk)
{
	struct page_lists *lists = &space->page_lists;
	size_t first = step_of(space, chunk->va);
	size_t end = first + (chunk->bytes >> PADMA_LIST_STEP_SHIFT);

	for (size_t i = first; lists->lists && i < end; i++) {
		if (!lists->lists[i])
			continue;
		drop_list(lists, lists->lists[i]);
		__atomic_store_n(&lists->lists[i], 0, __ATOMIC_RELAXED);
	}
	chunk->has_lists = false;
}

bool page_lists_hold(const struct space *space, const struct chunk *chunk)
{
	for (const struct list_block *block = space->page_lists.blocks; block;
	     block = block->next) {
		if (block->chunk == chunk)
			return true;
	}
	return false;
}

/* Unlink the first block without lists. */
static struct list_block *take_empty(struct page_lists *lists)
{
	for (struct list_block **link = &lists->blocks; *link; link = &(*link)->next) {
		struct list_block *block = *link;

		if (block->used)
			continue;
		*link = block->next;
		return block;
	}
	return NULL;
}

size_t page_lists_trim(struct space *space)
{
	struct list_block *block;
	size_t bytes = 0;

	while ((block = take_empty(&space->page_lists)) != NULL) {
		size_t chunk_bytes = block->chunk->bytes;

		/* One that cannot be unmapped is tried again by the next trim. */
		if (chunk_unmap(space, block->chunk) == 0)
			bytes += chunk_bytes;
		free(block);
	}
	return bytes;
}

void page_lists_close(struct space *space)
{
	struct page_lists *lists = &space->page_lists;

	if (lists->lists)
		munmap(lists->lists, lists->count * sizeof(*lists->lists));
	lists->lists = NULL;
	while (lists->blocks) {
		struct list_block *block = lists->blocks;

		/* Its chunk is unmapped with all others. */
		lists->blocks = block->next;
		free(block);
	}
}

size_t page_lists_bytes(const struct space *space)
{
	size_t bytes = 0;

	for (const struct list_block *block = space->page_lists.blocks; block; block = block->next)
		bytes += block->chunk->bytes;
	return bytes;
}

static int open_lists(struct space *space)
{
	struct page_lists *lists = &space->page_lists;
	size_t count = space->fast.window_bytes >> PADMA_LIST_STEP_SHIFT;
	void *table;

	if (lists->lists)
		return 0;
	table = mmap(NULL, count * sizeof(*lists->lists), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return fail(-ENOMEM, "no memory for a table of %zu page lists", count);
	lists->lists = table;
	lists->count = count;
	lists->fast = (struct padma_page_lists){
		.window = space->fast.window,
		.window_bytes = space->fast.window_bytes,
		.lists = lists->lists,
	};
	return 0;
}

const struct padma_page_lists *padma_page_lists(struct padma_space *space)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = open_lists(s);
	if (rc == 0)
		page_lists_update_due(s);
	pthread_mutex_unlock(&s->lock);
	return rc ? NULL : &s->page_lists.fast;
}
