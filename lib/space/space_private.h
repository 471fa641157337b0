/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * space_private.h - a space; programs see its first member only.
 *
 * The lock protects everything except what lookups and the guard's check read.
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
#include "space/attach.h"
#include "space/backend.h"
#include "space/guard/guard.h"
#include "space/guard/exact.h"
#include "space/pa_cache.h"
#include "space/page_lists.h"
#include "space/register/registrations.h"

enum chunk_state {
	CHUNK_PAGES,  /* pages in the window, not in the IOAS */
	CHUNK_MAPPED, /* in the IOAS, not in the heap */
	CHUNK_IN_HEAP,
};

/* A piece of the window that is mapped and unmapped as a whole. */
struct chunk {
	struct chunk *next;
	void *va;
	size_t bytes;
	size_t page_bytes;
	enum chunk_state state;
	int node;	/* NUMA node of its pages; -1: several, or unknown */
	bool low;	/* in the heap, for allocations with a dma_mask */
	bool kept;	/* low memory that was set aside: never trimmed */
	bool resolved;	/* its dma addresses are in the PA cache */
	bool has_lists; /* each of its granules has its page list */
};

struct space {
	struct padma_space fast; /* first */
	pthread_mutex_t lock;
	struct backend *backend;
	char *why; /* why this backend was chosen */
	struct window window;
	struct pa_cache cache;
	struct page_lists page_lists;
	struct guard guard;
	struct registrations registered;
	struct heap *heap;
	struct chunk *chunks;	       /* the newest first */
	struct pool_listing *pools;    /* open ones */
	const struct chunk *pool_mark; /* the newest when the pool that is being made began */
	bool pool_made;		       /* in the work under way */
	size_t page_bytes;
	bool pages_may_be_ordinary; /* if hugepages run out */
	size_t chunk_bytes;
	char *mount;
	size_t low_bytes;
	padma_dma_t low_mask;
	bool low_found;
	unsigned int devices;
	unsigned int bus_masters; /* atomic; more only by space_hold_memory() */
	size_t mapped_bytes;
};

/* What a program's handle points to. */
static inline struct space *space_of(const struct padma_space *space)
{
	return (struct space *)(uintptr_t)space;
}

/*
 * Lock held: map a chunk of exactly @bytes, resolved if the backend can, not in the heap. @node: bind
 * its pages to it (-1: none). chunk->node is where the kernel says they are.
 */
int chunk_map(struct space *space, size_t bytes, size_t page_bytes, int node, struct chunk **chunk);
int chunk_resolve(struct space *space, struct chunk *chunk);
/* Lock held: add it to the heap, as low memory or not. 0, -ENOMEM. */
int chunk_add_to_heap(struct space *space, struct chunk *chunk, bool low);
/*
 * Lock held: unmap it. 0, or -EBUSY (some of it is allocated) or another negative errno: it stays as it
 * is; if only its pages could not be released, that is tried again next time.
 */
int chunk_unmap(struct space *space, struct chunk *chunk);
/* Lock held: unmap it if it is free. padma_last_error() stays. */
void chunk_discard(struct space *space, struct chunk *chunk);

/* Lock held: the heap failed with @rc: grow and retry. Growth that does not help is undone. */
int space_alloc_growing(struct space *space, size_t bytes, const struct padma_alloc_params *opts,
			void **va, int rc);

/* Lock held: padma_space_alloc(), padma_space_free(). */
int space_alloc(struct space *space, size_t bytes, const struct padma_alloc_params *params,
		void **va);
int space_free(struct space *space, void *va);

/* Lock held: padma_space_each_run(). */
int space_each_run(struct space *space, int (*fn)(void *ctx, const struct padma_run *run),
		   void *ctx);
/* Lock held: unmap the unused chunks that were mapped since @mark was the newest. */
void space_drop_growth(struct space *space, const struct chunk *mark);
/* Lock held: the last step of a call that mapped memory, before it is handed out. Not after a failure,
 * whose reason would be lost. */
static inline void page_lists_update(struct space *space)
{
	if (space->page_lists.due)
		page_lists_update_due(space);
}

/* Lock held: set low memory aside, once the backend resolves. 0, -ENOMEM, -ERANGE. */
int low_memory_collect(struct space *space);

/*
 * Lock held: the backend resolves, and all chunks are resolved. Pools that were opened before get
 * their dma addresses; 0, or -ERANGE if one of them cannot, and none of them does.
 */
int pools_resolve(struct space *space);

#endif
