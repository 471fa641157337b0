/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/mmio.h - the order of accesses to memory that a device shares, and the reason for each
 *
 *     descriptors, then doorbell     padma_mmio_write32_after_stores(): the device must find the
 *                                    entries that the doorbell tells of. x86: stores to write-back
 *                                    memory and a later store to uncached memory keep their order,
 *                                    so only the compiler must be held; arm64: a DMB for stores,
 *                                    outer shareable.
 *     phase bit, then the entry      padma_load16_acquire(), padma_load32_acquire(): the rest of a
 *                                    completion is read after the word whose phase says that it is
 *                                    there. x86: loads keep their order; arm64: a load-acquire.
 *     shadow doorbell, then its      padma_full_barrier(): a store followed by a load of another
 *     event index                    location is the one order that x86 does not keep either.
 *
 * Release and acquire accesses, not bare fences, so that ThreadSanitizer understands them when the
 * device is simulated by a thread.
 */
#ifndef PADMA_MMIO_H
#define PADMA_MMIO_H

#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* private: ordinary stores before, device memory after */
PADMA_INLINE void padma_stores_before_mmio(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshst" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/**
 * padma_mmio_write32_after_stores() - ring a doorbell
 * @reg: a mapped 32-bit register
 * @value: in the processor's byte order; registers are little-endian
 *
 * Every store before it is visible to the device first.
 */
PADMA_INLINE void padma_mmio_write32_after_stores(volatile uint32_t *reg, uint32_t value)
{
	padma_stores_before_mmio();
	__atomic_store_n(reg, value, __ATOMIC_RELEASE);
}

/**
 * padma_load16_acquire() - a 16-bit word that the device writes last
 * @word: naturally aligned
 *
 * Return: the word; what the device wrote before it is visible to the loads that follow.
 */
PADMA_INLINE uint16_t padma_load16_acquire(const volatile void *word)
{
	return __atomic_load_n((const volatile uint16_t *)word, __ATOMIC_ACQUIRE);
}

/**
 * padma_load32_acquire() - a 32-bit word that the device writes last
 * @word: naturally aligned
 *
 * Return: the word; what the device wrote before it is visible to the loads that follow.
 */
PADMA_INLINE uint32_t padma_load32_acquire(const volatile void *word)
{
	return __atomic_load_n((const volatile uint32_t *)word, __ATOMIC_ACQUIRE);
}

/**
 * padma_full_barrier() - stores before it are visible before the loads after it
 */
PADMA_INLINE void padma_full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/**
 * padma_cpu_relax() - one turn of a loop that waits for a device or another thread
 */
PADMA_INLINE void padma_cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

PADMA_END_DECLS

#endif
