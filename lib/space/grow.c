// SPDX-License-Identifier: BSD-3-Clause
/*
 * Growing the heap of a space by chunks when it cannot serve a request.
 *
 * The dma addresses of new memory cannot be chosen, so a request with constraints on them may need
 * several chunks until one fits. All are kept meanwhile, or the kernel would return the same pages
 * again; afterwards the unused ones are unmapped, which is safe: nothing in them was ever handed out.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdio.h>

#include "space/space_private.h"

/* Chunks to map for one request with constraints. */
#define GROW_TRIES 4

static padma_dma_t mask_of(const struct padma_alloc_params *opts)
{
	return opts->dma_mask ? opts->dma_mask : PADMA_DMA_NONE;
}

static bool is_by_address(const struct padma_alloc_params *opts)
{
	return opts->dma_mask || opts->boundary_bytes || opts->flags & PADMA_ALLOC_CONTIGUOUS;
}

/* One chunk for the heap. */
static int grow_by(struct space *space, size_t bytes, size_t page_bytes, int node, bool low)
{
	struct chunk *chunk;
	int rc = chunk_map(space, bytes, page_bytes, node, &chunk);

	if (rc)
		return rc;
	rc = chunk_add_to_heap(space, chunk, low);
	if (rc)
		chunk_discard(space, chunk);
	return rc;
}

/* What the backend would have a chunk be at least; 0 if it does not matter to it. */
static size_t backend_wish(const struct space *space)
{
	const struct backend_ops *ops = space->backend->ops;

	return ops->chunk_bytes ? ops->chunk_bytes(space->backend) : 0;
}

static size_t chunk_wish(const struct space *space)
{
	size_t wish = backend_wish(space);

	return wish > space->chunk_bytes ? wish : space->chunk_bytes;
}

/* Ordinary pages come one by one: no more of them than needed, unless the backend wants that. */
static size_t ordinary_wish(const struct space *space, size_t bytes)
{
	size_t wish = backend_wish(space);

	return wish > bytes ? wish : bytes;
}

static int grow_in_sizes(struct space *space, size_t bytes, int node, bool low)
{
	size_t page = space->page_bytes;
	size_t granule = page > PADMA_GRANULE_BYTES ? page : PADMA_GRANULE_BYTES;
	size_t need = align_up(bytes, granule);
	size_t wish = align_up(chunk_wish(space), granule);
	int rc = grow_by(space, need > wish ? need : wish, page, node, low);

	if (rc && need < wish)
		rc = grow_by(space, need, page, node, low);
	if (rc == -ENOMEM && space->pages_may_be_ordinary && page > UAPI_PAGE_BYTES) {
		log_info("ordinary pages stand in for hugepages: %s", padma_last_error());
		need = align_up(ordinary_wish(space, bytes), PADMA_GRANULE_BYTES);
		rc = grow_by(space, need, UAPI_PAGE_BYTES, node, low);
	}
	return rc;
}

static int grow(struct space *space, size_t bytes, const struct padma_alloc_params *opts)
{
	padma_dma_t mask = mask_of(opts);
	bool low = false;
	int rc;

	if (bytes > space->window.bytes)
		return fail(-ENOMEM, "%zu bytes are more than the window's %zu", bytes,
			    space->window.bytes);
	if (space->backend->ops->chooses_dma) {
		/* Memory that 32-bit devices can address is kept for them. */
		low = mask <= UINT32_MAX && space->backend->resolves;
		space->backend->map_limit = mask;
	}
	rc = grow_in_sizes(space, bytes, opts->flags & PADMA_ALLOC_ON_NODE ? opts->node : -1, low);
	space->backend->map_limit = 0;
	return rc;
}

/* If the backend cannot choose addresses, low memory is what was set aside. */
static int refuse_mask(const struct space *space, size_t bytes, const char *in_one,
		       padma_dma_t mask)
{
	if (space->backend->ops->chooses_dma)
		return fail(-ERANGE, "no %zu bytes%s with dma addresses up to 0x%llx; ask for less",
			    bytes, in_one, (unsigned long long)mask);
	if (space->low_bytes)
		return fail(-ERANGE,
			    "no %zu bytes%s with dma addresses up to 0x%llx are left: the space "
			    "was opened with %zu low_bytes up to 0x%llx; ask for more of them",
			    bytes, in_one, (unsigned long long)mask, space->low_bytes,
			    (unsigned long long)space->low_mask);
	return fail(-ERANGE,
		    "no %zu bytes%s with dma addresses up to 0x%llx; open the space with "
		    "low_bytes set, to set such memory aside",
		    bytes, in_one, (unsigned long long)mask);
}

static int refuse_address(const struct space *space, size_t bytes,
			  const struct padma_alloc_params *opts)
{
	const char *in_one = is_by_address(&(struct padma_alloc_params){
				     .boundary_bytes = opts->boundary_bytes, .flags = opts->flags})
				     ? " in one run"
				     : "";
	const char *larger = space->page_bytes < GIB(1) ? ", or use larger pages" : "";

	if (opts->dma_mask)
		return refuse_mask(space, bytes, in_one, opts->dma_mask);
	if (opts->boundary_bytes)
		return fail(-ERANGE,
			    "no %zu bytes are contiguous for the device within a boundary of %zu; "
			    "ask for less%s",
			    bytes, opts->boundary_bytes, larger);
	return fail(-ERANGE, "no %zu bytes are contiguous for the device; ask for less%s", bytes,
		    larger);
}

/* No free memory meets the constraints, and if the space cannot grow, that is part of the reason. */
static int refuse_constraints(const struct space *space, int grown, size_t bytes,
			      const struct padma_alloc_params *opts)
{
	char why[256];
	int rc;

	snprintf(why, sizeof(why), "%s", padma_last_error());
	rc = refuse_address(space, bytes, opts);
	if (grown)
		return fail(rc, "%s; and the space cannot grow: %s", padma_last_error(), why);
	return rc;
}

/* The heap failed with @rc, and growing failed with @grown or did not help (0). */
static int refuse(const struct space *space, int rc, int grown, size_t bytes,
		  const struct padma_alloc_params *opts)
{
	if (rc == -ENXIO)
		return fail(-ENXIO, "dma addresses are not known before a device is attached; open "
				    "the device first");
	if (grown && grown != -ENOMEM && grown != -ENOSPC)
		return grown;
	if (rc == -ERANGE)
		return refuse_constraints(space, grown, bytes, opts);
	if (grown)
		return -ENOMEM;
	return fail(-ENOMEM, "no %zu bytes on NUMA node %d", bytes, opts->node);
}

void space_drop_growth(struct space *space, const struct chunk *mark)
{
	struct chunk *chunk = space->chunks, *next;

	for (; chunk != mark; chunk = next) {
		next = chunk->next;
		if (!chunk->kept)
			chunk_discard(space, chunk);
	}
}

static int alloc_growing(struct space *space, size_t bytes, const struct padma_alloc_params *opts,
			 void **va, int rc)
{
	const struct chunk *mark = space->chunks;
	int grown = 0;

	/* More memory would have no dma address either. */
	if (rc == -ENOSPC && is_by_address(opts) && !space->backend->resolves)
		rc = -ENXIO;
	for (int tries = 0; (rc == -ENOSPC || rc == -ERANGE) && tries < GROW_TRIES; tries++) {
		grown = grow(space, heap_shortage(bytes, opts), opts);
		if (grown)
			break;
		rc = heap_alloc(space->heap, bytes, opts, va);
	}
	space_drop_growth(space, mark);
	if (rc == -ENOSPC || rc == -ERANGE || rc == -ENXIO)
		return refuse(space, rc, grown, bytes, opts);
	return rc;
}

int space_alloc_growing(struct space *space, size_t bytes, const struct padma_alloc_params *opts,
			void **va, int rc)
{
	if (rc != -ENOSPC && rc != -ERANGE && rc != -ENXIO)
		return rc;
	fail_hold();
	return fail_release(alloc_growing(space, bytes, opts, va, rc));
}
