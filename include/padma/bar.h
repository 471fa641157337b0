/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/bar.h - registers: BARs, windows into them, and waiting for a register
 *
 * A BAR comes from padma_device_bar(). The parts of it that are mapped (its *areas*: often all of it,
 * or two around an MSI-X table) are read and written directly, the rest through the device's
 * provider: a simulated device traps accesses there, and VFIO makes a system call of each. The
 * result is the same.
 *
 * The accessors cost a comparison, and a direct one nothing else in the BAR's largest area. A hot
 * path resolves its register once, by padma_bar_direct(), and uses padma_mmio_write32_after_stores().
 *
 * A *window* is a part of a BAR that a capability or a register names: a virtio structure, the
 * registers of one queue. It is checked once, against the BAR, and accesses past its end are like
 * accesses past the end of a BAR.
 *
 * Registers are little-endian; values are in the processor's byte order. Reads come before the
 * memory accesses that follow, and writes after those before them (padma/barrier.h).
 *
 * Threading: any thread, as far as the hardware's own rules allow, and the device is not closed
 * meanwhile.
 */
#ifndef PADMA_BAR_H
#define PADMA_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/barrier.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_device;

/* private: the part [start, end) of a BAR is mapped at @at */
struct padma_bar_area {
	uint64_t start;
	uint64_t end;
	volatile unsigned char *at;
};

/* private: a BAR and the parts of it that are mapped */
struct padma_bar {
	struct padma_device *device;
	unsigned int index;
	unsigned int further_count;
	uint64_t bytes;		     /* 0: not implemented */
	struct padma_bar_area first; /* the largest, for the inlined accesses; empty: none */
	const struct padma_bar_area *further;
};

/* private: accesses outside of the first area: mapped in another, or by the provider. Out of the BAR
 * reads are all ones and writes are lost. */
PADMA_API uint64_t padma_bar_slow_read(const struct padma_bar *bar, uint64_t offset,
				       unsigned int width);
PADMA_API void padma_bar_slow_write(const struct padma_bar *bar, uint64_t offset, uint64_t value,
				    unsigned int width);
PADMA_API volatile void *padma_bar_slow_direct(const struct padma_bar *bar, uint64_t offset,
					       uint64_t bytes);

/* private: where [offset, offset + bytes) is mapped in the first area, or NULL */
PADMA_INLINE volatile void *padma_bar_first(const struct padma_bar *bar, uint64_t offset,
					    uint64_t bytes)
{
	if (offset < bar->first.start || offset + bytes > bar->first.end || offset + bytes < offset)
		return NULL;
	return bar->first.at + (offset - bar->first.start);
}

/**
 * padma_bar_direct() - where a register is mapped
 * @bar: the BAR
 * @offset: of the register, in bytes
 * @bytes: its width, or how much is to be mapped in one piece
 *
 * To be resolved once, when a queue is opened. The address is valid until the device is closed.
 *
 * Return: the address, or NULL if that part of the BAR is reached only by the accessors, or is not
 * all in one area.
 */
PADMA_INLINE volatile void *padma_bar_direct(const struct padma_bar *bar, uint64_t offset,
					     uint64_t bytes)
{
	volatile void *at = padma_bar_first(bar, offset, bytes);

	return at || bar->further_count == 0 ? at : padma_bar_slow_direct(bar, offset, bytes);
}

/**
 * padma_bar_read8() - read an 8-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes
 *
 * Return: its value; all ones past the BAR's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint8_t padma_bar_read8(const struct padma_bar *bar, uint64_t offset)
{
	volatile void *reg = padma_bar_first(bar, offset, 1);

	if (reg)
		return padma_mmio_read8(reg);
	return (uint8_t)padma_bar_slow_read(bar, offset, 1);
}

/**
 * padma_bar_read16() - read a 16-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 2
 *
 * Return: its value; all ones past the BAR's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint16_t padma_bar_read16(const struct padma_bar *bar, uint64_t offset)
{
	volatile void *reg = padma_bar_first(bar, offset, 2);

	if (reg)
		return padma_mmio_read16(reg);
	return (uint16_t)padma_bar_slow_read(bar, offset, 2);
}

/**
 * padma_bar_read32() - read a 32-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 4
 *
 * Return: its value; all ones past the BAR's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint32_t padma_bar_read32(const struct padma_bar *bar, uint64_t offset)
{
	volatile void *reg = padma_bar_first(bar, offset, 4);

	if (reg)
		return padma_mmio_read32(reg);
	return (uint32_t)padma_bar_slow_read(bar, offset, 4);
}

/**
 * padma_bar_read64() - read a 64-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 8
 *
 * Return: its value; all ones past the BAR's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint64_t padma_bar_read64(const struct padma_bar *bar, uint64_t offset)
{
	volatile void *reg = padma_bar_first(bar, offset, 8);

	if (reg)
		return padma_mmio_read64(reg);
	return (uint64_t)padma_bar_slow_read(bar, offset, 8);
}

/**
 * padma_bar_write8() - write an 8-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the BAR's end it is lost.
 */
PADMA_INLINE void padma_bar_write8(const struct padma_bar *bar, uint64_t offset, uint8_t value)
{
	volatile void *reg = padma_bar_first(bar, offset, 1);

	if (reg)
		padma_mmio_write8_after_stores(reg, value);
	else
		padma_bar_slow_write(bar, offset, value, 1);
}

/**
 * padma_bar_write16() - write a 16-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 2
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the BAR's end it is lost.
 */
PADMA_INLINE void padma_bar_write16(const struct padma_bar *bar, uint64_t offset, uint16_t value)
{
	volatile void *reg = padma_bar_first(bar, offset, 2);

	if (reg)
		padma_mmio_write16_after_stores(reg, value);
	else
		padma_bar_slow_write(bar, offset, value, 2);
}

/**
 * padma_bar_write32() - write a 32-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 4
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the BAR's end it is lost.
 */
PADMA_INLINE void padma_bar_write32(const struct padma_bar *bar, uint64_t offset, uint32_t value)
{
	volatile void *reg = padma_bar_first(bar, offset, 4);

	if (reg)
		padma_mmio_write32_after_stores(reg, value);
	else
		padma_bar_slow_write(bar, offset, value, 4);
}

/**
 * padma_bar_write64() - write a 64-bit register
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 8
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the BAR's end it is lost.
 */
PADMA_INLINE void padma_bar_write64(const struct padma_bar *bar, uint64_t offset, uint64_t value)
{
	volatile void *reg = padma_bar_first(bar, offset, 8);

	if (reg)
		padma_mmio_write64_after_stores(reg, value);
	else
		padma_bar_slow_write(bar, offset, value, 8);
}

/**
 * struct padma_bar_window - a part of a BAR
 * @bar: the BAR
 * @offset: where it begins in the BAR
 * @bytes: its length
 * @direct: where it is mapped; NULL: not in one piece, and reached by padma_bar_slow_read()
 *
 * To be read, and written by padma_bar_window_open() alone. It holds nothing: it needs no close, and
 * ends with the device.
 */
struct padma_bar_window {
	const struct padma_bar *bar;
	uint64_t offset;
	uint64_t bytes;
	volatile unsigned char *direct;
};

/**
 * padma_bar_window_open() - a window into a BAR, checked once
 * @device: the device
 * @index: the BAR, 0 to 5; may be a value read from the device
 * @offset: where the window begins in the BAR, in bytes; may be a value read from the device, too
 * @bytes: its length, at least 1
 * @window: filled
 *
 * Return: 0, or -EINVAL (there is no such memory BAR, or the window is empty or not all in it).
 */
PADMA_API int padma_bar_window_open(struct padma_device *device, unsigned int index,
				    uint64_t offset, uint64_t bytes,
				    struct padma_bar_window *window);

/* private: whether [offset, offset + width) is in the window */
PADMA_INLINE bool padma_window_has(const struct padma_bar_window *window, uint64_t offset,
				   uint64_t width)
{
	return offset <= window->bytes && width <= window->bytes - offset;
}

/**
 * padma_window_direct() - where a register of a window is mapped
 * @window: the window
 * @offset: of the register in it, in bytes
 * @bytes: its width, or how much is to be mapped in one piece
 *
 * Return: as padma_bar_direct(); NULL past the window's end, too.
 */
PADMA_INLINE volatile void *padma_window_direct(const struct padma_bar_window *window,
						uint64_t offset, uint64_t bytes)
{
	if (!padma_window_has(window, offset, bytes))
		return NULL;
	return padma_bar_direct(window->bar, window->offset + offset, bytes);
}

/**
 * padma_window_read8() - read an 8-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes
 *
 * Return: its value; all ones past the window's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint8_t padma_window_read8(const struct padma_bar_window *window, uint64_t offset)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 1)))
		return UINT8_MAX;
	if (window->direct)
		return padma_mmio_read8(window->direct + offset);
	return (uint8_t)padma_bar_slow_read(window->bar, window->offset + offset, 1);
}

/**
 * padma_window_read16() - read a 16-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 2
 *
 * Return: its value; all ones past the window's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint16_t padma_window_read16(const struct padma_bar_window *window, uint64_t offset)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 2)))
		return UINT16_MAX;
	if (window->direct)
		return padma_mmio_read16(window->direct + offset);
	return (uint16_t)padma_bar_slow_read(window->bar, window->offset + offset, 2);
}

/**
 * padma_window_read32() - read a 32-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 4
 *
 * Return: its value; all ones past the window's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint32_t padma_window_read32(const struct padma_bar_window *window, uint64_t offset)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 4)))
		return UINT32_MAX;
	if (window->direct)
		return padma_mmio_read32(window->direct + offset);
	return (uint32_t)padma_bar_slow_read(window->bar, window->offset + offset, 4);
}

/**
 * padma_window_read64() - read a 64-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 8
 *
 * Return: its value; all ones past the window's end or if the device is gone (some machines give 0
 * then).
 */
PADMA_INLINE uint64_t padma_window_read64(const struct padma_bar_window *window, uint64_t offset)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 8)))
		return UINT64_MAX;
	if (window->direct)
		return padma_mmio_read64(window->direct + offset);
	return (uint64_t)padma_bar_slow_read(window->bar, window->offset + offset, 8);
}

/**
 * padma_window_write8() - write an 8-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the window's end it is lost.
 */
PADMA_INLINE void padma_window_write8(const struct padma_bar_window *window, uint64_t offset,
				      uint8_t value)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 1)))
		return;
	if (window->direct)
		padma_mmio_write8_after_stores(window->direct + offset, value);
	else
		padma_bar_slow_write(window->bar, window->offset + offset, value, 1);
}

/**
 * padma_window_write16() - write a 16-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 2
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the window's end it is lost.
 */
PADMA_INLINE void padma_window_write16(const struct padma_bar_window *window, uint64_t offset,
				       uint16_t value)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 2)))
		return;
	if (window->direct)
		padma_mmio_write16_after_stores(window->direct + offset, value);
	else
		padma_bar_slow_write(window->bar, window->offset + offset, value, 2);
}

/**
 * padma_window_write32() - write a 32-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 4
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the window's end it is lost.
 */
PADMA_INLINE void padma_window_write32(const struct padma_bar_window *window, uint64_t offset,
				       uint32_t value)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 4)))
		return;
	if (window->direct)
		padma_mmio_write32_after_stores(window->direct + offset, value);
	else
		padma_bar_slow_write(window->bar, window->offset + offset, value, 4);
}

/**
 * padma_window_write64() - write a 64-bit register in a window
 * @window: the window
 * @offset: of the register in it, in bytes; with the window's own offset a multiple of 8
 * @value: in the processor's byte order
 *
 * Stores before it are visible to the device first. Past the window's end it is lost.
 */
PADMA_INLINE void padma_window_write64(const struct padma_bar_window *window, uint64_t offset,
				       uint64_t value)
{
	if (PADMA_UNLIKELY(!padma_window_has(window, offset, 8)))
		return;
	if (window->direct)
		padma_mmio_write64_after_stores(window->direct + offset, value);
	else
		padma_bar_slow_write(window->bar, window->offset + offset, value, 8);
}

/**
 * padma_bar_wait() - wait until a register reads as wanted
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of @width
 * @width: of the register, in bytes: 1, 2, 4 or 8
 * @mask: the bits to look at
 * @want: what they shall be: (register & @mask) == @want
 * @timeout_ns: how long, in nanoseconds; 0 reads it once
 *
 * The registers of a removed device read as all ones or zeros, so neither is accepted before configuration
 * space was checked (padma_device_check()); nor are all ones while memory decoding is off in the device's
 * Command register. Polls without a pause at first and sleeps between reads later, so it may return some
 * 100 us late. The register is read once more after the time is over. Owner only.
 *
 * Return: 0, or -EINVAL (@want has bits that @mask lacks, @mask has bits that the register lacks, or there
 * is no such register), -ETIMEDOUT, -ENODEV (the device is gone).
 */
PADMA_API int padma_bar_wait(const struct padma_bar *bar, uint64_t offset, unsigned int width,
			     uint64_t mask, uint64_t want, uint64_t timeout_ns);

/**
 * padma_bar_wait8() - wait until an 8-bit register reads as wanted
 * @bar: the BAR
 * @offset: of the register, in bytes
 * @mask: the bits to look at
 * @want: what they shall be: (register & @mask) == @want
 * @timeout_ns: how long, in nanoseconds; 0 reads it once
 *
 * Return: as padma_bar_wait().
 */
PADMA_INLINE int padma_bar_wait8(const struct padma_bar *bar, uint64_t offset, uint8_t mask,
				 uint8_t want, uint64_t timeout_ns)
{
	return padma_bar_wait(bar, offset, 1, mask, want, timeout_ns);
}

/**
 * padma_bar_wait16() - wait until a 16-bit register reads as wanted
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 2
 * @mask: the bits to look at
 * @want: what they shall be: (register & @mask) == @want
 * @timeout_ns: how long, in nanoseconds; 0 reads it once
 *
 * Return: as padma_bar_wait().
 */
PADMA_INLINE int padma_bar_wait16(const struct padma_bar *bar, uint64_t offset, uint16_t mask,
				  uint16_t want, uint64_t timeout_ns)
{
	return padma_bar_wait(bar, offset, 2, mask, want, timeout_ns);
}

/**
 * padma_bar_wait32() - wait until a 32-bit register reads as wanted
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 4
 * @mask: the bits to look at
 * @want: what they shall be: (register & @mask) == @want
 * @timeout_ns: how long, in nanoseconds; 0 reads it once
 *
 * Return: as padma_bar_wait().
 */
PADMA_INLINE int padma_bar_wait32(const struct padma_bar *bar, uint64_t offset, uint32_t mask,
				  uint32_t want, uint64_t timeout_ns)
{
	return padma_bar_wait(bar, offset, 4, mask, want, timeout_ns);
}

/**
 * padma_bar_wait64() - wait until a 64-bit register reads as wanted
 * @bar: the BAR
 * @offset: of the register, in bytes, a multiple of 8
 * @mask: the bits to look at
 * @want: what they shall be: (register & @mask) == @want
 * @timeout_ns: how long, in nanoseconds; 0 reads it once
 *
 * Return: as padma_bar_wait().
 */
PADMA_INLINE int padma_bar_wait64(const struct padma_bar *bar, uint64_t offset, uint64_t mask,
				  uint64_t want, uint64_t timeout_ns)
{
	return padma_bar_wait(bar, offset, 8, mask, want, timeout_ns);
}

/**
 * padma_delay_ns() - wait
 * @ns: for how long at least, in nanoseconds
 *
 * Delays of up to 20 us spin, since they are usually between two accesses to a device; longer ones
 * sleep. A register read before it was answered before the delay begins; a register write may
 * still be on its way: read a register of the device after it, if the delay is to begin at the
 * device. Any thread.
 */
PADMA_API void padma_delay_ns(uint64_t ns);

PADMA_END_DECLS

#endif
