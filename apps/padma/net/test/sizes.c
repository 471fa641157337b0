// SPDX-License-Identifier: BSD-3-Clause
/* See sizes.h. */
#include "net/test/sizes.h"

#include <stdlib.h>
#include <string.h>

#include "common/random.h"

struct kind {
	uint32_t bytes;
	uint32_t weight;
};

static bool parse_field(const char **text, uint32_t low, uint32_t high, uint32_t *value)
{
	char *end;
	unsigned long number;

	if (**text < '0' || **text > '9')
		return false;
	number = strtoul(*text, &end, 10);
	*text = end;
	*value = (uint32_t)number;
	return number >= low && number <= high;
}

/* "SIZE[:WEIGHT],..." Return: how many kinds, 0 if it is not such a list. */
static unsigned int parse_kinds(const char *text, uint32_t low, uint32_t high, struct kind *kinds)
{
	for (unsigned int i = 0; i < SIZES_KINDS; i++) {
		kinds[i].weight = 1;
		if (!parse_field(&text, low, high, &kinds[i].bytes))
			return 0;
		if (*text == ':') {
			text++;
			if (!parse_field(&text, 1, SIZES_TABLE, &kinds[i].weight))
				return 0;
		}
		if (*text == '\0')
			return i + 1;
		if (*text++ != ',')
			return 0;
	}
	return 0;
}

/*
 * Interleave: each place goes to the kind that is furthest behind its share (the smooth weighted round robin of
 * nginx, whose sequence repeats after the sum of the weights).
 */
static bool lay_out(const struct kind *kinds, unsigned int count, struct sizes *sizes)
{
	int64_t due[SIZES_KINDS] = {0};
	uint32_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += kinds[i].weight;
	if (sum > SIZES_TABLE)
		return false;
	for (uint32_t place = 0; place < sum; place++) {
		unsigned int next = 0;

		for (unsigned int i = 0; i < count; i++) {
			due[i] += kinds[i].weight;
			if (due[i] > due[next])
				next = i;
		}
		due[next] -= sum;
		sizes->table[place] = (uint16_t)kinds[next].bytes;
	}
	sizes->count = sum;
	return true;
}

/* "LOW-HIGH": random, but the same in each run. */
static bool parse_range(const char *text, uint32_t low, uint32_t high, struct sizes *sizes)
{
	uint64_t random = 1;
	uint32_t from, to;

	if (!parse_field(&text, low, high, &from) || *text++ != '-' ||
	    !parse_field(&text, from, high, &to) || *text)
		return false;
	for (unsigned int i = 0; i < SIZES_TABLE; i++)
		sizes->table[i] = (uint16_t)(from + next_random(&random) % (to - from + 1));
	sizes->count = SIZES_TABLE;
	return true;
}

bool sizes_parse(const char *text, uint32_t low, uint32_t high, struct sizes *sizes)
{
	struct kind kinds[SIZES_KINDS];
	unsigned int count;

	memset(sizes, 0, sizeof(*sizes));
	if (strcmp(text, "imix") == 0)
		text = SIZES_IMIX;
	if (!parse_range(text, low, high, sizes)) {
		count = parse_kinds(text, low, high, kinds);
		if (count == 0 || !lay_out(kinds, count, sizes))
			return false;
	}
	sizes->lowest = UINT32_MAX;
	for (unsigned int i = 0; i < sizes->count; i++) {
		if (sizes->table[i] < sizes->lowest)
			sizes->lowest = sizes->table[i];
		if (sizes->table[i] > sizes->highest)
			sizes->highest = sizes->table[i];
	}
	return true;
}
