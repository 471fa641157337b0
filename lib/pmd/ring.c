// SPDX-License-Identifier: BSD-3-Clause
/* Rings: their memory. */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <padma/params.h>
#include <padma/pmd/ring.h>

#define RING_ALIGN_BYTES 4096

static int check_size(uint32_t entries, size_t entry_bytes)
{
	if (!is_power_of_two(entries))
		return fail(-EINVAL, "a ring has a power of two of entries, not %u", entries);
	if (entry_bytes == 0 || entry_bytes > SIZE_MAX / entries)
		return fail(-EINVAL, "a ring cannot have entries of %zu bytes", entry_bytes);
	return 0;
}

int padma_ring_open_sized(struct padma_ring *ring, struct padma_space *space, uint32_t entries,
			  size_t entry_bytes, size_t params_bytes,
			  const struct padma_alloc_params *given)
{
	struct padma_alloc_params params;
	int rc = check_size(entries, entry_bytes);
	size_t bytes = entries * entry_bytes;
	padma_dma_t dma;
	void *va;

	if (!rc)
		rc = padma_params_take(&params, sizeof(params), given, params_bytes);
	if (rc)
		return rc;
	if (params.align_bytes == 0)
		params.align_bytes = RING_ALIGN_BYTES;
	params.flags |= PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS;
	rc = padma_space_alloc(space, bytes, &params, &va);
	if (rc)
		return rc;
	dma = padma_dma(space, va);
	if (dma == PADMA_DMA_NONE || !padma_guard_check(space, dma, bytes)) {
		(void)padma_space_free(space, va);
		return fail(-EFAULT, "a ring's memory has no dma address that the space knows; "
				     "attach a device first");
	}
	*ring = (struct padma_ring){va, dma, bytes, entries - 1, space};
	return 0;
}

void padma_ring_close(struct padma_ring *ring)
{
	if (ring->va)
		(void)padma_space_free(ring->space, ring->va);
	*ring = (struct padma_ring){0};
}
