/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/dma.h - the address that a device puts on the bus, and runs of memory
 *
 * Without an IOMMU a dma address is the physical address, with one it is the IOVA: drivers need not
 * know which. A run is memory that is contiguous both virtually and for the device: the unit in
 * which PRP lists and SGLs are built.
 */
#ifndef PADMA_DMA_H
#define PADMA_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>

/* An address on the bus, in bytes. No device address has bit 63 set. */
typedef uint64_t padma_dma_t;

/* The granule of a space's window and of its table of addresses. */
#define PADMA_GRANULE_SHIFT 21
#define PADMA_GRANULE_BYTES ((size_t)1 << PADMA_GRANULE_SHIFT)

/* Returned by lookups of memory that is not the space's. */
#define PADMA_DMA_NONE	    UINT64_MAX

/**
 * struct padma_run - contiguous memory
 * @va: where it is for the processor
 * @dma: where it is for the device, or PADMA_DMA_NONE
 * @len: bytes; 0 if @va is not memory of the space
 */
struct padma_run {
	void *va;
	padma_dma_t dma;
	size_t len;
};

#endif
