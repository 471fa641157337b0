/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pattern.h - self-describing test data.
 *
 * Each logical block starts with its number and the generation of its content; the rest is computed
 * from both and a seed. Reading a block back shows corruption, misplaced blocks and stale data.
 */
#ifndef COMMON_PATTERN_H
#define COMMON_PATTERN_H

#include <stdint.h>

#define PATTERN_ANY_GENERATION UINT64_MAX

/* Fill @lbas blocks of @lba_bytes bytes (a multiple of 16) from block @lba on. */
void pattern_fill(void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes, uint64_t seed,
		  uint64_t generation);

/* Return: how many of the blocks do not match. */
uint32_t pattern_check(const void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes,
		       uint64_t seed, uint64_t generation);

#endif
