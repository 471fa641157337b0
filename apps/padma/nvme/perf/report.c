// SPDX-License-Identifier: BSD-3-Clause
/* The report of one measurement, and that of two side by side. */
#include "nvme/perf/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/command.h"
#include "common/json.h"
#include "common/options.h"

#define FIGURES 6

/* What is compared, in the order of the table. */
struct figure {
	const char *title;
	const char *key; /* in JSON */
	int digits;	 /* after the decimal point */
};

static const struct figure figures[FIGURES] = {
	{"IOPS", "iops", 0},  {"MiB/s", "mib_s", 1},   {"p50 us", "p50", 1},
	{"p99 us", "p99", 1}, {"p99.9 us", "p999", 1}, {"CPU us per I/O", "cpu_us_per_io", 2},
};

static double percentile_us(const struct perf_result *result, unsigned int per_100k)
{
	return (double)histogram_percentile(&result->latency_ns, per_100k) / 1e3;
}

static void figures_of(const struct perf_result *result, double values[FIGURES])
{
	double iops = (double)result->done * 1e9 / (double)result->elapsed_ns;
	double cpu = (double)result->cpu_ns / 1e3;

	values[0] = iops;
	values[1] = iops * (double)result->plan.io_bytes / (1 << 20);
	values[2] = percentile_us(result, 50000);
	values[3] = percentile_us(result, 99000);
	values[4] = percentile_us(result, 99900);
	values[5] = result->done ? cpu / (double)result->done : 0;
}

static json_t *json_of(const struct perf_options *options, const struct perf_result *result)
{
	double values[FIGURES];
	json_t *report;

	figures_of(result, values);
	report = json_pack(
		"{s:o, s:s, s:s, s:I, s:i, s:i, s:f, s:b, s:I, s:I, s:f, s:f, s:{s:f, s:f, s:f, "
		"s:f, s:f}, s:f, s:I}",
		"device", json_text(result->device), "engine", result->engine->name, "rw",
		options->mode->name, "bs", (json_int_t)result->plan.io_bytes, "qd",
		(int)result->plan.depth, "queues", (int)result->plan.workers, "seconds",
		(double)result->elapsed_ns / 1e9, "verify", options->verify, "seed",
		(json_int_t)result->plan.seed, "commands", (json_int_t)result->done, "iops",
		values[0], "mib_s", values[1], "lat_us", "avg",
		histogram_mean(&result->latency_ns) / 1e3, "p50", values[2], "p99", values[3],
		"p999", values[4], "max", (double)result->latency_ns.max / 1e3, "cpu_us_per_io",
		values[5], "errors", (json_int_t)result->errors);
	return backend_json(report, &result->backend);
}

/* The title line: "randread of 4 KiB" and so on, without the device. */
static void print_what(const struct perf_options *options, const struct perf_result *result,
		       const char *on)
{
	char size[32];

	printf("%s of %s%s%s: %u queue%s x %u in flight, %.2f s%s\n", options->mode->name,
	       format_bytes(result->plan.io_bytes, size, sizeof(size)), *on ? " on " : "", on,
	       result->plan.workers, result->plan.workers == 1 ? "" : "s", result->plan.depth,
	       (double)result->elapsed_ns / 1e9, options->verify ? ", verified" : "");
}

static int print_text(const struct perf_options *options, const struct perf_result *result)
{
	double values[FIGURES];

	figures_of(result, values);
	print_what(options, result, result->device);
	backend_print("  backend     ", &result->backend);
	printf("  throughput  %.0f IOPS, %.1f MiB/s\n", values[0], values[1]);
	printf("  latency     avg %.1f, p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f us\n",
	       histogram_mean(&result->latency_ns) / 1e3, values[2], values[3], values[4],
	       (double)result->latency_ns.max / 1e3);
	printf("  CPU         %.2f us per I/O\n", values[5]);
	printf("  errors      %" PRIu64 "\n", result->errors);
	return command_finish_output();
}

int perf_report(const struct perf_options *options, const struct perf_result *result)
{
	return options->json ? json_print(json_of(options, result)) : print_text(options, result);
}

/* The second divided by the first; 0 if there is nothing to divide by. */
static double ratio(double first, double second)
{
	return first > 0 ? second / first : 0;
}

static int print_both_json(const struct perf_options *options, const struct perf_result *results,
			   double values[2][FIGURES])
{
	json_t *ratios = json_object();

	for (int i = 0; i < FIGURES; i++)
		json_object_set_new(ratios, figures[i].key,
				    json_real(ratio(values[0][i], values[1][i])));
	return json_print(json_pack("{s:[o, o], s:o}", "runs", json_of(options, &results[0]),
				    json_of(options, &results[1]), "ratio", ratios));
}

static int print_both_text(const struct perf_options *options, const struct perf_result *results,
			   double values[2][FIGURES])
{
	print_what(options, &results[0], "");
	printf("  %-14s  %20.40s  %20.40s  %8s\n", "", results[0].device, results[1].device,
	       "ratio");
	printf("  %-14s  %20s  %20s\n", "driver", results[0].engine->name, results[1].engine->name);
	for (int i = 0; i < FIGURES; i++)
		printf("  %-14s  %20.*f  %20.*f  %8.2f\n", figures[i].title, figures[i].digits,
		       values[0][i], figures[i].digits, values[1][i],
		       ratio(values[0][i], values[1][i]));
	printf("  %-14s  %20" PRIu64 "  %20" PRIu64 "\n", "errors", results[0].errors,
	       results[1].errors);
	return command_finish_output();
}

int perf_report_both(const struct perf_options *options, const struct perf_result results[2])
{
	double values[2][FIGURES];

	figures_of(&results[0], values[0]);
	figures_of(&results[1], values[1]);
	return options->json ? print_both_json(options, results, values)
			     : print_both_text(options, results, values);
}
