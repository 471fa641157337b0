/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - the demo's steps, from a seed to the verdict, in a private directory. */
#ifndef DEMO_RUN_H
#define DEMO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "demo/dma.h"
#include "demo/net.h"
#include "demo/tree.h"
#include "common/measure.h"

struct demo_params {
	uint64_t seed;	      /* of the tree and of the memory's layout */
	const char *parent;   /* work in a new directory below it; NULL for $TMPDIR or /tmp */
	bool keep;	      /* that directory */
	bool quiet;	      /* print only errors */
	uint64_t tree_bytes;  /* of the files in the tree */
	uint64_t image_bytes; /* of the file system that holds them, a multiple of 1 MiB */
	const char *device;   /* whose namespace 1 is used; NULL for a simulated one made for it */
	bool overwrite;	      /* allow overwriting a namespace that may hold data */
	unsigned int trials;  /* of the submission benchmark */
	uint64_t packets;     /* between two network cards */
	const char *sbin;     /* where to look for programs besides PATH */
};

struct demo_report {
	struct tree tree;
	struct dma_report dma;
	struct figures submit;
	struct net_report net;
	double seconds;
};

/* The tool's defaults, except for the seed. */
struct demo_params demo_defaults(void);

/* Set @tree_bytes of files, and a file system large enough for them. */
void demo_set_size(struct demo_params *params, uint64_t tree_bytes);

/*
 * Run the demo. The directory is removed afterwards (unless it is to be kept), even after a failure
 * or an interruption. Return: 0 only if everything was verified, else the exit code, after
 * complaining (unless interrupted). The report is valid after 0; call demo_report_free() in any case.
 */
int demo_run(const struct demo_params *params, struct demo_report *report);

void demo_report_free(struct demo_report *report);

#endif
