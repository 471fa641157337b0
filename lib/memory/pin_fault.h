/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pin_fault.h - why the kernel does not pin a range of this process's addresses (EFAULT of MAP).
 */
#ifndef MEMORY_PIN_FAULT_H
#define MEMORY_PIN_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sentence.h"

/* The next range, after all before it in the order of addresses. False: there are no more. */
typedef bool (*mapping_next)(void *ctx, uint64_t *va, uint64_t *bytes);

/*
 * The first thing in these ranges that cannot be pinned for a device to write to: nothing
 * mapped there, a mapping that may not be written to, a device's registers, a file on a disk that
 * is mapped shared, memory of memfd_secret(), hugepages that are not available. @root as in
 * base/procfs.h. Adds to @sentence and returns true if there is one.
 */
bool mapping_explains_some(const char *root, mapping_next next, void *ctx,
			   struct sentence *sentence);

/* The same of one range. */
bool mapping_explains(const char *root, uint64_t va, uint64_t bytes, struct sentence *sentence);

#endif
