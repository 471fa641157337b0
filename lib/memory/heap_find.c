// SPDX-License-Identifier: BSD-3-Clause
/*
 * Finding memory for a request: good fit in constant time if only size and alignment are asked for,
 * a search by runs if the dma address matters. That search tries an address, and goes on at the first
 * one that the run found there does not rule out, so each run is looked at once.
 */
#include "base/base.h"
#include "memory/heap_find.h"

#include <padma/dma.h>

#include "memory/heap_bins.h"

enum place {
	PLACE_FOUND,
	PLACE_NONE,
	PLACE_UNRESOLVED
};

/* Addresses are known or not known by the granule. */
static uintptr_t next_granule(uintptr_t va)
{
	return align_down(va, PADMA_GRANULE_BYTES) + PADMA_GRANULE_BYTES;
}

/* The run at @va, cut at the request's end. It does not wrap, whatever the source answers. */
static struct padma_run run_at(const struct heap_source *source, uintptr_t va, size_t len)
{
	struct padma_run run = source->run(source->ctx, (void *)va, len);

	if (run.len > len)
		run.len = len;
	if (run.dma >> 63)
		run.len = 0;
	return run;
}

/*
 * How far to move up so that [dma, dma + bytes) crosses no multiple of the boundary; 0: it does
 * not.
 */
static size_t boundary_step(padma_dma_t dma, size_t bytes, size_t boundary)
{
	if (!boundary || ((dma ^ (dma + bytes - 1)) & ~((uint64_t)boundary - 1)) == 0)
		return 0;
	return align_up(dma + 1, boundary) - dma;
}

/*
 * Whether the request may start at @va. If not, *next is the first address above that this run does
 * not rule out.
 */
static enum place try_at(const struct heap_source *source, const struct request *request,
			 uintptr_t va, uintptr_t *next)
{
	uintptr_t at = va, end = va + request->bytes;

	while (at < end) {
		struct padma_run run = run_at(source, at, end - at);
		size_t step;

		if (run.len == 0) {
			*next = next_granule(at);
			return PLACE_UNRESOLVED;
		}
		*next = at + run.len;
		/* Any start in this run reaches its last byte, or one higher up. */
		if (run.dma + run.len - 1 > request->mask)
			return PLACE_NONE;
		if (request->one_run && run.len < request->bytes)
			return PLACE_NONE;
		step = boundary_step(run.dma, request->bytes, request->boundary);
		if (step) {
			*next = at + step;
			return PLACE_NONE;
		}
		at = *next;
	}
	return PLACE_FOUND;
}

/*
 * The lowest address in [start, end) at which the request fits. PLACE_UNRESOLVED: there is none, and
 * part of the memory has no address yet.
 */
static enum place place_find(const struct heap_source *source, const struct request *request,
			     uintptr_t start, uintptr_t end, uintptr_t *at)
{
	enum place answer = PLACE_NONE;
	uintptr_t va = align_up(start, request->align), next;

	/* va < start: rounding up wrapped. */
	while (va >= start && va < end && end - va >= request->rounded) {
		enum place place = try_at(source, request, va, &next);

		if (place == PLACE_FOUND) {
			*at = va;
			return PLACE_FOUND;
		}
		if (place == PLACE_UNRESOLVED)
			answer = PLACE_UNRESOLVED;
		va = align_up(next, request->align);
	}
	return answer;
}

/* The request's place in one block, which is large enough for its bytes. */
static enum place place_in(const struct heap *heap, const struct request *request,
			   const struct block *block, uintptr_t *at)
{
	uintptr_t end = block->start + block->bytes;

	if (request->by_address)
		return place_find(&heap->source, request, block->start, end, at);
	*at = align_up(block->start, request->align);
	return *at >= block->start && *at < end && end - *at >= request->rounded ? PLACE_FOUND
										 : PLACE_NONE;
}

/* Every block that is large enough, the smaller ones first. */
static enum place search(const struct heap *heap, struct arena *arena,
			 const struct request *request, struct block **block, uintptr_t *at)
{
	unsigned int bin = bin_of(request->rounded);
	enum place answer = PLACE_NONE, place;

	while ((bin = arena_next_bin(arena, bin)) < BINS) {
		for (*block = arena->lists[bin]; *block; *block = (*block)->next) {
			place = place_in(heap, request, *block, at);
			if (place == PLACE_FOUND)
				return place;
			if (place == PLACE_UNRESOLVED)
				answer = place;
		}
		bin++;
	}
	return answer;
}

/*
 * In an arena: a block of the first bin that is surely large enough; one with room for the
 * alignment too; at last the search, which requests without constraints on the address reach only
 * when the arena has nothing of a larger size.
 */
static enum place find_in(const struct heap *heap, struct arena *arena,
			  const struct request *request, struct block **block, uintptr_t *at)
{
	*block = arena_first(arena, request->rounded);
	if (*block && place_in(heap, request, *block, at) == PLACE_FOUND)
		return PLACE_FOUND;
	*block = arena_first(arena, request->rounded + request->align - HEAP_UNIT);
	if (*block && place_in(heap, request, *block, at) == PLACE_FOUND)
		return PLACE_FOUND;
	return search(heap, arena, request, block, at);
}

/* Low memory is for requests with a mask, and comes first for them. */
static enum place find_place(const struct heap *heap, const struct request *request,
			     struct block **block, uintptr_t *at)
{
	enum place answer = PLACE_NONE, place;

	for (int low = request->mask != PADMA_DMA_NONE; low >= 0; low--) {
		for (struct arena *arena = heap->arenas; arena; arena = arena->next) {
			if (arena->low != low ||
			    (request->node >= 0 && arena->node != request->node))
				continue;
			place = find_in(heap, arena, request, block, at);
			if (place == PLACE_FOUND)
				return place;
			if (place == PLACE_UNRESOLVED)
				answer = place;
		}
	}
	return answer;
}

/* Whether there is memory for the request without its constraints on the address. */
static bool room_but_for_address(const struct heap *heap, const struct request *request)
{
	struct request plain = *request;
	struct block *block;
	uintptr_t at;

	if (!request->by_address)
		return false;
	plain.by_address = false;
	return find_place(heap, &plain, &block, &at) == PLACE_FOUND;
}

int heap_find(const struct heap *heap, const struct request *request, struct block **block,
	      uintptr_t *at)
{
	switch (find_place(heap, request, block, at)) {
	case PLACE_FOUND:
		return 0;
	case PLACE_UNRESOLVED:
		return -ENXIO;
	case PLACE_NONE:
		break;
	}
	return room_but_for_address(heap, request) ? -ERANGE : -ENOSPC;
}
