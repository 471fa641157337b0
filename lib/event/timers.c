// SPDX-License-Identifier: BSD-3-Clause
/*
 * Timers: a list sorted by deadline. A loop has few of them, so that a list is enough.
 */
#define PADMA_PART "event"
#include "base/base.h"

#include <stdlib.h>

#include <padma/time.h>

#include "event/loop.h"

uint64_t loop_now_ns(void)
{
	return padma_ticks_monotonic();
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void put_in(struct padma_event_timer **head, struct padma_event_timer *previous,
		   struct padma_event_timer *timer)
{
	timer->previous = previous;
	timer->next = previous ? previous->next : *head;
	if (timer->next)
		timer->next->previous = timer;
	if (previous)
		previous->next = timer;
	else
		*head = timer;
}

static void take_out(struct padma_event_timer *timer)
{
	struct padma_event_loop *loop = timer->loop;

	if (timer->next)
		timer->next->previous = timer->previous;
	if (timer->previous)
		timer->previous->next = timer->next;
	else if (timer->set)
		loop->timers = timer->next;
	else
		loop->idle_timers = timer->next;
}

/* Behind those that are due at the same time: they were set before. */
static void insert(struct padma_event_timer *timer)
{
	struct padma_event_timer *previous = NULL;

	for (struct padma_event_timer *t = timer->loop->timers; t && t->due_ns <= timer->due_ns;
	     t = t->next)
		previous = t;
	timer->set = true;
	put_in(&timer->loop->timers, previous, timer);
}

int padma_event_timer_add(struct padma_event_loop *loop, padma_event_fn fn, void *ctx,
			  struct padma_event_timer **added)
{
	struct padma_event_timer *timer;

	if (!fn)
		return fail(-EINVAL, "a timer needs a callback");
	timer = calloc(1, sizeof(*timer));
	if (!timer)
		return fail(-ENOMEM, "no memory for a timer");
	timer->loop = loop;
	timer->fn = fn;
	timer->ctx = ctx;
	put_in(&loop->idle_timers, NULL, timer);
	*added = timer;
	return 0;
}

void padma_event_timer_set(struct padma_event_timer *timer, uint64_t delay_ns, uint64_t period_ns)
{
	take_out(timer);
	timer->due_ns = add_up(loop_now_ns(), delay_ns);
	timer->period_ns = period_ns;
	insert(timer);
}

void padma_event_timer_cancel(struct padma_event_timer *timer)
{
	take_out(timer);
	timer->set = false;
	put_in(&timer->loop->idle_timers, NULL, timer);
}

void padma_event_timer_remove(struct padma_event_timer *timer)
{
	if (!timer)
		return;
	take_out(timer);
	free(timer);
}

uint64_t timers_next(const struct padma_event_loop *loop)
{
	return loop->timers ? loop->timers->due_ns : UINT64_MAX;
}

/* Move it to its first deadline after @now_ns. Return: how many periods have expired. */
static uint64_t advance(struct padma_event_timer *timer, uint64_t now_ns)
{
	uint64_t over;

	if (timer->period_ns == 0) {
		padma_event_timer_cancel(timer);
		return 1;
	}
	over = (now_ns - timer->due_ns) / timer->period_ns + 1;
	take_out(timer);
	/* At most one period after now: nothing before that product can overflow. */
	timer->due_ns = add_up(timer->due_ns, over * timer->period_ns);
	insert(timer);
	return over;
}

/* A callback may remove any timer: nothing is kept from one to the next. */
void timers_run(struct padma_event_loop *loop)
{
	uint64_t now = loop->timers ? loop_now_ns() : 0;

	while (loop->timers && loop->timers->due_ns <= now) {
		struct padma_event_timer *timer = loop->timers;
		uint64_t over = advance(timer, now);

		loop->calls++;
		timer->fn(timer->ctx, over);
	}
}

static void free_list(struct padma_event_timer *timer)
{
	struct padma_event_timer *next;

	for (; timer; timer = next) {
		next = timer->next;
		free(timer);
	}
}

void timers_free(struct padma_event_loop *loop)
{
	free_list(loop->timers);
	free_list(loop->idle_timers);
}
