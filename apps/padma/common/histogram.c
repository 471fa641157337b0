// SPDX-License-Identifier: BSD-3-Clause
/* Log-linear buckets. */
#include "common/histogram.h"

#define CUTS (1u << HISTOGRAM_CUT_BITS)

/*
 * A value of 2^(CUT_BITS + shift) and more keeps its highest CUT_BITS + 1 bits, of which the first
 * is one; the rows for each shift follow one another, and the first row holds the values
 * themselves.
 */
unsigned int histogram_bucket(uint64_t value)
{
	unsigned int bits, shift;

	if (value < CUTS)
		return (unsigned int)value;
	bits = 63u - (unsigned int)__builtin_clzll(value);
	shift = bits - HISTOGRAM_CUT_BITS;
	return (shift << HISTOGRAM_CUT_BITS) + (unsigned int)(value >> shift);
}

uint64_t histogram_highest(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * CUTS)
		return bucket;
	shift = (bucket >> HISTOGRAM_CUT_BITS) - 1;
	return ((CUTS + (bucket & (CUTS - 1)) + 1ull) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->buckets[histogram_bucket(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	into->count += from->count;
	into->sum += from->sum;
	if (from->max > into->max)
		into->max = from->max;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

double histogram_mean(const struct histogram *histogram)
{
	return histogram->count ? (double)histogram->sum / (double)histogram->count : 0;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned int per_100k)
{
	/* The rank of the value, counted from 1 and rounded up; without overflow for any count. */
	uint64_t rank = histogram->count / 100000 * per_100k +
			(histogram->count % 100000 * per_100k + 99999) / 100000;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen >= rank && seen > 0) {
			uint64_t highest = histogram_highest(i);

			return highest < histogram->max ? highest : histogram->max;
		}
	}
	return 0;
}
