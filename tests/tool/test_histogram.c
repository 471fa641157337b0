// SPDX-License-Identifier: BSD-3-Clause
/* The latency histogram against exact results. */
#include "test.h"

#include "common/histogram.h"

static void buckets_are_without_gap_or_overlap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t highest = histogram_highest(i);

		assert_int_equal(histogram_bucket(highest), i);
		if (i + 1 < HISTOGRAM_BUCKETS)
			assert_int_equal(histogram_bucket(highest + 1), i + 1);
		else
			assert_true(highest == UINT64_MAX);
	}
	assert_int_equal(histogram_bucket(0), 0);
}

static void small_values_are_exact(void **state)
{
	static struct histogram histogram;

	(void)state;
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&histogram, value);
	assert_int_equal(histogram.count, 100);
	assert_int_equal(histogram.max, 100);
	assert_true(histogram_mean(&histogram) == 50.5);
	assert_int_equal(histogram_percentile(&histogram, 50000), 50);
	assert_int_equal(histogram_percentile(&histogram, 99000), 99);
	assert_int_equal(histogram_percentile(&histogram, 99900), 100);
	assert_int_equal(histogram_percentile(&histogram, 100000), 100);
	assert_int_equal(histogram_percentile(&histogram, 0), 1);
}

static void an_empty_histogram_is_zero(void **state)
{
	static const struct histogram empty;

	(void)state;
	assert_int_equal(histogram_percentile(&empty, 99000), 0);
	assert_true(histogram_mean(&empty) == 0);
}

static int by_value(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void percentiles_are_within_a_64th(void **state)
{
	static const unsigned int percentiles[] = {1, 50000, 90000, 99000, 99900, 99999, 100000};
	static uint64_t values[20000];
	uint64_t seed = test_seed();

	(void)state;
	for (unsigned int round = 0; round < 20; round++) {
		struct histogram *all = calloc(1, sizeof(*all)), *half = calloc(1, sizeof(*half));
		size_t count = 1 + test_random(&seed) % ARRAY_SIZE(values);

		assert_non_null(all);
		assert_non_null(half);
		for (size_t i = 0; i < count; i++) {
			values[i] = test_random(&seed) >> test_random(&seed) % 64;
			histogram_add(i % 2 ? all : half, values[i]);
		}
		histogram_merge(all, half);
		qsort(values, count, sizeof(values[0]), by_value);
		assert_int_equal(all->count, count);
		assert_true(all->max == values[count - 1]);
		for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++) {
			size_t rank = (count * percentiles[i] + 99999) / 100000;
			uint64_t exact = values[rank - 1];
			uint64_t answer = histogram_percentile(all, percentiles[i]);

			assert_true(answer >= exact);
			assert_true(answer - exact <= exact / 64);
		}
		free(all);
		free(half);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_are_without_gap_or_overlap),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(an_empty_histogram_is_zero),
		cmocka_unit_test(percentiles_are_within_a_64th),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
