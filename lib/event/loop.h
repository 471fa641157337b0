/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loop.h - the internals of an event loop, shared by its two backends, io_uring and epoll.
 *
 * loop.c keeps the watches and dispatches, timers.c keeps the deadlines; a backend only waits. So the
 * timers are one sorted list for both, and the kernel sees only the time-out of the wait.
 */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/event.h>

struct padma_event_watch {
	struct padma_event_loop *loop;
	struct padma_event_watch *next;
	padma_event_fn fn;
	void *ctx;
	int fd;
	uint32_t events;
	bool counter;	 /* an eventfd, to be read before the callback */
	bool armed;	 /* the backend may still report it */
	bool cancelling; /* its poll is being cancelled in the kernel */
	bool removed;	 /* no callback any more; freed when it is not armed */
	bool failed;	 /* the kernel refused to poll it; not armed again */
};

struct padma_event_timer {
	struct padma_event_loop *loop;
	struct padma_event_timer *previous, *next; /* of a list of the loop */
	padma_event_fn fn;
	void *ctx;
	uint64_t due_ns; /* CLOCK_MONOTONIC */
	uint64_t period_ns;
	bool set;
};

/* How to wait. All in the loop's thread. */
struct event_backend {
	const char *name;
	/* 0, or an errno; without a message, since another backend may work. */
	int (*open)(struct padma_event_loop *loop);
	void (*close)(struct padma_event_loop *loop);
	/* The watch is reported from now on, edge-triggered. 0, or an errno. */
	int (*arm)(struct padma_event_loop *loop, struct padma_event_watch *watch);
	/* Release the descriptor. The watch may stay armed until a later wait. */
	void (*disarm)(struct padma_event_loop *loop, struct padma_event_watch *watch);
	/*
	 * Wait up to @timeout_ns for the first report, and give each to loop_report(). Return: 0,
	 * or an errno; -EINTR after a signal.
	 */
	int (*wait)(struct padma_event_loop *loop, uint64_t timeout_ns);
};

extern const struct event_backend event_backend_uring;
extern const struct event_backend event_backend_epoll;

struct padma_event_loop {
	const struct event_backend *backend;
	void *state;			       /* the backend's */
	struct padma_event_watch *watches;     /* the removed ones too, while they are armed */
	struct padma_event_timer *timers;      /* those that are set, the earliest first */
	struct padma_event_timer *idle_timers; /* those that are not set */
	struct padma_event_watch *wake_watch;
	int wake_fd;
	int stop;  /* atomic */
	int calls; /* callbacks of this round */
	bool woken;
	bool running;
};

/* A loop on one backend, for tests; padma_event_loop_open() takes the first that works. */
int loop_create_on(const struct event_backend *backend, struct padma_event_loop **loop);

/* A backend reports the poll(2) events of a watch. */
void loop_report(struct padma_event_watch *watch, uint32_t revents);

uint64_t loop_now_ns(void);

/* The earliest deadline; UINT64_MAX: no timer is set. */
uint64_t timers_next(const struct padma_event_loop *loop);
/* Make the callbacks of those that have expired. */
void timers_run(struct padma_event_loop *loop);
void timers_free(struct padma_event_loop *loop);

#endif
