/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/barrier.h - the order of accesses to memory that a device shares, and the reason for each
 *
 *     descriptors, then doorbell     padma_bar_write32(), padma_mmio_write32_after_stores(): the
 *                                    device must find the entries that the doorbell announces.
 *     ready bit, then the entry      padma_load32_acquire(): the rest of a completion is read after the
 *                                    word that marks it as valid.
 *     entry, then its index          padma_store16_release(): for rings whose index is in memory, as in
 *                                    virtio's available ring.
 *     index, then "notify me?"       padma_dma_mb(): a store followed by a load of another location
 *                                    (shadow doorbells, virtio's event index) is the one order that x86
 *                                    does not keep.
 *     several words, one order       padma_dma_wmb(), padma_dma_rmb(): between two groups of plain
 *                                    stores or of plain loads.
 *
 * What the processors need:
 *
 *     x86     Stores to write-back memory keep their order, also with a later store to uncached
 *             memory, and so do loads (Intel SDM, volume 3, 9.2.2): only the compiler must be held.
 *             A load may overtake an earlier store; a locked instruction stops that.
 *     arm64   Nothing is ordered by itself. Linux maps memory as inner shareable, and a device that
 *             is no processor observes the outer shareable domain (Arm ARM, B2.7): DMB OSHST, OSHLD
 *             and OSH, as Linux's dma_wmb(), dma_rmb() and dma_mb() are (arch/arm64/include/asm/
 *             barrier.h). LDAR and STLR order accesses in the domain of the memory alone, which is
 *             why the acquiring loads and releasing stores here have a DMB beside them.
 *
 * Release and acquire accesses, not bare barriers, wherever one word carries the message: so
 * ThreadSanitizer understands them when the device is simulated by a thread.
 *
 * Threading: any thread.
 */
#ifndef PADMA_BARRIER_H
#define PADMA_BARRIER_H

#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "padma needs a little-endian processor: registers and rings are accessed without a swap"
#endif

/**
 * padma_dma_wmb() - stores before it are visible to the device before the stores after it
 *
 * x86 keeps the order of stores: it holds the compiler. arm64: DMB OSHST. Between an entry and the
 * word that validates it, if both are plain stores; a doorbell has it inside
 * (padma_bar_write32()).
 */
PADMA_INLINE void padma_dma_wmb(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__x86_64__)
	__asm__ volatile("" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/**
 * padma_dma_rmb() - loads before it are done before the loads after it
 *
 * x86 keeps the order of loads: it holds the compiler. arm64: DMB OSHLD, which also keeps the stores
 * after it behind the loads before it. Between the word that says that an entry is there and the
 * entry; padma_load32_acquire() has it inside.
 */
PADMA_INLINE void padma_dma_rmb(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshld" ::: "memory");
#elif defined(__x86_64__)
	__asm__ volatile("" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/**
 * padma_dma_mb() - all accesses before it come before all accesses after it
 *
 * For a store to one word followed by a load of another, if the device does the same the other
 * way round: without it both may miss what the other wrote. x86: a locked instruction, which waits
 * for the store buffer and costs less than MFENCE; memory that is not write-back (non-temporal
 * stores) is not ordered by it. arm64: DMB OSH.
 */
PADMA_INLINE void padma_dma_mb(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb osh" ::: "memory");
#elif defined(__x86_64__)
	__asm__ volatile("lock; orl $0, (%%rsp)" ::: "memory", "cc");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* private: the outer shareable half of an acquire and of a release; x86 needs none */
PADMA_INLINE void padma_after_acquire(void)
{
#if !defined(__x86_64__)
	padma_dma_rmb();
#endif
}

PADMA_INLINE void padma_before_release(void)
{
#if defined(__x86_64__)
	__asm__ volatile("" ::: "memory");
#else
	padma_dma_wmb();
#endif
}

/*
 * private: what follows a register's load waits for it. The stores of a device before its answer are
 * visible to the loads that follow (a DMB), and so is a delay: reading the processor's counter is no
 * memory access, and only a dependency on the value holds it back (Linux, arch/arm64/include/asm/io.h,
 * __io_ar()).
 */
PADMA_INLINE void padma_after_mmio_read(uint64_t value)
{
#if defined(__aarch64__)
	uint64_t zero;

	padma_dma_rmb();
	__asm__ volatile("eor %0, %1, %1\n\tcbnz %0, ." : "=r"(zero) : "r"(value) : "memory");
#else
	(void)value;
	padma_after_acquire();
#endif
}

/**
 * padma_load8_acquire() - an 8-bit word that the device writes last
 * @word: in memory, naturally aligned
 *
 * Plain loads on x86; arm64: LDAR and DMB OSHLD. Also for words that another thread releases.
 *
 * Return: the word; what the device wrote before it is visible to the loads that follow.
 */
PADMA_INLINE uint8_t padma_load8_acquire(const volatile void *word)
{
	uint8_t value = __atomic_load_n((const volatile uint8_t *)word, __ATOMIC_ACQUIRE);

	padma_after_acquire();
	return value;
}

/**
 * padma_load16_acquire() - a 16-bit word that the device writes last
 * @word: in memory, naturally aligned
 *
 * As padma_load8_acquire().
 *
 * Return: the word.
 */
PADMA_INLINE uint16_t padma_load16_acquire(const volatile void *word)
{
	uint16_t value = __atomic_load_n((const volatile uint16_t *)word, __ATOMIC_ACQUIRE);

	padma_after_acquire();
	return value;
}

/**
 * padma_load32_acquire() - a 32-bit word that the device writes last
 * @word: in memory, naturally aligned
 *
 * As padma_load8_acquire().
 *
 * Return: the word.
 */
PADMA_INLINE uint32_t padma_load32_acquire(const volatile void *word)
{
	uint32_t value = __atomic_load_n((const volatile uint32_t *)word, __ATOMIC_ACQUIRE);

	padma_after_acquire();
	return value;
}

/**
 * padma_load64_acquire() - a 64-bit word that the device writes last
 * @word: in memory, naturally aligned
 *
 * As padma_load8_acquire().
 *
 * Return: the word.
 */
PADMA_INLINE uint64_t padma_load64_acquire(const volatile void *word)
{
	uint64_t value = __atomic_load_n((const volatile uint64_t *)word, __ATOMIC_ACQUIRE);

	padma_after_acquire();
	return value;
}

/**
 * padma_store8_release() - publish what was stored before by an 8-bit word
 * @word: in memory, naturally aligned
 * @value: in the processor's byte order
 *
 * A reader of the new word, device or thread, finds all earlier stores, and all earlier loads are
 * done by then: the memory they were made from may be used again. A plain store on x86; arm64: DMB
 * OSHST for the stores, STLR for the loads.
 */
PADMA_INLINE void padma_store8_release(volatile void *word, uint8_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint8_t *)word, value, __ATOMIC_RELEASE);
}

/**
 * padma_store16_release() - publish what was stored before by a 16-bit word
 * @word: in memory, naturally aligned
 * @value: in the processor's byte order
 *
 * As padma_store8_release().
 */
PADMA_INLINE void padma_store16_release(volatile void *word, uint16_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint16_t *)word, value, __ATOMIC_RELEASE);
}

/**
 * padma_store32_release() - publish what was stored before by a 32-bit word
 * @word: in memory, naturally aligned
 * @value: in the processor's byte order
 *
 * As padma_store8_release().
 */
PADMA_INLINE void padma_store32_release(volatile void *word, uint32_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint32_t *)word, value, __ATOMIC_RELEASE);
}

/**
 * padma_store64_release() - publish what was stored before by a 64-bit word
 * @word: in memory, naturally aligned
 * @value: in the processor's byte order
 *
 * As padma_store8_release().
 */
PADMA_INLINE void padma_store64_release(volatile void *word, uint64_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint64_t *)word, value, __ATOMIC_RELEASE);
}

/**
 * padma_mmio_read8() - read a mapped 8-bit register
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 *
 * What the device wrote to memory before it answered is visible to the loads that follow, and a
 * delay that follows begins after the answer. arm64: LDAR, as it has no form with write-back, which
 * a hypervisor could not emulate, then DMB OSHLD and a dependency on the value.
 *
 * Return: the register, in the processor's byte order.
 */
PADMA_INLINE uint8_t padma_mmio_read8(const volatile void *reg)
{
	uint8_t value = __atomic_load_n((const volatile uint8_t *)reg, __ATOMIC_ACQUIRE);

	padma_after_mmio_read(value);
	return value;
}

/**
 * padma_mmio_read16() - read a mapped 16-bit register
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 *
 * As padma_mmio_read8().
 *
 * Return: the register, in the processor's byte order.
 */
PADMA_INLINE uint16_t padma_mmio_read16(const volatile void *reg)
{
	uint16_t value = __atomic_load_n((const volatile uint16_t *)reg, __ATOMIC_ACQUIRE);

	padma_after_mmio_read(value);
	return value;
}

/**
 * padma_mmio_read32() - read a mapped 32-bit register
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 *
 * As padma_mmio_read8().
 *
 * Return: the register, in the processor's byte order.
 */
PADMA_INLINE uint32_t padma_mmio_read32(const volatile void *reg)
{
	uint32_t value = __atomic_load_n((const volatile uint32_t *)reg, __ATOMIC_ACQUIRE);

	padma_after_mmio_read(value);
	return value;
}

/**
 * padma_mmio_read64() - read a mapped 64-bit register
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 *
 * As padma_mmio_read8().
 *
 * Return: the register, in the processor's byte order.
 */
PADMA_INLINE uint64_t padma_mmio_read64(const volatile void *reg)
{
	uint64_t value = __atomic_load_n((const volatile uint64_t *)reg, __ATOMIC_ACQUIRE);

	padma_after_mmio_read(value);
	return value;
}

/**
 * padma_mmio_write8_after_stores() - write a mapped 8-bit register, for instance a doorbell
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 * @value: in the processor's byte order; registers are little-endian
 *
 * Every store before it is visible to the device first, and every load before it is done: entries
 * that a completion doorbell hands back have been read. A plain store on x86; arm64: DMB OSHST and
 * STLR.
 */
PADMA_INLINE void padma_mmio_write8_after_stores(volatile void *reg, uint8_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint8_t *)reg, value, __ATOMIC_RELEASE);
}

/**
 * padma_mmio_write16_after_stores() - write a mapped 16-bit register, for instance a doorbell
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 * @value: in the processor's byte order; registers are little-endian
 *
 * As padma_mmio_write8_after_stores().
 */
PADMA_INLINE void padma_mmio_write16_after_stores(volatile void *reg, uint16_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint16_t *)reg, value, __ATOMIC_RELEASE);
}

/**
 * padma_mmio_write32_after_stores() - write a mapped 32-bit register, for instance a doorbell
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 * @value: in the processor's byte order; registers are little-endian
 *
 * As padma_mmio_write8_after_stores().
 */
PADMA_INLINE void padma_mmio_write32_after_stores(volatile void *reg, uint32_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint32_t *)reg, value, __ATOMIC_RELEASE);
}

/**
 * padma_mmio_write64_after_stores() - write a mapped 64-bit register, for instance a doorbell
 * @reg: its address, naturally aligned: of padma_bar_direct() or padma_window_direct()
 * @value: in the processor's byte order; registers are little-endian
 *
 * As padma_mmio_write8_after_stores().
 */
PADMA_INLINE void padma_mmio_write64_after_stores(volatile void *reg, uint64_t value)
{
	padma_before_release();
	__atomic_store_n((volatile uint64_t *)reg, value, __ATOMIC_RELEASE);
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
