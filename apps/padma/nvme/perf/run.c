// SPDX-License-Identifier: BSD-3-Clause
/* The course of a measurement: plan, fill, run, watch. */
#include "nvme/perf/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <padma/error.h>

#include "common/command.h"
#include "common/interrupt.h"

#define NS_PER_SECOND	    1000000000ull
#define TICK_NS		    100000000ull /* between checks of the clock and the workers */
/* Filling all of a large drive before verified reads would take too long. */
#define VERIFY_SPAN_DEFAULT (256ull << 20)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static int refuse_bs(uint64_t bytes, uint32_t lba_bytes)
{
	uint64_t up = (bytes / lba_bytes + 1) * lba_bytes;

	return complain("--bs: %" PRIu64 " is not a multiple of the logical block, %" PRIu32
			" bytes; give a multiple, such as %" PRIu64,
			bytes, lba_bytes, up);
}

/* Make the plan from options and namespace. Return: 0, or the exit code after complaining. */
static int make_plan(const struct perf_options *options, const struct perf_target *target,
		     struct perf_plan *plan)
{
	uint64_t span = options->span_bytes, whole = target->lbas * target->lba_bytes, ios;

	if (options->io_bytes % target->lba_bytes)
		return refuse_bs(options->io_bytes, target->lba_bytes);
	if (options->queues > target->queues)
		return complain("--queues: the controller grants %u; give at most that many",
				target->queues);
	if (options->depth > target->depth)
		return complain("--qd: give at most %u", target->depth);
	if (span > whole)
		return complain("--span: the drive has only %" PRIu64
				" bytes; give that or less, or omit it for all",
				whole);
	if (span == 0)
		span = options->verify && whole > VERIFY_SPAN_DEFAULT ? VERIFY_SPAN_DEFAULT : whole;
	ios = span / options->io_bytes / options->depth / options->queues;
	if (ios == 0)
		return complain("%" PRIu64 " bytes hold fewer I/Os than the queue depth; give "
				"a smaller --bs, --qd or --queues",
				span);
	*plan = (struct perf_plan){
		.target = target,
		.workers = options->queues,
		.depth = options->depth,
		.lba_bytes = target->lba_bytes,
		.io_lbas = (uint32_t)(options->io_bytes / target->lba_bytes),
		.io_bytes = options->io_bytes,
		.ios_per_slot = ios,
		.write_percent = options->mode->write_percent < 0
					 ? 100 - options->read_percent
					 : (unsigned int)options->mode->write_percent,
		.random = options->mode->random,
		.verify = options->verify,
		.seed = options->seed,
		.data_seed = options->seed + options->run,
		.generation = 1ull << 32,
	};
	return 0;
}

/* Progress in a line that overwrites itself. */
static void show_progress(const struct perf_plan *plan, const struct perf_worker *workers,
			  uint64_t elapsed_ns)
{
	static uint64_t last_done, last_ns;
	uint64_t done = perf_done(plan, workers);
	double seconds;

	if (elapsed_ns < last_ns || done < last_done)
		last_done = last_ns = 0;
	seconds = (double)(elapsed_ns - last_ns) / 1e9;
	if (seconds < 0.5)
		return;
	fprintf(stderr, "\r%5.1f s  %12.0f IOPS  %" PRIu64 " errors ", (double)elapsed_ns / 1e9,
		(double)(done - last_done) / seconds, perf_errors(plan, workers));
	last_done = done;
	last_ns = elapsed_ns;
}

/* Return: whether to continue; if not, the reason is in the result. */
static bool look_after(const struct perf_target *target, struct perf_result *result)
{
	if (!target->engine->look_after || target->engine->look_after(target) == 0)
		return true;
	snprintf(result->why, sizeof(result->why), "%s", padma_last_error());
	return false;
}

/*
 * Watch the workers until the time is over (0: until they finish), and poll the drive. Return: how
 * long they ran, in ns.
 */
static uint64_t watch(struct perf_plan *plan, struct perf_worker *workers, uint64_t time_ns,
		      struct perf_result *result)
{
	uint64_t start = now_ns(), elapsed = 0;
	bool progress = isatty(STDERR_FILENO);

	while (!interrupted() && perf_workers_running(plan, workers)) {
		uint64_t left = time_ns ? time_ns - elapsed : TICK_NS;
		struct timespec nap = {.tv_nsec = (long)(left < TICK_NS ? left : TICK_NS)};

		nanosleep(&nap, NULL);
		elapsed = now_ns() - start;
		if ((time_ns && elapsed >= time_ns) || !look_after(plan->target, result))
			break;
		if (progress)
			show_progress(plan, workers, elapsed);
	}
	__atomic_store_n(&plan->stop, 1, __ATOMIC_RELAXED);
	perf_workers_join(plan, workers);
	elapsed = now_ns() - start;
	if (progress)
		fputs("\r\033[K", stderr);
	return elapsed;
}

/* CPU time of all threads of the process, time in the kernel included. */
static uint64_t cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_SECOND +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static void collect(const struct perf_plan *plan, const struct perf_worker *workers,
		    struct perf_result *result)
{
	const char *why = NULL;

	result->done = perf_done(plan, workers);
	result->errors = perf_errors(plan, workers);
	for (unsigned int i = 0; i < plan->workers; i++) {
		histogram_merge(&result->latency_ns, &workers[i].latency_ns);
		if (!*result->first_error)
			memcpy(result->first_error, workers[i].first_error,
			       sizeof(result->first_error));
		if (*workers[i].why && !why)
			why = workers[i].why;
	}
	/* The error of a queue is more specific than a removal request. */
	if (why)
		snprintf(result->why, sizeof(result->why), "%s", why);
}

/* Return: 0, or the exit code after complaining if there is no result. */
static int run_plan(struct perf_plan *plan, uint64_t time_ns, struct perf_result *result)
{
	struct perf_worker *workers;
	uint64_t cpu;
	int error;

	memset(result, 0, sizeof(*result));
	result->plan = *plan;
	result->device = plan->target->name;
	if (perf_workers_open(plan, &workers))
		return complain("%s", padma_last_error());
	cpu = cpu_ns();
	error = perf_workers_start(plan, workers);
	if (error) {
		/* Stop the workers that did start; the others never ran. */
		complain("%s", padma_last_error());
		__atomic_store_n(&plan->stop, 1, __ATOMIC_RELAXED);
		perf_workers_join(plan, workers);
	} else {
		result->elapsed_ns = watch(plan, workers, time_ns, result);
		result->cpu_ns = cpu_ns() - cpu;
		collect(plan, workers, result);
	}
	perf_workers_close(plan, workers);
	/* Nothing was measured: a report of zeros would look like a measurement. */
	if (error == 0 && *result->why && result->done + result->errors == 0)
		error = complain("%s", result->why);
	return error ? EXIT_FAILURE : 0;
}

int perf_verdict(const struct perf_result *result, int status)
{
	if (*result->why)
		return complain("%s", result->why);
	if (result->errors)
		return complain("%s: %" PRIu64 " of %" PRIu64
				" I/Os failed or returned wrong data (seed %" PRIu64
				"); the first: %s",
				result->device, result->errors, result->done + result->errors,
				result->plan.seed, result->first_error);
	return status;
}

/* Reads are verified against what this fills the span with. */
static int fill_span(const struct perf_plan *plan)
{
	struct perf_plan fill = *plan;
	struct perf_result *result = malloc(sizeof(*result));
	int status;

	if (!result)
		return complain("no memory for the result");
	fill.write_percent = 100;
	fill.random = false;
	fill.once = true;
	fill.generation = 0;
	status = run_plan(&fill, 0, result);
	if (status == 0)
		status = perf_verdict(result, 0);
	free(result);
	return status;
}

static int measure(const struct perf_options *options, const struct perf_target *target,
		   struct perf_result *result)
{
	struct perf_plan plan = {.target = target};
	int status = make_plan(options, target, &plan);

	if (status == 0 && plan.verify && plan.write_percent < 100)
		status = fill_span(&plan);
	if (status == 0 && interrupted())
		status = complain("interrupted before the measurement began");
	return status ? status : run_plan(&plan, options->time_ns, result);
}

int perf_measure(const struct perf_options *options, const char *device, struct perf_result *result)
{
	struct perf_target target = {.engine = perf_engine_of(device), .name = device};
	int status = target.engine->open(&target, options);

	if (status)
		return status;
	/* An interrupt ends the run as if the time were over; before that nothing is lost. */
	if (!options->compare)
		interrupt_catch();
	status = measure(options, &target, result);
	result->plan.target = NULL;
	result->engine = target.engine;
	result->backend = target.backend;
	return target.engine->close(&target, status);
}
