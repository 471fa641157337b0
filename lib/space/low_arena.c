// SPDX-License-Identifier: BSD-3-Clause
/*
 * The low arena: memory for devices that cannot address all of it.
 *
 * Without an IOMMU nobody can choose a page's physical address: pages are taken one by one, those
 * that happen to lie low enough are kept, and the others go back when enough were found. Later,
 * when the machine's low memory is gone, it could not be had; so this is done once, when addresses
 * can first be resolved. A backend that chooses addresses is told the limit, and the first pages do.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include "space/space_private.h"

/* How much memory is looked at for each byte that is wanted, and at least. */
#define TRIES_PER_BYTE 64
#define TRIES_AT_LEAST GIB(1)

static bool is_low(const struct space *space, const struct chunk *chunk)
{
	struct padma_run run = padma_run(&space->fast, chunk->va, chunk->bytes);

	return run.len == chunk->bytes && run.dma + run.len - 1 <= space->low_mask;
}

/* Chunks that were looked at and are not in the heap. */
static void release_rejected(struct space *space)
{
	struct chunk *chunk = space->chunks;

	while (chunk) {
		struct chunk *next = chunk->next;

		if (chunk->node == CHUNK_REJECTED && chunk_unmap(space, chunk))
			log_warning("%zu bytes stay mapped: %s", chunk->bytes, padma_last_error());
		chunk = next;
	}
}

static int look_at_one(struct space *space, size_t bytes, size_t *found)
{
	struct chunk *chunk;
	int rc = chunk_map(space, bytes, space->page_bytes, -1, &chunk);

	if (rc == -ENOMEM && space->pages_may_be_ordinary)
		rc = chunk_map(space, bytes, UAPI_PAGE_BYTES, -1, &chunk);
	if (rc)
		return rc;
	if (!is_low(space, chunk)) {
		chunk->node = CHUNK_REJECTED;
		return 0;
	}
	rc = heap_add(space->heap, chunk->va, chunk->bytes, -1, true);
	if (rc) {
		chunk_unmap(space, chunk);
		return rc;
	}
	chunk->low = chunk->kept = true;
	*found += bytes;
	return 0;
}

/* By an attempt that did not find enough. */
static size_t found_before(const struct space *space)
{
	size_t bytes = 0;

	for (const struct chunk *chunk = space->chunks; chunk; chunk = chunk->next)
		bytes += chunk->kept ? chunk->bytes : 0;
	return bytes;
}

int low_arena_collect(struct space *space)
{
	size_t bytes =
		space->page_bytes > PADMA_GRANULE_BYTES ? space->page_bytes : PADMA_GRANULE_BYTES;
	uint64_t limit = (uint64_t)space->low_bytes * TRIES_PER_BYTE;
	size_t found = found_before(space);
	int rc = 0;

	if (space->low_bytes == 0 || space->low_found)
		return 0;
	if (limit < TRIES_AT_LEAST)
		limit = TRIES_AT_LEAST;
	space->backend->map_limit = space->low_mask;
	for (uint64_t tried = 0; tried < limit && found < space->low_bytes && rc == 0;
	     tried += bytes)
		rc = look_at_one(space, bytes, &found);
	space->backend->map_limit = 0;
	release_rejected(space);
	space->low_found = found >= space->low_bytes;
	if (space->low_found)
		return 0;
	/* What was found stays in the heap: it may do for a program that asks for less. */
	return fail(-ERANGE,
		    "only %zu of %zu bytes could be found below dma address 0x%llx%s%s; ask for "
		    "less%s",
		    found, space->low_bytes, (unsigned long long)space->low_mask,
		    rc ? "; the last page: " : "", rc ? padma_last_error() : "",
		    space->backend->ops->chooses_dma ? ""
						     : ", or reserve hugepages sooner after boot");
}
