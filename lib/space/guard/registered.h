/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * registered.h - which dma addresses are registered memory, byte by byte.
 *
 * A radix tree over the dma address: root[dma >> 30] -> 512 granules of 2 MiB -> 512 pages of 4 KiB. A
 * page has a count of the registrations that fill it, or a link (recycler.h) to bits for its bytes
 * if one fills it in part. Counts, since two virtual addresses may be the same page of memory:
 * it is allowed until neither is registered.
 *
 * The cost of a change depends on its own pages, not on what else is registered. Writers hold the
 * space's lock; the check takes none, and is exact for memory that stays registered meanwhile.
 */
#ifndef SPACE_GUARD_REGISTERED_H
#define SPACE_GUARD_REGISTERED_H

#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>

#include "space/register/recycler.h"

struct guard_registered {
	uint64_t **root; /* NULL: closed */
	struct recycler tables;
	struct recycler pages;
};

/* 0, -ENOMEM with the reason noted. */
int guard_registered_open(struct guard_registered *guard);
void guard_registered_close(struct guard_registered *guard);

/* Add a run of registered memory: 0, or -ENOMEM with the reason noted (nothing changed). Remove it, as
 * it was added. */
int guard_registered_add(struct guard_registered *guard, const struct padma_run *run);
void guard_registered_remove(struct guard_registered *guard, const struct padma_run *run);

/*
 * Any thread: bytes that are registered from @dma (below 2^52) on, without a gap: at least @len if
 * its granule has that many, otherwise all up to its end or a gap. 0: @dma is not registered.
 */
uint64_t guard_registered_from(const struct guard_registered *guard, padma_dma_t dma, uint64_t len);

#endif
