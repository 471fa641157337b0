/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/doorbell.h - the register that hands new ring entries to a device
 *
 * Whether and where the register is mapped is found out once, when the queue is opened; ringing is
 * then one store. A doorbell that is not mapped (a device that traps it, a BAR that the kernel does
 * not map) goes through the BAR's accessors.
 *
 * Threading: a doorbell belongs to the owner of its queue.
 */
#ifndef PADMA_PMD_DOORBELL_H
#define PADMA_PMD_DOORBELL_H

#include <stddef.h>
#include <stdint.h>

#include <padma/bar.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_doorbell - a register that is written often
 * @direct: where it is mapped; NULL: it is written through @bar
 * @bar: the BAR that it is in
 * @offset: of the register in its BAR, in bytes
 */
struct padma_doorbell {
	volatile void *direct;
	const struct padma_bar *bar;
	uint64_t offset;
};

/**
 * padma_doorbell_at() - find a doorbell
 * @bar: the BAR; it must outlive the doorbell
 * @offset: of the register, in bytes, a multiple of @width
 * @width: 2, 4 or 8 bytes: with padma_doorbell_ring16(), _ring32() or _ring64() only
 *
 * A doorbell past the end of the BAR is not mapped, and writes to it are dropped by the accessors.
 *
 * Return: the doorbell.
 */
PADMA_INLINE struct padma_doorbell padma_doorbell_at(const struct padma_bar *bar, uint64_t offset,
						     unsigned int width)
{
	struct padma_doorbell doorbell = {padma_bar_direct(bar, offset, width), bar, offset};

	return doorbell;
}

/**
 * padma_doorbell_ring16() - write a 16-bit doorbell
 * @doorbell: from padma_doorbell_at() with a width of 2
 * @value: in the processor's byte order
 *
 * Everything stored before is visible to the device before @value is (padma/barrier.h). For virtio's
 * queue notification (Virtio 1.2, 4.1.5.2).
 */
PADMA_INLINE void padma_doorbell_ring16(const struct padma_doorbell *doorbell, uint16_t value)
{
	if (PADMA_LIKELY(doorbell->direct != NULL))
		padma_mmio_write16_after_stores(doorbell->direct, value);
	else
		padma_bar_slow_write(doorbell->bar, doorbell->offset, value, sizeof(value));
}

/**
 * padma_doorbell_ring32() - write a 32-bit doorbell
 * @doorbell: from padma_doorbell_at() with a width of 4
 * @value: in the processor's byte order
 *
 * As padma_doorbell_ring16(). For NVMe's doorbells and the tail registers of network cards.
 */
PADMA_INLINE void padma_doorbell_ring32(const struct padma_doorbell *doorbell, uint32_t value)
{
	if (PADMA_LIKELY(doorbell->direct != NULL))
		padma_mmio_write32_after_stores(doorbell->direct, value);
	else
		padma_bar_slow_write(doorbell->bar, doorbell->offset, value, sizeof(value));
}

/**
 * padma_doorbell_ring64() - write a 64-bit doorbell
 * @doorbell: from padma_doorbell_at() with a width of 8
 * @value: in the processor's byte order
 *
 * As padma_doorbell_ring16(); one store, which the device sees whole.
 */
PADMA_INLINE void padma_doorbell_ring64(const struct padma_doorbell *doorbell, uint64_t value)
{
	if (PADMA_LIKELY(doorbell->direct != NULL))
		padma_mmio_write64_after_stores(doorbell->direct, value);
	else
		padma_bar_slow_write(doorbell->bar, doorbell->offset, value, sizeof(value));
}

PADMA_END_DECLS

#endif
