/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ones.h - memory full of ones in the place of registers that do not respond.
 *
 * A BAR may have terabytes, so it is not filled: all of it that is read shows the same few pages, and
 * what is written costs a page each.
 */
#ifndef DEVICE_ONES_H
#define DEVICE_ONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much one file mapping shows at once: a read of a whole BAR takes a mapping for each. */
#define ONES_BLOCK_BYTES (1u << 20)

/* Make the ones, once for the process; if that fails each page will be one of its own. Any thread. */
void ones_open(void);

/*
 * Put ones in the place of the block around @address of the mapping [start, start + bytes), in one step:
 * other threads find what was there or the ones, and nothing in between. From a signal handler, too.
 * False if the kernel gives no memory: the mapping stays.
 */
bool ones_map_around(uintptr_t address, uintptr_t start, size_t bytes);

/* Replace a whole mapping, block by block; of a very large one the end reads as zeros. Not from a signal
 * handler. */
void ones_map(void *start, size_t bytes);

#endif
