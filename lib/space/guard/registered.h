/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * registered.h - which dma addresses are registered memory, byte by byte.
 *
 * A radix over the dma address: root[dma >> 30] -> 512 granules of 2 MiB -> 512 pages of 4 KiB. A
 * page has a count of the registrations that fill it, or a link (recycler.h) to bits for its bytes
 * where one fills it in part. Counts, since two addresses of the process may be one page of memory:
 * what is registered by either is allowed until neither is.
 *
 * A change costs as many steps as it has pages, whatever else is registered. Writers hold the
 * space's lock; the check takes none, and what it finds of memory that stays registered meanwhile
 * is exact.
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

/* A run of registered memory comes: 0, or -ENOMEM with the reason noted (nothing changed). Or goes, as
 * it came. */
int guard_registered_add(struct guard_registered *guard, const struct padma_run *run);
void guard_registered_remove(struct guard_registered *guard, const struct padma_run *run);

/*
 * Any thread: bytes from @dma (below 2^52) on that are registered, without a gap: at least @len where
 * there are so many in its granule, all of them up to its end or a gap otherwise. 0: @dma is not.
 */
uint64_t guard_registered_from(const struct guard_registered *guard, padma_dma_t dma, uint64_t len);

#endif
