// SPDX-License-Identifier: BSD-3-Clause
/* Pools of a space: their memory is the heap's, got in one piece of work below the space's lock. */
#define PADMA_PART "space"
#include "base/base.h"

#include <padma/pool.h>

#include "memory/pool.h"
#include "space/space_private.h"

static void begin(void *ctx)
{
	struct space *space = ctx;

	pthread_mutex_lock(&space->lock);
	space->pool_mark = space->chunks;
}

static void end(void *ctx)
{
	struct space *space = ctx;

	space_drop_growth(space, space->pool_mark);
	pthread_mutex_unlock(&space->lock);
}

static int alloc(void *ctx, size_t bytes, const struct padma_alloc_opts *opts, void **va)
{
	return space_alloc(ctx, bytes, opts, va);
}

static int free_block(void *ctx, void *va)
{
	struct space *space = ctx;

	return heap_free(space->heap, va);
}

static struct padma_run run_of(void *ctx, const void *va, size_t len)
{
	const struct space *space = ctx;

	return padma_run(&space->fast, va, len);
}

static void made(void *ctx, struct pool_listing *pool)
{
	struct space *space = ctx;

	pool->next = space->pools;
	pool->link = &space->pools;
	if (pool->next)
		pool->next->link = &pool->next;
	space->pools = pool;
}

static void gone(void *ctx, struct pool_listing *pool)
{
	(void)ctx;
	*pool->link = pool->next;
	if (pool->next)
		pool->next->link = pool->link;
}

int padma_pool_create(struct padma_space *space, const struct padma_pool_params *params,
		      struct padma_pool **pool)
{
	struct pool_source source = {
		.begin = begin,
		.end = end,
		.alloc = alloc,
		.free = free_block,
		.run = run_of,
		.made = made,
		.gone = gone,
	};

	if (!space || !params || !pool)
		return fail(-EINVAL, "a pool needs a space, parameters and somewhere to put it");
	source.ctx = space_of(space);
	fail_hold();
	return fail_release(pool_create(&source, params, pool));
}
