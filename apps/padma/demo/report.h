/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - the results of the demo, as text and as JSON. */
#ifndef DEMO_REPORT_H
#define DEMO_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "demo/run.h"

/* Runs beyond these are only counted. */
#define DEMO_RUNS_SHOWN 16u

/* Print the buffers: their runs, in the order of their virtual addresses. */
void demo_print_memory(FILE *out, const struct dma_report *dma);
/* Print the submission throughput. */
void demo_print_submission(FILE *out, const struct figures *submit);

/* Print what the network cards did. */
void demo_print_network(FILE *out, const struct net_report *net);

/* All results of a verified demo; NULL if out of memory. */
json_t *demo_json(const struct demo_params *params, const struct demo_report *report);

#endif
