// SPDX-License-Identifier: BSD-3-Clause
/* Rings: their memory. */
#define PADMA_PART "queue"
#include "base/base.h"

#include <padma/alloc.h>

#include "pmd/ring.h"

#define RING_ALIGN_BYTES 4096

int ring_open(struct ring *ring, struct padma_space *space, uint32_t entries, size_t entry_bytes)
{
	const struct padma_alloc_params opts = {
		.align_bytes = RING_ALIGN_BYTES,
		.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS,
	};
	size_t bytes = entries * entry_bytes;
	void *va;
	int rc;

	if (!is_power_of_two(entries))
		return fail(-EINVAL, "a ring has a power of two of entries, not %u", entries);
	rc = padma_space_alloc(space, bytes, &opts, &va);
	if (rc)
		return rc;
	*ring = (struct ring){va, padma_dma(space, va), bytes, entries - 1};
	if (ring->dma == PADMA_DMA_NONE || !padma_guard_check(space, ring->dma, bytes)) {
		ring_close(ring, space);
		return fail(-EFAULT, "a ring's memory has no dma address that the space knows; "
				     "attach a device first");
	}
	return 0;
}

void ring_close(struct ring *ring, struct padma_space *space)
{
	padma_space_free(space, ring->va);
	*ring = (struct ring){0};
}
