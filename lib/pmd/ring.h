/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring.h - memory that a queue shares with its device: a power of two of equal entries.
 *
 * A ring is contiguous for the device and begins on a page, its dma address is looked up once, and
 * checked by the guard where the space has one. Indices wrap by a mask.
 *
 * Threading: a ring belongs to its queue's owner, or to the resetter while the gate is shut.
 */
#ifndef PMD_RING_H
#define PMD_RING_H

#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

struct ring {
	void *va;
	padma_dma_t dma;
	size_t bytes;
	uint32_t mask; /* entries - 1 */
};

/* @entries is a power of two. All zero at first. Return: 0, or as padma_space_alloc(), -EFAULT. */
int ring_open(struct ring *ring, struct padma_space *space, uint32_t entries, size_t entry_bytes);
void ring_close(struct ring *ring, struct padma_space *space);

/* The entry after @index. */
PADMA_INLINE uint32_t ring_next(uint32_t index, uint32_t mask)
{
	return (index + 1) & mask;
}

/* How many steps lead from one index on to another. */
PADMA_INLINE uint32_t ring_distance(uint32_t from, uint32_t to, uint32_t mask)
{
	return (to - from) & mask;
}

#endif
