/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool_layout.h - the memory of a pool's objects.
 */
#ifndef MEMORY_POOL_LAYOUT_H
#define MEMORY_POOL_LAYOUT_H

#include "memory/pool.h"

/* What was allocated for a pool. */
struct pool_parts {
	struct pool_part {
		void *va;
		const struct padma_pool_object *objects; /* in the order of their addresses */
		size_t objects_count;
	} * parts;
	size_t count, room;
};

/*
 * Give @params->count objects their memory and dma addresses, none of them across a run or a
 * boundary. While the source resolves nothing, an address is PADMA_DMA_NONE, and an object that fits
 * into a granule is in one: that much is one run, wherever it turns out to be. 0, or as
 * padma_pool_open(), with nothing left allocated.
 */
int pool_lay_out(const struct pool_source *source, const struct padma_pool_params *params,
		 struct padma_pool_object *objects, struct pool_parts *parts);

/* The address of an object that was laid out without one, or PADMA_DMA_NONE with the reason noted. */
padma_dma_t pool_object_dma(const struct pool_source *source,
			    const struct padma_pool_params *params, const void *va);

void pool_parts_free(const struct pool_source *source, struct pool_parts *parts);

#endif
