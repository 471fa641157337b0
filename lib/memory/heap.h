/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap.h - blocks of any size out of the chunks of a window.
 *
 * Knows nothing of IOASes: what it needs of the space above it comes through struct heap_source.
 * All bookkeeping is apart from the memory. Not locked: the space's lock guards it, and grow() adds
 * memory from inside an allocation.
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
	/*
	 * Call heap_add() with at least @bytes more, on @node (-1: any), and where dma addresses
	 * can be chosen, none above @mask (PADMA_DMA_NONE: any). 0, or a negative errno with the
	 * reason noted.
	 */
	int (*grow)(void *ctx, size_t bytes, int node, padma_dma_t mask);
	/* As padma_run(); .len is 0 where the address is not known (yet). */
	struct padma_run (*run)(void *ctx, const void *va, size_t len);
};

/* NULL when there is no memory. @source is copied. */
struct heap *heap_new(const struct heap_source *source);
void heap_delete(struct heap *heap);

/*
 * New free memory on a node (-1: not known). @low: kept for allocations with a dma_mask. Neighbours
 * are merged when node and low agree. 0, -ENOMEM.
 */
int heap_add(struct heap *heap, void *va, size_t bytes, int node, bool low);

/* Take free memory out again. 0, or -EBUSY where some of it is allocated (nothing changes then). */
int heap_remove(struct heap *heap, void *va, size_t bytes);

/* As padma_alloc() and padma_free(). */
int heap_alloc(struct heap *heap, size_t bytes, const struct padma_alloc_opts *opts, void **va);
int heap_free(struct heap *heap, void *va);

/* Bytes handed out, with rounding. */
size_t heap_allocated(const struct heap *heap);

#endif
