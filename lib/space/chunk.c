// SPDX-License-Identifier: BSD-3-Clause
/*
 * Chunks: pages in the window, mapped into the IOAS as one MAP, resolved into the PA cache.
 *
 * The order in which a chunk comes: pages, MAP, GET_PA, cache and guard, heap. It goes the other
 * way round.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "space/resolve.h"
#include "space/space_private.h"

static int take_run(void *ctx, const struct padma_run *run)
{
	struct space *space = ctx;
	int rc = pa_cache_set(&space->cache, run);

	if (rc == 0)
		guard_add_frames(&space->guard, run);
	return rc;
}

/* The chunk's part of the cache becomes holes, and of the guard nothing. */
static void forget(struct space *space, struct chunk *chunk)
{
	/* The guard forgets first: no address may pass it that no lookup would give. */
	for (size_t at = 0; at < chunk->bytes; at += PADMA_GRANULE_BYTES) {
		struct padma_run run =
			padma_run(&space->fast, (char *)chunk->va + at, PADMA_GRANULE_BYTES);

		if (run.len)
			guard_remove_frames(&space->guard, &run);
	}
	pa_cache_clear(&space->cache, chunk->va, chunk->bytes);
	chunk->resolved = false;
}

int chunk_resolve(struct space *space, struct chunk *chunk)
{
	int rc;

	if (chunk->resolved || !space->backend->resolves)
		return 0;
	rc = resolve(space->backend, (uintptr_t)chunk->va, chunk->bytes, chunk->page_bytes,
		     take_run, space);
	if (rc) {
		forget(space, chunk);
		return rc;
	}
	chunk->resolved = true;
	return 0;
}

static int map_into_ioas(struct space *space, const struct chunk *chunk)
{
	int rc = backend_map(space->backend, (uintptr_t)chunk->va, chunk->bytes);

	if (rc)
		return fail(rc, "cannot map %zu bytes of the window into the IOAS: %s",
			    chunk->bytes, backend_advice(space->backend, rc));
	return 0;
}

static int place(struct space *space, struct chunk *chunk)
{
	struct page_source source = {.page_bytes = chunk->page_bytes};
	int rc;

	if (chunk->page_bytes == space->page_bytes)
		source.mount = space->mount;
	rc = window_map(&space->window, chunk->bytes, &source, chunk->node, !space->lazy,
			&chunk->va);
	if (rc)
		return rc;
	rc = map_into_ioas(space, chunk);
	if (rc) {
		window_unmap(&space->window, chunk->va, chunk->bytes);
		return rc;
	}
	rc = chunk_resolve(space, chunk);
	if (rc) {
		backend_unmap(space->backend, (uintptr_t)chunk->va, chunk->bytes);
		window_unmap(&space->window, chunk->va, chunk->bytes);
	}
	return rc;
}

int chunk_map(struct space *space, size_t bytes, size_t page_bytes, int node, struct chunk **chunk)
{
	struct chunk *new = calloc(1, sizeof(*new));
	int rc;

	if (!new)
		return fail(-ENOMEM, "no memory to note a chunk");
	new->bytes = bytes;
	new->page_bytes = page_bytes;
	new->node = node;
	rc = place(space, new);
	if (rc) {
		free(new);
		return rc;
	}
	new->next = space->chunks;
	space->chunks = new;
	space->mapped_bytes += bytes;
	*chunk = new;
	return 0;
}

int chunk_unmap(struct space *space, struct chunk *chunk)
{
	struct chunk **link = &space->chunks;
	int rc;

	if (chunk->resolved)
		forget(space, chunk);
	rc = backend_unmap(space->backend, (uintptr_t)chunk->va, chunk->bytes);
	if (rc) {
		(void)chunk_resolve(space, chunk);
		return fail(rc, "cannot unmap %zu bytes from the IOAS: %s", chunk->bytes,
			    strerror(-rc));
	}
	rc = window_unmap(&space->window, chunk->va, chunk->bytes);
	if (rc)
		log_warning("%zu bytes stay in the window: %s", chunk->bytes, padma_last_error());
	while (*link != chunk)
		link = &(*link)->next;
	*link = chunk->next;
	space->mapped_bytes -= chunk->bytes;
	free(chunk);
	return 0;
}

/* What is wanted of more memory. */
struct growth {
	int node;
	bool low;
};

/* One chunk for the heap. */
static int grow_by(struct space *space, size_t bytes, size_t page_bytes,
		   const struct growth *growth)
{
	struct chunk *chunk;
	int rc = chunk_map(space, bytes, page_bytes, growth->node, &chunk);

	if (rc)
		return rc;
	chunk->low = growth->low;
	rc = heap_add(space->heap, chunk->va, chunk->bytes, growth->node, growth->low);
	if (rc)
		chunk_unmap(space, chunk);
	return rc;
}

static int grow(struct space *space, size_t bytes, const struct growth *growth)
{
	size_t page = space->page_bytes;
	size_t granule = page > PADMA_GRANULE_BYTES ? page : PADMA_GRANULE_BYTES;
	size_t need = align_up(bytes, granule);
	size_t wish = align_up(space->chunk_bytes, granule);
	int rc = grow_by(space, need > wish ? need : wish, page, growth);

	if (rc && need < wish)
		rc = grow_by(space, need, page, growth);
	if (rc == -ENOMEM && space->pages_may_be_ordinary && page > UAPI_PAGE_BYTES) {
		log_info("ordinary pages stand in for hugepages: %s", padma_last_error());
		rc = grow_by(space, align_up(bytes, PADMA_GRANULE_BYTES), UAPI_PAGE_BYTES, growth);
	}
	return rc;
}

int space_grow(void *ctx, size_t bytes, int node, padma_dma_t mask)
{
	struct space *space = ctx;
	struct growth growth = {.node = node};
	int rc;

	if (bytes > space->window.bytes)
		return fail(-ENOMEM, "%zu bytes are more than the window's %zu", bytes,
			    space->window.bytes);
	if (space->backend->ops->chooses_dma) {
		/* Addresses that devices of 32 bits can use are kept for them, once there are any. */
		growth.low = mask <= UINT32_MAX && space->backend->resolves;
		space->backend->map_limit = mask;
	}
	rc = grow(space, bytes, &growth);
	space->backend->map_limit = 0;
	return rc;
}

struct padma_run space_run(void *ctx, const void *va, size_t len)
{
	struct space *space = ctx;

	return padma_run(&space->fast, va, len);
}
