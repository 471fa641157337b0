/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * platform.h - whether a physical address means the same to the processor and to a device.
 *
 * Without an IOMMU padma hands physical addresses to devices. If the kernel encrypts memory a
 * device that does so reads ciphertext, or cannot reach the page at all; and a device that does not
 * look into the processor's caches reads what was there before. Both are refused, in words. What
 * cannot be known is not refused: docs/noiommu.md lists it.
 */
#ifndef BACKEND_PLATFORM_H
#define BACKEND_PLATFORM_H

#include <stdbool.h>

/*
 * Whether the bus address of a page is its physical address, as far as encryption goes: false if
 * Linux uses AMD SME, or is a guest of AMD SEV or Intel TDX, with a sentence of at most
 * BACKEND_REASON_BYTES in @reason. For every backend whose dma addresses are physical ones. @root:
 * the folder that holds proc, sys and dev; "" for the machine itself. Any thread.
 */
bool platform_dma_is_physical(const char *root, char *reason);

/*
 * Whether the PCI function @address ("0000:00:04.0") sees what the processor's caches hold, by the
 * device tree of its host bridge; true if there is none. It matters on arm64 only: other
 * machines are coherent by nature. @root: as above. Any thread.
 */
bool platform_is_coherent(const char *root, const char *address);

/*
 * Whether a device that puts physical addresses on the bus may be used on this machine: 0, or -EOPNOTSUPP
 * with the reason noted. As backend_ops.accepts.
 */
int platform_accepts_device(const char *address);

#endif
