/* SPDX-License-Identifier: BSD-3-Clause */
/* test.h - cmocka and what it wants included before it. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A fixed, printed seed makes a random test repeatable: PADMA_TEST_SEED chooses another. */
static inline uint64_t test_seed(void)
{
	const char *text = getenv("PADMA_TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 20261121;

	printf("seed %llu (set PADMA_TEST_SEED to choose another)\n", (unsigned long long)seed);
	return seed;
}

/* splitmix64 (Steele, Lea, Flood 2014): enough for tests, and the same everywhere. */
static inline uint64_t test_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

#endif
