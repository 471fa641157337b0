/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool_fixture.h - a source for pools: plain memory whose runs are RUN_BYTES long each, in
 * descending order, so that no two of them are one. It counts what is allocated, and fails on
 * demand.
 */
#ifndef TESTS_POOL_FIXTURE_H
#define TESTS_POOL_FIXTURE_H

#include "test.h"

#include "memory/pool.h"

#define RUN_BYTES   ((size_t)64 << 10)
#define ARENA_BYTES ((size_t)16 << 20)

struct memory {
	char *start;
	size_t used;
	int live;	 /* allocations */
	int open;	 /* begun and not ended */
	int pools;	 /* that are alive */
	size_t most;	 /* the largest allocation that is granted, 0: any */
	int allocs_left; /* before they fail; -1: any number */
	bool unresolved; /* addresses are not known, as before the first device */
	struct padma_alloc_params last;
};

static inline padma_dma_t memory_dma(const struct memory *memory, const void *va)
{
	size_t offset = (size_t)((const char *)va - memory->start);

	return (ARENA_BYTES / RUN_BYTES + 1 - offset / RUN_BYTES) * RUN_BYTES + offset % RUN_BYTES;
}

static inline struct padma_run memory_run(void *ctx, const void *va, size_t len)
{
	struct memory *memory = ctx;
	size_t left = RUN_BYTES - (uintptr_t)va % RUN_BYTES;
	struct padma_run run = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};

	if (!memory->unresolved) {
		run.dma = memory_dma(memory, va);
		run.len = left < len ? left : len;
	}
	return run;
}

static inline bool memory_resolves(void *ctx)
{
	const struct memory *memory = ctx;

	return !memory->unresolved;
}

static inline int memory_alloc(void *ctx, size_t bytes, const struct padma_alloc_params *opts,
			       void **va)
{
	struct memory *memory = ctx;
	size_t align = opts->align_bytes > 64 ? opts->align_bytes : 64;
	size_t at = (memory->used + align - 1) / align * align;

	memory->last = *opts;
	if (memory->unresolved &&
	    (opts->dma_mask || opts->boundary_bytes || opts->flags & PADMA_ALLOC_CONTIGUOUS))
		return -ENXIO;
	if (memory->allocs_left == 0 || (memory->most && bytes > memory->most))
		return -ENOMEM;
	if (opts->flags & PADMA_ALLOC_CONTIGUOUS) {
		if (bytes > RUN_BYTES)
			return -ERANGE;
		/* Runs begin at multiples of their size, for the device too. */
		if (opts->boundary_bytes &&
		    at % opts->boundary_bytes + bytes > opts->boundary_bytes)
			at = (at + opts->boundary_bytes - 1) / opts->boundary_bytes *
			     opts->boundary_bytes;
		if (at % RUN_BYTES + bytes > RUN_BYTES)
			at = (at + RUN_BYTES - 1) / RUN_BYTES * RUN_BYTES;
	}
	if (at + bytes > ARENA_BYTES)
		return -ENOMEM;
	if (memory->allocs_left > 0)
		memory->allocs_left--;
	*va = memory->start + at;
	memory->used = at + bytes;
	memory->live++;
	return 0;
}

static inline int memory_free(void *ctx, void *va)
{
	struct memory *memory = ctx;

	(void)va;
	return memory->live-- > 0 ? 0 : -EINVAL;
}

static inline void memory_begin(void *ctx)
{
	struct memory *memory = ctx;

	memory->open++;
}

static inline void memory_end(void *ctx)
{
	struct memory *memory = ctx;

	memory->open--;
}

static inline void memory_made(void *ctx, struct pool_listing *pool)
{
	struct memory *memory = ctx;

	(void)pool;
	memory->pools++;
}

static inline void memory_gone(void *ctx, struct pool_listing *pool)
{
	struct memory *memory = ctx;

	(void)pool;
	memory->pools--;
}

static inline struct pool_source memory_source(struct memory *memory)
{
	return (struct pool_source){.ctx = memory,
				    .begin = memory_begin,
				    .end = memory_end,
				    .alloc = memory_alloc,
				    .free = memory_free,
				    .run = memory_run,
				    .resolves = memory_resolves,
				    .made = memory_made,
				    .gone = memory_gone};
}

static inline int memory_setup(void **state)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory || posix_memalign((void **)&memory->start, PADMA_GRANULE_BYTES, ARENA_BYTES))
		return -1;
	memory->allocs_left = -1;
	*state = memory;
	return 0;
}

static inline int memory_teardown(void **state)
{
	struct memory *memory = *state;
	int live = memory->live + memory->open + memory->pools;

	free(memory->start);
	free(memory);
	return live ? -1 : 0; /* a leak fails the group */
}

#endif
