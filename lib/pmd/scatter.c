// SPDX-License-Identifier: BSD-3-Clause
/* Buffers for devices that take one address. */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <inttypes.h>

#include <padma/guard.h>
#include <padma/pmd/scatter.h>

int padma_scatter_single(struct padma_space *space, const void *buffer, size_t bytes,
			 padma_dma_t dma_mask, const char *driver, padma_dma_t *dma)
{
	struct padma_scatter pieces = padma_scatter_of(space, buffer, bytes);
	struct padma_guard_entry entry = {.driver = driver, .len = bytes};
	struct padma_run piece = {.dma = PADMA_DMA_NONE};

	if (bytes == 0)
		return fail(-EINVAL, "%s: a buffer of 0 bytes", driver);
	if (!padma_scatter_next(&pieces, &piece))
		return fail(
			-EFAULT,
			"%s: %p is not memory of the space with a dma address; allocate it with "
			"padma_space_alloc(), or register it",
			driver, buffer);
	if (!padma_scatter_complete(&pieces))
		return fail(-EFAULT,
			    "%s: only %zu of %zu bytes at %p are contiguous for the device; "
			    "allocate them with PADMA_ALLOC_CONTIGUOUS",
			    driver, piece.len, bytes, buffer);
	if (dma_mask && piece.dma + bytes - 1 > dma_mask)
		return fail(-ERANGE,
			    "%s: dma address 0x%" PRIx64 " is above 0x%" PRIx64
			    ", the highest that the device reaches; allocate with dma_mask",
			    driver, piece.dma + bytes - 1, dma_mask);
	entry.dma = piece.dma;
	if (!padma_guard_check(space, piece.dma, bytes))
		return padma_guard_refuse(space, &entry);
	*dma = piece.dma;
	return 0;
}
