/* SPDX-License-Identifier: BSD-3-Clause */
/* block.h - a block device of the kernel, or a file, opened to be measured. */
#ifndef NVME_PERF_BLOCK_H
#define NVME_PERF_BLOCK_H

#include <stdbool.h>

#include "nvme/perf/engine.h"

struct perf_block {
	int fd;
	bool hipri;
};

/*
 * Never a device that is mounted or otherwise in use; for writing only with --overwrite. Nothing is
 * created or made longer. As perf_engine.open and close.
 */
int perf_block_open(struct perf_target *target, const struct perf_options *options);
int perf_block_close(struct perf_target *target, int status);

#endif
