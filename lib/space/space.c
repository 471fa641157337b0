// SPDX-License-Identifier: BSD-3-Clause
/* Opening and closing a space. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/params.h>
#include <padma/time.h>

#include "memory/pool.h"
#include "space/space_private.h"

#define DEFAULT_WINDOW GIB(64)
#define DEFAULT_CHUNK  MIB(16)

static int check_page_bytes(const struct padma_space_params *params, const struct backend_ops *ops)
{
	switch (params->page_bytes) {
	case 0:
	case MIB(2):
	case GIB(1):
		return 0;
	case UAPI_PAGE_BYTES:
		if (ops->ordinary_pages)
			return 0;
		return fail(-EINVAL, "the backend %s needs hugepages: 2 MiB or 1 GiB", ops->name);
	default:
		return fail(-EINVAL, "%zu is not a page size; give 2 MiB or 1 GiB%s",
			    params->page_bytes, ops->ordinary_pages ? ", or 4 KiB" : "");
	}
}

/*
 * The steps of GET_PA and pagemap, partial pages of registrations, the simulated machine: all that
 * works in units of 4 KiB depends on this check. arm64 may have 16 or 64 KiB.
 */
static int check_system_pages(void)
{
	long bytes = sysconf(_SC_PAGESIZE);

	if (bytes == UAPI_PAGE_BYTES)
		return 0;
	return fail(
		-EOPNOTSUPP,
		"this kernel's pages have %ld bytes, and padma supports only pages of %u; boot a "
		"kernel with 4 KiB pages",
		bytes, UAPI_PAGE_BYTES);
}

static int check_params(const struct padma_space_params *params, const struct backend_ops *ops)
{
	if (params->window_bytes > (1ull << 46))
		return fail(-EINVAL, "a window of %zu bytes exceeds the address space of a process",
			    params->window_bytes);
	if (params->chunk_bytes > DEFAULT_WINDOW)
		return fail(-EINVAL, "chunks of %zu bytes are too large; give at most 64 GiB",
			    params->chunk_bytes);
	if ((unsigned int)params->guard > PADMA_GUARD_EXACT)
		return fail(-EINVAL, "there is no mode %d of the guard", (int)params->guard);
	if (params->low_bytes && params->low_dma_mask < PADMA_GRANULE_BYTES - 1)
		return fail(-EINVAL, "low memory needs its highest dma address; give low_dma_mask");
	return check_page_bytes(params, ops);
}

static void choose_pages(struct space *space, const struct padma_space_params *params)
{
	size_t best;

	space->page_bytes = params->page_bytes;
	if (params->page_bytes)
		return;
	space->page_bytes = PADMA_GRANULE_BYTES;
	if (!space->backend->ops->ordinary_pages)
		return;
	space->pages_may_be_ordinary = true;
	best = params->hugetlbfs ? PADMA_GRANULE_BYTES : pages_best_size(NULL);
	if (best != PADMA_GRANULE_BYTES) {
		log_info("no hugepages are free: ordinary pages stand in for them");
		space->page_bytes = UAPI_PAGE_BYTES;
	}
}

static int open_window(struct space *space, const struct padma_space_params *params)
{
	size_t bytes =
		params->window_bytes ? align_up(params->window_bytes, GIB(1)) : DEFAULT_WINDOW;
	int rc = window_open(&space->window, bytes, params->window_bytes != 0);

	if (rc)
		return rc;
	rc = pa_cache_open(&space->cache, space->window.start, space->window.bytes);
	if (rc) {
		window_close(&space->window);
		return rc;
	}
	space->fast = (struct padma_space){
		.window = (uintptr_t)space->window.start,
		.window_bytes = space->window.bytes,
		.entries = space->cache.entries,
	};
	return 0;
}

static void close_window(struct space *space)
{
	pa_cache_close(&space->cache);
	window_close(&space->window);
}

static struct padma_run run_of(void *ctx, const void *va, size_t len)
{
	const struct space *space = ctx;

	return padma_run(&space->fast, va, len);
}

static int open_heap(struct space *space)
{
	struct heap_source source = {.ctx = space, .run = run_of};

	space->heap = heap_new(&source, space->window.start, space->window.bytes);
	return space->heap ? 0
			   : fail(-ENOMEM, "no memory for a heap, or no addresses; ask for a "
					   "smaller window");
}

/* All parts but the window. */
static int open_parts(struct space *space, const struct padma_space_params *params,
		      const struct backend_ops *ops)
{
	int rc = ops->open(params, space->window.start, space->window.bytes, &space->backend);

	if (rc)
		return rc;
	choose_pages(space, params);
	rc = registrations_open(&space->registered, space->backend, &space->guard);
	space->fast.registered = space->registered.map.root;
	if (rc == 0 && params->guard)
		rc = guard_open(&space->guard, params->guard);
	if (rc == 0)
		rc = open_heap(space);
	if (rc == 0 && params->hugetlbfs) {
		space->mount = strdup(params->hugetlbfs);
		rc = space->mount ? 0 : fail(-ENOMEM, "no memory for a path");
	}
	if (rc == 0 && space->backend->resolves)
		rc = low_memory_collect(space);
	return rc;
}

/* Also what is still allocated: the space is closing. */
static void close_heap(struct space *space)
{
	struct chunk *next;

	heap_delete(space->heap);
	for (struct chunk *chunk = space->chunks; chunk; chunk = next) {
		next = chunk->next;
		if (chunk->state == CHUNK_IN_HEAP)
			chunk->state = CHUNK_MAPPED;
		(void)chunk_unmap(space, chunk);
	}
}

/* Closing the backend unmapped the rest. */
static void free_chunks(struct space *space)
{
	while (space->chunks) {
		struct chunk *chunk = space->chunks;

		space->chunks = chunk->next;
		free(chunk);
	}
}

static void free_space(struct space *space)
{
	page_lists_close(space);
	close_heap(space);
	registrations_close(&space->registered);
	guard_close(&space->guard);
	if (space->backend)
		space->backend->ops->close(space->backend);
	free_chunks(space);
	close_window(space);
	pthread_mutex_destroy(&space->lock);
	free(space->why);
	free(space->mount);
	free(space);
}

/* Takes ownership of @why. */
static int open_space(const struct padma_space_params *params, const struct backend_ops *ops,
		      char *why, struct padma_space **result)
{
	struct space *space = calloc(1, sizeof(*space));
	int rc;

	if (!space) {
		free(why);
		return fail(-ENOMEM, "no memory for a space");
	}
	space->why = why;
	padma_clock_init();
	space->chunk_bytes = params->chunk_bytes ? params->chunk_bytes : DEFAULT_CHUNK;
	space->low_bytes = params->low_bytes;
	space->low_mask = params->low_dma_mask;
	rc = open_window(space, params);
	if (rc) {
		free(why);
		free(space);
		return rc;
	}
	pthread_mutex_init(&space->lock, NULL);
	rc = open_parts(space, params, ops);
	if (rc) {
		free_space(space);
		return rc;
	}
	log_info("backend %s: %s; window of %zu GiB at %p", ops->name, space->why,
		 space->window.bytes >> 30, (void *)space->window.start);
	*result = &space->fast;
	return 0;
}

static int open_checked(unsigned int abi, size_t params_bytes,
			const struct padma_space_params *given, const enum space_device_kind *kind,
			struct padma_space **space)
{
	struct padma_space_params params;
	const struct backend_ops *ops;
	char *why;
	int rc;

	if (abi != PADMA_SPACE_ABI)
		return fail(-EPROTO, "the program was compiled with the inlined lookups of another "
				     "version than this libpadma; rebuild it");
	if (!space)
		return fail(-EINVAL, "a space needs somewhere to put it");
	rc = check_system_pages();
	if (rc)
		return rc;
	rc = padma_params_take(&params, sizeof(params), given, params_bytes);
	if (rc)
		return rc;
	rc = backend_choose(params.backend, kind, &ops, &why);
	if (rc)
		return rc;
	rc = check_params(&params, ops);
	if (rc) {
		free(why);
		return rc;
	}
	return open_space(&params, ops, why, space);
}

int padma_space_open_sized(unsigned int abi, size_t params_bytes,
			   const struct padma_space_params *params, struct padma_space **space)
{
	return open_checked(abi, params_bytes, params, NULL, space);
}

int space_open_for(unsigned int abi, size_t params_bytes, const struct padma_space_params *params,
		   enum space_device_kind kind, struct padma_space **space)
{
	return open_checked(abi, params_bytes, params, &kind, space);
}

/* Lock held: what keeps the space open. 0, or -EBUSY. */
static int check_idle(const struct space *space)
{
	if (space->devices)
		return fail(-EBUSY, "the space has devices attached (%u); close each first",
			    space->devices);
	/* Detached and not yet closed: it may still be doing DMA. */
	if (__atomic_load_n(&space->bus_masters, __ATOMIC_ACQUIRE))
		return fail(-EBUSY,
			    "a device of the space is still being closed; try again afterwards");
	if (space->pools)
		return fail(-EBUSY, "the pool %s is open; close it first", space->pools->label);
	return 0;
}

int padma_space_close(struct padma_space *space)
{
	struct space *s = space_of(space);
	int rc;

	if (!space)
		return 0;
	pthread_mutex_lock(&s->lock);
	rc = check_idle(s);
	pthread_mutex_unlock(&s->lock);
	if (rc == 0)
		free_space(s);
	return rc;
}

struct backend *space_backend(struct padma_space *space)
{
	return space_of(space)->backend;
}
