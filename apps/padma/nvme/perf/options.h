/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - the command line of padma nvme perf. */
#ifndef NVME_PERF_OPTIONS_H
#define NVME_PERF_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/space.h>

/* The value of --rw: percent of writes, or -1 for that of --mix. */
struct perf_mode {
	const char *name;
	int write_percent;
	bool random;
};

struct perf_options {
	const char *devices[2];
	unsigned int device_count; /* 2 only with compare */
	const struct perf_mode *mode;
	uint64_t io_bytes;
	uint64_t span_bytes; /* 0: all */
	uint64_t time_ns;
	uint64_t seed;
	unsigned int run; /* 1 for the second run of a comparison, else 0 */
	unsigned int depth;
	unsigned int queues;
	unsigned int read_percent;
	uint32_t nsid;
	bool verify;
	bool overwrite;
	bool compare;
	enum padma_guard_mode guard; /* this and the next: for padma's driver */
	bool irq;
	bool hipri; /* for the kernel's */
	bool json;
};

/* Fill @options from the command line. Does not return on wrong usage. */
void perf_options_parse(struct perf_options *options, int argc, char **argv);

/* Whether the run overwrites the device. */
bool perf_will_write(const struct perf_options *options);

#endif
