/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench.h - the benchmarks, one file each. They fill in figures, or complain and return the exit
 * code.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/space.h>

#include "common/measure.h"

struct bench_submit_options {
	uint64_t bs; /* bytes per command */
	unsigned int qd;
	unsigned int batch;  /* commands per doorbell */
	unsigned int queues; /* of one thread, used in turn */
	unsigned int trials; /* to take the median of, 1 to TRIALS */
	bool guard;
	bool write;
};

struct bench_net_options {
	const char *driver; /* which card: the model's name */
	unsigned int size;  /* bytes of a packet, without its checksum (FCS) */
	unsigned int burst;
	unsigned int queues; /* of one thread, used in turn */
	unsigned int depth;  /* descriptors of each ring */
	unsigned int trials; /* to take the median of, 1 to TRIALS */
	bool packed;	     /* virtio's other form of a ring */
	bool guard;
};

/* @live: blocks allocated at the same time. */
int bench_alloc(uint64_t live, struct figures *figures);
int bench_handoff(struct figures *figures);
int bench_pa(struct figures *figures);
int bench_pool(struct figures *figures);
/* @device: a PCI address whose space is measured, or NULL for a simulated one. */
int bench_map(uint64_t bytes, const char *device, struct figures *figures);
/* @count: buffers registered at the same time. */
int bench_register(uint64_t count, struct figures *figures);
int bench_net(const struct bench_net_options *options, struct figures *figures);
int bench_submit(const struct bench_submit_options *options, struct figures *figures);

/* Check that so much memory is available; else complain about @option. Return: the exit code. */
int bench_check_memory(const char *option, uint64_t bytes);

/* A simulated space of the default window. NULL after complaining. */
struct padma_space *bench_space(const struct padma_space_params *params);

/* The sim backend, everything else by default. */
struct padma_space_params bench_params(void);

#endif
