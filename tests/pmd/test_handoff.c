// SPDX-License-Identifier: BSD-3-Clause
/* Hand-over rings in one thread: sizes, all or none, order; against a model. */
#include "test.h"

#include <stdbool.h>

#include <padma/pmd/handoff.h>

#define MANY (PADMA_HANDOFF_MANY_PRODUCERS | PADMA_HANDOFF_MANY_CONSUMERS)

static const unsigned int all_flags[] = {0, PADMA_HANDOFF_MANY_PRODUCERS,
					 PADMA_HANDOFF_MANY_CONSUMERS, MANY};

static void *object(uintptr_t number)
{
	return (void *)number;
}

static void fill(void **objects, unsigned int n, uintptr_t from)
{
	for (unsigned int i = 0; i < n; i++)
		objects[i] = object(from + i);
}

static void test_what_cannot_be_opened(void **state)
{
	struct padma_handoff *handoff = NULL;

	(void)state;
	assert_int_equal(padma_handoff_open(0, 0, &handoff), -EINVAL);
	assert_int_equal(padma_handoff_open(PADMA_HANDOFF_MAX + 1, 0, &handoff), -EINVAL);
	assert_int_equal(padma_handoff_open(4, MANY + 1, &handoff), -EINVAL);
	assert_null(handoff);
	assert_int_equal(padma_handoff_close(NULL), 0);
}

/* Each size holds exactly so many, again and again. */
static void fill_and_empty(unsigned int entries, unsigned int flags)
{
	struct padma_handoff *handoff;
	void *in[40], *out[40];

	assert_int_equal(padma_handoff_open(entries, flags, &handoff), 0);
	assert_int_equal(padma_handoff_capacity(handoff), entries);
	for (uintptr_t turn = 0; turn < 20; turn++) {
		fill(in, 40, turn * 100);
		assert_int_equal(padma_handoff_put_exactly(handoff, in, entries + 1), 0);
		assert_int_equal(padma_handoff_count(handoff), 0);
		assert_int_equal(padma_handoff_put(handoff, in, 40), entries);
		assert_int_equal(padma_handoff_put(handoff, in, 1), 0);
		assert_int_equal(padma_handoff_count(handoff), entries);
		assert_int_equal(padma_handoff_close(handoff), -EBUSY);
		assert_int_equal(padma_handoff_take_exactly(handoff, out, entries + 1), 0);
		assert_int_equal(padma_handoff_take(handoff, out, 40), entries);
		assert_memory_equal(in, out, entries * sizeof(out[0]));
		assert_int_equal(padma_handoff_take(handoff, out, 1), 0);
		/* So that the next turn begins elsewhere. */
		assert_int_equal(padma_handoff_put_exactly(handoff, in, 1), 1);
		assert_int_equal(padma_handoff_take_exactly(handoff, out, 1), 1);
		assert_int_equal(padma_handoff_put(handoff, in, 0), 0);
		assert_int_equal(padma_handoff_take(handoff, out, 0), 0);
	}
	assert_int_equal(padma_handoff_close(handoff), 0);
}

static void test_each_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_flags); i++) {
		for (unsigned int entries = 1; entries < 40; entries++)
			fill_and_empty(entries, all_flags[i]);
	}
}

/* Random calls; the model is two counts: objects are numbered in the order of putting. */
static void random_calls(unsigned int entries, unsigned int flags, uint64_t *seed)
{
	uintptr_t put = 0, taken = 0;
	struct padma_handoff *handoff;
	void *objects[64];

	assert_int_equal(padma_handoff_open(entries, flags, &handoff), 0);
	for (int step = 0; step < 20000; step++) {
		unsigned int n = (unsigned int)(test_random(seed) % 64), got, want;
		bool exactly = test_random(seed) & 1;
		uintptr_t there = put - taken, room = entries - there;

		if (test_random(seed) & 1) {
			fill(objects, n, put);
			want = n <= room ? n : exactly ? 0 : (unsigned int)room;
			got = exactly ? padma_handoff_put_exactly(handoff, objects, n)
				      : padma_handoff_put(handoff, objects, n);
			put += got;
		} else {
			want = n <= there ? n : exactly ? 0 : (unsigned int)there;
			got = exactly ? padma_handoff_take_exactly(handoff, objects, n)
				      : padma_handoff_take(handoff, objects, n);
			for (unsigned int i = 0; i < got; i++)
				assert_ptr_equal(objects[i], object(taken + i));
			taken += got;
		}
		assert_int_equal(got, want);
		assert_int_equal(padma_handoff_count(handoff), put - taken);
	}
	while (padma_handoff_take(handoff, objects, 64))
		;
	assert_int_equal(padma_handoff_close(handoff), 0);
}

static void test_against_a_model(void **state)
{
	static const unsigned int sizes[] = {1, 2, 3, 64, 100, 128};
	uint64_t seed = test_seed();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_flags); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++)
			random_calls(sizes[j], all_flags[i], &seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be_opened),
		cmocka_unit_test(test_each_size),
		cmocka_unit_test(test_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
