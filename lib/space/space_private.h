/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * space_private.h - all of a space; programs see its first member only.
 *
 * The lock guards everything but what the lookups and the guard's check read.
 */
#ifndef SPACE_SPACE_PRIVATE_H
#define SPACE_SPACE_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

#include "memory/heap.h"
#include "memory/window.h"
#include "space/backend.h"
#include "space/foreign.h"
#include "space/guard.h"
#include "space/pa_cache.h"

/* Looked at for the low arena, and too high. */
#define CHUNK_REJECTED (-2)

/* A piece of the window that was mapped, and goes, as one. */
struct chunk {
	struct chunk *next;
	void *va;
	size_t bytes;
	size_t page_bytes;
	int node;
	bool low;      /* in the heap, for allocations with a dma_mask */
	bool kept;     /* of the low arena: never trimmed */
	bool resolved; /* its dma addresses are in the PA cache */
};

struct space {
	struct padma_space fast; /* first */
	pthread_mutex_t lock;
	struct backend *backend;
	char *why; /* this backend was taken */
	struct window window;
	struct pa_cache cache;
	struct guard guard;
	struct foreign foreign;
	struct heap *heap;
	struct chunk *chunks;
	size_t page_bytes;
	bool pages_may_be_ordinary; /* where hugepages run out */
	bool lazy;		    /* of the sim backend: memory is not populated */
	size_t chunk_bytes;
	char *mount;
	size_t low_bytes;
	padma_dma_t low_mask;
	bool low_found;
	unsigned int devices;
	unsigned int bus_masters;
	size_t mapped_bytes;
};

/* The opaque whole behind what programs hold. */
static inline struct space *space_of(const struct padma_space *space)
{
	return (struct space *)(uintptr_t)space;
}

/* Lock held: struct heap_source's calls, with the space as their context. */
int space_grow(void *ctx, size_t bytes, int node, padma_dma_t mask);
struct padma_run space_run(void *ctx, const void *va, size_t len);

/* Lock held: a chunk of exactly @bytes, resolved where the backend can, not in the heap. */
int chunk_map(struct space *space, size_t bytes, size_t page_bytes, int node, struct chunk **chunk);
int chunk_resolve(struct space *space, struct chunk *chunk);
/* Lock held: give it back; it is not in the heap any more. 0, or a negative errno (it stays). */
int chunk_unmap(struct space *space, struct chunk *chunk);

/* Lock held: set low memory aside; the backend resolves. 0, -ENOMEM, -ERANGE. */
int low_arena_collect(struct space *space);

#endif
