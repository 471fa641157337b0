/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * page_lists.h - making and keeping the lists of padma/page_list.h.
 *
 * Lists live in chunks of their own, 2 MiB for the 512 lists of 512 MiB: with others' memory in between they would
 * keep it from being trimmed. A chunk of lists goes when none of them is in use. They are made as the
 * last step of a call that got memory, when nothing can fail any more, and never make it fail.
 *
 * Threading: everything here is called with the space's lock held.
 */
#ifndef SPACE_PAGE_LISTS_H
#define SPACE_PAGE_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/page_list.h>

struct chunk;
struct list_block;
struct space;

struct page_lists {
	struct padma_page_lists fast;
	uint64_t *lists; /* fast.lists, to be written; NULL: nobody asked for them */
	size_t count;
	struct list_block *blocks;
	bool due; /* memory was resolved since they were made last */
};

/* Make those that are missing, without a word where it cannot be done. */
void page_lists_update_due(struct space *space);
/* The chunk's memory goes: so do its lists. */
void page_lists_forget(struct space *space, struct chunk *chunk);
/* Whether it is a chunk of lists: page_lists_trim() alone gives it back. */
bool page_lists_hold(const struct space *space, const struct chunk *chunk);
/* Chunks of lists of which none is in use go back. Return: their bytes. */
size_t page_lists_trim(struct space *space);
/* The space closes: nobody uses any. */
void page_lists_close(struct space *space);
size_t page_lists_bytes(const struct space *space);

#endif
