// SPDX-License-Identifier: BSD-3-Clause
/* Allocating from the heap of a space, and freeing. */
#define PADMA_PART "space"
#include "base/base.h"

#include <padma/alloc.h>
#include <padma/params.h>

#include "space/space_private.h"

int space_alloc(struct space *space, size_t bytes, const struct padma_alloc_params *params,
		void **va)
{
	struct guard_exact *exact = space->guard.exact;
	int rc;

	if (PADMA_UNLIKELY(exact) && guard_exact_reserve(exact))
		return -ENOMEM;
	rc = heap_alloc(space->heap, bytes, params, va);
	if (PADMA_UNLIKELY(rc))
		rc = space_alloc_growing(space, bytes, params, va, rc);
	if (PADMA_UNLIKELY(exact) && rc == 0)
		guard_exact_lend(exact, *va, bytes);
	return rc;
}

int space_free(struct space *space, void *va)
{
	int rc = heap_free(space->heap, va);

	if (PADMA_UNLIKELY(space->guard.exact) && rc == 0)
		guard_exact_take_back(space->guard.exact, va);
	return rc;
}

int padma_space_alloc_sized(struct padma_space *space, size_t bytes, size_t params_bytes,
			    const struct padma_alloc_params *params, void **va)
{
	struct space *s = space_of(space);
	struct padma_alloc_params wanted;
	int rc;

	if (!space || !va)
		return fail(-EINVAL, "an allocation needs a space and somewhere to put it");
	rc = padma_params_take(&wanted, sizeof(wanted), params, params_bytes);
	if (rc)
		return rc;
	pthread_mutex_lock(&s->lock);
	rc = space_alloc(s, bytes, &wanted, va);
	if (rc == 0)
		page_lists_update(s);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int padma_space_free(struct padma_space *space, void *va)
{
	struct space *s = space_of(space);
	int rc;

	if (!va)
		return 0;
	pthread_mutex_lock(&s->lock);
	rc = space_free(s, va);
	pthread_mutex_unlock(&s->lock);
	return rc;
}
