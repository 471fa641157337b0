/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - what the demo found, for people and as JSON. */
#ifndef DEMO_REPORT_H
#define DEMO_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "demo/run.h"

/* More runs than these are not printed one by one. */
#define DEMO_RUNS_SHOWN 16u

/* The lines on the buffers: their runs, in the order of their virtual addresses. */
void demo_print_memory(FILE *out, const struct dma_report *dma);
/* The line on the submission throughput. */
void demo_print_submission(FILE *out, const struct figures *submit);

/* All of a demo that was verified; NULL where memory is short. */
json_t *demo_json(const struct demo_params *params, const struct demo_report *report);

#endif
