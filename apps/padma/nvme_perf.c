// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme perf: options, the course of a run, and its report. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/time.h>

#include "backend_option.h"
#include "command.h"
#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "nvme_session.h"
#include "options.h"
#include "perf.h"

#define NS_PER_SECOND	    1000000000ull
#define TICK_NS		    100000000ull /* between looks at the clock and the workers */
/* Filling all of a large drive before verified reads would take longer than anybody waits. */
#define VERIFY_SPAN_DEFAULT (256ull << 20)

/* What --rw says; percent of writes, or what --mix says where it is -1. */
struct perf_mode {
	const char *name;
	int write_percent;
	bool random;
};

static const struct perf_mode modes[] = {
	{"read", 0, false},	  {"write", 100, false}, {"randread", 0, true},
	{"randwrite", 100, true}, {"randrw", -1, true},
};

struct perf_options {
	const char *device;
	const struct perf_mode *mode;
	uint64_t io_bytes;
	uint64_t span_bytes; /* 0: all */
	uint64_t time_ns;
	uint64_t seed;
	unsigned int depth;
	unsigned int queues;
	unsigned int read_percent;
	uint32_t nsid;
	bool verify;
	bool guard;
	bool json;
};

enum {
	OPTION_JSON = 0x100,
	OPTION_RW,
	OPTION_BS,
	OPTION_QD,
	OPTION_QUEUES,
	OPTION_TIME,
	OPTION_VERIFY,
	OPTION_MIX,
	OPTION_SPAN,
	OPTION_SEED,
	OPTION_NSID,
	OPTION_GUARD,
};

static const struct argp_option option_table[] = {
	{"rw", OPTION_RW, "MODE", 0, "read, write, randread (default), randwrite or randrw", 0},
	{"bs", OPTION_BS, "SIZE", 0, "bytes per I/O (default 4k)", 0},
	{"qd", OPTION_QD, "N", 0, "I/Os in flight per queue (default 32)", 0},
	{"queues", OPTION_QUEUES, "N", 0, "queue pairs, each with its own thread (default 1)", 0},
	{"time", OPTION_TIME, "SECONDS", 0, "how long (default 5)", 0},
	{"mix", OPTION_MIX, "PERCENT", 0, "reads among the I/Os of randrw (default 50)", 0},
	{"verify", OPTION_VERIFY, NULL, 0,
	 "write known data, compare what is read; wrong data counts as an error", 0},
	{"span", OPTION_SPAN, "SIZE", 0,
	 "use only the namespace's first SIZE (default all; 256M with --verify)", 0},
	{"seed", OPTION_SEED, "N", 0, "of places and data (default: another each time)", 0},
	{"nsid", OPTION_NSID, "N", 0, "namespace (default: the first)", 0},
	{"guard", OPTION_GUARD, NULL, 0, "check every dma address before the doorbell", 0},
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static const struct perf_mode *find_mode(const struct argp_state *state, const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	command_usage(
		state,
		"--rw: there is no mode '%.64s'; take read, write, randread, randwrite or randrw",
		name);
}

static error_t parse_flag(int key, struct perf_options *options)
{
	switch (key) {
	case OPTION_VERIFY:
		options->verify = true;
		return 0;
	case OPTION_GUARD:
		options->guard = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_number_option(int key, char *value, struct argp_state *state)
{
	struct perf_options *options = state->input;

	switch (key) {
	case OPTION_QD:
		options->depth = (unsigned int)option_number(state, "--qd", value, 1, 65535);
		return 0;
	case OPTION_QUEUES:
		options->queues = (unsigned int)option_number(state, "--queues", value, 1, 1024);
		return 0;
	case OPTION_MIX:
		options->read_percent = (unsigned int)option_number(state, "--mix", value, 0, 100);
		return 0;
	case OPTION_SEED:
		/* JSON's integers are signed. */
		options->seed = option_number(state, "--seed", value, 0, INT64_MAX);
		return 0;
	case OPTION_NSID:
		options->nsid = (uint32_t)option_number(state, "--nsid", value, 1, 0xfffffffe);
		return 0;
	case OPTION_BS:
		options->io_bytes = option_size(state, "--bs", value, 512, 64 << 20);
		return 0;
	case OPTION_SPAN:
		options->span_bytes = option_size(state, "--span", value, 512, INT64_MAX);
		return 0;
	default:
		return parse_flag(key, options);
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct perf_options *options = state->input;

	switch (key) {
	case OPTION_RW:
		options->mode = find_mode(state, value);
		return 0;
	case OPTION_TIME:
		if (!parse_seconds(value, &options->time_ns))
			command_usage(state, "--time: '%.64s' is not a time in seconds", value);
		return 0;
	case ARGP_KEY_ARG:
		if (options->device)
			command_usage(state, "'%.64s' is not expected after DEV", value);
		options->device = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		command_usage(state, "DEV is missing");
	default:
		return parse_number_option(key, value, state);
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static int refuse_bs(uint64_t bytes, uint32_t lba_bytes)
{
	uint64_t up = (bytes / lba_bytes + 1) * lba_bytes;

	return complain("--bs: %" PRIu64 " is no multiple of the logical block, %" PRIu32
			" bytes; give a multiple, such as %" PRIu64,
			bytes, lba_bytes, up);
}

/* What options and namespace make together. Return: 0, or the exit code with the line printed. */
static int make_plan(const struct perf_options *options, const struct nvme_session *session,
		     struct perf_plan *plan)
{
	const struct padma_nvme_namespace *ns = session->ns;
	uint64_t span = options->span_bytes, whole = ns->lbas * ns->lba_bytes, ios;
	unsigned int available = padma_nvme_info(session->nvme)->io_queues;

	if (options->io_bytes % ns->lba_bytes)
		return refuse_bs(options->io_bytes, ns->lba_bytes);
	if (options->queues > available)
		return complain("--queues: the controller gives %u; ask for no more", available);
	if (span > whole)
		return complain("--span: the namespace has only %" PRIu64
				" bytes; give that or less, or leave it out for all",
				whole);
	if (span == 0)
		span = options->verify && whole > VERIFY_SPAN_DEFAULT ? VERIFY_SPAN_DEFAULT : whole;
	ios = span / options->io_bytes / options->depth / options->queues;
	if (ios == 0)
		return complain("%" PRIu64 " bytes hold fewer I/Os than are to be in flight; give "
				"a smaller --bs, --qd or --queues",
				span);
	*plan = (struct perf_plan){
		.space = session->space,
		.nvme = session->nvme,
		.ns = ns,
		.workers = options->queues,
		.depth = options->depth,
		.io_lbas = (uint32_t)(options->io_bytes / ns->lba_bytes),
		.ios_per_slot = ios,
		.write_percent = options->mode->write_percent < 0
					 ? 100 - options->read_percent
					 : (unsigned int)options->mode->write_percent,
		.random = options->mode->random,
		.verify = options->verify,
		.seed = options->seed ? options->seed : now_ns(),
		.generation = 1ull << 32,
	};
	return 0;
}

/* One line that overwrites itself, for people who watch. */
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

/*
 * Watch the workers until their time is over (0: until they are done by themselves), and look after
 * the controller meanwhile. Return: how long they ran, in ns.
 */
static uint64_t watch(struct perf_plan *plan, struct perf_worker *workers, uint64_t time_ns)
{
	uint64_t start = now_ns(), elapsed = 0;
	bool progress = isatty(STDERR_FILENO);

	while (!interrupted() && perf_workers_running(plan, workers)) {
		uint64_t left = time_ns ? time_ns - elapsed : TICK_NS;
		struct timespec nap = {.tv_nsec = (long)(left < TICK_NS ? left : TICK_NS)};

		nanosleep(&nap, NULL);
		elapsed = now_ns() - start;
		if (time_ns && elapsed >= time_ns)
			break;
		/* A controller that fails here is told by its queues as well. */
		padma_nvme_admin_poll(plan->nvme);
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

/* What a run came to. */
struct result {
	uint64_t done;
	uint64_t errors;
	uint64_t elapsed_ns;
	struct histogram latency_ns;
	char why[256]; /* the first reason for which a worker stopped early, or "" */
};

static void collect(const struct perf_plan *plan, const struct perf_worker *workers,
		    struct result *result)
{
	result->done = perf_done(plan, workers);
	result->errors = perf_errors(plan, workers);
	for (unsigned int i = 0; i < plan->workers; i++) {
		histogram_merge(&result->latency_ns, &workers[i].latency_ns);
		if (*workers[i].why && !*result->why)
			snprintf(result->why, sizeof(result->why), "%s", workers[i].why);
	}
}

/* Return: 0, or the exit code with the line printed where there is no result. */
static int run_plan(struct perf_plan *plan, uint64_t time_ns, struct result *result)
{
	struct perf_worker *workers;
	int error;

	memset(result, 0, sizeof(*result));
	if (perf_workers_open(plan, &workers))
		return complain("%s", padma_last_error());
	error = perf_workers_start(plan, workers);
	if (error) {
		/* Those that did start are told to stop; the others never ran. */
		complain("%s", padma_last_error());
		__atomic_store_n(&plan->stop, 1, __ATOMIC_RELAXED);
		perf_workers_join(plan, workers);
	} else {
		result->elapsed_ns = watch(plan, workers, time_ns);
		collect(plan, workers, result);
	}
	perf_workers_close(plan, workers);
	return error ? EXIT_FAILURE : 0;
}

static double per_second(const struct result *result)
{
	return (double)result->done * 1e9 / (double)result->elapsed_ns;
}

static double percentile_us(const struct result *result, unsigned int per_100k)
{
	return (double)histogram_percentile(&result->latency_ns, per_100k) / 1e3;
}

static int print_json(const struct perf_options *options, const struct perf_plan *plan,
		      const struct result *result)
{
	double iops = per_second(result);

	return json_print(json_pack(
		"{s:s, s:s, s:I, s:i, s:i, s:f, s:b, s:I, s:I, s:f, s:f, s:{s:f, s:f, s:f, s:f, "
		"s:f}, s:I}",
		"device", options->device, "rw", options->mode->name, "bs",
		(json_int_t)options->io_bytes, "qd", (int)plan->depth, "queues", (int)plan->workers,
		"seconds", (double)result->elapsed_ns / 1e9, "verify", options->verify, "seed",
		(json_int_t)plan->seed, "commands", (json_int_t)result->done, "iops", iops, "mib_s",
		iops * (double)options->io_bytes / (1 << 20), "lat_us", "avg",
		histogram_mean(&result->latency_ns) / 1e3, "p50", percentile_us(result, 50000),
		"p99", percentile_us(result, 99000), "p999", percentile_us(result, 99900), "max",
		(double)result->latency_ns.max / 1e3, "errors", (json_int_t)result->errors));
}

static int print_text(const struct perf_options *options, const struct perf_plan *plan,
		      const struct result *result)
{
	double iops = per_second(result);
	char size[32];

	printf("%s of %s on %s: %u queue%s x %u in flight, %.2f s%s\n", options->mode->name,
	       format_bytes(options->io_bytes, size, sizeof(size)), options->device, plan->workers,
	       plan->workers == 1 ? "" : "s", plan->depth, (double)result->elapsed_ns / 1e9,
	       options->verify ? ", verified" : "");
	printf("  throughput  %.0f IOPS, %.1f MiB/s\n", iops,
	       iops * (double)options->io_bytes / (1 << 20));
	printf("  latency     avg %.1f, p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f us\n",
	       histogram_mean(&result->latency_ns) / 1e3, percentile_us(result, 50000),
	       percentile_us(result, 99000), percentile_us(result, 99900),
	       (double)result->latency_ns.max / 1e3);
	printf("  errors      %" PRIu64 "\n", result->errors);
	return command_finish_output();
}

/* The exit code tells whether all went well; a result there is in any case. */
static int verdict(const struct perf_plan *plan, const struct result *result, int status)
{
	if (*result->why)
		return complain("%s", result->why);
	if (result->errors)
		return complain("%" PRIu64 " of %" PRIu64
				" I/Os failed or brought wrong data (seed %" PRIu64 ")",
				result->errors, result->done + result->errors, plan->seed);
	return status;
}

/* Reads are verified against what this fills the span with. */
static int fill_span(const struct perf_plan *plan)
{
	struct perf_plan fill = *plan;
	struct result *result = malloc(sizeof(*result));
	int status;

	if (!result)
		return complain("no memory for the result");
	fill.write_percent = 100;
	fill.random = false;
	fill.once = true;
	fill.generation = 0;
	status = run_plan(&fill, 0, result);
	if (status == 0)
		status = verdict(&fill, result, 0);
	free(result);
	return status;
}

static int measure(const struct perf_options *options, const struct nvme_session *session)
{
	struct result *result;
	struct perf_plan plan = {0};
	int status;

	if (!nvme_session_has_namespace(session))
		return EXIT_FAILURE;
	status = make_plan(options, session, &plan);
	if (status == 0 && plan.verify && plan.write_percent < 100)
		status = fill_span(&plan);
	if (status || interrupted())
		return status ? status : complain("interrupted before the measurement began");
	result = malloc(sizeof(*result));
	if (!result)
		return complain("no memory for the result");
	status = run_plan(&plan, options->time_ns, result);
	if (status == 0) {
		status = options->json ? print_json(options, &plan, result)
				       : print_text(options, &plan, result);
		status = verdict(&plan, result, status);
	}
	free(result);
	return status;
}

int nvme_perf_command(int argc, char **argv)
{
	static const struct argp argp = {option_table,
					 parse,
					 "DEV",
					 "Measure throughput and latency of an NVMe namespace, or "
					 "verify what it stores. Modes that write, and --verify, "
					 "OVERWRITE the namespace.",
					 command_backend,
					 NULL,
					 NULL};
	struct perf_options options = {.mode = &modes[2],
				       .io_bytes = 4096,
				       .depth = 32,
				       .queues = 1,
				       .read_percent = 50,
				       .time_ns = 5 * NS_PER_SECOND};
	struct nvme_session session;
	int status;

	command_parse(&argp, argc, argv, &options);
	status = nvme_session_open(&session, options.device, options.nsid, options.guard);
	if (status)
		return status;
	/* Interrupted, it stops as if the time were over: the device is left in order. */
	interrupt_catch();
	padma_clock_init();
	return nvme_session_close(&session, measure(&options, &session));
}
