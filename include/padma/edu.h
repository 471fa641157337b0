/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/edu.h - a driver for QEMU's edu, the device made for learning to write drivers
 *
 * edu (QEMU's docs/specs/edu) computes factorials, copies up to 4096 bytes between memory and its own buffer,
 * and interrupts when it is done. The driver is one to copy from: docs/writing-a-driver.md builds such a driver from an
 * empty folder.
 *
 *     static const struct padma_alloc_params below = {.dma_mask = PADMA_EDU_DMA_MASK, .flags = PADMA_ALLOC_CONTIGUOUS};
 *     struct padma_edu edu = {0};
 *
 *     rc = padma_edu_open(&edu, device);
 *     rc = padma_edu_factorial(&edu, 5, &result);
 *     rc = padma_space_alloc(space, 100, &below, &memory);
 *     rc = padma_edu_write(&edu, memory, 100, 0);
 *     rc = padma_edu_read(&edu, memory, 100, 0);
 *     rc = padma_edu_close(&edu);
 *
 * Without an IOMMU there is memory below 256 MiB only if the space sets some aside: low_bytes and low_dma_mask of
 * struct padma_space_params.
 *
 * QEMU 7.2 (Debian 12's, up to 7.2.22 at least), and others before 8.2.1, end themselves with "hardware error: EDU: DMA
 * range" for a transfer that reaches the last byte of the device's buffer, as one of all 4096 bytes does: hw/misc/edu.c
 * treats the end as a byte that must be inside the buffer. The specification allows it, and so does this driver. On such a QEMU,
 * stay below.
 *
 * Threading: one thread at a time, the device's owner.
 */
#ifndef PADMA_EDU_H
#define PADMA_EDU_H

#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/export.h>
#include <padma/pmd/irq.h>

PADMA_BEGIN_DECLS

#define PADMA_EDU_VENDOR_ID	0x1234
#define PADMA_EDU_DEVICE_ID	0x11e8
/* The device's own buffer. */
#define PADMA_EDU_BUFFER_BYTES	4096u
/* The highest dma address that the device can put on the bus: 28 bits. */
#define PADMA_EDU_DMA_MASK	((padma_dma_t)0x0fffffff)
/* The largest number whose factorial fits into the device's register of 32 bits. */
#define PADMA_EDU_FACTORIAL_MAX 12u

/**
 * struct padma_edu - an opened edu; all zero before it is opened and after it is closed
 */
struct padma_edu {
	/* private: */
	struct padma_device *device;
	const struct padma_bar *bar;
	struct padma_irq irq;
};

/**
 * padma_edu_open() - identify an edu, check that it is alive, and get it ready
 * @edu: set to it; the caller owns it until padma_edu_close()
 * @device: an opened device; it must outlive @edu
 *
 * Waits, for at most five seconds, until a transfer of an earlier owner is over; then turns interrupts and bus mastering
 * on.
 *
 * Return: 0, or -ENOTSUP (not an edu), -ETIMEDOUT (its identification or its liveness register does not read as it must, or
 * a transfer of an earlier owner does not end), -ENODEV (the device is gone), or as padma_irq_open() and
 * padma_device_bus_master(). @edu is not changed then.
 */
PADMA_API int padma_edu_open(struct padma_edu *edu, struct padma_device *device);

/**
 * padma_edu_close() - turn off the device's DMA and interrupts
 * @edu: from padma_edu_open(); nothing is done if it is all zero
 *
 * Return: 0, or -EBUSY (its bus mastering cannot be turned off, so it may still write to the memory of a transfer that
 * failed). Nothing is closed then, and the call may be repeated, for instance after padma_device_reset().
 */
PADMA_API int padma_edu_close(struct padma_edu *edu);

/**
 * padma_edu_check_liveness() - write to the liveness register, and check that it reads as the inverse
 * @edu: the device
 *
 * Return: 0, or -ETIMEDOUT (it does not), -ENODEV (the device is gone).
 */
PADMA_API int padma_edu_check_liveness(struct padma_edu *edu);

/**
 * padma_edu_factorial() - let the device compute a factorial
 * @edu: the device
 * @number: 0 to PADMA_EDU_FACTORIAL_MAX
 * @result: set to the factorial, as the device computed it
 *
 * Sleeps until the device interrupts, for at most five seconds. After a failure other than -ERANGE the device's bus mastering
 * is off: close it, reset the device, and open it again.
 *
 * Return: 0, or -ERANGE (the factorial has more than 32 bits), -ETIMEDOUT (no interrupt came), -EPROTO (interrupts without a
 * cause came), -ENODEV (the device is gone), -EIO (it has failed).
 */
PADMA_API int padma_edu_factorial(struct padma_edu *edu, uint32_t number, uint32_t *result);

/**
 * padma_edu_write() - copy memory into the device's buffer, by DMA
 * @edu: the device
 * @va: memory of the device's space, contiguous for the device, not above PADMA_EDU_DMA_MASK
 * @bytes: how many, at least 1
 * @offset: where in the device's buffer, in bytes
 *
 * Sleeps until the device interrupts, for at most five seconds.
 *
 * Return: 0, or -EINVAL (that is not inside the device's buffer), -EFAULT (@va is not contiguous memory of the space, or
 * the guard refuses it), -ERANGE (it is above PADMA_EDU_DMA_MASK); in these cases nothing was done. Or -ETIMEDOUT, -EPROTO, -ENODEV as
 * padma_edu_factorial(): the device does no DMA any more, and @va may be freed. Or -EIO: the device has failed,
 * or its DMA could not be turned off; @va must not be freed before padma_edu_close() returns 0.
 */
PADMA_API int padma_edu_write(struct padma_edu *edu, const void *va, size_t bytes, size_t offset);

/**
 * padma_edu_read() - copy from the device's buffer into memory, by DMA
 * @edu: the device
 * @va: as for padma_edu_write(); after a failure its contents are unknown
 * @bytes: how many, at least 1
 * @offset: where in the device's buffer, in bytes
 *
 * Return: as padma_edu_write().
 */
PADMA_API int padma_edu_read(struct padma_edu *edu, void *va, size_t bytes, size_t offset);

PADMA_END_DECLS

#endif
