// SPDX-License-Identifier: BSD-3-Clause
/*
 * Waiting by epoll, edge-triggered as multishot polls are, and by a timerfd, since epoll_wait()
 * itself counts in milliseconds.
 */
#define PADMA_PART "event"
#include "base/base.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "event/loop.h"

#define REPORTS 64

struct epoll {
	int fd;
	int timer_fd;
};

static int epoll_arm(struct padma_event_loop *loop, struct padma_event_watch *watch)
{
	const struct epoll *epoll = loop->state;
	struct epoll_event event = {.events = watch->events | EPOLLET, .data.ptr = watch};

	if (epoll_ctl(epoll->fd, EPOLL_CTL_ADD, watch->fd, &event))
		return -errno;
	watch->armed = true;
	return 0;
}

static void epoll_disarm(struct padma_event_loop *loop, struct padma_event_watch *watch)
{
	const struct epoll *epoll = loop->state;

	/* Reports already returned find it removed: it is freed once they are processed. */
	if (watch->armed)
		(void)epoll_ctl(epoll->fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->armed = false;
}

static int set_limit(const struct epoll *epoll, uint64_t timeout_ns)
{
	struct itimerspec limit = {0};

	/* All zero: none. */
	if (timeout_ns != PADMA_EVENT_FOREVER)
		limit.it_value = (struct timespec){.tv_sec = (time_t)(timeout_ns / 1000000000),
						   .tv_nsec = (long)(timeout_ns % 1000000000)};
	return timerfd_settime(epoll->timer_fd, 0, &limit, NULL) ? -errno : 0;
}

static int epoll_await(struct padma_event_loop *loop, uint64_t timeout_ns)
{
	const struct epoll *epoll = loop->state;
	struct epoll_event events[REPORTS];
	int count, rc = set_limit(epoll, timeout_ns);

	if (rc)
		return rc;
	count = epoll_wait(epoll->fd, events, REPORTS, timeout_ns ? -1 : 0);
	if (count < 0)
		return -errno;
	/* The timerfd has no watch: it only ends the wait. */
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr)
			loop_report(events[i].data.ptr, events[i].events);
	}
	return 0;
}

static void epoll_close(struct padma_event_loop *loop)
{
	struct epoll *epoll = loop->state;

	if (epoll->fd >= 0)
		close(epoll->fd);
	if (epoll->timer_fd >= 0)
		close(epoll->timer_fd);
	free(epoll);
	loop->state = NULL;
}

static int epoll_open(struct padma_event_loop *loop)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	struct epoll *epoll = calloc(1, sizeof(*epoll));
	int rc = 0;

	if (!epoll)
		return -ENOMEM;
	loop->state = epoll;
	epoll->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	epoll->fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll->timer_fd < 0 || epoll->fd < 0 ||
	    epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->timer_fd, &event)) {
		rc = -errno;
		epoll_close(loop);
	}
	return rc;
}

const struct event_backend event_backend_epoll = {
	.name = "epoll",
	.open = epoll_open,
	.close = epoll_close,
	.arm = epoll_arm,
	.disarm = epoll_disarm,
	.wait = epoll_await,
};
