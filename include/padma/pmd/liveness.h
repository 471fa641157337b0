/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/liveness.h - detect a device that is gone while its rings just go quiet
 *
 * A driver that polls memory reads no register on its fast path. When its device is pulled out, or
 * stops, nothing is written to its rings any more, and that is all there is to see. So the driver has
 * to check by itself, seldom enough that it costs nothing:
 *
 *     struct padma_liveness_register status = {device, bar, STATUS};
 *
 *     padma_liveness_start(&liveness, padma_ticks(), padma_ns_to_ticks(10000000),
 *                          padma_liveness_check_register, &status);
 *     ...
 *     count = take_completions(queue);
 *     if (count == 0) {
 *             rc = padma_liveness_check(&liveness, padma_ticks());
 *             if (rc)
 *                     padma_gate_raise(gate, rc == -ENODEV ? PADMA_GATE_GONE : PADMA_GATE_FAILED);
 *     }
 *
 * A poll that found something needs no check: the device is alive. Time is the caller's: ticks of
 * padma/time.h, or a virtual clock in a test.
 *
 * Threading: one per queue, which belongs to the queue's owner.
 */
#ifndef PADMA_PMD_LIVENESS_H
#define PADMA_PMD_LIVENESS_H

#include <stdint.h>

#include <padma/device.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * padma_liveness_fn - look whether a device is alive
 * @ctx: as given to padma_liveness_start()
 *
 * Return: 0 if it is; -ENODEV if it is gone for good, -EIO if it does not work but may still do DMA.
 */
typedef int (*padma_liveness_fn)(void *ctx);

/**
 * struct padma_liveness - a periodic look at a device; filled by padma_liveness_start()
 */
struct padma_liveness {
	/* private: */
	uint64_t next; /* when padma_liveness_check() has something to do */
	uint64_t due;  /* when to look again */
	uint64_t interval;
	padma_liveness_fn look;
	void *ctx;
	int error; /* of the latest look */
};

/**
 * padma_liveness_start() - start, or restart after a reset
 * @liveness: set
 * @now: the time, in any unit
 * @interval: how often to look, in the same unit; the first look is due that much after @now. A look
 *	costs a read of a register, a microsecond or so, which stalls the processor: 1 to 10 ms is
 *	often enough
 * @look: how to look
 * @ctx: handed to it
 */
PADMA_API void padma_liveness_start(struct padma_liveness *liveness, uint64_t now,
				    uint64_t interval, padma_liveness_fn look, void *ctx);

/* private: padma_liveness_check() when something is due */
PADMA_API int padma_liveness_look(struct padma_liveness *liveness, uint64_t now);

/**
 * padma_liveness_check() - whether the device is alive, as of the latest look
 * @liveness: started
 * @now: the time, in the unit of padma_liveness_start()
 *
 * One comparison if no look is due. The result of a look that fails is returned by all calls until
 * the next one, an interval later, which may find the device gone, or alive again.
 *
 * Return: 0, or what the look returned: -ENODEV or -EIO.
 */
PADMA_INLINE int padma_liveness_check(struct padma_liveness *liveness, uint64_t now)
{
	return PADMA_LIKELY(now < liveness->next) ? 0 : padma_liveness_look(liveness, now);
}

/**
 * padma_liveness_check_device() - a padma_liveness_fn: look at the configuration space
 * @device: a struct padma_device *
 *
 * padma_device_check(), a system call or two: finds a device that was pulled out, not one whose
 * registers have stopped to answer.
 *
 * Return: 0, -ENODEV or -EIO, with a sentence in padma_last_error().
 */
PADMA_API int padma_liveness_check_device(void *device);

/**
 * struct padma_liveness_register - the ctx of padma_liveness_check_register()
 * @device: the device
 * @bar: one of its BARs
 * @offset: of a 32-bit register that never reads as all ones and has no side effect, for example a
 *	status register
 */
struct padma_liveness_register {
	struct padma_device *device;
	const struct padma_bar *bar;
	uint64_t offset;
};

/**
 * padma_liveness_check_register() - a padma_liveness_fn: read a register
 * @ctx: a struct padma_liveness_register *
 *
 * No system call if the register is mapped and reads as something else than all ones or zeros. All
 * ones (PCIe Base 5.0, 2.3.2): padma_device_unresponsive() finds out whether the device is gone, and
 * turns its bus mastering off. Zeros, which some machines return for a device that is gone:
 * padma_device_check(); the device is alive if its configuration space answers.
 *
 * Return: 0, -ENODEV or -EIO, with a sentence in padma_last_error().
 */
PADMA_API int padma_liveness_check_register(void *ctx);

PADMA_END_DECLS

#endif
