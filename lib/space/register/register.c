// SPDX-License-Identifier: BSD-3-Clause
/* Registering the program's memory, and the lookups of it that padma/lookup.h does not inline. */
#define PADMA_PART "space"
#include "base/base.h"

#include "space/space_private.h"

static int check_registration(const struct padma_space *space, uintptr_t va, size_t len)
{
	uintptr_t end;

	if (len == 0 || __builtin_add_overflow(va, len, &end))
		return fail(-EINVAL, "%zu bytes at 0x%zx are not a range of memory", len,
			    (size_t)va);
	/* The first page is never mapped: this is a failed allocation, or a part of one. */
	if (va < UAPI_PAGE_BYTES)
		return fail(-EFAULT, "%zu bytes at 0x%zx are not memory; did an allocation fail?",
			    len, (size_t)va);
	if (va < space->window + space->window_bytes && end > space->window)
		return fail(-EINVAL,
			    "%zu bytes at 0x%zx lie in the window: padma's own memory need "
			    "not be registered",
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

struct padma_run padma_run_registered(const struct padma_space *space, const void *va, size_t len)
{
	return registered_map_run(&space_of(space)->registered.map, (uintptr_t)va, len);
}

padma_dma_t padma_dma_page(const struct padma_space *space, const void *va)
{
	return registered_map_dma(&space_of(space)->registered.map, (uintptr_t)va);
}
