// SPDX-License-Identifier: BSD-3-Clause
/* Pools of a space: their memory is the heap's, allocated as one operation under the space's lock. */
#define PADMA_PART "space"
#include "base/base.h"

#include <padma/params.h>
#include <padma/pool.h>

#include "memory/pool.h"
#include "space/space_private.h"

static void begin(void *ctx)
{
	struct space *space = ctx;

	pthread_mutex_lock(&space->lock);
	space->pool_mark = space->chunks;
	space->pool_made = false;
}

static void end(void *ctx)
{
	struct space *space = ctx;

	space_drop_growth(space, space->pool_mark);
	if (space->pool_made)
		page_lists_update(space);
	pthread_mutex_unlock(&space->lock);
}

static int alloc(void *ctx, size_t bytes, const struct padma_alloc_params *opts, void **va)
{
	return space_alloc(ctx, bytes, opts, va);
}

static int free_block(void *ctx, void *va)
{
	struct space *space = ctx;

	return space_free(space, va);
}

static struct padma_run run_of(void *ctx, const void *va, size_t len)
{
	const struct space *space = ctx;

	return padma_run(&space->fast, va, len);
}

static bool resolves(void *ctx)
{
	const struct space *space = ctx;

	return space->backend->resolves;
}

struct objects_of {
	struct guard_exact *exact;
	const struct pool_listing *pool;
};

static void note_objects(void *ctx, const void *va, const struct padma_pool_object *objects,
			 size_t count)
{
	const struct objects_of *of = ctx;

	guard_exact_set_objects(of->exact, va, of->pool, objects, count);
}

static void made(void *ctx, struct pool_listing *pool)
{
	struct space *space = ctx;

	space->pool_made = true;
	pool->next = space->pools;
	pool->link = &space->pools;
	if (pool->next)
		pool->next->link = &pool->next;
	space->pools = pool;
	if (space->guard.exact)
		pool_each_part(pool, note_objects, &(struct objects_of){space->guard.exact, pool});
}

static void gone(void *ctx, struct pool_listing *pool)
{
	(void)ctx;
	*pool->link = pool->next;
	if (pool->next)
		pool->next->link = pool->link;
}

static int check_all(const struct space *space)
{
	for (const struct pool_listing *pool = space->pools; pool; pool = pool->next) {
		int rc = pool->resolved ? 0 : pool_check_addresses(pool);

		if (rc)
			return rc;
	}
	return 0;
}

int pools_resolve(struct space *space)
{
	int rc;

	fail_hold();
	rc = fail_release(check_all(space));
	if (rc)
		return rc;
	for (struct pool_listing *pool = space->pools; pool; pool = pool->next)
		if (!pool->resolved)
			pool_resolve(pool);
	return 0;
}

int padma_pool_open_sized(struct padma_space *space, size_t params_bytes,
			  const struct padma_pool_params *params, struct padma_pool **pool)
{
	struct pool_source source = {
		.begin = begin,
		.end = end,
		.alloc = alloc,
		.free = free_block,
		.run = run_of,
		.resolves = resolves,
		.made = made,
		.gone = gone,
	};
	struct padma_pool_params checked;
	int rc;

	if (!space || !params || !pool)
		return fail(-EINVAL, "a pool needs a space, parameters and somewhere to put it");
	source.ctx = space_of(space);
	rc = padma_params_take(&checked, sizeof(checked), params, params_bytes);
	if (rc)
		return rc;
	/* The guard knows from them which objects are held. */
	if (space_of(space)->guard.exact)
		checked.checks = PADMA_POOL_CHECKS_ON;
	fail_hold();
	return fail_release(pool_create(&source, &checked, pool));
}
