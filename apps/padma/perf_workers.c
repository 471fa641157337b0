// SPDX-License-Identifier: BSD-3-Clause
/* The set of workers: opened, started, joined and closed together. */
#include "perf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/error.h>

static int open_slots(const struct perf_plan *plan, struct perf_worker *worker)
{
	const struct padma_alloc_opts align = {.align_bytes = 4096};
	size_t bytes = (size_t)plan->io_lbas * plan->ns->lba_bytes;

	worker->slots = calloc(plan->depth, sizeof(*worker->slots));
	worker->idle = calloc(plan->depth, sizeof(struct perf_slot *));
	if (!worker->slots || !worker->idle)
		return padma_fail(-ENOMEM, "perf", "no memory for %u slots", plan->depth);
	for (unsigned int i = 0; i < plan->depth; i++) {
		struct perf_slot *slot = &worker->slots[i];
		int error = padma_alloc(plan->space, bytes, &align, &slot->buffer);

		if (error)
			return error;
		memset(slot->buffer, 0, bytes);
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
	const struct padma_nvme_queue_params params = {.depth = plan->depth};
	int error;

	worker->plan = plan;
	worker->index = index;
	worker->random = plan->seed + index;
	error = open_slots(plan, worker);
	return error ? error : padma_nvme_queue_open(plan->nvme, &params, &worker->queue);
}

static void close_worker(const struct perf_plan *plan, struct perf_worker *worker)
{
	/* Until the queue is closed the controller may write to the buffers. */
	bool closed = padma_nvme_queue_close(worker->queue) == 0;

	/* Where closing fails the space takes them back, after the device has been quieted. */
	for (unsigned int i = 0; closed && worker->slots && i < plan->depth; i++)
		padma_free(plan->space, worker->slots[i].buffer);
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
		close_worker(plan, &workers[i]);
	free(workers);
}

int perf_workers_start(const struct perf_plan *plan, struct perf_worker *workers)
{
	for (unsigned int i = 0; i < plan->workers; i++) {
		int error = pthread_create(&workers[i].thread, NULL, perf_worker_main, &workers[i]);

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
