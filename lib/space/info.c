// SPDX-License-Identifier: BSD-3-Clause
/* The figures of a space, and its runs. */
#include "base/base.h"

#include <padma/params.h>
#include <padma/time.h>

#include "space/space_private.h"

int space_each_run(struct space *s, int (*fn)(void *ctx, const struct padma_run *run), void *ctx)
{
	int rc = pa_cache_each_run(&s->cache, fn, ctx);

	return rc ? rc : registrations_each_run(&s->registered, fn, ctx);
}

int padma_space_each_run(struct padma_space *space,
			 int (*fn)(void *ctx, const struct padma_run *run), void *ctx)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = space_each_run(s, fn, ctx);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static int count_run(void *ctx, const struct padma_run *run)
{
	(void)run;
	++*(size_t *)ctx;
	return 0;
}

void padma_space_info_sized(struct padma_space *space, size_t info_bytes,
			    struct padma_space_info *info)
{
	struct space *s = space_of(space);
	struct padma_space_info now;

	pthread_mutex_lock(&s->lock);
	now = (struct padma_space_info){
		.backend = s->backend->ops->name,
		.why = s->why,
		.page_bytes = s->page_bytes,
		.window = s->window.start,
		.window_bytes = s->window.bytes,
		.mapped_bytes = s->mapped_bytes,
		.page_list_bytes = page_lists_bytes(s),
		.allocated_bytes = heap_allocated(s->heap),
		.registered_bytes = s->registered.bytes,
		.registered_runs = s->registered.runs,
		.queries = s->backend->queries,
		.map_ns = padma_ticks_to_ns(s->backend->map_ticks),
		.resolve_ns = padma_ticks_to_ns(s->backend->resolve_ticks),
		.devices = s->devices,
		.guard = padma_guard_mode(space),
		.guard_refused = s->guard.refusals,
	};
	pa_cache_each_run(&s->cache, count_run, &now.runs);
	pthread_mutex_unlock(&s->lock);
	padma_params_give(info, info_bytes, &now, sizeof(now));
}
