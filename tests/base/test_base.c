// SPDX-License-Identifier: BSD-3-Clause
/* Messages, errors, time stamps, counters. */
#include "test.h"

#include <pthread.h>
#include <time.h>

#include <padma/counter.h>
#include <padma/time.h>

/* cmocka has a macro of this name. */
#undef fail
#define PADMA_PART "lotus"
#include "base/base.h"

struct message {
	int count;
	enum padma_log_level level;
	char part[32];
	char text[600];
};

static void take(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	struct message *message = ctx;

	message->count++;
	message->level = level;
	snprintf(message->part, sizeof(message->part), "%s", part);
	snprintf(message->text, sizeof(message->text), "%s", text);
}

static void test_levels_and_prefix(void **state)
{
	struct message got = {0};

	(void)state;
	log_warning("no callback");
	padma_log_to(take, &got, PADMA_LOG_INFO);
	log_debug("not wanted");
	assert_int_equal(got.count, 0);
	log_info("%d petals", 8);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.level, PADMA_LOG_INFO);
	assert_string_equal(got.part, "lotus");
	assert_string_equal(got.text, "8 petals");
	log_warning("wilting");
	assert_int_equal(got.level, PADMA_LOG_WARNING);
	padma_log_to(take, &got, PADMA_LOG_ERROR);
	log_warning("not wanted any more");
	assert_int_equal(got.count, 2);
	padma_log_to(NULL, NULL, PADMA_LOG_DEBUG);
	log_warning("no callback again");
	assert_int_equal(got.count, 2);
	assert_string_equal(padma_log_level_name(PADMA_LOG_ERROR), "error");
	assert_string_equal(padma_log_level_name(PADMA_LOG_WARNING), "warning");
	assert_string_equal(padma_log_level_name(PADMA_LOG_INFO), "info");
	assert_string_equal(padma_log_level_name(PADMA_LOG_DEBUG), "debug");
}

static int evaluated;

static int count_evaluation(void)
{
	return ++evaluated;
}

static void test_unwanted_messages_are_not_formatted(void **state)
{
	struct message got = {0};

	(void)state;
	padma_log_to(take, &got, PADMA_LOG_WARNING);
	log_debug("%d", count_evaluation());
	assert_int_equal(evaluated, 0);
	log_warning("%d", count_evaluation());
	assert_int_equal(evaluated, 1);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

static void test_errors(void **state)
{
	struct message got = {0};
	char long_text[2000];

	(void)state;
	padma_log_to(take, &got, PADMA_LOG_ERROR);
	assert_int_equal(fail(-EINVAL, "%s", "give another"), -EINVAL);
	assert_string_equal(padma_last_error(), "give another");
	assert_int_equal(got.level, PADMA_LOG_ERROR);
	assert_string_equal(got.text, "give another");
	/* A sentence may quote the one before it. */
	assert_int_equal(fail(-EIO, "open: %s", padma_last_error()), -EIO);
	assert_string_equal(padma_last_error(), "open: give another");
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	fail(-ENOMEM, "%s", long_text);
	assert_true(strlen(padma_last_error()) > 400);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

/* Attempts inside a call are no errors of the call; its last reason is, if it fails. */
static void test_attempts_are_not_logged(void **state)
{
	struct message got = {0};

	(void)state;
	padma_log_to(take, &got, PADMA_LOG_ERROR);
	fail_hold();
	fail(-ENOMEM, "the first attempt");
	fail_hold();
	fail(-ENOMEM, "the second");
	assert_int_equal(fail_release(-ENOMEM), -ENOMEM);
	assert_int_equal(got.count, 0);
	assert_string_equal(padma_last_error(), "the second");
	assert_int_equal(fail_release(-ENOMEM), -ENOMEM);
	assert_int_equal(got.count, 1);
	assert_string_equal(got.text, "the second");
	assert_string_equal(got.part, "lotus");
	fail_hold();
	fail(-ENOMEM, "an attempt");
	assert_int_equal(fail_release(7), 7);
	assert_int_equal(got.count, 1);
	/* No reason was noted, so nothing is logged. */
	fail_hold();
	assert_int_equal(fail_release(-EINVAL), -EINVAL);
	assert_int_equal(got.count, 1);
	fail(-EINVAL, "as ever");
	assert_int_equal(got.count, 2);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

static void *fail_elsewhere(void *before)
{
	snprintf(before, 600, "%s", padma_last_error());
	fail(-EPERM, "of the other thread");
	return NULL;
}

static void test_errors_are_the_threads_own(void **state)
{
	char before[600] = "?";
	pthread_t thread;

	(void)state;
	fail(-EINVAL, "of this thread");
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, before), 0);
	pthread_join(thread, NULL);
	assert_string_equal(before, "");
	assert_string_equal(padma_last_error(), "of this thread");
}

static void test_ticks(void **state)
{
	struct timespec nap = {.tv_nsec = 5000000};
	const uint64_t century = 100ull * 365 * 86400 * 1000000000;
	uint64_t start, ticks, rate;

	(void)state;
	padma_clock_init();
	rate = padma_ticks_per_second();
	assert_true(rate > 0);
	assert_true(padma_clock_is_tsc() || rate == 1000000000);
	start = padma_ticks();
	nanosleep(&nap, NULL);
	ticks = padma_ticks() - start;
	/* A sleep lasts at least as long as requested; how much longer is not promised.
	 */
	assert_true(padma_ticks_to_ns(ticks) >= 4900000);
	assert_true(padma_ticks_monotonic() > 0);
	assert_int_equal(padma_ticks_to_ns(rate), 1000000000);
	assert_int_equal(padma_ns_to_ticks(1000000000), rate);
	/* A century does not wrap, and loses at most a tick. */
	ticks = padma_ns_to_ticks(century);
	assert_in_range(padma_ticks_to_ns(ticks), century - 2, century);
}

static unsigned int clock_readings;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	clock_readings++;
	return __real_clock_gettime(clock, now);
}

/* Choosing the counter is a few readings; the rate is measured while the program does other things. */
static void test_choosing_the_counter_does_not_wait(void **state)
{
	(void)state;
	clock_readings = 0;
	padma_clock_init();
	assert_in_range(clock_readings, 0, 64);
	clock_readings = 0;
	padma_clock_init();
	assert_int_equal(clock_readings, 0);
}

/* Both clocks read in an order that bounds one by the other, however long the thread is stopped in
 * between; CLOCK_MONOTONIC may be slewed by 500 ppm. */
static void test_the_rate_is_that_of_the_clock(void **state)
{
	struct timespec nap = {.tv_nsec = 50000000};
	uint64_t outer_ns, inner_ns, outer_ticks, inner_ticks, ticks;

	(void)state;
	ticks = padma_ns_to_ticks(1000000); /* the first conversion of the process */
	assert_true(ticks > 0);
	outer_ns = padma_ticks_monotonic();
	outer_ticks = padma_ticks();
	inner_ns = padma_ticks_monotonic();
	inner_ticks = padma_ticks();
	nanosleep(&nap, NULL);
	inner_ticks = padma_ticks() - inner_ticks;
	inner_ns = padma_ticks_monotonic() - inner_ns;
	outer_ticks = padma_ticks() - outer_ticks;
	outer_ns = padma_ticks_monotonic() - outer_ns;
	assert_true(padma_ticks_to_ns(inner_ticks) <= inner_ns + inner_ns / 1000);
	assert_true(padma_ticks_to_ns(outer_ticks) <= outer_ns + outer_ns / 1000);
	assert_true(padma_ticks_to_ns(outer_ticks) >= inner_ns - inner_ns / 1000);
	/* It is the same for the rest of the process. */
	assert_int_equal(padma_ns_to_ticks(1000000), ticks);
}

static void test_counters(void **state)
{
	struct padma_counter counter = {0};

	(void)state;
	assert_int_equal(padma_counter_read(&counter), 0);
	padma_counter_add(&counter, 3);
	padma_counter_add(&counter, 1ull << 40);
	assert_int_equal(padma_counter_read(&counter), (1ull << 40) + 3);
}

static void test_arithmetic(void **state)
{
	(void)state;
	assert_true(is_power_of_two(1) && is_power_of_two(1ull << 63));
	assert_false(is_power_of_two(0) || is_power_of_two(3));
	assert_int_equal(align_up(1, 4096), 4096);
	assert_int_equal(align_up(4096, 4096), 4096);
	assert_int_equal(align_down(8191, 4096), 4096);
	assert_int_equal(GIB(4), 1ull << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_and_prefix),
		cmocka_unit_test(test_unwanted_messages_are_not_formatted),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_attempts_are_not_logged),
		cmocka_unit_test(test_errors_are_the_threads_own),
		cmocka_unit_test(test_choosing_the_counter_does_not_wait),
		cmocka_unit_test(test_the_rate_is_that_of_the_clock),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_arithmetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
