// SPDX-License-Identifier: BSD-3-Clause
/*
 * Low memory, set aside for devices that cannot address all of it.
 *
 * Without an IOMMU a page's physical address cannot be chosen: pages are allocated one by one, those
 * that happen to be low enough are kept, and the others are released when enough were
 * found. Later
 * the machine's low memory may be used up; so this is done once, as soon as addresses can be
 * resolved. A backend that chooses addresses gets the limit, and the first pages do.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include "space/space_private.h"

/* How much memory to try for each byte that is wanted, and the least. */
#define TRIED_PER_BYTE 64
#define TRIED_AT_LEAST GIB(1)

static bool is_low(const struct space *space, const struct chunk *chunk)
{
	struct padma_run run = padma_run(&space->fast, chunk->va, chunk->bytes);

	return run.len == chunk->bytes && run.dma + run.len - 1 <= space->low_mask;
}

static int try_chunk(struct space *space, size_t bytes, size_t *found)
{
	struct chunk *chunk;
	int rc = chunk_map(space, bytes, space->page_bytes, -1, &chunk);

	if (rc == -ENOMEM && space->pages_may_be_ordinary)
		rc = chunk_map(space, bytes, UAPI_PAGE_BYTES, -1, &chunk);
	if (rc || !is_low(space, chunk))
		return rc;
	rc = chunk_add_to_heap(space, chunk, true);
	if (rc)
		return rc;
	chunk->kept = true;
	*found += bytes;
	return 0;
}

/* Map chunks until enough of them are low. Return: the bytes found; *rc: of the last attempt. */
static size_t search(struct space *space, int *rc)
{
	size_t page = space->page_bytes;
	size_t bytes = page > PADMA_GRANULE_BYTES ? page : PADMA_GRANULE_BYTES;
	uint64_t limit = (uint64_t)space->low_bytes * TRIED_PER_BYTE;
	size_t found = 0;

	if (limit < TRIED_AT_LEAST)
		limit = TRIED_AT_LEAST;
	*rc = 0;
	space->backend->map_limit = space->low_mask;
	for (uint64_t tried = 0; tried < limit && found < space->low_bytes && *rc == 0;
	     tried += bytes)
		*rc = try_chunk(space, bytes, &found);
	space->backend->map_limit = 0;
	return found;
}

static void give_up(struct space *space, const struct chunk *mark)
{
	for (struct chunk *chunk = space->chunks; chunk != mark; chunk = chunk->next)
		chunk->kept = false;
	space_drop_growth(space, mark);
}

static int collect(struct space *space)
{
	const struct chunk *mark = space->chunks;
	size_t found;
	int rc;

	found = search(space, &rc);
	space_drop_growth(space, mark);
	space->low_found = found >= space->low_bytes;
	if (space->low_found)
		return 0;
	give_up(space, mark);
	return fail(-ERANGE,
		    "only %zu of %zu bytes could be found below dma address 0x%llx%s%s; ask for "
		    "less%s",
		    found, space->low_bytes, (unsigned long long)space->low_mask,
		    rc ? "; the last page: " : "", rc ? padma_last_error() : "",
		    rc || space->backend->ops->chooses_dma
			    ? ""
			    : ", or reserve hugepages sooner after boot");
}

int low_memory_collect(struct space *space)
{
	if (space->low_bytes == 0 || space->low_found)
		return 0;
	fail_hold();
	return fail_release(collect(space));
}
