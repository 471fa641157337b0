// SPDX-License-Identifier: BSD-3-Clause
/*
 * Chunks: pages in the window, mapped into the IOAS as one MAP, resolved into the PA cache.
 *
 * A chunk is set up in this order: pages, MAP, GET_PA, cache and guard, heap, and taken down in the
 * reverse order. A step of that which fails leaves the chunk there, to be tried again.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/node.h"
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

/* Lookups no longer return the chunk's addresses, and the guard refuses them. */
static void withdraw(struct space *space, struct chunk *chunk)
{
	/* The guard first: it must not pass an address that no lookup returns. */
	for (size_t at = 0; at < chunk->bytes; at += PADMA_GRANULE_BYTES) {
		struct padma_run run =
			padma_run(&space->fast, (char *)chunk->va + at, PADMA_GRANULE_BYTES);

		if (run.len)
			guard_remove_frames(&space->guard, &run);
	}
	pa_cache_hide(&space->cache, chunk->va, chunk->bytes);
}

/* Undo withdraw(). */
static void restore(struct space *space, struct chunk *chunk)
{
	pa_cache_show(&space->cache, chunk->va, chunk->bytes);
	for (size_t at = 0; at < chunk->bytes; at += PADMA_GRANULE_BYTES) {
		struct padma_run run =
			padma_run(&space->fast, (char *)chunk->va + at, PADMA_GRANULE_BYTES);

		if (run.len)
			guard_add_frames(&space->guard, &run);
	}
}

int chunk_resolve(struct space *space, struct chunk *chunk)
{
	int rc;

	if (chunk->resolved || chunk->state == CHUNK_PAGES || !space->backend->resolves)
		return 0;
	rc = resolve(space->backend, (uintptr_t)chunk->va, chunk->bytes, chunk->page_bytes,
		     take_run, space);
	if (rc) {
		withdraw(space, chunk);
		pa_cache_clear(&space->cache, chunk->va, chunk->bytes);
		return rc;
	}
	chunk->resolved = true;
	space->page_lists.due = true;
	return 0;
}

static int map_into_ioas(struct space *space, const struct chunk *chunk)
{
	int rc = backend_map(space->backend, (uintptr_t)chunk->va, chunk->bytes);

	if (rc)
		return fail(rc, "cannot map %zu bytes of the window into the IOAS: %s",
			    chunk->bytes,
			    backend_advice(space->backend, rc, (uintptr_t)chunk->va, chunk->bytes));
	return 0;
}

static int map_pages(struct space *space, struct chunk *chunk, int node)
{
	const struct backend_ops *ops = space->backend->ops;
	struct page_source source = {.page_bytes = chunk->page_bytes};
	int rc, fd;

	if (chunk->page_bytes == space->page_bytes)
		source.mount = space->mount;
	if (ops->take_file)
		source.file = &fd;
	rc = window_map(&space->window, chunk->bytes, &source, node, !space->backend->lazy,
			&chunk->va);
	if (rc == 0 && ops->take_file) {
		rc = ops->take_file(space->backend, (uintptr_t)chunk->va, chunk->bytes, fd);
		if (rc)
			(void)window_unmap(&space->window, chunk->va, chunk->bytes);
	}
	if (rc == 0)
		chunk->node = node_of_pages(chunk->va, chunk->bytes, chunk->page_bytes, node);
	return rc;
}

static void link_chunk(struct space *space, struct chunk *chunk)
{
	chunk->next = space->chunks;
	space->chunks = chunk;
}

static void unlink_chunk(struct space *space, struct chunk *chunk)
{
	struct chunk **link = &space->chunks;

	while (*link != chunk)
		link = &(*link)->next;
	*link = chunk->next;
}

static int join_ioas(struct space *space, struct chunk *chunk)
{
	int rc = map_into_ioas(space, chunk);

	if (rc)
		return rc;
	chunk->state = CHUNK_MAPPED;
	space->mapped_bytes += chunk->bytes;
	return chunk_resolve(space, chunk);
}

int chunk_map(struct space *space, size_t bytes, size_t page_bytes, int node, struct chunk **chunk)
{
	struct chunk *new = calloc(1, sizeof(*new));
	int rc;

	if (!new)
		return fail(-ENOMEM, "no memory to record a chunk");
	new->bytes = bytes;
	new->page_bytes = page_bytes;
	rc = map_pages(space, new, node);
	if (rc) {
		free(new);
		return rc;
	}
	link_chunk(space, new);
	rc = join_ioas(space, new);
	if (rc)
		chunk_discard(space, new);
	else
		*chunk = new;
	return rc;
}

static int leave_ioas(struct space *space, struct chunk *chunk)
{
	int rc;

	if (chunk->resolved)
		withdraw(space, chunk);
	rc = backend_unmap(space->backend, (uintptr_t)chunk->va, chunk->bytes);
	if (rc) {
		if (chunk->resolved)
			restore(space, chunk);
		return fail(rc, "cannot unmap %zu bytes from the IOAS: %s", chunk->bytes,
			    strerror(-rc));
	}
	page_lists_forget(space, chunk);
	pa_cache_clear(&space->cache, chunk->va, chunk->bytes);
	chunk->resolved = false;
	if (chunk->state == CHUNK_IN_HEAP)
		(void)heap_remove(space->heap, chunk->va,
				  chunk->bytes); /* heap_can_remove() said so */
	chunk->state = CHUNK_PAGES;
	space->mapped_bytes -= chunk->bytes;
	return 0;
}

int chunk_unmap(struct space *space, struct chunk *chunk)
{
	int rc = 0;

	if (chunk->state == CHUNK_IN_HEAP)
		rc = heap_can_remove(space->heap, chunk->va, chunk->bytes);
	else if (page_lists_hold(space, chunk))
		rc = -EBUSY;
	if (rc == 0 && chunk->state != CHUNK_PAGES)
		rc = leave_ioas(space, chunk);
	if (rc == 0)
		rc = window_unmap(&space->window, chunk->va, chunk->bytes);
	if (rc)
		return rc;
	unlink_chunk(space, chunk);
	free(chunk);
	return 0;
}

void chunk_discard(struct space *space, struct chunk *chunk)
{
	char why[512];
	int rc;

	/* Keep the error that led here. */
	snprintf(why, sizeof(why), "%s", padma_last_error());
	rc = chunk_unmap(space, chunk);
	if (rc == 0 || rc == -EBUSY)
		return;
	log_warning("%zu bytes stay mapped until the space is trimmed: %s", chunk->bytes,
		    padma_last_error());
	fail(rc, "%s", why);
}

int chunk_add_to_heap(struct space *space, struct chunk *chunk, bool low)
{
	int rc = heap_add(space->heap, chunk->va, chunk->bytes, chunk->node, low);

	if (rc)
		return rc;
	chunk->state = CHUNK_IN_HEAP;
	chunk->low = low;
	return 0;
}
