/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * engine.h - how I/O reaches a drive: padma's driver, or the kernel's through io_uring.
 *
 * An engine opens a target and its workers' queues, and runs a worker's loop; all but submission and
 * completion is shared.
 */
#ifndef NVME_PERF_ENGINE_H
#define NVME_PERF_ENGINE_H

#include "common/backend_report.h"
#include "nvme/perf/perf.h"
#include "nvme/perf/options.h"

/* A drive that was opened for a measurement. */
struct perf_target {
	const struct perf_engine *engine;
	const char *name;
	uint32_t nsid; /* if the engine uses one */
	uint32_t lba_bytes;
	uint64_t lbas;
	unsigned int queues;	      /* the most it can have */
	unsigned int depth;	      /* the most in flight per queue */
	void *drive;		      /* private to the engine */
	struct backend_taken backend; /* of the space, if the engine has one */
};

struct perf_engine {
	const char *name;
	/* Return: 0, or the exit code after complaining, with nothing left open. */
	int (*open)(struct perf_target *target, const struct perf_options *options);
	/* @status: the exit code so far. Return: it, or 1 after complaining if closing failed. */
	int (*close)(struct perf_target *target, int status);
	/* Open the worker's queue and its slots' buffers. 0, or an errno; close_worker() follows anyway. */
	int (*open_worker)(struct perf_worker *worker);
	/* Nothing is in flight, unless the drive failed: then the buffers must not be reused. */
	void (*close_worker)(struct perf_worker *worker);
	/* The worker's thread; runs until no slot has work. 0, or an errno with the reason. */
	int (*run)(struct perf_worker *worker);
	/* Called periodically in the thread that opened the target; may be NULL. 0, or an errno with the
	 * reason to end the run. */
	int (*look_after)(const struct perf_target *target);
};

extern const struct perf_engine perf_engine_padma;
extern const struct perf_engine perf_engine_kernel;

/* The engine for a device's name: a path is the kernel's, anything else padma's. */
const struct perf_engine *perf_engine_of(const char *device);

#endif
