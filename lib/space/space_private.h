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
#include "space/guard/guard.h"
#include "space/guard/exact.h"
#include "space/pa_cache.h"
#include "space/page_lists.h"
#include "space/register/register.h"

enum chunk_state {
	CHUNK_PAGES,  /* pages in the window, not in the IOAS */
	CHUNK_MAPPED, /* in the IOAS, not in the heap */
	CHUNK_IN_HEAP,
};

/* A piece of the window that was mapped, and goes, as one. */
struct chunk {
	struct chunk *next;
	void *va;
	size_t bytes;
	size_t page_bytes;
	enum chunk_state state;
	int node;	/* that its pages are on; -1: on more than one, or not known */
	bool low;	/* in the heap, for allocations with a dma_mask */
	bool kept;	/* of the low arena: never trimmed */
	bool resolved;	/* its dma addresses are in the PA cache */
	bool has_lists; /* each of its granules has its page list */
};

struct space {
	struct padma_space fast; /* first */
	pthread_mutex_t lock;
	struct backend *backend;
	char *why; /* this backend was taken */
	struct window window;
	struct pa_cache cache;
	struct page_lists page_lists;
	struct guard guard;
	struct registrations registered;
	struct heap *heap;
	struct chunk *chunks;	       /* the newest first */
	struct pool_listing *pools;    /* that are alive */
	const struct chunk *pool_mark; /* the newest when the pool that is being made began */
	bool pool_made;		       /* in the work under way */
	size_t page_bytes;
	bool pages_may_be_ordinary; /* where hugepages run out */
	size_t chunk_bytes;
	char *mount;
	size_t low_bytes;
	padma_dma_t low_mask;
	bool low_found;
	unsigned int devices;
	unsigned int bus_masters; /* atomic; more only by space_hold_memory() */
	size_t mapped_bytes;
};

/* The opaque whole behind what programs hold. */
static inline struct space *space_of(const struct padma_space *space)
{
	return (struct space *)(uintptr_t)space;
}

/*
 * Lock held: a chunk of exactly @bytes, resolved where the backend can, not in the heap. @node: bind
 * its pages to it (-1: none). chunk->node is where the kernel says they are.
 */
int chunk_map(struct space *space, size_t bytes, size_t page_bytes, int node, struct chunk **chunk);
int chunk_resolve(struct space *space, struct chunk *chunk);
/* Lock held: hand it to the heap, as low memory or not. 0, -ENOMEM. */
int chunk_add_to_heap(struct space *space, struct chunk *chunk, bool low);
/*
 * Lock held: give it back. 0, or -EBUSY where some of it is allocated, or another negative errno: it
 * stays as it is; where its pages alone could not be given back, that is tried again next time.
 */
int chunk_unmap(struct space *space, struct chunk *chunk);
/* Lock held: the same for one that is not wanted, if it is free. padma_last_error() stays. */
void chunk_discard(struct space *space, struct chunk *chunk);

/* Lock held: the heap answered @rc. Where it has no place the space grows; growth that does not help
 * goes back. */
int space_alloc_growing(struct space *space, size_t bytes, const struct padma_alloc_params *opts,
			void **va, int rc);

/* Lock held: padma_space_alloc(). */
static inline int space_alloc(struct space *space, size_t bytes,
			      const struct padma_alloc_params *opts, void **va)
{
	struct guard_exact *exact = space->guard.exact;
	int rc;

	if (PADMA_UNLIKELY(exact) && guard_exact_reserve(exact))
		return -ENOMEM;
	rc = heap_alloc(space->heap, bytes, opts, va);
	if (PADMA_UNLIKELY(rc))
		rc = space_alloc_growing(space, bytes, opts, va, rc);
	if (PADMA_UNLIKELY(exact) && rc == 0)
		guard_exact_lend(exact, *va, bytes);
	return rc;
}

/* Lock held: padma_space_free(). */
static inline int space_free(struct space *space, void *va)
{
	int rc = heap_free(space->heap, va);

	if (PADMA_UNLIKELY(space->guard.exact) && rc == 0)
		guard_exact_take_back(space->guard.exact, va);
	return rc;
}

/* Lock held: padma_space_each_run(). */
int space_each_run(struct space *space, int (*fn)(void *ctx, const struct padma_run *run),
		   void *ctx);
/* Lock held: give back what was mapped since @mark was the newest chunk, and is not in use. */
void space_drop_growth(struct space *space, const struct chunk *mark);
/* Lock held: the last step of a call that got memory, before it is handed out. Not of one that has
 * failed, whose reason would be lost. */
static inline void page_lists_update(struct space *space)
{
	if (space->page_lists.due)
		page_lists_update_due(space);
}

/* Lock held: set low memory aside; the backend resolves. 0, -ENOMEM, -ERANGE. */
int low_arena_collect(struct space *space);

/*
 * Lock held: the backend resolves, and all chunks are resolved. Pools that were opened before get
 * their dma addresses; 0, or -ERANGE if one of them cannot, and none of them does.
 */
int pools_resolve(struct space *space);

#endif
