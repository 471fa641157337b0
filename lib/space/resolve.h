/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * resolve.h - from mapped memory to runs, by GET_PA.
 *
 * GET_PA walks its range in 4 KiB steps under a lock, so one query over a gigabyte is 262,144
 * steps. A hugetlb page is contiguous by nature: one query of 4 KiB per hugepage, joined here, is
 * some thirty times faster than one query for all. Memory of ordinary pages is asked for in ranges.
 *
 * Answers are validated: length 0 and address 0 are failures, lengths are clamped to the query (the V4
 * form reports runs that go on past the mapped area), and adjacent answers are coalesced (the
 * kernel's runs end with their MAP).
 */
#ifndef SPACE_RESOLVE_H
#define SPACE_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>

#include "space/backend.h"

/* Called with each run in order; a non-zero return ends the walk. */
typedef int (*resolve_fn)(void *ctx, const struct padma_run *run);

/*
 * All runs of [va, va + bytes), which was mapped with the IOVA equal to the address, aligned to 4 KiB.
 * @page_bytes: the hugetlb page size of all of it, which may begin and end inside a hugepage, or 4096. An
 * answer that such a hugepage cannot have is refused. Calls and time are counted in @backend.
 * 0, what @fn returned, or -EIO (an invalid answer), or the errno of GET_PA, with the reason noted.
 */
int resolve(struct backend *backend, uint64_t va, uint64_t bytes, size_t page_bytes, resolve_fn fn,
	    void *ctx);

#endif
