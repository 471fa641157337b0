/* SPDX-License-Identifier: BSD-3-Clause */
/* block.h - open a block device of the kernel, or a file, for a measurement. */
#ifndef NVME_PERF_BLOCK_H
#define NVME_PERF_BLOCK_H

#include <stdbool.h>

#include "nvme/perf/engine.h"

struct perf_block {
	int fd;
	bool hipri;
};

/*
 * Refuses a device that is mounted or otherwise in use; opens for writing only with --overwrite;
 * never creates or extends a file. As perf_engine.open and close.
 */
int perf_block_open(struct perf_target *target, const struct perf_options *options);
int perf_block_close(struct perf_target *target, int status);

#endif
