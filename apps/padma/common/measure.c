// SPDX-License-Identifier: BSD-3-Clause
/* See measure.h. */
#include "common/measure.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include <padma/time.h>

#include "common/command.h"
#include "common/json.h"

static void add(struct figures *figures, struct figure figure)
{
	if (figures->count < MAX_FIGURES)
		figures->list[figures->count++] = figure;
}

void figures_add(struct figures *figures, const char *key, const char *what, const char *unit,
		 double value)
{
	add(figures, (struct figure){.key = key, .what = what, .unit = unit, .value = value});
}

void figures_add_count(struct figures *figures, const char *key, const char *what, const char *unit,
		       uint64_t value)
{
	add(figures,
	    (struct figure){
		    .key = key, .what = what, .unit = unit, .value = (double)value, .whole = true});
}

static json_t *to_json(const struct figures *figures)
{
	json_t *object = backend_json(json_object(), &figures->backend);

	for (unsigned int i = 0; i < figures->count; i++) {
		const struct figure *f = &figures->list[i];
		json_t *value = f->whole ? json_integer((json_int_t)f->value) : json_real(f->value);

		if (json_object_set_new(object, f->key, value)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

int figures_print(const struct figures *figures, bool json)
{
	if (json)
		return json_print(to_json(figures));
	backend_print("backend ", &figures->backend);
	for (unsigned int i = 0; i < figures->count; i++) {
		const struct figure *f = &figures->list[i];

		printf("%-18s %14.*f %-10s %s\n", f->key, f->whole ? 0 : 2, f->value, f->unit,
		       f->what);
	}
	return command_finish_output();
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double ns_per_turn(void (*loop)(void *ctx, uint64_t turns), void *ctx, uint64_t turns)
{
	double trials[TRIALS];

	padma_clock_init();
	loop(ctx, turns);
	for (int i = 0; i < TRIALS; i++) {
		uint64_t start = padma_ticks();

		loop(ctx, turns);
		trials[i] = (double)padma_ticks_to_ns(padma_ticks() - start) / (double)turns;
	}
	return median(trials, TRIALS);
}
