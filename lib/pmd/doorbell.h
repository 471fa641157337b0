/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doorbell.h - the register that tells a device how far a ring goes.
 *
 * Where it is mapped is found out once; a doorbell that is not mapped goes through the accessors.
 *
 * Threading: a doorbell belongs to its queue's owner.
 */
#ifndef PMD_DOORBELL_H
#define PMD_DOORBELL_H

#include <padma/device.h>

struct doorbell {
	volatile uint32_t *direct; /* NULL: trapped */
	const struct padma_bar *bar;
	uint64_t offset;
};

PADMA_INLINE struct doorbell doorbell_at(const struct padma_bar *bar, uint64_t offset)
{
	struct doorbell doorbell = {
		.direct = (volatile uint32_t *)padma_bar_direct(bar, offset, sizeof(uint32_t)),
		.bar = bar,
		.offset = offset,
	};

	return doorbell;
}

/* Everything stored before is visible to the device before @value is. */
PADMA_INLINE void doorbell_ring(const struct doorbell *doorbell, uint32_t value)
{
	if (PADMA_LIKELY(doorbell->direct != NULL))
		padma_mmio_write32_after_stores(doorbell->direct, value);
	else
		padma_bar_trapped_write(doorbell->bar, doorbell->offset, value, sizeof(value));
}

#endif
