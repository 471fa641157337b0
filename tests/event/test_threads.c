// SPDX-License-Identifier: BSD-3-Clause
/* Waking, stopping and signalling from other threads. Asserts are in the first thread only. */
#include "event_fixture.h"

#include <pthread.h>
#include <signal.h>

#define THREADS	 4
#define MESSAGES 5000u

struct sender {
	struct padma_event_loop *loop;
	int fd;
	int failures;
	unsigned int sent; /* atomic */
	pthread_t thread;
};

static void *signal_often(void *ctx)
{
	struct sender *sender = ctx;

	for (unsigned int i = 0; i < MESSAGES; i++)
		sender->failures += eventfd_write(sender->fd, 1) != 0;
	return NULL;
}

static void nothing_is_lost(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct sender senders[THREADS];
	struct record record[THREADS] = {0};
	struct padma_event_watch *watches[THREADS];

	for (int i = 0; i < THREADS; i++) {
		senders[i] = (struct sender){.fd = event_counter()};
		assert_int_equal(
			padma_event_counter_add(loop, senders[i].fd, note, &record[i], &watches[i]),
			0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&senders[i].thread, NULL, signal_often, &senders[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		while (record[i].sum < MESSAGES)
			assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
		assert_int_equal(senders[i].failures, 0);
		assert_int_equal(record[i].sum, MESSAGES);
		padma_event_watch_remove(watches[i]);
		close(senders[i].fd);
	}
}

/* A message, then a wake-up: the thread that is woken sees the message. */
static void *wake_often(void *ctx)
{
	struct sender *sender = ctx;

	for (unsigned int i = 0; i < MESSAGES; i++) {
		__atomic_add_fetch(&sender->sent, 1, __ATOMIC_RELEASE);
		padma_event_loop_wake(sender->loop);
	}
	return NULL;
}

static unsigned int all_sent(const struct sender *senders)
{
	unsigned int sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += __atomic_load_n(&senders[i].sent, __ATOMIC_ACQUIRE);
	return sum;
}

static void no_wake_up_is_lost(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct sender senders[THREADS];

	for (int i = 0; i < THREADS; i++)
		senders[i] = (struct sender){.loop = loop};
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&senders[i].thread, NULL, wake_often, &senders[i]),
				 0);
	/* A lost one would leave this asleep for good. */
	while (all_sent(senders) < THREADS * MESSAGES)
		assert_int_equal(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
}

static void *stop_it(void *ctx)
{
	padma_event_loop_stop(ctx);
	return NULL;
}

static void stopped_by_another(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	pthread_t thread;

	for (int i = 0; i < 500; i++) {
		assert_int_equal(pthread_create(&thread, NULL, stop_it, loop), 0);
		assert_int_equal(padma_event_loop_run(loop), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

/* What a thread waited for the kernel cancels when it ends; the next one waits for it again. */
static void *wait_a_little(void *ctx)
{
	return (void *)(intptr_t)padma_event_loop_run_once(ctx, 1);
}

static void from_thread_to_thread(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch;
	struct record record = {0};
	int fd = event_counter();
	pthread_t thread;
	void *result;

	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &watch), 0);
	for (unsigned int i = 1; i <= 20; i++) {
		assert_int_equal(pthread_create(&thread, NULL, wait_a_little, loop), 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_null(result);
		assert_int_equal(eventfd_write(fd, i), 0);
		while (record.calls < i)
			assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
		assert_int_equal(record.last, i);
	}
	padma_event_watch_remove(watch);
	close(fd);
}

static struct padma_event_loop *signalled;

static void on_signal(int number)
{
	(void)number;
	padma_event_loop_stop(signalled);
}

static void *interrupt(void *ctx)
{
	pthread_kill(*(pthread_t *)ctx, SIGUSR1);
	return NULL;
}

static void stopped_by_a_signal(void **state)
{
	const struct sigaction action = {.sa_handler = on_signal};
	pthread_t self = pthread_self(), thread;

#ifdef __SANITIZE_THREAD__
	skip(); /* it puts signals off until a system call that it knows; liburing's it does not */
#endif
	signalled = event_loop(state);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(pthread_create(&thread, NULL, interrupt, &self), 0);
		assert_int_equal(padma_event_loop_run(signalled), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_test(nothing_is_lost),	 event_test(no_wake_up_is_lost),
		event_test(stopped_by_another),	 event_test(from_thread_to_thread),
		event_test(stopped_by_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
