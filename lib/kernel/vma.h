/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vma.h - of which pages a part of the process's memory is made, as the kernel has it.
 *
 * PROCMAP_QUERY (Linux 6.11, include/uapi/linux/fs.h) answers what /proc/self/smaps has as
 * KernelPageSize, for one address and without walking page tables: 2 MiB or 1 GiB for hugetlb
 * memory, the size of ordinary pages for everything else, transparent hugepages included. An older
 * kernel does not answer; its memory passes for ordinary pages, which costs time only.
 */
#ifndef KERNEL_VMA_H
#define KERNEL_VMA_H

#include <stdint.h>

/*
 * The page size of the memory at @va, in *page_bytes, and where the mapping ends of which that is
 * true, in *end: the smallest page size and UINT64_MAX if the kernel does not say.
 */
void vma_page_bytes(uint64_t va, uint64_t *page_bytes, uint64_t *end);

#endif
