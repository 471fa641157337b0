/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/irq.h - wait for a device's interrupt
 *
 * For drivers that sleep until the device is done, in place of an event loop (padma/event.h) or of polling. The wait also
 * ends when the device is removed, which interrupts nothing, and unmasks an INTx, so that one loop serves every kind of
 * interrupt:
 *
 *     padma_irq_open(&irq, device);
 *     ... start a command that interrupts when it is done ...
 *     while (!(cause & DONE) && rc == 0) {
 *             rc = padma_irq_wait(&irq, timeout_ns);
 *             cause = padma_bar_read32(bar, CAUSE);
 *             padma_bar_write32(bar, ACKNOWLEDGE, cause);
 *     }
 *     padma_irq_close(&irq);
 *
 * Threading: one thread at a time, the device's owner.
 */
#ifndef PADMA_PMD_IRQ_H
#define PADMA_PMD_IRQ_H

#include <stdint.h>

#include <padma/device.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_irq - the first interrupt vector of a device
 * @device: the device; NULL before it is opened and after it is closed
 * @fd: an eventfd that counts its interrupts, for a program that waits for several things
 */
struct padma_irq {
	struct padma_device *device;
	int fd;
};

/**
 * padma_irq_open() - deliver the device's first interrupt vector
 * @irq: set to it; the caller owns it until padma_irq_close()
 * @device: the device; it must outlive @irq. Its other vectors are turned off
 *
 * Return: 0, or as padma_device_irq_enable(), or -EMFILE, -ENFILE, -ENOMEM (no descriptor). Nothing is open then.
 */
PADMA_API int padma_irq_open(struct padma_irq *irq, struct padma_device *device);

/**
 * padma_irq_close() - turn the device's interrupts off
 * @irq: from padma_irq_open(); nothing is done if it is all zero, or closed
 */
PADMA_API void padma_irq_close(struct padma_irq *irq);

/**
 * padma_irq_wait() - sleep until the device interrupts
 * @irq: the interrupt
 * @timeout_ns: how long at most, in ns
 *
 * Interrupts that came since the last wait end it at once, as one. An interrupt does not prove that the device is done: look
 * at its registers, or its memory, and wait again if it is not; wake-ups without a reason happen. An INTx is unmasked at
 * the start: by then the device must have been served, so that it does not assert the line any more.
 *
 * Return: 0, or -ETIMEDOUT (no interrupt came), -ENODEV (the device is gone), -EIO (it has failed:
 * PADMA_DEVICE_FAILED, or its INTx cannot be unmasked).
 */
PADMA_API int padma_irq_wait(struct padma_irq *irq, uint64_t timeout_ns);

PADMA_END_DECLS

#endif
