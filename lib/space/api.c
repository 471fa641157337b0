// SPDX-License-Identifier: BSD-3-Clause
/* A space's memory as programs ask for it: the heap, registrations, trimming. */
#define PADMA_PART "space"
#include "base/base.h"

#include <padma/alloc.h>
#include <padma/params.h>

#include "space/space_private.h"

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

static int check_registration(const struct padma_space *space, uintptr_t va, size_t len)
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

int padma_space_register(struct padma_space *space, void *va, size_t len)
{
	struct space *s = space_of(space);
	int rc = check_registration(space, (uintptr_t)va, len);

	if (rc)
		return rc;
	pthread_mutex_lock(&s->lock);
	rc = registrations_add(&s->registered, (uintptr_t)va, len);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int padma_space_unregister(struct padma_space *space, void *va, size_t len)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = registrations_remove(&s->registered, (uintptr_t)va, len);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int64_t padma_space_trim(struct padma_space *space)
{
	struct space *s = space_of(space);
	struct chunk *chunk, *next;
	unsigned int masters;
	int64_t bytes = 0;

	pthread_mutex_lock(&s->lock);
	masters = __atomic_load_n(&s->bus_masters, __ATOMIC_ACQUIRE);
	if (masters) {
		pthread_mutex_unlock(&s->lock);
		return fail(-EBUSY,
			    "%u devices of the space have bus mastering on and may still "
			    "write; reset or close them first",
			    masters);
	}
	for (chunk = s->chunks; chunk; chunk = next) {
		size_t chunk_bytes = chunk->bytes;

		next = chunk->next;
		if (!chunk->kept && chunk_unmap(s, chunk) == 0)
			bytes += (int64_t)chunk_bytes;
	}
	bytes += (int64_t)page_lists_trim(s);
	pthread_mutex_unlock(&s->lock);
	return bytes;
}
