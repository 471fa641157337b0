// SPDX-License-Identifier: BSD-3-Clause
/* The text that padma_stats_serve() sends, as described in padma/stats.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <padma/counter.h>

#include "base/stats_text.h"

/* Counters that are registered between counting and reading them. */
#define SLACK 64u

/* All counters, in memory that the caller frees. NULL: no memory. */
static struct padma_counter_value *read_all(unsigned int *count)
{
	struct padma_counter_value *values = NULL;
	unsigned int room;

	do {
		room = padma_counters_get(NULL, 0) + SLACK;
		free(values);
		values = calloc(room, sizeof(*values));
		if (!values)
			return NULL;
		*count = padma_counters_get(values, room);
	} while (*count > room);
	return values;
}

char *stats_text(const char *program, size_t *bytes)
{
	unsigned int count = 0;
	struct padma_counter_value *values = read_all(&count);
	char *text = NULL;
	FILE *file = values ? open_memstream(&text, bytes) : NULL;
	bool failed = true;

	if (file) {
		fprintf(file, "padma-stats 1\npid %ld\nprogram %s\n", (long)getpid(), program);
		for (unsigned int i = 0; i < count; i++)
			fprintf(file, "%s\t%s\t%" PRIu64 "\n", values[i].set, values[i].name,
				values[i].value);
		fputs("end\n", file);
		failed = ferror(file);
		failed |= fclose(file) != 0;
	}
	free(values);
	if (!failed)
		return text;
	free(text);
	return NULL;
}
