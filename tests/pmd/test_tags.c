// SPDX-License-Identifier: BSD-3-Clause
/* Request tags against a model: what is taken, given back, and what a lying device names. */
#include "test.h"

#include <padma/error.h>

#include "pmd/tags.h"

#define COUNT 100

static void test_takes_each_once_and_then_none(void **state)
{
	bool taken[COUNT] = {false};
	struct tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(tags_open(&tags, COUNT), 0);
	for (int i = 0; i < COUNT; i++) {
		assert_true(tags_take(&tags, &tag, &id));
		assert_in_range(tag, 0, COUNT - 1);
		assert_false(taken[tag]);
		assert_int_equal(id & TAG_MASK, tag);
		taken[tag] = true;
	}
	assert_false(tags_take(&tags, &tag, &id));
	assert_int_equal(tags_in_flight(&tags), COUNT);
	tags_close(&tags);
}

static void test_last_in_first_out(void **state)
{
	uint32_t first = 0, second = 0, again = 0;
	struct tags tags;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(tags_open(&tags, COUNT), 0);
	assert_true(tags_take(&tags, &first, &id));
	assert_true(tags_take(&tags, &second, &id));
	tags_give(&tags, first);
	assert_true(tags_take(&tags, &again, &id));
	assert_int_equal(again, first);
	tags_close(&tags);
}

static void test_an_earlier_use_of_a_tag_is_refused(void **state)
{
	uint16_t old = 0, now = 0;
	struct tags tags;
	uint32_t tag = 0;

	(void)state;
	assert_int_equal(tags_open(&tags, 1), 0);
	assert_true(tags_take(&tags, &tag, &old));
	assert_true(tags_give_id(&tags, old, &tag));
	assert_false(tags_give_id(&tags, old, &tag));
	assert_true(tags_take(&tags, &tag, &now));
	assert_int_not_equal(old, now);
	assert_false(tags_give_id(&tags, old, &tag));
	assert_true(tag_is_in_flight(&tags, 0));
	assert_true(tags_give_id(&tags, now, &tag));
	tags_close(&tags);
}

static void test_sizes(void **state)
{
	struct tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(tags_open(&tags, 0), -EINVAL);
	assert_int_equal(tags_open(&tags, TAGS_MAX + 1), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "4095"));
	assert_int_equal(tags_open(&tags, TAGS_MAX), 0);
	/* Identifier 0xffff never appears, however often a tag is used. */
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < TAGS_MAX; i++) {
			assert_true(tags_take(&tags, &tag, &id));
			assert_int_not_equal(id, 0xffff);
		}
		for (uint32_t i = 0; i < TAGS_MAX; i++)
			tags_give(&tags, i);
	}
	tags_close(&tags);
}

/* Every identifier that there is: only those in flight are accepted. */
static void test_any_identifier(void **state)
{
	uint64_t seed = test_seed();
	bool valid[65536] = {false};
	struct tags tags;
	uint32_t tag = 0;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(tags_open(&tags, COUNT), 0);
	for (int step = 0; step < 20000; step++) {
		uint16_t named = (uint16_t)test_random(&seed);

		if (test_random(&seed) & 1 && tags_take(&tags, &tag, &id))
			valid[id] = true;
		if (test_random(&seed) & 1)
			named &= 0xf000 | (named % COUNT);
		assert_int_equal(tags_give_id(&tags, named, &tag), valid[named]);
		valid[named] = false;
	}
	tags_close(&tags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_each_once_and_then_none),
		cmocka_unit_test(test_last_in_first_out),
		cmocka_unit_test(test_an_earlier_use_of_a_tag_is_refused),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_any_identifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
