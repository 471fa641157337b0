// SPDX-License-Identifier: BSD-3-Clause
/* Giving memory that is not in use back to the system. */
#define PADMA_PART "space"
#include "base/base.h"

#include "space/space_private.h"

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
