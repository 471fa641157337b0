/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap.h - allocate blocks of any size from the chunks of a window.
 *
 * Independent of IOASes: the addresses of its memory come from struct heap_source. It never grows by
 * itself: the space above it adds memory and tries again. All
 * bookkeeping is apart from the memory. Not locked: the space's lock guards it.
 */
#ifndef MEMORY_HEAP_H
#define MEMORY_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include <padma/alloc.h>
#include <padma/dma.h>

struct heap;

struct heap_source {
	void *ctx;
	/* As padma_run(); .len is 0 if the address is not known (yet). */
	struct padma_run (*run)(void *ctx, const void *va, size_t len);
};

/*
 * NULL if there is no memory, or no addresses for the table of its blocks: a 64th of @window_bytes.
 * @source is copied. All memory that is added must be in [@window, @window + @window_bytes), which are
 * whole pages.
 */
struct heap *heap_new(const struct heap_source *source, const void *window, size_t window_bytes);
void heap_delete(struct heap *heap);

/*
 * New free memory on a node (-1: not known). @low: kept for allocations with a dma_mask. Neighbours
 * are merged if node and low agree. 0, -ENOMEM.
 */
int heap_add(struct heap *heap, void *va, size_t bytes, int node, bool low);

/*
 * Take free memory out again. 0, or -EBUSY if some of it is allocated, or -ENOMEM (nothing
 * changes then). heap_can_remove() answers the same and changes nothing: after its 0 the removal
 * cannot fail, until the heap is used otherwise.
 */
int heap_can_remove(struct heap *heap, void *va, size_t bytes);
int heap_remove(struct heap *heap, void *va, size_t bytes);

/*
 * As padma_space_alloc(), except for the errors of a heap that is full. They note no reason, since more
 * memory may help: -ENOSPC (too little free memory), -ERANGE (enough, but not with such dma
 * addresses), -ENXIO (there may be, but addresses are not known yet). @opts may not be NULL.
 */
int heap_alloc(struct heap *heap, size_t bytes, const struct padma_alloc_params *opts, void **va);
/* The bytes to add, in one piece that begins at a granule, so that a request which was answered
 * -ENOSPC has room. */
size_t heap_shortage(size_t bytes, const struct padma_alloc_params *opts);
/* As padma_space_free(). */
int heap_free(struct heap *heap, void *va);

/* Bytes handed out, with rounding. */
size_t heap_allocated(const struct heap *heap);

#endif
