/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timeout.h - the time-outs of a queue's commands.
 *
 * Time is coarse here: a beat is a fraction of the time-out, and passes only while the queue is
 * polled; a pause of the owner counts as a few beats at most, because completions may be waiting in
 * the ring.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_TIMEOUT_H
#define NVME_TIMEOUT_H

#include <stdint.h>

#include <padma/nvme.h>

struct timeout {
	uint64_t last;	   /* ticks at the latest beat */
	uint64_t next;	   /* ticks of the next check */
	uint64_t interval; /* ticks per beat */
	uint32_t limit;	   /* beats after which a command has timed out */
	uint32_t jump;	   /* the most beats that one check counts */
	uint32_t beat;
};

void timeout_start(struct padma_nvme_queue *queue);
/* Is the controller still there, has a command timed out? 0, -EIO (raises FAILED), -ENODEV (GONE). */
int timeout_check(struct padma_nvme_queue *queue, uint64_t now);
/* For a controller that has failed: whether it is gone by now. As above. */
int timeout_check_failed(struct padma_nvme_queue *queue);

#endif
