/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_find.h - the structure of a heap, and finding a place in it for a request.
 */
#ifndef MEMORY_HEAP_FIND_H
#define MEMORY_HEAP_FIND_H

#include "memory/heap.h"
#include "memory/heap_block.h"

struct heap {
	struct heap_source source;
	struct arena *arenas;
	struct block *holes; /* through next and prev */
	struct blocks blocks;
	size_t allocated;
};

/* A request, checked and with its defaults filled in. */
struct request {
	size_t bytes;	/* as requested */
	size_t rounded; /* to whole units: what it takes of the heap */
	size_t align;	/* >= HEAP_UNIT */
	size_t boundary;
	padma_dma_t mask; /* highest address, PADMA_DMA_NONE for any */
	int node;	  /* -1: any */
	bool one_run;
	bool by_address; /* there are constraints on its dma address */
	bool zero;
};

/* A free block that holds the request at *at. 0, or -ENOSPC, -ERANGE, -ENXIO as heap_alloc(). */
int heap_find(const struct heap *heap, const struct request *request, struct block **block,
	      uintptr_t *at);

#endif
