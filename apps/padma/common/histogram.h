/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * histogram.h - a latency histogram with log-linear buckets.
 *
 * Values below 128 have a bucket each; above that each power of two is split into 64 buckets, so
 * that a reported value is at most 1/64 (1.6 %) too high, for any 64-bit value, at the cost of one
 * shift and one add. (HdrHistogram does the same; Debian has no C library for it.)
 *
 * Threading: one writer; histograms are merged when their writers are done.
 */
#ifndef COMMON_HISTOGRAM_H
#define COMMON_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_CUT_BITS 6
#define HISTOGRAM_BUCKETS  ((64 - HISTOGRAM_CUT_BITS + 1) << HISTOGRAM_CUT_BITS)

/* All zero is an empty one. */
struct histogram {
	uint64_t count;
	uint64_t sum; /* exact, for the mean */
	uint64_t max; /* exact */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* The bucket of a value, and the highest value that falls into a bucket. */
unsigned int histogram_bucket(uint64_t value);
uint64_t histogram_highest(unsigned int bucket);

void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The mean, 0 if it is empty. */
double histogram_mean(const struct histogram *histogram);

/*
 * The value that @per_100k of 100,000 values do not exceed (99,900: p99.9), rounded up to the end
 * of its bucket but never above the maximum; 0 if it is empty.
 */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned int per_100k);

#endif
