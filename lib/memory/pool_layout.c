// SPDX-License-Identifier: BSD-3-Clause
/*
 * Laying out objects: one large allocation is filled run by run, skipping what is left of a run or
 * before a boundary that the next object would cross. Where that wastes more than half (objects
 * as large as runs), each object is allocated alone.
 */
#define PADMA_PART "pool"
#include "base/base.h"
#include "memory/pool_layout.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_ALIGN 64

static size_t alignment(const struct padma_pool_params *params)
{
	return params->align_bytes ? params->align_bytes : DEFAULT_ALIGN;
}

/* How far it is from @dma to the first address at which an object crosses no boundary. */
static size_t boundary_step(const struct padma_pool_params *params, padma_dma_t dma)
{
	uint64_t boundary = params->boundary_bytes;

	if (!boundary || ((dma ^ (dma + params->object_bytes - 1)) & ~(boundary - 1)) == 0)
		return 0;
	return align_up(dma, boundary) - dma;
}

/*
 * The run at @va. While addresses are not known: what is left of the granule, at a stand-in for its
 * dma address that has the same distance from every boundary in a granule.
 */
static struct padma_run run_at(const struct pool_source *source,
			       const struct padma_pool_params *params, void *va, size_t bytes)
{
	struct padma_run run = {va, (uintptr_t)va, bytes};
	size_t left = PADMA_GRANULE_BYTES - (uintptr_t)va % PADMA_GRANULE_BYTES;

	if (source->resolves(source->ctx))
		return source->run(source->ctx, va, bytes);
	if (params->object_bytes <= PADMA_GRANULE_BYTES && left < bytes)
		run.len = left;
	return run;
}

/* Fill [va, va + bytes) with up to @most objects. How many, or -ENXIO. */
static int64_t place_objects(const struct pool_source *source,
			     const struct padma_pool_params *params, char *va, size_t bytes,
			     struct padma_pool_object *objects, size_t most)
{
	size_t at = 0, placed = 0, align = alignment(params);
	bool known = source->resolves(source->ctx);

	while (placed < most && at < bytes && bytes - at >= params->object_bytes) {
		struct padma_run run = run_at(source, params, va + at, bytes - at);
		size_t step;

		if (run.len == 0)
			return fail(-ENXIO,
				    "some of the space's memory has no dma address, since a "
				    "device could not be opened; open it first");
		step = run.len < params->object_bytes ? run.len : boundary_step(params, run.dma);
		if (step == 0) {
			objects[placed].va = va + at;
			objects[placed++].dma = known ? run.dma : PADMA_DMA_NONE;
			step = params->object_bytes;
		}
		at = align_up((uintptr_t)va + at + step, align) - (uintptr_t)va;
	}
	return (int64_t)placed;
}

static int parts_reserve(struct pool_parts *parts)
{
	size_t room = parts->room ? parts->room * 2 : 8;
	struct pool_part *more;

	if (parts->count < parts->room)
		return 0;
	more = realloc(parts->parts, room * sizeof(*more));
	if (!more)
		return fail(-ENOMEM, "no memory for a pool's bookkeeping");
	parts->parts = more;
	parts->room = room;
	return 0;
}

/* Of one allocation for @count objects. One object alone is placed by the heap itself. */
static struct padma_alloc_params constraints(const struct pool_source *source,
					     const struct padma_pool_params *params, size_t count)
{
	struct padma_alloc_params opts = {
		.align_bytes = params->align_bytes,
		.dma_mask = params->dma_mask,
		.node = params->node,
		.flags = params->flags,
	};

	if (source->resolves(source->ctx)) {
		if (count == 1) {
			opts.flags |= PADMA_ALLOC_CONTIGUOUS;
			opts.boundary_bytes = params->boundary_bytes;
		}
		return opts;
	}
	opts.dma_mask = 0;
	/* So aligned it is in one granule, and crosses no boundary that it fits between. */
	if (count == 1 && params->object_bytes <= PADMA_GRANULE_BYTES)
		while (opts.align_bytes < params->object_bytes)
			opts.align_bytes = opts.align_bytes ? opts.align_bytes * 2 : DEFAULT_ALIGN;
	return opts;
}

/*
 * One allocation for @count objects, of which it may hold fewer. How many it does; 0 if that is less
 * than half, and nothing is left allocated; or a negative errno.
 */
static int64_t lay_part(const struct pool_source *source, const struct padma_pool_params *params,
			struct padma_pool_object *objects, size_t count, struct pool_parts *parts)
{
	size_t stride = align_up(params->object_bytes, alignment(params));
	size_t bytes = (count - 1) * stride + params->object_bytes;
	struct padma_alloc_params opts = constraints(source, params, count);
	int64_t placed = parts_reserve(parts);
	void *va;

	if (placed)
		return placed;
	placed = source->alloc(source->ctx, bytes, &opts, &va);
	if (placed)
		return placed;
	placed = place_objects(source, params, va, bytes, objects, count);
	if (placed < 0 || (size_t)placed < (count + 1) / 2) {
		source->free(source->ctx, va);
		return placed < 0 ? placed : 0;
	}
	parts->parts[parts->count++] = (struct pool_part){va, objects, (size_t)placed};
	return placed;
}

/*
 * Whether to try one object before all others: it is larger than a granule, so there may be no runs
 * of its length, and memory for all of them would be mapped in vain.
 */
static bool is_probed(const struct padma_pool_params *params)
{
	return params->object_bytes > PADMA_GRANULE_BYTES && params->count > 1;
}

/* How many objects to try in one piece after @batch of them gave @got; 0: there is no memory for one. */
static size_t next_batch(size_t batch, int64_t got)
{
	if (got > 0)
		return batch;
	if (got == 0)
		return batch > 1 ? 1 : 0;
	/* Not that much in one piece: in smaller ones, perhaps. */
	return got == -ENOMEM || got == -ERANGE ? batch / 2 : 0;
}

/* Without memory the first attempt reports the shortage of all objects; the last, of one. */
static int refuse(const struct padma_pool_params *params, int64_t got, const char *first_error)
{
	if (got == 0)
		return fail(-ERANGE, "no memory meets the constraints of an object");
	if (got != -ENOMEM || !*first_error)
		return (int)got;
	return fail(-ENOMEM, "a pool of %zu objects of %zu bytes: %s", params->count,
		    params->object_bytes, first_error);
}

/* All objects from the @placed'th on. */
static int lay_rest(const struct pool_source *source, const struct padma_pool_params *params,
		    struct padma_pool_object *objects, struct pool_parts *parts, size_t placed)
{
	size_t batch = params->count - placed;
	char first_error[512] = "";

	while (placed < params->count) {
		int64_t got;

		if (batch > params->count - placed)
			batch = params->count - placed;
		got = lay_part(source, params, &objects[placed], batch, parts);
		if (got == -ENOMEM && !*first_error)
			snprintf(first_error, sizeof(first_error), "%s", padma_last_error());
		batch = next_batch(batch, got);
		if (batch == 0)
			return refuse(params, got, first_error);
		if (got > 0)
			placed += (size_t)got;
	}
	return 0;
}

int pool_lay_out(const struct pool_source *source, const struct padma_pool_params *params,
		 struct padma_pool_object *objects, struct pool_parts *parts)
{
	int64_t got = 0;
	int rc;

	*parts = (struct pool_parts){0};
	if (is_probed(params))
		got = lay_part(source, params, objects, 1, parts);
	/* The attempt for all objects names the shortage of all of them. */
	if (got >= 0 || got == -ENOMEM)
		rc = lay_rest(source, params, objects, parts, got > 0 ? 1 : 0);
	else
		rc = (int)got;
	if (rc)
		pool_parts_free(source, parts);
	return rc;
}

padma_dma_t pool_object_dma(const struct pool_source *source,
			    const struct padma_pool_params *params, const void *va)
{
	struct padma_run run = source->run(source->ctx, va, params->object_bytes);

	if (run.len < params->object_bytes) {
		fail(-ERANGE, "an object's %zu bytes are not contiguous for the device",
		     params->object_bytes);
	} else if (params->dma_mask && run.dma + params->object_bytes - 1 > params->dma_mask) {
		fail(-ERANGE, "an object has the dma address 0x%llx, above its dma_mask 0x%llx",
		     (unsigned long long)run.dma, (unsigned long long)params->dma_mask);
	} else if (boundary_step(params, run.dma)) {
		fail(-ERANGE, "an object at dma address 0x%llx crosses a boundary of %zu",
		     (unsigned long long)run.dma, params->boundary_bytes);
	} else {
		return run.dma;
	}
	return PADMA_DMA_NONE;
}

void pool_parts_free(const struct pool_source *source, struct pool_parts *parts)
{
	while (parts->count)
		if (source->free(source->ctx, parts->parts[--parts->count].va))
			log_warning("memory at %p was not the pool's",
				    parts->parts[parts->count].va);
	free(parts->parts);
	*parts = (struct pool_parts){0};
}
