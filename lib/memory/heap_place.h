/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_place.h - where in a span of free memory a request fits, by the runs that it is made of.
 */
#ifndef MEMORY_HEAP_PLACE_H
#define MEMORY_HEAP_PLACE_H

#include "memory/heap.h"

/* A request, checked and with its defaults filled in. */
struct request {
	size_t bytes;	/* as asked for */
	size_t rounded; /* to whole units: what it takes of the heap */
	size_t align;	/* >= HEAP_UNIT */
	size_t boundary;
	padma_dma_t mask; /* highest address, PADMA_DMA_NONE for any */
	int node;	  /* -1: any */
	bool one_run;
	bool by_address; /* there are constraints on its dma address */
	bool zero;
};

enum place {
	PLACE_FOUND,
	PLACE_NONE,
	PLACE_UNRESOLVED
};

/*
 * The lowest address in [start, end) where the request fits. PLACE_UNRESOLVED: nowhere, and part
 * of the memory has no address yet. Each run is looked at once.
 */
enum place place_find(const struct heap_source *source, const struct request *request,
		      uintptr_t start, uintptr_t end, uintptr_t *at);

#endif
