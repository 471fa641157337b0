/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * engine.h - the two ways to a drive: padma's driver, and the kernel's through io_uring.
 *
 * An engine opens a target and its workers' queues, and runs a worker's loop; all that is not
 * submitting and completing is shared.
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
	uint32_t nsid; /* if the engine is given one */
	uint32_t lba_bytes;
	uint64_t lbas;
	unsigned int queues;	      /* as many as it has */
	unsigned int depth;	      /* the most in flight per queue */
	void *drive;		      /* the engine's */
	struct backend_taken backend; /* of the space, if the engine has one */
};

struct perf_engine {
	const char *name;
	/* Return: 0, or the exit code, with the line printed and nothing left open. */
	int (*open)(struct perf_target *target, const struct perf_options *options);
	/* @status: the exit code so far. Return: it, or 1 if closing failed, with the line. */
	int (*close)(struct perf_target *target, int status);
	/* The worker's queue and its slots' buffers. 0, or an errno; close_worker() comes anyway. */
	int (*open_worker)(struct perf_worker *worker);
	/* Nothing is outstanding, unless the drive failed: then its buffers are kept from reuse. */
	void (*close_worker)(struct perf_worker *worker);
	/* The worker's thread: until no slot has anything to do. 0, or an errno with the reason. */
	int (*run)(struct perf_worker *worker);
	/* Now and then, in the thread that opened the target; may be NULL. 0, or an errno with the
	 * reason: the run is to end. */
	int (*look_after)(const struct perf_target *target);
};

extern const struct perf_engine perf_engine_padma;
extern const struct perf_engine perf_engine_kernel;

/* Which one is meant by a device's name: a path is the kernel's, all else padma's. */
const struct perf_engine *perf_engine_of(const char *device);

#endif
