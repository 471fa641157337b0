// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme perf: measure a drive, or two, and report. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <padma/time.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/interrupt.h"
#include "common/publish.h"
#include "nvme/node.h"
#include "nvme/session.h"
#include "nvme/perf/compare.h"
#include "nvme/perf/report.h"

const struct perf_engine *perf_engine_of(const char *device)
{
	struct stat about;

	if (nvme_session_is_simulated(device) || nvme_is_address(device))
		return &perf_engine_padma;
	return strchr(device, '/') || stat(device, &about) == 0 ? &perf_engine_kernel
								: &perf_engine_padma;
}

static int measure_two(const struct perf_options *options, struct perf_result results[2])
{
	struct perf_options run = *options;
	int status = 0;

	for (int i = 0; i < 2 && status == 0; i++) {
		if (interrupted())
			return complain("interrupted: %.64s was not measured", options->devices[i]);
		run.run = (unsigned int)i;
		status = perf_measure(&run, run.devices[i], &results[i]);
	}
	return status;
}

static int compare(const struct perf_options *options, struct perf_result results[2])
{
	struct perf_drive drive = {.address = options->devices[0]};
	int status;

	/* A drive that was bound for padma must get its kernel driver back. */
	interrupt_catch();
	status = options->device_count == 2 ? measure_two(options, results)
					    : perf_compare_drivers(options, &drive, results);
	if (status)
		return status;
	status = perf_report_both(options, results);
	status = perf_verdict(&results[0], status);
	return perf_verdict(&results[1], status);
}

static int measure(const struct perf_options *options, struct perf_result *result)
{
	int status = perf_measure(options, options->devices[0], result);

	return status ? status : perf_verdict(result, perf_report(options, result));
}

/* A new seed each time; the same for both results that are compared. */
static uint64_t some_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int nvme_perf_command(int argc, char **argv)
{
	struct perf_options options;
	struct perf_result *results;
	int status;

	perf_options_parse(&options, argc, argv);
	if (options.seed == 0)
		options.seed = some_seed();
	results = calloc(2, sizeof(*results));
	if (!results)
		return complain("no memory for the result");
	padma_clock_init();
	publish_counters(argv[0]);
	status = options.compare ? compare(&options, results) : measure(&options, results);
	free(results);
	return status;
}
