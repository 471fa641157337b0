/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * perf.h - load on a drive: the workload (plan), and the threads that run it (workers).
 *
 * A worker is a thread with a queue and queue-depth slots; a slot has a buffer and one I/O in
 * flight. The span of the drive is interleaved: I/O number n of slot s of worker w is the block
 * (n * depth + s) * workers + w of the span. So no two I/Os ever touch the same block, and a slot
 * reads only what it wrote itself.
 *
 * The engine (engine.h) submits the I/O: padma's driver, or the kernel's. Choice of the I/O,
 * verification, timing and counting are the same code for both (slot.h).
 */
#ifndef NVME_PERF_PERF_H
#define NVME_PERF_PERF_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <padma/counter.h>

#include "common/histogram.h"

struct perf_target;

struct perf_plan {
	const struct perf_target *target;
	unsigned int workers;
	unsigned int depth;
	uint32_t lba_bytes;
	uint32_t io_lbas; /* logical blocks of one I/O */
	size_t io_bytes;
	uint64_t ios_per_slot;	    /* distinct I/Os of a slot; at least 1 */
	unsigned int write_percent; /* of the I/Os; 0 to 100 */
	bool random;
	bool verify;
	bool once;     /* each block once, in order, then stop: the fill before verified reads */
	uint64_t seed; /* of the offsets */
	uint64_t data_seed; /* of the data: differs between runs, so that stale data is noticed */
	uint64_t
		generation; /* where the slots start to count: distinguishes the data of the fill */
	int stop;	    /* atomic: finish what is in flight and stop */
};

struct perf_slot {
	struct perf_worker *worker;
	void *buffer;
	uint64_t lba;
	uint64_t number;     /* of the next I/O of this slot, in order */
	uint64_t generation; /* of what was written last */
	uint64_t started;    /* ticks */
	bool chosen;	     /* the next I/O is chosen and waits for room in the queue */
	bool writing;
	bool read_back; /* what was just written is being read back */
};

struct perf_worker {
	const struct perf_plan *plan;
	void *queue; /* the engine's */
	struct perf_slot *slots;
	struct perf_slot **idle; /* a stack */
	unsigned int idle_count;
	unsigned int index;
	uint64_t random;
	pthread_t thread;
	bool started;
	bool begun;    /* the first I/Os have been issued */
	int stopped;   /* atomic: the thread has nothing more to do */
	char why[256]; /* why it stopped early; "" if it did not. Read after it has stopped */
	struct padma_counter done;   /* I/Os that succeeded */
	struct padma_counter errors; /* I/Os that failed or returned wrong data */
	char first_error[96];	     /* the reason of the first of them */
	struct histogram latency_ns;
} __attribute__((aligned(64)));

/*
 * Buffers, queues and slots for all of @plan->workers. Return: 0, or a negative errno with
 * padma_last_error() set and nothing left open. Call these in the target's thread.
 */
int perf_workers_open(const struct perf_plan *plan, struct perf_worker **workers);
void perf_workers_close(const struct perf_plan *plan, struct perf_worker *workers);

/* Run threads until plan->stop is set or they have nothing left to do. */
int perf_workers_start(const struct perf_plan *plan, struct perf_worker *workers);
bool perf_workers_running(const struct perf_plan *plan, const struct perf_worker *workers);
void perf_workers_join(const struct perf_plan *plan, struct perf_worker *workers);

/* Sums over all workers; may be called at any time. */
uint64_t perf_done(const struct perf_plan *plan, const struct perf_worker *workers);
uint64_t perf_errors(const struct perf_plan *plan, const struct perf_worker *workers);

#endif
