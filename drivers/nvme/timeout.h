/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timeout.h - the periodic look at a queue: is its controller alive, has a command timed out?
 *
 * The looks are those of queue->liveness (padma/pmd/liveness.h), a beat apart. A beat is a fraction
 * of the time-out, and passes only while the queue is polled; a pause of the owner counts as a few
 * beats at most, because completions may be waiting in the ring.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_TIMEOUT_H
#define NVME_TIMEOUT_H

#include <stdint.h>

#include <padma/nvme.h>

struct timeout {
	uint64_t last;	   /* ticks at the latest look */
	uint64_t interval; /* ticks per beat */
	uint32_t limit;	   /* beats after which a command has timed out */
	uint32_t jump;	   /* the most beats that one look counts */
	uint32_t beat;
};

/*
 * Start, or start again after a reset. From now on padma_liveness_check(&queue->liveness) returns 0, or
 * -EIO (FAILED is raised), -ENODEV (GONE is raised).
 */
void timeout_start(struct padma_nvme_queue *queue);

#endif
