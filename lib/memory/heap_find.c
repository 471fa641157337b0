// SPDX-License-Identifier: BSD-3-Clause
/*
 * Finding memory for a request: good fit in constant time where only size and alignment are asked
 * for, a search by runs where the dma address matters.
 */
#include "base/base.h"
#include "memory/heap_find.h"

#include "memory/heap_arena.h"

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
