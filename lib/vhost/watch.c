// SPDX-License-Identifier: BSD-3-Clause
/*
 * The thread that waits for the end of the peer, and for errors of rings that it reports.
 *
 * The peer's side of the socket is closed by the kernel when its process has ended, after the last of its threads: no
 * ring is served then. A process that lives on has closed it itself. Some back ends (DPDK's) do that a moment before
 * their threads leave the rings, so such a peer is given a while.
 */
#define PADMA_PART "vhost"
#include "base/base.h"
#include "base/thread.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "vhost/link.h"

#define NS_PER_MS 1000000l
/* For a process that has closed the connection, and lives on, to leave the rings. */
#define LEAVE_MS  100
#define PAUSE_MS  10

static void sleep_ms(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * NS_PER_MS};

	nanosleep(&pause, NULL);
}

/* Whether the stream has ended, or failed. A message that waits is somebody's reply. */
static bool has_ended(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

static void wait_for_leave(const struct vhost_link *link)
{
	struct pollfd process = {.fd = link->process, .events = POLLIN};

	/* poll() waits out its time for a descriptor of -1. */
	(void)poll(&process, 1, LEAVE_MS);
}

static void end(struct vhost_link *link)
{
	int up = VHOST_LINK_UP;

	(void)__atomic_compare_exchange_n(&link->state, &up, VHOST_LINK_BROKEN, false,
					  __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	wait_for_leave(link);
	__atomic_store_n(&link->state, VHOST_LINK_GONE, __ATOMIC_RELEASE);
	log_info("%s: the process that served it is gone", link->params.name);
	link->params.gone(link->params.ctx);
}

static bool counted(const struct pollfd *event)
{
	eventfd_t count;

	return event->revents && eventfd_read(event->fd, &count) == 0;
}

/* POLLRDHUP: the peer sends no more. A whole reply may still wait to be read before that, so it is not looked at for ever. */
static void *watch(void *arg)
{
	struct vhost_link *link = arg;
	struct pollfd events[] = {
		{.fd = link->stop_fd, .events = POLLIN},
		{.fd = link->fd, .events = POLLRDHUP},
		{.fd = link->error_fd, .events = POLLIN},
	};

	for (;;) {
		if (poll(events, 3, -1) < 0) {
			sleep_ms(PAUSE_MS);
			continue;
		}
		if (events[0].revents)
			return NULL;
		if (counted(&events[2]))
			link->params.ring_error(link->params.ctx);
		if (!events[1].revents)
			continue;
		if (has_ended(link->fd) || events[1].revents & (POLLHUP | POLLERR)) {
			end(link);
			return NULL;
		}
		sleep_ms(PAUSE_MS);
	}
}

int vhost_watch_start(struct vhost_link *link)
{
	int rc = thread_start(&link->watcher, watch, link);

	if (rc)
		return fail(rc, "%s: no thread to wait for its end: %s", link->params.name,
			    strerror(-rc));
	link->watching = true;
	return 0;
}

void vhost_watch_stop(struct vhost_link *link)
{
	if (!link->watching)
		return;
	(void)eventfd_write(link->stop_fd, 1);
	pthread_join(link->watcher, NULL);
	link->watching = false;
}

bool vhost_link_wait_gone(const struct vhost_link *link, unsigned int ms)
{
	for (unsigned int waited = 0; vhost_link_state(link) != VHOST_LINK_GONE;
	     waited += PAUSE_MS) {
		if (waited >= ms)
			return false;
		sleep_ms(PAUSE_MS);
	}
	return true;
}
