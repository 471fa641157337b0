/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - print the results, as text or as JSON. */
#ifndef NVME_PERF_REPORT_H
#define NVME_PERF_REPORT_H

#include "nvme/perf/run.h"

/* Return: the exit code; not 0 after complaining. */
int perf_report(const struct perf_options *options, const struct perf_result *result);

/* Two results, and the second divided by the first. */
int perf_report_both(const struct perf_options *options, const struct perf_result results[2]);

#endif
