// SPDX-License-Identifier: BSD-3-Clause
/* A space's memory as programs ask for it: the heap, pools, registrations, trimming. */
#define PADMA_PART "space"
#include "base/base.h"

#include <padma/alloc.h>
#include <padma/pool.h>

#include "memory/pool.h"
#include "space/space_private.h"

int padma_alloc(struct padma_space *space, size_t bytes, const struct padma_alloc_opts *opts,
		void **va)
{
	static const struct padma_alloc_opts none;
	struct space *s = space_of(space);
	int rc;

	if (!space || !va)
		return fail(-EINVAL, "an allocation needs a space and somewhere to put it");
	pthread_mutex_lock(&s->lock);
	rc = heap_alloc(s->heap, bytes, opts ? opts : &none, va);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int padma_free(struct padma_space *space, void *va)
{
	struct space *s = space_of(space);
	int rc;

	if (!va)
		return 0;
	pthread_mutex_lock(&s->lock);
	rc = heap_free(s->heap, va);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static int pool_alloc(void *ctx, size_t bytes, const struct padma_alloc_opts *opts, void **va)
{
	return padma_alloc(ctx, bytes, opts, va);
}

static int pool_free(void *ctx, void *va)
{
	return padma_free(ctx, va);
}

static struct padma_run pool_run(void *ctx, const void *va, size_t len)
{
	return padma_run(ctx, va, len);
}

int padma_pool_create(struct padma_space *space, const struct padma_pool_params *params,
		      struct padma_pool **pool)
{
	struct pool_source source = {
		.ctx = space, .alloc = pool_alloc, .free = pool_free, .run = pool_run};

	if (!space || !params || !pool)
		return fail(-EINVAL, "a pool needs a space, parameters and somewhere to put it");
	return pool_create(&source, params, pool);
}

static int check_foreign(const struct padma_space *space, uintptr_t va, size_t len)
{
	uintptr_t end;

	if (len == 0 || __builtin_add_overflow(va, len, &end))
		return fail(-EINVAL, "%zu bytes at 0x%zx are no memory", len, (size_t)va);
	/* Nobody has the first page: a failed allocation, or a part of it. */
	if (va < UAPI_PAGE_BYTES)
		return fail(-EFAULT, "%zu bytes at 0x%zx are no memory; did an allocation fail?",
			    len, (size_t)va);
	if (va < space->window + space->window_bytes && end > space->window)
		return fail(-EINVAL,
			    "%zu bytes at 0x%zx lie in the window: padma's own memory is "
			    "not registered",
			    len, (size_t)va);
	return 0;
}

int padma_register(struct padma_space *space, void *va, size_t len)
{
	struct space *s = space_of(space);
	int rc = check_foreign(space, (uintptr_t)va, len);

	if (rc)
		return rc;
	pthread_mutex_lock(&s->lock);
	rc = foreign_register(&s->foreign, (uintptr_t)va, len);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int padma_unregister(struct padma_space *space, void *va, size_t len)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = foreign_unregister(&s->foreign, (uintptr_t)va, len);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* A chunk nobody uses goes; one that cannot be unmapped goes back into the heap. */
static size_t trim_chunk(struct space *space, struct chunk *chunk)
{
	size_t bytes = chunk->bytes;

	if (chunk->kept || heap_remove(space->heap, chunk->va, bytes))
		return 0;
	if (chunk_unmap(space, chunk) == 0)
		return bytes;
	(void)heap_add(space->heap, chunk->va, bytes, chunk->node, chunk->low);
	return 0;
}

int64_t padma_space_trim(struct padma_space *space)
{
	struct space *s = space_of(space);
	struct chunk *chunk, *next;
	int64_t bytes = 0;

	pthread_mutex_lock(&s->lock);
	if (s->bus_masters) {
		unsigned int masters = s->bus_masters;

		pthread_mutex_unlock(&s->lock);
		return fail(-EBUSY,
			    "%u devices of the space have bus mastering on and may still "
			    "write; reset or close them first",
			    masters);
	}
	for (chunk = s->chunks; chunk; chunk = next) {
		next = chunk->next;
		bytes += (int64_t)trim_chunk(s, chunk);
	}
	pthread_mutex_unlock(&s->lock);
	return bytes;
}
