/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measure.h - timing loops, and the table of figures that a benchmark prints.
 *
 * A figure is the median of many short trials (a fraction of a millisecond each), which discards
 * interrupted trials and lucky ones.
 */
#ifndef COMMON_MEASURE_H
#define COMMON_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>

#include "common/backend_report.h"

#define TRIALS	    101

/* Compiler barrier: @value is kept and memory is not cached in registers across this. */
#define keep(value) __asm__ volatile("" : "+r"(value) : : "memory")

struct figure {
	const char *key; /* of the JSON object */
	const char *what;
	const char *unit;
	double value;
	bool whole; /* a count: printed without a fraction */
};

#define MAX_FIGURES 20

struct figures {
	struct figure list[MAX_FIGURES];
	unsigned int count;
	struct backend_taken backend; /* of a real device's space */
};

void figures_add(struct figures *figures, const char *key, const char *what, const char *unit,
		 double value);
void figures_add_count(struct figures *figures, const char *key, const char *what, const char *unit,
		       uint64_t value);

/* Print as a table or as a JSON object. Return: the exit code. */
int figures_print(const struct figures *figures, bool json);

/* The median; sorts @values. */
double median(double *values, size_t count);

/*
 * ns per iteration of a loop: the median over TRIALS of loop(ctx, turns) after a warm-up.
 */
double ns_per_turn(void (*loop)(void *ctx, uint64_t turns), void *ctx, uint64_t turns);

#endif
