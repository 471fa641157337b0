// SPDX-License-Identifier: BSD-3-Clause
/*
 * Finding memory for a request: good fit in constant time where only size and alignment are asked
 * for, a search by runs where the dma address matters, and more memory where there is too little.
 */
#define PADMA_PART "heap"
#include "base/base.h"
#include "memory/heap_find.h"

#include "memory/heap_arena.h"

/* How often to ask for more memory for one request with constraints: it may come in other places.
 */
#define GROW_TRIES 4

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

/* Low memory is for those who have a mask, and comes first for them. */
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

/* Whether there is memory for the request but for its constraints. */
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

static int no_address(const struct request *request)
{
	if (request->mask != PADMA_DMA_NONE)
		return fail(-ERANGE,
			    "no %zu bytes%s with dma addresses up to 0x%llx; open the space with "
			    "low_bytes set, to have such memory set aside",
			    request->bytes, request->one_run ? " in one run" : "",
			    (unsigned long long)request->mask);
	return fail(-ERANGE,
		    "no %zu bytes are contiguous for the device within the boundary asked for; ask "
		    "for less, or use larger pages",
		    request->bytes);
}

static int grow(struct heap *heap, const struct request *request)
{
	/* The most that alignment can cost; chunks begin aligned to their pages. */
	size_t bytes = request->rounded + request->align - HEAP_UNIT;
	int rc = heap->source.grow(heap->source.ctx, bytes, request->node, request->mask);

	/* There is memory, only not with such an address, and no more to look at. */
	if (rc == -ENOMEM || rc == -ENOSPC)
		return room_but_for_address(heap, request) ? no_address(request) : -ENOMEM;
	return rc;
}

int heap_find_or_grow(struct heap *heap, const struct request *request, struct block **block,
		      uintptr_t *at)
{
	for (int tries = 0;; tries++) {
		enum place place = find_place(heap, request, block, at);
		int rc;

		if (place == PLACE_FOUND)
			return 0;
		/* More memory would have no address either, for the same reason. */
		if (place == PLACE_UNRESOLVED)
			return fail(-ENXIO,
				    "dma addresses are not known before a device is attached; "
				    "open the device first");
		if (tries == GROW_TRIES)
			break;
		rc = grow(heap, request);
		if (rc)
			return rc;
	}
	if (room_but_for_address(heap, request))
		return no_address(request);
	return fail(-ENOMEM, "no %zu bytes on NUMA node %d", request->bytes, request->node);
}
