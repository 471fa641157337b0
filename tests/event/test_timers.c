// SPDX-License-Identifier: BSD-3-Clause
/* Timers: in order, never before their deadline; how late they may be is not tested. */
#include "event_fixture.h"

#define TIMERS 64

struct clock_hand {
	struct padma_event_loop *loop;
	struct padma_event_timer *timer;
	uint64_t due_ns;
	unsigned int index;
	unsigned int *next; /* the index that is to be the next one */
	unsigned int calls;
};

static void in_turn(void *ctx, uint64_t value)
{
	struct clock_hand *hand = ctx;

	assert_int_equal(value, 1);
	assert_true(loop_now_ns() >= hand->due_ns);
	assert_int_equal(hand->index, *hand->next);
	(*hand->next)++;
	hand->calls++;
}

static void timers_in_order(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct clock_hand hands[TIMERS];
	unsigned int next = 0;
	uint64_t start;

	for (unsigned int i = 0; i < TIMERS; i++) {
		hands[i] = (struct clock_hand){.index = i, .next = &next};
		assert_int_equal(padma_event_timer_add(loop, in_turn, &hands[i], &hands[i].timer),
				 0);
	}
	start = loop_now_ns();
	/* Set out of order, 10 ms apart, so that the time between the calls does not matter. */
	for (unsigned int n = 0; n < TIMERS; n++) {
		unsigned int i = n * 37 % TIMERS;
		uint64_t delay = i * 10 * MS + 50 * MS;

		hands[i].due_ns = loop_now_ns() + delay;
		padma_event_timer_set(hands[i].timer, delay, 0);
	}
	/* On a machine that stopped in between their order would be another. */
	if (loop_now_ns() - start > 9 * MS)
		skip();
	while (next < TIMERS)
		assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
	for (unsigned int i = 0; i < TIMERS; i++) {
		assert_int_equal(hands[i].calls, 1);
		padma_event_timer_remove(hands[i].timer);
	}
}

static void timers_that_are_due_together(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct clock_hand hands[TIMERS];
	unsigned int next = 0;

	for (unsigned int i = 0; i < TIMERS; i++) {
		hands[i] = (struct clock_hand){.index = i, .next = &next};
		assert_int_equal(padma_event_timer_add(loop, in_turn, &hands[i], &hands[i].timer),
				 0);
		padma_event_timer_set(hands[i].timer, 0, 0);
	}
	while (next < TIMERS)
		assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
}

static void stop_after_ten(void *ctx, uint64_t value)
{
	struct clock_hand *hand = ctx;

	/* Period n is over n periods after the first. */
	hand->calls += (unsigned int)value;
	assert_true(value >= 1);
	assert_true(loop_now_ns() >= hand->due_ns + (hand->calls - 1) * MS);
	if (hand->calls >= 10)
		padma_event_loop_stop(hand->loop);
}

static void periods(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct clock_hand hand = {.loop = loop};
	unsigned int before;

	assert_int_equal(padma_event_timer_add(loop, stop_after_ten, &hand, &hand.timer), 0);
	hand.due_ns = loop_now_ns() + MS;
	padma_event_timer_set(hand.timer, MS, MS);
	assert_int_equal(padma_event_loop_run(loop), 0);
	assert_true(hand.calls >= 10);
	/* Missed periods are one call. */
	usleep(20000);
	before = hand.calls;
	assert_int_equal(padma_event_loop_run_once(loop, 0), 1);
	assert_true(hand.calls >= before + 10);
	padma_event_timer_cancel(hand.timer);
	usleep(2000);
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
	padma_event_timer_remove(hand.timer);
}

/* The longest times are no times at all, and do not overflow. */
static void far_away(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_timer *timer, *soon;
	struct record record = {0}, soon_calls = {0};

	assert_int_equal(padma_event_timer_add(loop, note, &record, &timer), 0);
	assert_int_equal(padma_event_timer_add(loop, note, &soon_calls, &soon), 0);
	padma_event_timer_set(timer, UINT64_MAX, 0);
	assert_int_equal(padma_event_loop_run_once(loop, MS), 0);
	padma_event_timer_set(timer, UINT64_MAX / 2, 1);
	padma_event_timer_set(soon, MS, UINT64_MAX);
	while (!soon_calls.calls)
		assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
	assert_int_equal(record.calls, 0);
	assert_int_equal(padma_event_timer_add(loop, NULL, NULL, &soon), -EINVAL);
}

struct pair {
	struct padma_event_timer *timers[2];
	unsigned int calls;
};

static void remove_both(void *ctx, uint64_t value)
{
	struct pair *pair = ctx;

	(void)value;
	pair->calls++;
	padma_event_timer_remove(pair->timers[0]);
	padma_event_timer_remove(pair->timers[1]);
}

static void removal_in_callbacks(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct pair pair = {.calls = 0};

	for (uint64_t period = 0; period < 2; period++) {
		for (int i = 0; i < 2; i++) {
			assert_int_equal(
				padma_event_timer_add(loop, remove_both, &pair, &pair.timers[i]),
				0);
			padma_event_timer_set(pair.timers[i], 0, period);
		}
		while (pair.calls <= period)
			assert_true(padma_event_loop_run_once(loop, 60000 * MS) >= 0);
		assert_int_equal(padma_event_loop_run_once(loop, MS), 0);
		assert_int_equal(pair.calls, period + 1);
	}
}

/*
 * A round without an event lasts as long as its time-out. But the kernel interrupts a thread whose
 * io_uring it takes apart, that of the test before this one: once or twice.
 */
static void timeouts(void **state)
{
	static const uint64_t times[] = {1, 1000, 999999, 3 * MS};
	struct padma_event_loop *loop = event_loop(state);
	unsigned int early = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (int again = 0; again < 5; again++) {
			uint64_t start = loop_now_ns();

			assert_int_equal(padma_event_loop_run_once(loop, times[i]), 0);
			early += loop_now_ns() - start < times[i];
		}
	}
	assert_true(early <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_test(timers_in_order),
		event_test(timers_that_are_due_together),
		event_test(periods),
		event_test(far_away),
		event_test(removal_in_callbacks),
		event_test(timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
