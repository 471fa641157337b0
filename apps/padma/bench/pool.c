// SPDX-License-Identifier: BSD-3-Clause
/* padma bench pool: objects taken and returned, one by one and 32 at a time. */
#include "bench/bench.h"

#include <stdlib.h>

#include <padma/error.h>
#include <padma/pool.h>

#include "common/command.h"

#define OBJECTS 8192u
#define BULK	32u
#define TURNS	200000ull

static void pair_loop(void *ctx, uint64_t turns)
{
	struct padma_pool_cache *cache = ctx;

	for (uint64_t i = 0; i < turns; i++) {
		struct padma_pool_object *object = padma_pool_get(cache);

		keep(object);
		padma_pool_put(cache, object);
	}
}

static void bulk_loop(void *ctx, uint64_t turns)
{
	struct padma_pool_object *objects[BULK];
	struct padma_pool_cache *cache = ctx;

	for (uint64_t i = 0; i < turns; i += BULK) {
		struct padma_pool_object **list = objects;
		unsigned int n = padma_pool_get_bulk(cache, list, BULK);

		keep(list);
		padma_pool_put_bulk(cache, list, n);
	}
}

static int measure(struct padma_pool *pool, struct figures *figures)
{
	struct padma_pool_cache *cache;

	if (padma_pool_cache_open(pool, &cache))
		return complain("%s", padma_last_error());
	figures_add(figures, "getput_ns", "an object taken and returned", "ns",
		    ns_per_turn(pair_loop, cache, TURNS));
	figures_add(figures, "bulk32_ns", "the same 32 at a time, per object", "ns",
		    ns_per_turn(bulk_loop, cache, TURNS));
	padma_pool_cache_close(cache);
	return 0;
}

int bench_pool(struct figures *figures)
{
	struct padma_pool_params objects = {.object_bytes = 2048, .count = OBJECTS};
	struct padma_space_params params = bench_params();
	struct padma_space *space = bench_space(&params);
	struct padma_pool *pool;
	int code;

	if (!space)
		return EXIT_FAILURE;
	if (padma_pool_open(space, &objects, &pool)) {
		code = complain("%s", padma_last_error());
	} else {
		code = measure(pool, figures);
		padma_pool_close(pool);
	}
	padma_space_close(space);
	return code;
}
