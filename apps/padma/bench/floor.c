// SPDX-License-Identifier: BSD-3-Clause
/* See floor.h. */
#include "bench/floor.h"

#include <errno.h>
#include <stdlib.h>

#include <padma/alloc.h>

static int alloc_ring(struct padma_space *space, size_t bytes, void **ring)
{
	const struct padma_alloc_params opts = {.align_bytes = 4096,
						.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS};

	return padma_space_alloc(space, bytes, &opts, ring);
}

int floor_open(struct floor *floor, struct padma_space *space, unsigned int qd)
{
	void *sq = NULL, *cq = NULL;
	uint32_t entries = 1;
	int rc;

	while (entries <= qd)
		entries <<= 1;
	*floor = (struct floor){.space = space, .mask = entries - 1, .phase = 1};
	floor->lists = padma_page_lists(space);
	floor->requests = calloc(entries, sizeof(*floor->requests));
	floor->free = calloc(entries, sizeof(*floor->free));
	if (!floor->lists || !floor->requests || !floor->free)
		return -ENOMEM;
	rc = alloc_ring(space, entries * sizeof(*floor->sq), &sq);
	floor->sq = sq;
	if (rc == 0)
		rc = alloc_ring(space, entries * sizeof(*floor->cq), &cq);
	floor->cq = cq;
	for (uint32_t tag = 0; tag < qd; tag++)
		floor->free[floor->free_count++] = (uint16_t)(qd - 1 - tag);
	return rc;
}

void floor_close(struct floor *floor)
{
	free(floor->requests);
	free(floor->free);
	if (!floor->space)
		return;
	padma_space_free(floor->space, floor->sq);
	padma_space_free(floor->space, floor->cq);
}

void floor_answer(struct floor *floor)
{
	for (; floor->answered != floor->tail; floor->answered++) {
		uint32_t at = floor->answered & floor->mask;
		uint32_t phase = !(floor->answered & (floor->mask + 1));

		floor->cq[at][3] = phase << 16 | (uint16_t)(floor->sq[at].words[0] >> 16);
	}
}
