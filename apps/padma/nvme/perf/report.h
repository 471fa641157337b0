/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - what was measured, for people and for programs. */
#ifndef NVME_PERF_REPORT_H
#define NVME_PERF_REPORT_H

#include "nvme/perf/run.h"

/* Return: the exit code, with the line printed if it is not 0. */
int perf_report(const struct perf_options *options, const struct perf_result *result);

/* Two, and the second divided by the first. */
int perf_report_both(const struct perf_options *options, const struct perf_result results[2]);

#endif
