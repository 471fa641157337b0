/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pattern.h - data that knows where it belongs.
 *
 * Each logical block starts with its own number and the generation of its content, and the rest
 * follows from both and a seed. So a block that is read back tells whether it is damaged, from
 * another place, or older than what was written last.
 */
#ifndef COMMON_PATTERN_H
#define COMMON_PATTERN_H

#include <stdint.h>

#define PATTERN_ANY_GENERATION UINT64_MAX

/* Fill @lbas blocks of @lba_bytes bytes (a multiple of 16) from block @lba on. */
void pattern_fill(void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes, uint64_t seed,
		  uint64_t generation);

/* Return: how many of the blocks are not what they should be. */
uint32_t pattern_check(const void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes,
		       uint64_t seed, uint64_t generation);

#endif
