// SPDX-License-Identifier: BSD-3-Clause
/* Request tags against a model: what is taken, given back, and what a broken device returns. */
#include "test.h"

#include <padma/error.h>

#include <padma/pmd/tags.h>

#define COUNT 100
/* As NVMe has them: one tag less than the bits allow. */
#define BITS  12u
#define MOST  ((1u << BITS) - 1)

static void test_takes_each_once_and_then_none(void **state)
{
	bool taken[COUNT] = {false};
	struct padma_tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, BITS, COUNT), 0);
	for (int i = 0; i < COUNT; i++) {
		assert_true(padma_tags_take(&tags, &tag, &id));
		assert_in_range(tag, 0, COUNT - 1);
		assert_false(taken[tag]);
		assert_int_equal(id & ((1u << BITS) - 1), tag);
		taken[tag] = true;
	}
	assert_false(padma_tags_take(&tags, &tag, &id));
	assert_int_equal(padma_tags_in_flight(&tags), COUNT);
	padma_tags_close(&tags);
}

static void test_last_in_first_out(void **state)
{
	uint32_t first = 0, second = 0, again = 0;
	struct padma_tags tags;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, BITS, COUNT), 0);
	assert_true(padma_tags_take(&tags, &first, &id));
	assert_true(padma_tags_take(&tags, &second, &id));
	padma_tags_give(&tags, BITS, first);
	assert_true(padma_tags_take(&tags, &again, &id));
	assert_int_equal(again, first);
	padma_tags_close(&tags);
}

static void test_an_earlier_use_of_a_tag_is_refused(void **state)
{
	uint16_t old = 0, now = 0;
	struct padma_tags tags;
	uint32_t tag = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, BITS, 1), 0);
	assert_true(padma_tags_take(&tags, &tag, &old));
	assert_true(padma_tags_give_id(&tags, BITS, old, &tag));
	assert_false(padma_tags_give_id(&tags, BITS, old, &tag));
	assert_true(padma_tags_take(&tags, &tag, &now));
	assert_int_not_equal(old, now);
	assert_false(padma_tags_give_id(&tags, BITS, old, &tag));
	assert_true(padma_tags_is_in_flight(&tags, 0));
	assert_true(padma_tags_give_id(&tags, BITS, now, &tag));
	padma_tags_close(&tags);
}

static void test_sizes(void **state)
{
	struct padma_tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, BITS, 0), -EINVAL);
	assert_int_equal(padma_tags_open(&tags, BITS, MOST + 2), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "4096"));
	assert_int_equal(padma_tags_open(&tags, 0, 1), -EINVAL);
	assert_int_equal(padma_tags_open(&tags, 17, 1), -EINVAL);
	assert_int_equal(padma_tags_open(&tags, BITS, MOST), 0);
	/* Identifier 0xffff never appears, however often a tag is used. */
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < MOST; i++) {
			assert_true(padma_tags_take(&tags, &tag, &id));
			assert_int_not_equal(id, 0xffff);
		}
		for (uint32_t i = 0; i < MOST; i++)
			padma_tags_give(&tags, BITS, i);
	}
	padma_tags_close(&tags);
}

/* Every possible identifier: only those in flight are accepted. */
static void test_any_identifier(void **state)
{
	uint64_t seed = test_seed();
	bool valid[65536] = {false};
	struct padma_tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, BITS, COUNT), 0);
	for (int step = 0; step < 20000; step++) {
		uint16_t named = (uint16_t)test_random(&seed);

		if (test_random(&seed) & 1 && padma_tags_take(&tags, &tag, &id))
			valid[id] = true;
		if (test_random(&seed) & 1)
			named &= 0xf000 | (named % COUNT);
		assert_int_equal(padma_tags_give_id(&tags, BITS, named, &tag), valid[named]);
		valid[named] = false;
	}
	padma_tags_close(&tags);
}

/* Without generations an identifier is its tag, as virtio's are. */
static void test_all_bits_are_the_tag(void **state)
{
	struct padma_tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, 16, 65536), 0);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 65536; i++) {
			assert_true(padma_tags_take(&tags, &tag, &id));
			assert_int_equal(id, tag);
		}
		assert_false(padma_tags_take(&tags, &tag, &id));
		for (uint32_t i = 0; i < 65536; i++)
			assert_true(padma_tags_give_id(&tags, 16, (uint16_t)i, &tag));
		assert_false(padma_tags_give_id(&tags, 16, 7, &tag));
	}
	padma_tags_close(&tags);
}

/* Few tags and a long generation: an identifier is refused for as long as it takes to count round. */
static void test_few_bits(void **state)
{
	struct padma_tags tags;
	uint16_t first = 0, id = 0;
	uint32_t tag = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, 3, 1), 0);
	assert_true(padma_tags_take(&tags, &tag, &first));
	assert_true(padma_tags_give_id(&tags, 3, first, &tag));
	for (unsigned int use = 1; use < 1u << 13; use++) {
		assert_true(padma_tags_take(&tags, &tag, &id));
		assert_false(padma_tags_find(&tags, 3, first, &tag));
		assert_true(padma_tags_give_id(&tags, 3, id, &tag));
	}
	assert_true(padma_tags_take(&tags, &tag, &id));
	assert_int_equal(id, first);
	padma_tags_close(&tags);
}

/* A device that returns 32 bits (virtio's used ring): the upper half is not ignored. */
static void test_more_than_16_bits(void **state)
{
	struct padma_tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(padma_tags_open(&tags, 16, 2), 0);
	assert_true(padma_tags_take(&tags, &tag, &id));
	for (unsigned int bit = 16; bit < 32; bit++) {
		assert_false(padma_tags_find(&tags, 16, 1u << bit | id, &tag));
		assert_false(padma_tags_give_id(&tags, 16, 1u << bit | id, &tag));
	}
	assert_true(padma_tags_give_id(&tags, 16, id, &tag));
	padma_tags_close(&tags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_each_once_and_then_none),
		cmocka_unit_test(test_last_in_first_out),
		cmocka_unit_test(test_an_earlier_use_of_a_tag_is_refused),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_any_identifier),
		cmocka_unit_test(test_all_bits_are_the_tag),
		cmocka_unit_test(test_few_bits),
		cmocka_unit_test(test_more_than_16_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
