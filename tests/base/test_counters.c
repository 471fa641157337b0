// SPDX-License-Identifier: BSD-3-Clause
/* Named counters: what may be registered, and what a snapshot finds, also while sets come and go. */
#include "test.h"

#include <pthread.h>

#include <padma/counter.h>
#include <padma/error.h>

struct queue {
	char before;
	struct padma_counter packets;
	struct padma_counter errors;
};

static const struct padma_counter_name names[] = {
	{"packets", offsetof(struct queue, packets)},
	{"errors", offsetof(struct queue, errors)},
};

static struct padma_counter_set set_of(const char *name, const struct queue *queue)
{
	return (struct padma_counter_set){
		.name = name, .base = queue, .names = names, .count = ARRAY_SIZE(names)};
}

static void test_a_snapshot_has_all_in_order(void **state)
{
	struct queue a = {0}, b = {0};
	struct padma_counter_set sets[] = {set_of("card rx 0", &a), set_of("card rx 1", &b)};
	struct padma_counters *first, *second;
	struct padma_counter_value values[4];
	char name[] = "card rx 0";

	(void)state;
	assert_int_equal(padma_counters_get(NULL, 0), 0);
	sets[0].name = name;
	assert_int_equal(padma_counters_register(&sets[0], &first), 0);
	assert_int_equal(padma_counters_register(&sets[1], &second), 0);
	/* The name was copied. */
	memset(name, 'x', sizeof(name) - 1);
	padma_counter_add(&a.packets, 7);
	padma_counter_add(&b.errors, UINT64_MAX);
	assert_int_equal(padma_counters_get(values, 4), 4);
	assert_string_equal(values[0].set, "card rx 0");
	assert_string_equal(values[0].name, "packets");
	assert_int_equal(values[0].value, 7);
	assert_string_equal(values[3].set, "card rx 1");
	assert_string_equal(values[3].name, "errors");
	assert_true(values[3].value == UINT64_MAX);
	padma_counters_unregister(first);
	assert_int_equal(padma_counters_get(values, 4), 2);
	assert_string_equal(values[0].set, "card rx 1");
	padma_counters_unregister(second);
	padma_counters_unregister(NULL);
	assert_int_equal(padma_counters_get(values, 4), 0);
}

static void test_too_little_room(void **state)
{
	struct queue a = {0};
	struct padma_counter_set set = set_of("card", &a);
	struct padma_counter_value values[2];
	struct padma_counters *counters;

	(void)state;
	memset(values, 0x55, sizeof(values));
	assert_int_equal(padma_counters_register(&set, &counters), 0);
	assert_int_equal(padma_counters_get(values, 1), 2);
	assert_string_equal(values[0].name, "packets");
	assert_int_equal((unsigned char)values[1].set[0], 0x55);
	padma_counters_unregister(counters);
}

/* A program that was compiled with a value that is larger than the library's. */
static void test_values_of_another_size(void **state)
{
	struct {
		struct padma_counter_value known;
		uint64_t later;
	} values[2];
	struct queue a = {.errors = {3}};
	struct padma_counter_set set = set_of("card", &a);
	struct padma_counters *counters;

	(void)state;
	memset(values, 0x55, sizeof(values));
	assert_int_equal(padma_counters_register(&set, &counters), 0);
	assert_int_equal(padma_counters_get_sized(sizeof(values[0]), &values[0].known, 2), 2);
	assert_string_equal(values[1].known.name, "errors");
	assert_int_equal(values[1].known.value, 3);
	assert_int_equal(values[1].later, 0);
	padma_counters_unregister(counters);
}

static void test_what_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "Packets", "a b", "a\tb", "a\n", "a_name_that_is_just_one_too_long", NULL};
	struct queue a = {0};
	struct padma_counter_name bad[2] = {names[0], names[1]};
	struct padma_counter_set set = set_of("card", &a);
	struct padma_counters *counters = NULL;

	(void)state;
	set.names = bad;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		bad[1].name = wrong[i];
		assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	}
	bad[1].name = "packets";
	assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "packets"));
	bad[1].name = "errors";
	set.count = 0;
	assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	set = set_of(NULL, &a);
	assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	set = set_of("", &a);
	assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	set = set_of("card", NULL);
	assert_int_equal(padma_counters_register(&set, &counters), -EINVAL);
	assert_int_equal(padma_counters_register(NULL, &counters), -EINVAL);
	assert_null(counters);
}

/* What a set of this name and part is called. */
static void expect_name(const char *name, const char *part, const char *expected)
{
	struct padma_counter_value value;
	struct queue a = {0};
	struct padma_counter_set set = set_of(name, &a);
	struct padma_counters *counters;

	set.part = part;
	assert_int_equal(padma_counters_register(&set, &counters), 0);
	padma_counters_get(&value, 1);
	assert_string_equal(value.set, expected);
	padma_counters_unregister(counters);
}

static void test_names_of_sets(void **state)
{
	char name[2 * PADMA_COUNTER_SET_BYTES], cut[PADMA_COUNTER_SET_BYTES];

	(void)state;
	expect_name("0000:00:04.0", "queue 1", "0000:00:04.0 queue 1");
	expect_name("card", NULL, "card");
	expect_name("sim:nvme,file=a\nb\tc", "", "sim:nvme,file=a?b?c");
	/* A long name is cut, and its part is kept. */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(cut, 'x', sizeof(cut) - 1);
	memcpy(cut + sizeof(cut) - sizeof(" queue 1"), " queue 1", sizeof(" queue 1"));
	expect_name(name, "queue 1", cut);
	/* Not amid a character: the last byte of room is the first of two. */
	memcpy(name + sizeof(cut) - 2, "\xc3\xa4", 2);
	memset(cut, 'x', sizeof(cut));
	cut[sizeof(cut) - 2] = '\0';
	expect_name(name, NULL, cut);
	memset(name, 'x', sizeof(name) - 1);
	cut[sizeof(cut) - 2] = 'x';
	cut[sizeof(cut) - 1] = '\0';
	expect_name(name, NULL, cut);
	/* A part that is too long is cut as well. */
	memset(cut, 'x', sizeof(cut) - 1);
	cut[PADMA_COUNTER_SET_BYTES / 2 - 2] = ' ';
	expect_name(name, name, cut);
}

static void *come_and_go(void *argument)
{
	struct queue queue = {0};
	struct padma_counter_set set = set_of(argument, &queue);

	for (int i = 0; i < 2000; i++) {
		struct padma_counters *counters;

		if (padma_counters_register(&set, &counters))
			return argument;
		padma_counter_add(&queue.packets, 1);
		padma_counters_unregister(counters);
	}
	return NULL;
}

static void test_sets_that_come_and_go(void **state)
{
	struct padma_counter_value values[8];
	pthread_t threads[3];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, "guest"), 0);
	for (int i = 0; i < 2000; i++) {
		unsigned int count = padma_counters_get(values, ARRAY_SIZE(values));

		assert_in_range(count, 0, 6);
		for (unsigned int j = 0; j < count; j++)
			assert_string_equal(values[j].set, "guest");
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(padma_counters_get(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_snapshot_has_all_in_order),
		cmocka_unit_test(test_too_little_room),
		cmocka_unit_test(test_values_of_another_size),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_names_of_sets),
		cmocka_unit_test(test_sets_that_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
