// SPDX-License-Identifier: BSD-3-Clause
/*
 * The service's thread and those who ask it. The loop belongs to the thread: who adds or removes a
 * watch hands the request over, wakes it and waits. One at a time, under a lock, which also orders
 * start and end of the thread.
 */
#define PADMA_PART "event"
#include "base/base.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event/loop.h"
#include "event/service.h"

struct service_watch {
	struct padma_event_watch *watch;
	uint64_t generation; /* of the service that knows it */
	int fd;
	uint32_t events; /* 0: an eventfd */
	padma_event_fn fn;
	void *ctx;
};

/* What the thread is asked to do: add a watch, or remove it. */
struct request {
	struct service_watch *watch;
	bool add;
	int rc;
	char why[256]; /* padma_last_error() is each thread's own */
};

static struct {
	pthread_mutex_t lock;	       /* of all below */
	struct padma_event_loop *loop; /* the thread's, while it runs */
	pthread_t thread;
	sem_t answered;
	struct request *request; /* atomic: handed over to the thread, until it is answered */
	unsigned int users;
	uint64_t generation; /* grows with each fork() that loses the thread */
} service = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&service.lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&service.lock);
}

/* The thread is the parent's; so is its loop, whose memory (a ring's) may not even be here. */
static void after_fork_in_child(void)
{
	service.loop = NULL;
	service.users = 0;
	service.generation++;
	pthread_mutex_unlock(&service.lock);
}

static void watch_forks(void)
{
	(void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void serve(struct request *request)
{
	struct service_watch *watch = request->watch;

	if (!request->add)
		padma_event_watch_remove(watch->watch);
	else if (watch->events)
		request->rc = padma_event_watch_add(service.loop, watch->fd, watch->events,
						    watch->fn, watch->ctx, &watch->watch);
	else
		request->rc = padma_event_counter_add(service.loop, watch->fd, watch->fn,
						      watch->ctx, &watch->watch);
}

static void answer(struct request *request)
{
	if (request->rc)
		snprintf(request->why, sizeof(request->why), "%s", padma_last_error());
	sem_post(&service.answered);
}

/* Its first request, to start, is given to it. From then on it alone touches the loop. */
static void *service_main(void *arg)
{
	struct request *request = arg;
	struct padma_event_loop *loop;

	request->rc = padma_event_loop_create(&loop);
	service.loop = request->rc ? NULL : loop;
	if (request->rc)
		loop = NULL;
	answer(request);
	while (loop && !__atomic_load_n(&loop->stop, __ATOMIC_ACQUIRE)) {
		/* What the kernel refuses now it refuses at once again: not in a hurry then. */
		if (padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) < 0)
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		request = __atomic_exchange_n(&service.request, NULL, __ATOMIC_ACQUIRE);
		if (request) {
			serve(request);
			answer(request);
		}
	}
	return NULL;
}

static int wait_for_answer(const struct request *request)
{
	while (sem_wait(&service.answered))
		; /* a signal came */
	return request->rc;
}

static int ask(struct request *request)
{
	__atomic_store_n(&service.request, request, __ATOMIC_RELEASE);
	padma_event_loop_wake(service.loop);
	return wait_for_answer(request);
}

static int start_thread(struct request *request)
{
	sigset_t all, before;
	int rc;

	/* Signals are the program's own threads'. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&service.thread, NULL, service_main, request);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

static int start(struct request *request)
{
	int rc;

	pthread_once(&fork_once, watch_forks);
	sem_init(&service.answered, 0, 0);
	rc = start_thread(request);
	if (rc) {
		sem_destroy(&service.answered);
		snprintf(request->why, sizeof(request->why), "no thread: %s", strerror(-rc));
		return rc;
	}
	rc = wait_for_answer(request);
	if (rc) {
		pthread_join(service.thread, NULL);
		sem_destroy(&service.answered);
	}
	return rc;
}

static void stop(void)
{
	padma_event_loop_stop(service.loop);
	pthread_join(service.thread, NULL);
	padma_event_loop_destroy(service.loop);
	service.loop = NULL;
	sem_destroy(&service.answered);
}

/* With the lock. */
static int add(struct request *request)
{
	int rc = 0;

	if (service.users == 0)
		rc = start(request);
	if (rc)
		return rc;
	rc = ask(request);
	if (rc == 0)
		service.users++;
	else if (service.users == 0)
		stop();
	return rc;
}

int service_watch_add(int fd, uint32_t events, padma_event_fn fn, void *ctx,
		      struct service_watch **added)
{
	struct service_watch *watch = malloc(sizeof(*watch));
	struct request request = {.watch = watch, .add = true};
	int rc;

	if (!watch)
		return fail(-ENOMEM, "no memory to wait for a descriptor");
	*watch = (struct service_watch){.fd = fd, .events = events, .fn = fn, .ctx = ctx};
	pthread_mutex_lock(&service.lock);
	watch->generation = service.generation;
	rc = add(&request);
	pthread_mutex_unlock(&service.lock);
	if (rc) {
		free(watch);
		return fail(rc, "descriptor %d cannot be waited for: %s", fd, request.why);
	}
	*added = watch;
	return 0;
}

void service_watch_remove(struct service_watch *watch)
{
	struct request request = {.watch = watch};

	if (!watch)
		return;
	pthread_mutex_lock(&service.lock);
	/* One of before a fork() is the parent's. */
	if (watch->generation == service.generation) {
		(void)ask(&request);
		if (--service.users == 0)
			stop();
	}
	pthread_mutex_unlock(&service.lock);
	free(watch);
}
