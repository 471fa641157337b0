// SPDX-License-Identifier: BSD-3-Clause
/*
 * The heap: memory is added, cut into blocks, allocated and freed.
 */
#define PADMA_PART "heap"
#include "base/base.h"
#include "memory/heap.h"

#include <stdlib.h>
#include <string.h>

#include "memory/heap_bins.h"
#include "memory/heap_find.h"

/* No machine has more; it keeps all sums below from wrapping. */
#define MOST_BYTES ((size_t)1 << 47)

static void hole_insert(struct heap *heap, struct block *block)
{
	block->state = BLOCK_HOLE;
	block->arena = NULL;
	block->prev = NULL;
	block->next = heap->holes;
	if (heap->holes)
		heap->holes->prev = block;
	heap->holes = block;
}

static void hole_remove(struct heap *heap, struct block *block)
{
	if (block->next)
		block->next->prev = block->prev;
	if (block->prev)
		block->prev->next = block->next;
	else
		heap->holes = block->next;
}

struct heap *heap_new(const struct heap_source *source, const void *window, size_t window_bytes)
{
	struct heap *heap = calloc(1, sizeof(*heap));

	if (!heap)
		return NULL;
	heap->source = *source;
	if (blocks_init(&heap->blocks, (uintptr_t)window, window_bytes)) {
		free(heap);
		return NULL;
	}
	hole_insert(heap, blocks_first(&heap->blocks));
	return heap;
}

void heap_delete(struct heap *heap)
{
	if (!heap)
		return;
	while (heap->arenas) {
		struct arena *arena = heap->arenas;

		heap->arenas = arena->next;
		free(arena);
	}
	blocks_clear(&heap->blocks);
	free(heap);
}

static struct arena *find_arena(struct heap *heap, int node, bool low)
{
	struct arena *arena = heap->arenas;

	while (arena && (arena->node != node || arena->low != low))
		arena = arena->next;
	if (arena)
		return arena;
	arena = calloc(1, sizeof(*arena));
	if (!arena)
		return NULL;
	arena->node = node;
	arena->low = low;
	arena->next = heap->arenas;
	heap->arenas = arena;
	return arena;
}

static void list_remove(struct heap *heap, struct block *block)
{
	if (block->state == BLOCK_FREE)
		arena_remove(block->arena, block);
	else if (block->state == BLOCK_HOLE)
		hole_remove(heap, block);
}

static void list_insert(struct heap *heap, struct block *block)
{
	if (block->arena)
		arena_insert(block->arena, block);
	else
		hole_insert(heap, block);
}

/*
 * Cut [start, start + bytes) out of a listed block. What is left of it stays listed; the piece is
 * in no list. blocks_reserve() must have succeeded.
 */
static struct block *carve(struct heap *heap, struct block *block, uintptr_t start, size_t bytes)
{
	struct block *piece = block, *rest;

	list_remove(heap, block);
	if (start != block->start) {
		piece = block_cut(&heap->blocks, block, start);
		list_insert(heap, block);
	}
	if (piece->bytes != bytes) {
		rest = block_cut(&heap->blocks, piece, start + bytes);
		list_insert(heap, rest);
	}
	return piece;
}

/* List a block as free memory of an arena, or a hole (NULL), joined with neighbours of its kind. */
static void release(struct heap *heap, struct block *block, struct arena *arena)
{
	enum block_state state = arena ? BLOCK_FREE : BLOCK_HOLE;
	struct block *before = block->before, *after = block->after;

	if (after && after->state == state && after->arena == arena) {
		list_remove(heap, after);
		block_join(&heap->blocks, block);
	}
	if (before && before->state == state && before->arena == arena) {
		list_remove(heap, before);
		block_join(&heap->blocks, before);
		block = before;
	}
	block->arena = arena;
	list_insert(heap, block);
}

static bool contains(const struct block *block, uintptr_t start, size_t bytes)
{
	return start >= block->start && start - block->start <= block->bytes &&
	       bytes <= block->bytes - (start - block->start);
}

static int check_span(const void *va, size_t bytes)
{
	if (bytes == 0 || bytes % HEAP_UNIT || (uintptr_t)va % HEAP_UNIT || bytes > MOST_BYTES)
		return fail(-EINVAL, "%zu bytes at %p: both must be multiples of %d", bytes, va,
			    HEAP_UNIT);
	return 0;
}

int heap_add(struct heap *heap, void *va, size_t bytes, int node, bool low)
{
	uintptr_t start = (uintptr_t)va;
	struct block *hole = heap->holes;
	struct arena *arena;
	int rc = check_span(va, bytes);

	if (rc)
		return rc;
	while (hole && !contains(hole, start, bytes))
		hole = hole->next;
	if (!hole)
		return fail(-EINVAL,
			    "%zu bytes at %p are in the heap already, or not in its window", bytes,
			    va);
	arena = find_arena(heap, node, low);
	if (!arena || blocks_reserve(&heap->blocks))
		return fail(-ENOMEM, "no memory for the heap's bookkeeping");
	release(heap, carve(heap, hole, start, bytes), arena);
	return 0;
}

/* Free neighbours of a kind are always joined: the span is inside one free block, or not free. */
static struct block *find_free(const struct heap *heap, uintptr_t start, size_t bytes)
{
	for (struct arena *arena = heap->arenas; arena; arena = arena->next) {
		unsigned int bin = bin_of(bytes);

		while ((bin = arena_next_bin(arena, bin)) < BINS) {
			for (struct block *b = arena->lists[bin]; b; b = b->next)
				if (contains(b, start, bytes))
					return b;
			bin++;
		}
	}
	return NULL;
}

int heap_can_remove(struct heap *heap, void *va, size_t bytes)
{
	int rc = check_span(va, bytes);

	if (rc)
		return rc;
	if (!find_free(heap, (uintptr_t)va, bytes))
		return -EBUSY;
	if (blocks_reserve(&heap->blocks))
		return fail(-ENOMEM, "no memory for the heap's bookkeeping");
	return 0;
}

int heap_remove(struct heap *heap, void *va, size_t bytes)
{
	struct block *block;
	int rc = heap_can_remove(heap, va, bytes);

	if (rc)
		return rc;
	block = find_free(heap, (uintptr_t)va, bytes);
	release(heap, carve(heap, block, (uintptr_t)va, bytes), NULL);
	return 0;
}

static int check_request(size_t bytes, const struct padma_alloc_params *opts)
{
	unsigned int known = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS | PADMA_ALLOC_ON_NODE;

	if (bytes == 0)
		return fail(-EINVAL, "0 bytes requested; ask for at least 1");
	if (opts->align_bytes && !is_power_of_two(opts->align_bytes))
		return fail(-EINVAL, "alignment %zu is not a power of two", opts->align_bytes);
	if (opts->boundary_bytes && !is_power_of_two(opts->boundary_bytes))
		return fail(-EINVAL, "boundary %zu is not a power of two", opts->boundary_bytes);
	if (opts->boundary_bytes && opts->boundary_bytes < bytes)
		return fail(-EINVAL, "%zu bytes must cross a boundary of %zu; give a larger one",
			    bytes, opts->boundary_bytes);
	if (opts->flags & ~known)
		return fail(-EINVAL, "unknown flags 0x%x", opts->flags & ~known);
	if (opts->flags & PADMA_ALLOC_ON_NODE && opts->node < 0)
		return fail(-EINVAL, "NUMA node %d; give one from 0 up", opts->node);
	return 0;
}

static struct request make_request(size_t bytes, const struct padma_alloc_params *opts)
{
	struct request request = {
		.bytes = bytes,
		.rounded = align_up(bytes, HEAP_UNIT),
		.align = HEAP_UNIT,
		.mask = PADMA_DMA_NONE,
		.node = -1,
	};

	if (opts->align_bytes > HEAP_UNIT)
		request.align = opts->align_bytes;
	if (opts->flags & PADMA_ALLOC_ON_NODE)
		request.node = opts->node;
	if (opts->dma_mask)
		request.mask = opts->dma_mask;
	request.boundary = opts->boundary_bytes;
	request.one_run = opts->boundary_bytes || opts->flags & PADMA_ALLOC_CONTIGUOUS;
	request.by_address = request.one_run || opts->dma_mask;
	request.zero = opts->flags & PADMA_ALLOC_ZERO;
	return request;
}

int heap_alloc(struct heap *heap, size_t bytes, const struct padma_alloc_params *opts, void **va)
{
	struct request request;
	struct block *block;
	uintptr_t at;
	int rc = check_request(bytes, opts);

	if (rc)
		return rc;
	if (bytes > MOST_BYTES || opts->align_bytes > MOST_BYTES)
		return fail(-ENOMEM, "%zu bytes are more than any machine has", bytes);
	if (blocks_reserve(&heap->blocks))
		return fail(-ENOMEM, "no memory for the heap's bookkeeping");
	request = make_request(bytes, opts);
	rc = heap_find(heap, &request, &block, &at);
	if (rc)
		return rc;
	block = carve(heap, block, at, request.rounded);
	block->state = BLOCK_USED;
	heap->allocated += request.rounded;
	*va = (void *)at;
	if (request.zero)
		memset(*va, 0, bytes);
	return 0;
}

size_t heap_shortage(size_t bytes, const struct padma_alloc_params *opts)
{
	struct request request = make_request(bytes, opts);

	/* The most that alignment can cost. */
	if (request.align <= PADMA_GRANULE_BYTES)
		return request.rounded;
	return request.rounded + request.align - PADMA_GRANULE_BYTES;
}

int heap_free(struct heap *heap, void *va)
{
	struct block *block;

	if (!va)
		return 0;
	block = block_at(&heap->blocks, (uintptr_t)va);
	if (!block || block->state != BLOCK_USED)
		return fail(-EINVAL, "%p is not allocated memory; was it freed before?", va);
	heap->allocated -= block->bytes;
	release(heap, block, block->arena);
	return 0;
}

size_t heap_allocated(const struct heap *heap)
{
	return heap->allocated;
}
