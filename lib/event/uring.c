// SPDX-License-Identifier: BSD-3-Clause
/*
 * Waiting by io_uring: a watch is one multishot poll (IORING_POLL_ADD_MULTI, Linux 5.13), which
 * posts a completion for each event until it is removed, or until the kernel ends it for lack of room,
 * by a completion without IORING_CQE_F_MORE. Then it is armed again, and checks the descriptor first,
 * so that no event is lost.
 */
#define PADMA_PART "event"
#include "base/base.h"

#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "event/loop.h"

#define SUBMISSIONS 32u
/* If more events occur at once, the kernel keeps the rest and ends polls; see above. */
#define COMPLETIONS 256u

struct uring {
	struct io_uring ring;
	bool behind; /* some watch could not be armed or disarmed, for lack of room */
};

static struct io_uring_sqe *get_sqe(struct uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

	if (!sqe && io_uring_submit(&uring->ring) >= 0)
		sqe = io_uring_get_sqe(&uring->ring);
	return sqe;
}

/* Submitted by the next wait. */
static int uring_arm(struct padma_event_loop *loop, struct padma_event_watch *watch)
{
	struct io_uring_sqe *sqe = get_sqe(loop->state);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_poll_multishot(sqe, watch->fd, watch->events);
	io_uring_sqe_set_data(sqe, watch);
	watch->armed = true;
	return 0;
}

/* Submitted at once: the poll holds the file open, which the caller may close next. */
static void uring_disarm(struct padma_event_loop *loop, struct padma_event_watch *watch)
{
	struct uring *uring = loop->state;
	struct io_uring_sqe *sqe;

	if (!watch->armed || watch->cancelling)
		return;
	sqe = get_sqe(uring);
	uring->behind |= !sqe;
	if (!sqe)
		return;
	io_uring_prep_poll_remove(sqe, (uintptr_t)watch);
	io_uring_sqe_set_data(sqe, NULL);
	watch->cancelling = true;
	(void)io_uring_submit(&uring->ring); /* if it fails, the next wait does it */
}

static void catch_up(struct padma_event_loop *loop)
{
	struct uring *uring = loop->state;

	if (!uring->behind)
		return;
	uring->behind = false;
	for (struct padma_event_watch *watch = loop->watches; watch; watch = watch->next) {
		if (watch->removed)
			uring_disarm(loop, watch);
		else if (!watch->armed && !watch->failed && uring_arm(loop, watch))
			uring->behind = true;
	}
}

static void poll_ended(struct padma_event_loop *loop, struct padma_event_watch *watch, int result)
{
	watch->armed = false;
	/* The kernel itself cancels the polls of a thread that has ended. */
	if (result >= 0 || result == -ECANCELED) {
		if (!watch->removed && uring_arm(loop, watch))
			((struct uring *)loop->state)->behind = true;
		return;
	}
	/* loop_create_on() reports that of the first watch: the kernel has no multishot polls. */
	if (!watch->removed && watch != loop->wake_watch)
		log_warning("descriptor %d cannot be watched any more: %s", watch->fd,
			    strerror(-result));
	watch->failed = true;
}

static void reap(struct padma_event_loop *loop)
{
	struct uring *uring = loop->state;
	struct io_uring_cqe *cqe;

	/* No more than there is room for: callbacks may cause new ones all the time. */
	for (unsigned int i = 0; i < COMPLETIONS && io_uring_peek_cqe(&uring->ring, &cqe) == 0;
	     i++) {
		struct padma_event_watch *watch = io_uring_cqe_get_data(cqe);
		bool more = cqe->flags & IORING_CQE_F_MORE;
		int result = cqe->res;

		io_uring_cqe_seen(&uring->ring, cqe);
		if (!watch)
			continue;
		if (!more)
			poll_ended(loop, watch, result);
		if (result >= 0 || watch->failed)
			loop_report(watch, result >= 0 ? (uint32_t)result : POLLERR);
	}
}

static int uring_wait(struct padma_event_loop *loop, uint64_t timeout_ns)
{
	struct uring *uring = loop->state;
	struct __kernel_timespec limit = {.tv_sec = (long long)(timeout_ns / 1000000000),
					  .tv_nsec = (long long)(timeout_ns % 1000000000)};
	struct io_uring_cqe *cqe;
	int rc;

	catch_up(loop);
	if (timeout_ns == 0)
		rc = io_uring_submit_and_get_events(&uring->ring);
	else
		rc = io_uring_submit_and_wait_timeout(
			&uring->ring, &cqe, 1, timeout_ns == PADMA_EVENT_FOREVER ? NULL : &limit,
			NULL);
	/* -EBUSY and -EAGAIN: there are more completions than there is room for. */
	if (rc < 0 && rc != -ETIME && rc != -EINTR && rc != -EBUSY && rc != -EAGAIN)
		return rc;
	reap(loop);
	return rc == -EINTR ? -EINTR : 0;
}

static void uring_close(struct padma_event_loop *loop)
{
	struct uring *uring = loop->state;

	io_uring_queue_exit(&uring->ring);
	free(uring);
	loop->state = NULL;
}

static int uring_open(struct padma_event_loop *loop)
{
	struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE, .cq_entries = COMPLETIONS};
	struct uring *uring = calloc(1, sizeof(*uring));
	int rc;

	if (!uring)
		return -ENOMEM;
	rc = io_uring_queue_init_params(SUBMISSIONS, &uring->ring, &params);
	if (rc) {
		free(uring);
		return rc;
	}
	loop->state = uring;
	/* Time-outs of the wait itself, Linux 5.11; and a child process must not inherit the ring. */
	rc = params.features & IORING_FEAT_EXT_ARG ? io_uring_ring_dontfork(&uring->ring)
						   : -ENOTSUP;
	if (rc)
		uring_close(loop);
	return rc;
}

const struct event_backend event_backend_uring = {
	.name = "io_uring",
	.open = uring_open,
	.close = uring_close,
	.arm = uring_arm,
	.disarm = uring_disarm,
	.wait = uring_wait,
};
