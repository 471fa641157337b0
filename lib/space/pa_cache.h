/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pa_cache.h - the table behind padma_dma() and padma_run().
 *
 * An entry for each 2 MiB granule of the window. Writers hold the space's lock; readers take none. An
 * entry's length is stored before its address (release, acquire), because memory may be handed out
 * before it is resolved: until the first device is attached. Afterwards the address changes only
 * after the memory was unmapped, and the length is only ever stale about memory that the reader does
 * not own.
 */
#ifndef SPACE_PA_CACHE_H
#define SPACE_PA_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

struct pa_cache {
	struct padma_space_entry *entries;
	size_t count;
	uintptr_t window;
};

/* All holes. 0, -ENOMEM. */
int pa_cache_open(struct pa_cache *cache, void *window, size_t window_bytes);
void pa_cache_close(struct pa_cache *cache);

/*
 * A run of the window: whole granules, which were holes. Joined with its neighbours.
 * 0, or -EIO if it is not made of whole granules at a 2 MiB aligned dma address.
 */
int pa_cache_set(struct pa_cache *cache, const struct padma_run *run);

/* Holes again. The run before them ends there. */
void pa_cache_clear(struct pa_cache *cache, const void *va, size_t bytes);

/*
 * Withdraw addresses for the time of an attempt: readers see holes until pa_cache_show() restores
 * the addresses, without another query, or pa_cache_clear() drops them.
 */
void pa_cache_hide(struct pa_cache *cache, const void *va, size_t bytes);
void pa_cache_show(struct pa_cache *cache, const void *va, size_t bytes);

/* Runs in order, joined. As padma_space_each_run(). */
int pa_cache_each_run(const struct pa_cache *cache,
		      int (*fn)(void *ctx, const struct padma_run *run), void *ctx);

#endif
