/* SPDX-License-Identifier: BSD-3-Clause */
/* event_fixture.h - a loop on each backend: every test of a group runs on both. */
#ifndef TESTS_EVENT_FIXTURE_H
#define TESTS_EVENT_FIXTURE_H

#include "test.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/event.h>

#include "event/loop.h"

#define MS 1000000ull

static inline int event_setup(void **state, const struct event_backend *backend)
{
	struct padma_event_loop *loop;
	int rc = loop_create_on(backend, &loop);

	/* A system without io_uring is one that padma supports: there is just nothing to test. */
	if (rc == -EPERM || rc == -ENOSYS || rc == -ENOTSUP) {
		print_message("%s: %s\n", backend->name, strerror(-rc));
		loop = NULL;
	} else {
		assert_int_equal(rc, 0);
	}
	*state = loop;
	return 0;
}

static inline int event_setup_uring(void **state)
{
	return event_setup(state, &event_backend_uring);
}

static inline int event_setup_epoll(void **state)
{
	return event_setup(state, &event_backend_epoll);
}

static inline int event_teardown(void **state)
{
	return padma_event_loop_close(*state);
}

static inline struct padma_event_loop *event_loop(void **state)
{
	if (!*state)
		skip();
	return *state;
}

#define event_test(name)                                                                           \
	{#name " (io_uring)", name, event_setup_uring, event_teardown, NULL},                      \
	{                                                                                          \
#name " (epoll)", name, event_setup_epoll, event_teardown, NULL                    \
	}

static inline int event_counter(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/* What a callback was called with. */
struct record {
	unsigned int calls;
	uint64_t sum;
	uint64_t last;
};

static inline void note(void *ctx, uint64_t value)
{
	struct record *record = ctx;

	record->calls++;
	record->sum += value;
	record->last = value;
}

#endif
