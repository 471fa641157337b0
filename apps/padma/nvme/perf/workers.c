// SPDX-License-Identifier: BSD-3-Clause
/* The set of workers: opened, started, joined and closed together. */
#include "nvme/perf/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>

static int open_slots(const struct perf_plan *plan, struct perf_worker *worker)
{
	worker->slots = calloc(plan->depth, sizeof(*worker->slots));
	worker->idle = calloc(plan->depth, sizeof(struct perf_slot *));
	if (!worker->slots || !worker->idle)
		return padma_fail(-ENOMEM, "perf", "no memory for %u slots", plan->depth);
	for (unsigned int i = 0; i < plan->depth; i++) {
		struct perf_slot *slot = &worker->slots[i];

		slot->worker = worker;
		slot->generation = plan->generation;
		/* The last on the stack is taken first: slot 0. */
		worker->idle[plan->depth - 1 - i] = slot;
	}
	worker->idle_count = plan->depth;
	return 0;
}

static int open_worker(const struct perf_plan *plan, struct perf_worker *worker, unsigned int index)
{
	int error;

	worker->plan = plan;
	worker->index = index;
	worker->random = plan->seed + index;
	error = open_slots(plan, worker);
	return error ? error : plan->target->engine->open_worker(worker);
}

static void close_worker(struct perf_worker *worker)
{
	/* The engine frees the buffers: it knows when the drive is done with them. */
	if (worker->slots)
		worker->plan->target->engine->close_worker(worker);
	free(worker->slots);
	free(worker->idle);
}

int perf_workers_open(const struct perf_plan *plan, struct perf_worker **workers)
{
	int error = 0;

	*workers = aligned_alloc(_Alignof(struct perf_worker), plan->workers * sizeof(**workers));
	if (!*workers)
		return padma_fail(-ENOMEM, "perf", "no memory for %u workers", plan->workers);
	memset(*workers, 0, plan->workers * sizeof(**workers));
	for (unsigned int i = 0; i < plan->workers && error == 0; i++)
		error = open_worker(plan, &(*workers)[i], i);
	if (error) {
		perf_workers_close(plan, *workers);
		*workers = NULL;
	}
	return error;
}

void perf_workers_close(const struct perf_plan *plan, struct perf_worker *workers)
{
	for (unsigned int i = 0; i < plan->workers; i++)
		close_worker(&workers[i]);
	free(workers);
}

static void *worker_main(void *ctx)
{
	struct perf_worker *worker = ctx;

	if (worker->plan->target->engine->run(worker) < 0)
		snprintf(worker->why, sizeof(worker->why), "%s", padma_last_error());
	__atomic_store_n(&worker->stopped, 1, __ATOMIC_RELEASE);
	return NULL;
}

int perf_workers_start(const struct perf_plan *plan, struct perf_worker *workers)
{
	for (unsigned int i = 0; i < plan->workers; i++) {
		int error = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);

		if (error)
			return padma_fail(-error, "perf", "start thread %u: %s", i,
					  strerror(error));
		workers[i].started = true;
	}
	return 0;
}

bool perf_workers_running(const struct perf_plan *plan, const struct perf_worker *workers)
{
	for (unsigned int i = 0; i < plan->workers; i++) {
		if (!__atomic_load_n(&workers[i].stopped, __ATOMIC_ACQUIRE))
			return true;
	}
	return false;
}

void perf_workers_join(const struct perf_plan *plan, struct perf_worker *workers)
{
	for (unsigned int i = 0; i < plan->workers; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		workers[i].started = false;
	}
}

uint64_t perf_done(const struct perf_plan *plan, const struct perf_worker *workers)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < plan->workers; i++)
		sum += padma_counter_read(&workers[i].done);
	return sum;
}

uint64_t perf_errors(const struct perf_plan *plan, const struct perf_worker *workers)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < plan->workers; i++)
		sum += padma_counter_read(&workers[i].errors);
	return sum;
}
