/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - a measurement of one drive, and its result. */
#ifndef NVME_PERF_RUN_H
#define NVME_PERF_RUN_H

#include "nvme/perf/engine.h"

struct perf_result {
	const char *device;
	const struct perf_engine *engine;
	struct backend_taken backend; /* of the space, if the engine has one */
	struct perf_plan plan;	      /* what was done */
	uint64_t done;
	uint64_t errors;
	uint64_t elapsed_ns;
	uint64_t cpu_ns; /* of all threads of the process */
	struct histogram latency_ns;
	char first_error[96]; /* the reason of one of the first errors */
	char why[256];	      /* the first reason for which a worker stopped early, or "" */
};

/*
 * Open the device, measure, close it. Return: 0 with a result, which may contain errors
 * (perf_verdict()); or the exit code after complaining.
 */
int perf_measure(const struct perf_options *options, const char *device,
		 struct perf_result *result);

/* Return: the exit code for a result: 0, or 1 after complaining about its errors. */
int perf_verdict(const struct perf_result *result, int status);

#endif
