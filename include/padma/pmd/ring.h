/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/ring.h - memory that a queue shares with its device: a power of two of equal entries
 *
 * A ring is contiguous for the device and zero at first. Its dma address is looked up once, when it
 * is opened, and checked by the guard if the space has one. Indices wrap by a mask:
 *
 *     struct padma_ring ring = {0};
 *     const struct padma_alloc_params params = {.align_bytes = 128, .dma_mask = UINT32_MAX};
 *
 *     rc = padma_ring_open(&ring, space, 256, sizeof(struct descriptor), &params);
 *     ...
 *     tail = padma_ring_next(tail, ring.mask);
 *     ...
 *     padma_ring_close(&ring);
 *
 * Threading: a ring belongs to the owner of its queue, or to the thread that resets the device while
 * the gate is shut (padma/pmd/gate.h).
 */
#ifndef PADMA_PMD_RING_H
#define PADMA_PMD_RING_H

#include <stddef.h>
#include <stdint.h>

#include <padma/alloc.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_ring - a ring; all zero before it is opened and after it is closed
 * @va: the first entry
 * @dma: its dma address, for the device's base register
 * @bytes: of all entries
 * @mask: the number of entries - 1
 */
struct padma_ring {
	void *va;
	padma_dma_t dma;
	size_t bytes;
	uint32_t mask;
	/* private: */
	struct padma_space *space;
};

/* private: padma_ring_open() with the size of the caller's parameters */
PADMA_API int padma_ring_open_sized(struct padma_ring *ring, struct padma_space *space,
				    uint32_t entries, size_t entry_bytes, size_t params_bytes,
				    const struct padma_alloc_params *params);

/**
 * padma_ring_open() - allocate a ring
 * @ring: set to the ring, which the caller owns until padma_ring_close()
 * @space: where its memory comes from; it must have dma addresses already (attach a device first,
 *	or use a backend that knows them without one)
 * @entries: a power of two
 * @entry_bytes: size of an entry, at least 1
 * @params: what the device asks of the ring: alignment (0: a page of 4096 bytes), boundary, dma
 *	mask, node; NULL for none. The ring is zeroed and contiguous whatever the flags say. Read
 *	during the call only
 *
 * Threading: as padma_space_alloc().
 *
 * Return: 0, or -EINVAL (@entries, @entry_bytes, @params), -E2BIG (@params), -EFAULT (the memory has no dma address
 * yet), or as padma_space_alloc(). @ring is not changed by a call that fails.
 */
PADMA_INLINE int padma_ring_open(struct padma_ring *ring, struct padma_space *space,
				 uint32_t entries, size_t entry_bytes,
				 const struct padma_alloc_params *params)
{
	return padma_ring_open_sized(ring, space, entries, entry_bytes,
				     sizeof(struct padma_alloc_params), params);
}

/**
 * padma_ring_close() - free a ring's memory
 * @ring: the ring, zeroed by the call; one that is all zero is left alone
 *
 * The device must not use it any more: its queue is deleted, or the device does no DMA.
 */
PADMA_API void padma_ring_close(struct padma_ring *ring);

/**
 * padma_ring_next() - the index after an index
 * @index: an index
 * @mask: the ring's
 *
 * Return: @index + 1, wrapped.
 */
PADMA_INLINE uint32_t padma_ring_next(uint32_t index, uint32_t mask)
{
	return (index + 1) & mask;
}

/**
 * padma_ring_distance() - how many steps lead from one index on to another
 * @from: an index
 * @to: an index
 * @mask: the ring's
 *
 * Return: 0 to @mask.
 */
PADMA_INLINE uint32_t padma_ring_distance(uint32_t from, uint32_t to, uint32_t mask)
{
	return (to - from) & mask;
}

PADMA_END_DECLS

#endif
