/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * page_lists.h - writing and keeping the lists of padma/page_list.h.
 *
 * Lists live in chunks of their own, 2 MiB for the 512 lists of 512 MiB: mixed with other memory they would
 * keep that from being trimmed. A chunk of lists is unmapped when none of them is in use. Lists are
 * written as the last step of a call that mapped memory, and never make that call fail.
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
	uint64_t *lists; /* fast.lists, writable; NULL: padma_page_lists() was not called */
	size_t count;
	struct list_block *blocks;
	bool due; /* memory was resolved since they were written last */
};

/* Write the missing ones. A failure is only logged. */
void page_lists_update_due(struct space *space);
/* Drop the lists of a chunk that is being unmapped. */
void page_lists_forget(struct space *space, struct chunk *chunk);
/* Whether it is a chunk of lists, which only page_lists_trim() unmaps. */
bool page_lists_hold(const struct space *space, const struct chunk *chunk);
/* Unmap the chunks of lists that are not in use. Return: their bytes. */
size_t page_lists_trim(struct space *space);
/* The space is closing: no list is in use. */
void page_lists_close(struct space *space);
size_t page_lists_bytes(const struct space *space);

#endif
