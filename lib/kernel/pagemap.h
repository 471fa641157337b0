/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pagemap.h - physical addresses by /proc/self/pagemap
 * (Documentation/admin-guide/mm/pagemap.rst).
 *
 * One entry of 64 bits per page of the process: bit 63 says that the page is there, bits 0 to 54
 * are its frame. Who has no CAP_SYS_ADMIN when the file is opened reads 0 for every frame.
 */
#ifndef KERNEL_PAGEMAP_H
#define KERNEL_PAGEMAP_H

#include <stdint.h>

#define PAGEMAP_PATH	"/proc/self/pagemap"
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_FRAME	((1ull << 55) - 1)

/*
 * The contiguous bytes at @va, at most @length (not 0), in *bytes, and the physical address in
 * *phys. @fd is the file, opened. 0, or -EFAULT (no page is there), -EPERM (frames are hidden),
 * -EIO (no such frame can be, or the file cannot be read).
 */
int pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes);

#endif
