/* SPDX-License-Identifier: BSD-3-Clause */
/* workers.h - the threads that run the streams. */
#ifndef NET_TEST_WORKERS_H
#define NET_TEST_WORKERS_H

#include "net/test/test.h"

/*
 * Streams, workers with their caches, and the state of the mode, for test->ports and the pool, which are open. 0, or the
 * exit code after complaining; workers_close() follows in any case.
 */
int workers_open(struct test *test);

/* Put what is held, close modes and caches. The threads have ended, and no queue is open. */
void workers_close(struct test *test);

/* Put the packets that streams hold, which are not with a device. The threads have ended or do not run. */
void workers_release(struct test *test);

/* Start the threads, by the command that stands. 0, or the exit code after complaining; join in any case. */
int workers_start(struct test *test);
void workers_join(struct test *test);

/* Give a command, and wait until all workers have obeyed it for a whole turn. */
void workers_command(struct test *test, enum test_command command);

/* Return: the reason of the first worker that could not run, or NULL. The threads have ended. */
const char *workers_why(const struct test *test);

/* One turn of a stream: receive, mode, transmit. Return: packets that moved. For tests, too. */
unsigned int stream_turn(struct test_stream *stream);

#endif
