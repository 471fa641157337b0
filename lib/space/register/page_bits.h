/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * page_bits.h - a bit for each byte of a 4 KiB page.
 *
 * One writer at a time; readers take no lock, and see each word as it was before a change or after
 * it.
 */
#ifndef SPACE_REGISTER_PAGE_BITS_H
#define SPACE_REGISTER_PAGE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/iommufd_uapi.h"

struct page_bits {
	uint64_t words[UAPI_PAGE_BYTES / 64];
};

/* Bytes [first, first + count) of the page: count is at least 1, and they end in the page. */
void page_bits_set(struct page_bits *bits, unsigned int first, unsigned int count);
void page_bits_clear(struct page_bits *bits, unsigned int first, unsigned int count);

/* Any thread: how many bytes are set from @first on, without a gap. */
unsigned int page_bits_run(const struct page_bits *bits, unsigned int first);

/* Writers: whether one of these bytes is set. */
bool page_bits_any(const struct page_bits *bits, unsigned int first, unsigned int count);

#endif
