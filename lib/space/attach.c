// SPDX-License-Identifier: BSD-3-Clause
/* Devices joining and leaving a space. See attach.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <string.h>

#include "space/attach.h"
#include "space/space_private.h"

/* Until the first device attached, MAP pinned nothing and nothing could be resolved. Catch up. */
static int catch_up(struct space *space)
{
	for (struct chunk *chunk = space->chunks; chunk; chunk = chunk->next) {
		int rc = chunk_resolve(space, chunk);

		if (rc)
			return rc;
	}
	return foreign_resolve_all(&space->foreign, &space->queries);
}

/* The first device: the backend resolves from now on. */
static int start_resolving(struct space *space)
{
	int rc = space->backend->ops->attach(space->backend);

	if (rc == -EFAULT)
		return fail(rc, "memory that was registered before the device was opened cannot be "
				"pinned: it is gone, or not writable");
	if (rc)
		return fail(rc, "the device cannot use the space's memory: %s", strerror(-rc));
	return 0;
}

int space_attach(struct padma_space *space)
{
	struct space *s = space_of(space);
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	if (!s->backend->resolves)
		rc = start_resolving(s);
	/* Both do nothing where it was done before; what failed before is tried again. */
	if (rc == 0)
		rc = catch_up(s);
	if (rc == 0)
		rc = low_arena_collect(s);
	if (rc == 0)
		s->devices++;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void space_detach(struct padma_space *space)
{
	struct space *s = space_of(space);

	pthread_mutex_lock(&s->lock);
	s->devices--;
	pthread_mutex_unlock(&s->lock);
}

void space_bus_master(struct padma_space *space, bool on)
{
	struct space *s = space_of(space);

	pthread_mutex_lock(&s->lock);
	if (on)
		s->bus_masters++;
	else
		s->bus_masters--;
	pthread_mutex_unlock(&s->lock);
}
