/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare.h - measure a drive with the kernel's driver and then with padma's.
 *
 * In between, the drive is bound to vfio-pci instead of its kernel driver; afterwards the kernel
 * driver is bound again, even after an error.
 */
#ifndef NVME_PERF_COMPARE_H
#define NVME_PERF_COMPARE_H

#include <limits.h>

#include "nvme/perf/run.h"

/* A drive bound to its kernel driver. */
struct perf_drive {
	const char *address;
	char driver[64];
	char node[PATH_MAX]; /* its namespace's block device */
};

/*
 * Measure both ways. @drive is its address, and must live as long as the results.
 * Return: 0 with two results, or the exit code after complaining. The drive has its former driver
 * again, or the message reports that it does not.
 */
int perf_compare_drivers(const struct perf_options *options, struct perf_drive *drive,
			 struct perf_result results[2]);

#endif
