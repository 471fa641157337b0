// SPDX-License-Identifier: BSD-3-Clause
/* The latched table of ranges: order, lookups, hints, and readers beside a writer. */
#include "test.h"

#include <pthread.h>

#include "space/run_table.h"

static struct range range_of(uint64_t start, uint64_t len)
{
	return (struct range){.start = start, .len = len, .value = start + 1000000};
}

static void test_lookups(void **state)
{
	struct run_table table = {0};
	struct range in[] = {range_of(100, 10), range_of(110, 5), range_of(200, 50)};
	struct range found;
	size_t hint = 0;

	(void)state;
	assert_false(run_table_find(&table, 100, NULL, &found));
	assert_int_equal(run_table_insert(&table, in, 3), 0);
	assert_false(run_table_find(&table, 99, NULL, &found));
	assert_true(run_table_find(&table, 100, NULL, &found));
	assert_int_equal(found.value, 1000100);
	assert_true(run_table_find(&table, 114, &hint, &found));
	assert_int_equal(found.start, 110);
	assert_int_equal(hint, 1);
	assert_false(run_table_find(&table, 115, &hint, &found));
	assert_true(run_table_find(&table, 200, &hint, &found));
	assert_int_equal(hint, 2);
	assert_true(run_table_find(&table, 249, &hint, &found));
	assert_false(run_table_find(&table, 250, NULL, &found));
	hint = 12345; /* stale */
	assert_true(run_table_find(&table, 105, &hint, &found));
	assert_int_equal(hint, 0);
	run_table_free(&table);
}

static void test_overlaps_are_refused(void **state)
{
	struct run_table table = {0};
	struct range first = range_of(100, 100);
	const struct range bad[] = {range_of(199, 1), range_of(100, 1), range_of(50, 51),
				    range_of(50, 500), range_of(150, 10)};
	struct range two[] = {range_of(10, 10), range_of(150, 10)};
	size_t count;

	(void)state;
	assert_int_equal(run_table_insert(&table, &first, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(run_table_insert(&table, &bad[i], 1), -EEXIST);
	assert_int_equal(run_table_insert(&table, two, 2), -EEXIST);
	run_table_ranges(&table, &count);
	assert_int_equal(count, 1);
	run_table_free(&table);
}

/* Slots of 16 addresses, each either held by one range of 1 to 16, or not. */
#define SLOTS 256

static void check_slots(const struct run_table *table, const uint64_t *lens)
{
	struct range found;
	size_t count, expected = 0;

	for (uint64_t slot = 0; slot < SLOTS; slot++) {
		expected += lens[slot] != 0;
		for (uint64_t i = 0; i < 16; i++) {
			bool there = run_table_find(table, slot * 16 + i, NULL, &found);

			assert_int_equal(there, i < lens[slot]);
			if (there)
				assert_int_equal(found.start, slot * 16);
		}
	}
	run_table_ranges(table, &count);
	assert_int_equal(count, expected);
}

static void test_random_changes(void **state)
{
	struct run_table table = {0};
	uint64_t lens[SLOTS] = {0}, seed = test_seed();

	(void)state;
	for (int step = 0; step < 3000; step++) {
		uint64_t slot = test_random(&seed) % SLOTS;

		if (lens[slot]) {
			run_table_remove(&table, slot * 16, 16);
			lens[slot] = 0;
		} else {
			struct range range = range_of(slot * 16, 1 + test_random(&seed) % 16);

			assert_int_equal(run_table_insert(&table, &range, 1), 0);
			lens[slot] = range.len;
		}
		if (step % 50 == 0)
			check_slots(&table, lens);
	}
	check_slots(&table, lens);
	run_table_free(&table);
}

struct reader {
	const struct run_table *table;
	bool stop;
	uint64_t lookups;
	uint64_t wrong;
};

/* Even slots are always there, odd ones come and go; what is found is never another slot's. */
static void *read_table(void *arg)
{
	struct reader *reader = arg;
	uint64_t seed = 5;
	size_t hint = 0;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_RELAXED)) {
		uint64_t slot = test_random(&seed) % SLOTS;
		struct range found;
		bool there = run_table_find(reader->table, slot * 16 + 3, &hint, &found);

		if (!there && slot % 2 == 0)
			reader->wrong++;
		if (there && (found.start != slot * 16 || found.len != 16 ||
			      found.value != found.start + 1000000))
			reader->wrong++;
		reader->lookups++;
	}
	return NULL;
}

static void test_readers_beside_a_writer(void **state)
{
	struct run_table table = {0};
	struct reader readers[3];
	pthread_t threads[3];
	uint64_t seed = test_seed();
	bool there[SLOTS] = {false};

	(void)state;
	for (uint64_t slot = 0; slot < SLOTS; slot += 2) {
		struct range range = range_of(slot * 16, 16);

		assert_int_equal(run_table_insert(&table, &range, 1), 0);
	}
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct reader){.table = &table};
		assert_int_equal(pthread_create(&threads[i], NULL, read_table, &readers[i]), 0);
	}
	for (int step = 0; step < 5000; step++) {
		uint64_t slot = test_random(&seed) % SLOTS | 1;
		struct range range = range_of(slot * 16, 16);

		if (there[slot])
			run_table_remove(&table, slot * 16, 16);
		else
			assert_int_equal(run_table_insert(&table, &range, 1), 0);
		there[slot] = !there[slot];
	}
	for (int i = 0; i < 3; i++) {
		__atomic_store_n(&readers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
	}
	run_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_overlaps_are_refused),
		cmocka_unit_test(test_random_changes),
		cmocka_unit_test(test_readers_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
