// SPDX-License-Identifier: BSD-3-Clause
/* Watches, rounds, wake-ups: what both backends share. */
#define PADMA_PART "event"
#include "base/base.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/loop.h"

/* The event is there at once: this only limits the wait if none comes. */
#define TRIAL_NS 1000000000ull

/* The wake-up has done its work by ending the wait. */
static void on_wake(void *ctx, uint64_t value)
{
	struct padma_event_loop *loop = ctx;

	(void)value;
	loop->woken = true;
	loop->calls--; /* not one of the program's callbacks */
}

static struct padma_event_loop *loop_new(const struct event_backend *backend)
{
	struct padma_event_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->backend = backend;
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd >= 0)
		return loop;
	free(loop);
	return NULL;
}

static void loop_free(struct padma_event_loop *loop)
{
	close(loop->wake_fd);
	free(loop);
}

/* Try the backend with a first event: only then does an older kernel report what it lacks. */
static int probe_backend(struct padma_event_loop *loop)
{
	int rc;

	padma_event_loop_wake(loop);
	do {
		rc = loop->backend->wait(loop, TRIAL_NS);
	} while (rc == -EINTR);
	return rc == 0 && !loop->woken ? -ENOTSUP : rc;
}

int loop_create_on(const struct event_backend *backend, struct padma_event_loop **created)
{
	struct padma_event_loop *loop = loop_new(backend);
	int rc;

	if (!loop)
		return -errno;
	rc = backend->open(loop);
	if (rc) {
		loop_free(loop);
		return rc;
	}
	rc = padma_event_counter_add(loop, loop->wake_fd, on_wake, loop, &loop->wake_watch);
	if (rc == 0)
		rc = probe_backend(loop);
	if (rc) {
		(void)padma_event_loop_close(loop);
		return rc;
	}
	*created = loop;
	return 0;
}

int padma_event_loop_open(struct padma_event_loop **loop)
{
	int rc = loop_create_on(&event_backend_uring, loop), refused = rc;

	if (rc == 0)
		return 0;
	rc = loop_create_on(&event_backend_epoll, loop);
	if (rc)
		return fail(rc, "open an event loop: %s", strerror(-rc));
	log_warning("io_uring: %s; the event loop uses epoll instead, which behaves the same",
		    strerror(-refused));
	return 0;
}

int padma_event_loop_close(struct padma_event_loop *loop)
{
	struct padma_event_watch *next;

	if (!loop)
		return 0;
	if (loop->running)
		return fail(-EBUSY,
			    "an event loop cannot be closed from its own callbacks; stop it, and "
			    "close it when padma_event_loop_run() has returned");
	/* So that the kernel holds no descriptor open until it has torn down the loop. */
	for (struct padma_event_watch *watch = loop->watches; watch; watch = watch->next)
		loop->backend->disarm(loop, watch);
	loop->backend->close(loop);
	for (struct padma_event_watch *watch = loop->watches; watch; watch = next) {
		next = watch->next;
		free(watch);
	}
	timers_free(loop);
	loop_free(loop);
	return 0;
}

/* Both backends must refuse the same descriptors: epoll refuses files, io_uring does not. */
static int check_fd(const struct padma_event_loop *loop, int fd)
{
	struct stat about;

	if (fstat(fd, &about))
		return fail(-errno, "descriptor %d cannot be watched: %s", fd, strerror(errno));
	if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
		return fail(-EPERM,
			    "descriptor %d is a file, which is always ready; do not watch it", fd);
	for (const struct padma_event_watch *watch = loop->watches; watch; watch = watch->next) {
		if (watch->fd == fd && !watch->removed)
			return fail(-EEXIST, "descriptor %d is watched already; remove that first",
				    fd);
	}
	return 0;
}

static int add(struct padma_event_loop *loop, const struct padma_event_watch *like,
	       struct padma_event_watch **added)
{
	struct padma_event_watch *watch;
	int rc;

	if (!like->fn)
		return fail(-EINVAL, "a watch needs a callback");
	rc = check_fd(loop, like->fd);
	if (rc)
		return rc;
	watch = malloc(sizeof(*watch));
	if (!watch)
		return fail(-ENOMEM, "no memory for a watch");
	*watch = *like;
	watch->loop = loop;
	rc = loop->backend->arm(loop, watch);
	if (rc) {
		free(watch);
		return fail(rc, "descriptor %d cannot be watched: %s", like->fd, strerror(-rc));
	}
	watch->next = loop->watches;
	loop->watches = watch;
	*added = watch;
	return 0;
}

int padma_event_watch_add(struct padma_event_loop *loop, int fd, uint32_t events, padma_event_fn fn,
			  void *ctx, struct padma_event_watch **watch)
{
	const struct padma_event_watch like = {.fd = fd, .events = events, .fn = fn, .ctx = ctx};

	return add(loop, &like, watch);
}

int padma_event_counter_add(struct padma_event_loop *loop, int fd, padma_event_fn fn, void *ctx,
			    struct padma_event_watch **watch)
{
	const struct padma_event_watch like = {
		.fd = fd, .events = POLLIN, .fn = fn, .ctx = ctx, .counter = true};
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK))
		return fail(-EINVAL, "descriptor %d would block; create it with EFD_NONBLOCK", fd);
	return add(loop, &like, watch);
}

/* Free removed watches that the backend does not report any more; not while reports are processed. */
static void sweep(struct padma_event_loop *loop)
{
	struct padma_event_watch **link = &loop->watches;

	while (*link) {
		struct padma_event_watch *watch = *link;

		if (watch->removed && !watch->armed) {
			*link = watch->next;
			free(watch);
		} else {
			link = &watch->next;
		}
	}
}

void padma_event_watch_remove(struct padma_event_watch *watch)
{
	struct padma_event_loop *loop;

	if (!watch)
		return;
	loop = watch->loop;
	watch->removed = true;
	loop->backend->disarm(loop, watch);
	if (!loop->running)
		sweep(loop);
}

void loop_report(struct padma_event_watch *watch, uint32_t revents)
{
	uint64_t value = revents;

	if (watch->removed)
		return;
	/* The count may have been read already: then the report is spurious. */
	if (watch->counter && read(watch->fd, &value, sizeof(value)) != (ssize_t)sizeof(value))
		return;
	watch->loop->calls++;
	watch->fn(watch->ctx, value);
}

/* How long to wait: until the next timer, but no longer than the caller's time-out. */
static uint64_t wait_limit(const struct padma_event_loop *loop, uint64_t timeout_ns)
{
	uint64_t next = timers_next(loop), now, left;

	if (next == UINT64_MAX)
		return timeout_ns;
	now = loop_now_ns();
	left = next > now ? next - now : 0;
	return left < timeout_ns ? left : timeout_ns;
}

/* One wait, and the timers that have expired after it. */
static int round_of(struct padma_event_loop *loop, uint64_t timeout_ns)
{
	int rc = loop->backend->wait(loop, wait_limit(loop, timeout_ns));

	if (rc == 0 || rc == -EINTR)
		timers_run(loop);
	return rc;
}

/* A wait may end without an event: a spurious report, or a poll that was cancelled. */
static int rounds(struct padma_event_loop *loop, uint64_t timeout_ns)
{
	bool limited = timeout_ns && timeout_ns != PADMA_EVENT_FOREVER;
	uint64_t now = limited ? loop_now_ns() : 0, end = now + timeout_ns;
	int rc;

	loop->calls = 0;
	loop->woken = false;
	do {
		rc = round_of(loop, limited ? end - now : timeout_ns);
		if (limited)
			now = loop_now_ns();
	} while (rc == 0 && loop->calls == 0 && !loop->woken && timeout_ns &&
		 (!limited || now < end));
	return rc == -EINTR ? 0 : rc;
}

int padma_event_loop_run_once(struct padma_event_loop *loop, uint64_t timeout_ns)
{
	int rc;

	if (loop->running)
		return fail(-EBUSY, "an event loop cannot be run from its own callbacks");
	loop->running = true;
	rc = rounds(loop, timeout_ns);
	loop->running = false;
	sweep(loop);
	if (rc)
		return fail(rc, "wait for events: %s", strerror(-rc));
	return loop->calls;
}

int padma_event_loop_run(struct padma_event_loop *loop)
{
	int rc = 0;

	while (rc >= 0 && !__atomic_exchange_n(&loop->stop, 0, __ATOMIC_ACQUIRE))
		rc = padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER);
	return rc < 0 ? rc : 0;
}

void padma_event_loop_wake(struct padma_event_loop *loop)
{
	int before = errno; /* of the code that a signal handler interrupted */

	/* A full counter wakes as well. */
	(void)eventfd_write(loop->wake_fd, 1);
	errno = before;
}

void padma_event_loop_stop(struct padma_event_loop *loop)
{
	__atomic_store_n(&loop->stop, 1, __ATOMIC_RELEASE);
	padma_event_loop_wake(loop);
}

const char *padma_event_loop_kind(const struct padma_event_loop *loop)
{
	return loop->backend->name;
}
