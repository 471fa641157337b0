// SPDX-License-Identifier: BSD-3-Clause
/* One loop in one thread, on io_uring and on epoll: the two are to do the same. */
#include "event_fixture.h"

#include <fcntl.h>

#define FIRINGS 5000u

/* Run until the callback was called so often; a wait that ends without a call is a failure. */
static void run_until(struct padma_event_loop *loop, const struct record *record,
		      unsigned int calls)
{
	while (record->calls < calls)
		assert_true(padma_event_loop_run_once(loop, 60000 * MS) >= 0);
}

static void counts_are_handed_over_once(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch;
	struct record record = {0};
	int fd = event_counter();
	eventfd_t left;

	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &watch), 0);
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
	for (uint64_t i = 1; i <= FIRINGS; i++) {
		assert_int_equal(eventfd_write(fd, i), 0);
		assert_int_equal(padma_event_loop_run_once(loop, 60000 * MS), 1);
		assert_int_equal(record.calls, i);
		assert_int_equal(record.last, i);
	}
	/* Several without a wait in between are one. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(eventfd_write(fd, 5), 0);
	run_until(loop, &record, FIRINGS + 1);
	assert_int_equal(record.last, 15);
	assert_int_equal(eventfd_read(fd, &left), -1);
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
	padma_event_watch_remove(watch);
	close(fd);
}

/* More at once than rings have room for: the kernel ends polls, and they are armed again. */
static void more_descriptors_than_room(void **state)
{
	enum {
		COUNT = 700,
		ROUNDS = 4
	};
	static int fds[COUNT];
	static struct record record[COUNT];
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch;

	memset(record, 0, sizeof(record));
	for (int i = 0; i < COUNT; i++) {
		fds[i] = event_counter();
		assert_int_equal(padma_event_counter_add(loop, fds[i], note, &record[i], &watch),
				 0);
	}
	assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(eventfd_write(fds[i], round), 0);
		for (int i = 0; i < COUNT; i++) {
			run_until(loop, &record[i], round);
			assert_int_equal(record[i].last, round);
		}
	}
	assert_int_equal(padma_event_loop_close(loop), 0);
	*state = NULL;
	for (int i = 0; i < COUNT; i++)
		close(fds[i]);
}

static void drain(void *ctx, uint64_t value)
{
	int *fd = ctx;
	char byte;

	assert_true(value & (POLLIN | POLLHUP));
	while (read(*fd, &byte, 1) == 1)
		fd[1]++;
	if (value & POLLHUP)
		fd[2]++;
}

static void other_descriptors(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch;
	int pipes[2], seen[3] = {-1, 0, 0};

	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	seen[0] = pipes[0];
	/* What was there before counts. */
	assert_int_equal(write(pipes[1], "ab", 2), 2);
	assert_int_equal(padma_event_watch_add(loop, pipes[0], POLLIN, drain, seen, &watch), 0);
	while (seen[1] < 2)
		assert_true(padma_event_loop_run_once(loop, 60000 * MS) >= 0);
	for (int i = 3; i < 1000; i++) {
		assert_int_equal(write(pipes[1], "c", 1), 1);
		while (seen[1] < i)
			assert_true(padma_event_loop_run_once(loop, 60000 * MS) >= 0);
	}
	close(pipes[1]);
	while (!seen[2])
		assert_true(padma_event_loop_run_once(loop, 60000 * MS) >= 0);
	padma_event_watch_remove(watch);
	close(pipes[0]);
}

static void what_cannot_be_watched(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch, *again;
	struct record record = {0};
	FILE *file = tmpfile();
	int fd = event_counter(), blocking = eventfd(0, EFD_CLOEXEC);

	assert_non_null(file);
	assert_int_equal(padma_event_watch_add(loop, fileno(file), POLLIN, note, &record, &watch),
			 -EPERM);
	fclose(file);
	assert_int_equal(padma_event_watch_add(loop, -1, POLLIN, note, &record, &watch), -EBADF);
	assert_int_equal(padma_event_counter_add(loop, -1, note, &record, &watch), -EBADF);
	assert_int_equal(padma_event_counter_add(loop, blocking, note, &record, &watch), -EINVAL);
	assert_int_equal(padma_event_watch_add(loop, fd, POLLIN, NULL, &record, &watch), -EINVAL);
	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &watch), 0);
	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &again), -EEXIST);
	/* Removed, it may come again. */
	padma_event_watch_remove(watch);
	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &watch), 0);
	assert_int_equal(eventfd_write(fd, 9), 0);
	run_until(loop, &record, 1);
	assert_int_equal(record.last, 9);
	padma_event_watch_remove(watch);
	padma_event_watch_remove(NULL);
	close(fd);
	close(blocking);
}

/* After a removal the kernel lets go of the descriptor: a pipe's other end sees it closed. */
static void a_removed_descriptor_may_be_closed(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_watch *watch;
	struct record record = {0};
	int pipes[2];

	for (int i = 0; i < 200; i++) {
		struct pollfd other;

		assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
		assert_int_equal(
			padma_event_watch_add(loop, pipes[0], POLLIN, note, &record, &watch), 0);
		assert_int_equal(padma_event_loop_run_once(loop, 0), 0);
		padma_event_watch_remove(watch);
		close(pipes[0]);
		other = (struct pollfd){.fd = pipes[1]};
		assert_int_equal(poll(&other, 1, 60000), 1);
		assert_int_equal(other.revents, POLLERR);
		close(pipes[1]);
	}
	assert_int_equal(record.calls, 0);
}

/* A removal while reports are out: of itself, of others, and of one that has just been added. */
struct remover {
	struct padma_event_loop *loop;
	struct padma_event_watch *watches[8];
	int fds[8];
	unsigned int calls;
};

static void remove_all(void *ctx, uint64_t value)
{
	struct remover *remover = ctx;

	(void)value;
	remover->calls++;
	for (int i = 0; i < 8; i++) {
		padma_event_watch_remove(remover->watches[i]);
		close(remover->fds[i]);
	}
	for (int i = 0; i < 8; i++) {
		remover->fds[i] = event_counter();
		assert_int_equal(padma_event_counter_add(remover->loop, remover->fds[i], remove_all,
							 remover, &remover->watches[i]),
				 0);
	}
}

static void removal_in_callbacks(void **state)
{
	struct remover remover = {.loop = event_loop(state)};

	for (int i = 0; i < 8; i++) {
		remover.fds[i] = event_counter();
		assert_int_equal(padma_event_counter_add(remover.loop, remover.fds[i], remove_all,
							 &remover, &remover.watches[i]),
				 0);
	}
	for (unsigned int round = 1; round <= 500; round++) {
		for (int i = 0; i < 8; i++)
			assert_int_equal(eventfd_write(remover.fds[i], 1), 0);
		while (remover.calls < round)
			assert_true(padma_event_loop_run_once(remover.loop, 60000 * MS) >= 0);
		/* The first removed the others, whose reports were out. */
		assert_int_equal(padma_event_loop_run_once(remover.loop, 0), 0);
		assert_int_equal(remover.calls, round);
	}
	for (int i = 0; i < 8; i++) {
		padma_event_watch_remove(remover.watches[i]);
		close(remover.fds[i]);
	}
}

static void run_again(void *ctx, uint64_t value)
{
	(void)value;
	assert_int_equal(padma_event_loop_run_once(ctx, 0), -EBUSY);
	assert_int_equal(padma_event_loop_close(ctx), -EBUSY);
	padma_event_loop_stop(ctx);
}

static void no_rounds_in_rounds(void **state)
{
	struct padma_event_loop *loop = event_loop(state);
	struct padma_event_timer *timer;

	assert_int_equal(padma_event_timer_add(loop, run_again, loop, &timer), 0);
	padma_event_timer_set(timer, 0, 0);
	assert_int_equal(padma_event_loop_run(loop), 0);
	/* The stop is used up: this one waits for its time. */
	assert_int_equal(padma_event_loop_run_once(loop, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_test(counts_are_handed_over_once),
		event_test(more_descriptors_than_room),
		event_test(other_descriptors),
		event_test(what_cannot_be_watched),
		event_test(a_removed_descriptor_may_be_closed),
		event_test(removal_in_callbacks),
		event_test(no_rounds_in_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
