// SPDX-License-Identifier: BSD-3-Clause
/* The verification pattern finds corruption, misplaced blocks and stale data. */
#include "test.h"

#include "common/pattern.h"

#define BLOCKS	    8
#define BLOCK_BYTES 512

static uint64_t data[BLOCKS * BLOCK_BYTES / 8];

static uint32_t check(uint64_t lba, uint64_t generation)
{
	return pattern_check(data, lba, BLOCKS, BLOCK_BYTES, 7, generation);
}

static void what_was_filled_is_right(void **state)
{
	(void)state;
	pattern_fill(data, 100, BLOCKS, BLOCK_BYTES, 7, 3);
	assert_int_equal(check(100, 3), 0);
	assert_int_equal(check(100, PATTERN_ANY_GENERATION), 0);
	/* So is any part of it. */
	assert_int_equal(pattern_check(data + 2 * BLOCK_BYTES / 8, 102, 1, BLOCK_BYTES, 7, 3), 0);
}

static void every_flipped_bit_is_found(void **state)
{
	(void)state;
	pattern_fill(data, 100, BLOCKS, BLOCK_BYTES, 7, 3);
	for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
		data[bit / 64] ^= 1ull << bit % 64;
		assert_int_equal(check(100, 3), 1);
		/* A flipped generation does not match the rest of its block either. */
		assert_int_equal(check(100, PATTERN_ANY_GENERATION), 1);
		data[bit / 64] ^= 1ull << bit % 64;
	}
	assert_int_equal(check(100, 3), 0);
}

static void another_place_time_or_seed_is_found(void **state)
{
	(void)state;
	pattern_fill(data, 100, BLOCKS, BLOCK_BYTES, 7, 3);
	assert_int_equal(check(101, 3), BLOCKS);
	assert_int_equal(check(100, 4), BLOCKS);
	assert_int_equal(pattern_check(data, 100, BLOCKS, BLOCK_BYTES, 8, 3), BLOCKS);
	memset(data, 0, sizeof(data));
	assert_int_equal(check(0, PATTERN_ANY_GENERATION), BLOCKS);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(check(0, PATTERN_ANY_GENERATION), BLOCKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_filled_is_right),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(another_place_time_or_seed_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
