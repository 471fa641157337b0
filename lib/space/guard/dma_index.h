/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dma_index.h - from a dma address back to virtual ones, for the guard.
 *
 * The runs of a space sorted by dma address. Two of them may be the same memory, if a page is
 * registered at two virtual addresses: an address may be found more than once. Not locked.
 */
#ifndef SPACE_GUARD_DMA_INDEX_H
#define SPACE_GUARD_DMA_INDEX_H

#include <stdint.h>

#include <padma/dma.h>

struct dma_span {
	uint64_t dma;
	uint64_t len;
	uint64_t va;
	uint64_t reach; /* the highest end of this span and all before it */
};

/* Empty when all zero. */
struct dma_index {
	struct dma_span *spans;
	size_t count;
	size_t capacity;
};

/* Drop the runs; free the index. */
void dma_index_clear(struct dma_index *index);
void dma_index_free(struct dma_index *index);

/* Add a run: a callback of padma_space_each_run(). 0, -ENOMEM. */
int dma_index_add(void *index, const struct padma_run *run);

/* After the last dma_index_add(). */
void dma_index_sort(struct dma_index *index);

/*
 * The spans that hold @dma: the first with @previous NULL, then the one after @previous; NULL if
 * there are no more.
 */
const struct dma_span *dma_index_find(const struct dma_index *index, uint64_t dma,
				      const struct dma_span *previous);

/* The span that ends nearest below @dma, and the one that begins nearest above it; NULL: none. */
const struct dma_span *dma_index_below(const struct dma_index *index, uint64_t dma);
const struct dma_span *dma_index_above(const struct dma_index *index, uint64_t dma);

#endif
