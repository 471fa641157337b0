// SPDX-License-Identifier: BSD-3-Clause
/* Self-describing test data. */
#include "common/pattern.h"

#include <stdbool.h>
#include <string.h>

/* The constants of splitmix64 (Steele, Lea, Flood 2014): they spread each bit over the word. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* The first word's state; each next word is one step further. */
static uint64_t start(uint64_t lba, uint64_t seed, uint64_t generation)
{
	return mix(lba + mix(generation + mix(seed)));
}

static uint64_t word_at(uint64_t from, uint32_t i)
{
	return from + i * 0x9e3779b97f4a7c15ull;
}

void pattern_fill(void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes, uint64_t seed,
		  uint64_t generation)
{
	uint64_t *words = buffer;
	uint32_t per_block = lba_bytes / 8;

	for (uint32_t block = 0; block < lbas; block++, words += per_block) {
		uint64_t from = start(lba + block, seed, generation);

		words[0] = lba + block;
		words[1] = generation;
		for (uint32_t i = 2; i < per_block; i++)
			words[i] = word_at(from, i);
	}
}

static bool block_is(const uint64_t *words, uint64_t lba, uint32_t per_block, uint64_t seed,
		     uint64_t generation)
{
	uint64_t from = start(lba, seed, words[1]);
	uint64_t wrong = words[0] ^ lba;

	if (generation != PATTERN_ANY_GENERATION)
		wrong |= words[1] ^ generation;
	for (uint32_t i = 2; i < per_block; i++)
		wrong |= words[i] ^ word_at(from, i);
	return wrong == 0;
}

uint32_t pattern_check(const void *buffer, uint64_t lba, uint32_t lbas, uint32_t lba_bytes,
		       uint64_t seed, uint64_t generation)
{
	const uint64_t *words = buffer;
	uint32_t per_block = lba_bytes / 8;
	uint32_t wrong = 0;

	for (uint32_t block = 0; block < lbas; block++, words += per_block)
		wrong += !block_is(words, lba + block, per_block, seed, generation);
	return wrong;
}
