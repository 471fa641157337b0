// SPDX-License-Identifier: BSD-3-Clause
/* Numbers, sizes and times of the command line. */
#include "test.h"

#include <stdbool.h>

#include "common/options.h"

struct sample {
	const char *text;
	bool good;
	uint64_t value;
};

static void check_all(const struct sample *samples, size_t count,
		      bool (*parse)(const char *text, uint64_t *value))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;

		if (parse(samples[i].text, &value) != samples[i].good ||
		    (samples[i].good && value != samples[i].value))
			fail_msg("'%s' gave %llu", samples[i].text, (unsigned long long)value);
	}
}

static void sizes(void **state)
{
	static const struct sample samples[] = {
		{"0", true, 0},
		{"4096", true, 4096},
		{"4k", true, 4096},
		{"4K", true, 4096},
		{"1M", true, 1 << 20},
		{"2G", true, 2ull << 30},
		{"3t", true, 3ull << 40},
		{"0x1000", true, 4096},
		{"18446744073709551615", true, UINT64_MAX},
		{"16777215T", true, 16777215ull << 40},
		{"16777216T", false, 0},
		{"18446744073709551616", false, 0},
		{"", false, 0},
		{"k", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"4kk", false, 0},
		{"4kB", false, 0},
		{"4q", false, 0},
		{"1.5G", false, 0},
		{"0x", false, 0},
		{"0xg", false, 0},
	};

	(void)state;
	check_all(samples, ARRAY_SIZE(samples), parse_size);
}

static void numbers(void **state)
{
	static const struct sample samples[] = {
		{"0", true, 0},	     {"42", true, 42},	 {"0x2a", true, 42},
		{"010", true, 10},   {"4k", false, 0},	 {"", false, 0},
		{"-0", false, 0},    {"ten", false, 0},	 {"1e3", false, 0},
		{"1,000", false, 0}, {"0x-1", false, 0}, {"99999999999999999999", false, 0},
	};

	(void)state;
	check_all(samples, ARRAY_SIZE(samples), parse_number);
}

static void times(void **state)
{
	static const struct sample samples[] = {
		{"1", true, 1000000000},
		{"0.5", true, 500000000},
		{".25", true, 250000000},
		{"2s", true, 2000000000},
		{"2m", true, 120000000000},
		{"0", false, 0},
		{"-1", false, 0},
		{"", false, 0},
		{"s", false, 0},
		{"1h", false, 0},
		{"1ss", false, 0},
		{"inf", false, 0},
		{"nan", false, 0},
		{"1e300", false, 0},
		/* strtod() would read hexadecimal. */
		{"0x10", false, 0},
		{"0X1p4", false, 0},
		{"00.5", true, 500000000},
		{"400000m", true, 24000000000000000},
		{"4000000m", false, 0},
	};

	(void)state;
	check_all(samples, ARRAY_SIZE(samples), parse_seconds);
}

static void human_readable_sizes(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(format_bytes(0, text, sizeof(text)), "0 B");
	assert_string_equal(format_bytes(512, text, sizeof(text)), "512 B");
	assert_string_equal(format_bytes(4096, text, sizeof(text)), "4 KiB");
	assert_string_equal(format_bytes(1536, text, sizeof(text)), "1.5 KiB");
	assert_string_equal(format_bytes(1ull << 40, text, sizeof(text)), "1 TiB");
	assert_string_equal(format_bytes(UINT64_MAX, text, sizeof(text)), "16 EiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(times),
		cmocka_unit_test(human_readable_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
