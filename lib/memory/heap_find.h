/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap_find.h - what a heap is made of, and where in it a request goes.
 */
#ifndef MEMORY_HEAP_FIND_H
#define MEMORY_HEAP_FIND_H

#include "memory/heap.h"
#include "memory/heap_block.h"
#include "memory/heap_place.h"
#include "memory/heap_table.h"

struct heap {
	struct heap_source source;
	struct arena *arenas;
	struct block *holes; /* through next and prev */
	struct block_table used;
	struct block_store store;
	size_t allocated;
};

/* A free block that holds the request at *at. 0, or -ENOSPC, -ERANGE, -ENXIO as heap_alloc(). */
int heap_find(const struct heap *heap, const struct request *request, struct block **block,
	      uintptr_t *at);

#endif
