/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * admin.h - the admin queue: one synchronous command at a time, beside the outstanding event requests.
 *
 * Threading: everything with nvme->lock.
 */
#ifndef NVME_ADMIN_H
#define NVME_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/nvme.h>

#include <padma/pmd/doorbell.h>
#include <padma/pmd/ring.h>
#include <padma/pmd/tags.h>

#include "command.h"

#define NVME_ADMIN_ENTRIES 32u
#define NVME_MAX_EVENTS	   4u

struct admin_queue {
	struct padma_ring sq;
	struct padma_ring cq;
	struct padma_ring data; /* one page: what a command reads into */
	struct padma_doorbell sq_doorbell;
	struct padma_doorbell cq_doorbell;
	struct padma_tags tags;
	uint32_t tail;
	uint32_t head;
	uint32_t phase;
	/* Asynchronous Event Requests outstanding, and the log pages that events named, still to be read. */
	uint32_t events_armed;
	uint32_t events_wanted;
	uint32_t events_pending;
	uint8_t event_log[NVME_MAX_EVENTS];
	bool is_event[NVME_ADMIN_ENTRIES];
};

int admin_open(struct padma_nvme *nvme);
void admin_close(struct padma_nvme *nvme);
/* After a controller reset: empty rings. */
void admin_restart(struct padma_nvme *nvme);

/*
 * Carry a command out (its cid is filled in). Return: 0, -EIO (with the status in *status, or 0 and
 * the controller failed), -ETIMEDOUT, -ENODEV.
 */
int admin_run(struct padma_nvme *nvme, struct nvme_command *command, uint32_t *result,
	      uint16_t *status);
/* Put an Asynchronous Event Request into the ring. 0, -EIO. */
int admin_request_event(struct padma_nvme *nvme);
/* Reap the completions that are there: all must be of event requests. Return: 0 or a negative errno. */
int admin_reap(struct padma_nvme *nvme);

/* An Identify structure into admin.data. As admin_run(). */
int admin_identify(struct padma_nvme *nvme, uint8_t cns, uint8_t csi, uint32_t nsid,
		   uint16_t *status);
/* Request so many I/O queue pairs. 0, -EPROTO (refused, or the answer is invalid: noted), or as
 * admin_run(). */
int admin_queue_count(struct padma_nvme *nvme, unsigned int wanted, unsigned int *granted);

#endif
