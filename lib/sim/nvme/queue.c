// SPDX-License-Identifier: BSD-3-Clause
/*
 * The queues (Base 3.3.1) and their doorbells (PCIe 3.1.2): opening, closing, and the values
 * that the host writes to them, which are validated.
 */
#include <string.h>

#include "controller.h"

/* Doorbell values are 16 bits wide: this one was never refused. */
#define NOTHING_REFUSED UINT32_MAX
/* Doorbells without a queue that one idle pass looks at. */
#define AUDIT_SLICE	256u

/* PCIe 3.1.2.1 and 3.1.2.2: 4 << CAP.DSTRD bytes from each doorbell to the next. */
static uint32_t *tail_doorbell(const struct controller *controller, unsigned int id)
{
	return &controller->doorbells[(size_t)(2 * id) << controller->config.dstrd];
}

static uint32_t *head_doorbell(const struct controller *controller, unsigned int id)
{
	return &controller->doorbells[(size_t)(2 * id + 1) << controller->config.dstrd];
}

void sim_nvme_queues_clear(struct controller *controller)
{
	memset(controller->sqs, 0, controller->queues * sizeof(*controller->sqs));
	memset(controller->cqs, 0, controller->queues * sizeof(*controller->cqs));
	controller->highest = 0;
	for (size_t i = 0; i < controller->doorbell_bytes / sizeof(uint32_t); i++)
		__atomic_store_n(&controller->doorbells[i], 0, __ATOMIC_RELAXED);
}

static void note_highest(struct controller *controller)
{
	controller->highest = controller->queues - 1;
	while (controller->highest && !controller->sqs[controller->highest].live &&
	       !controller->cqs[controller->highest].live)
		controller->highest--;
}

void sim_nvme_sq_open(struct controller *controller, uint16_t id, uint16_t cqid, uint64_t base,
		      uint32_t entries)
{
	__atomic_store_n(tail_doorbell(controller, id), 0, __ATOMIC_RELAXED);
	controller->sqs[id] = (struct submission_queue){.live = true,
							.cqid = cqid,
							.entries = entries,
							.refused = NOTHING_REFUSED,
							.base = base};
	controller->cqs[cqid].users++;
	note_highest(controller);
}

void sim_nvme_cq_open(struct controller *controller, uint16_t id, uint64_t base, uint32_t entries)
{
	__atomic_store_n(head_doorbell(controller, id), 0, __ATOMIC_RELAXED);
	/* The host zeroes a queue before it hands it over: the first pass has phase 1. */
	controller->cqs[id] = (struct completion_queue){.live = true,
							.phase = true,
							.entries = entries,
							.refused = NOTHING_REFUSED,
							.base = base};
	note_highest(controller);
}

void sim_nvme_sq_close(struct controller *controller, uint16_t id)
{
	controller->cqs[controller->sqs[id].cqid].users--;
	controller->sqs[id] = (struct submission_queue){0};
	__atomic_store_n(tail_doorbell(controller, id), 0, __ATOMIC_RELAXED);
	note_highest(controller);
}

void sim_nvme_cq_close(struct controller *controller, uint16_t id)
{
	controller->cqs[id] = (struct completion_queue){0};
	__atomic_store_n(head_doorbell(controller, id), 0, __ATOMIC_RELAXED);
	note_highest(controller);
}

/* Base 5.2.1: Invalid Doorbell Write Value. Reported once for a value, which changes nothing. */
static void refuse_value(struct controller *controller, uint32_t value, uint32_t *refused)
{
	if (*refused == value)
		return;
	*refused = value;
	sim_nvme_log_error(controller, UINT16_MAX, NULL, STATUS_SUCCESS);
	sim_nvme_event(controller, EVENT_ERROR, ERROR_INVALID_DOORBELL_VALUE, LOG_ERRORS);
}

void sim_nvme_take_tail(struct controller *controller, unsigned int id)
{
	struct submission_queue *sq = &controller->sqs[id];
	/* Acquire: the entries that the host stored before it rang are seen from here on. */
	uint32_t tail = __atomic_load_n(tail_doorbell(controller, id), __ATOMIC_ACQUIRE);

	if (tail >= sq->entries) {
		refuse_value(controller, tail, &sq->refused);
		return;
	}
	sq->tail = tail;
	sq->refused = NOTHING_REFUSED;
}

void sim_nvme_take_head(struct controller *controller, unsigned int id)
{
	struct completion_queue *cq = &controller->cqs[id];
	/* Acquire: the host has read the entries before the new head; they may be overwritten. */
	uint32_t head = __atomic_load_n(head_doorbell(controller, id), __ATOMIC_ACQUIRE);
	uint32_t posted, taken;

	if (head == cq->head && cq->refused == NOTHING_REFUSED)
		return; /* as nearly always */
	posted = (cq->tail + cq->entries - cq->head) % cq->entries;
	taken = head < cq->entries ? (head + cq->entries - cq->head) % cq->entries : UINT32_MAX;
	if (taken > posted) {
		refuse_value(controller, head, &cq->refused);
		return;
	}
	cq->head = head;
	cq->refused = NOTHING_REFUSED;
}

/* Base 5.2.1: Write to Invalid Doorbell Register, one that belongs to no queue. */
static void audit(struct controller *controller, bool live, uint32_t *doorbell)
{
	if (live || __atomic_load_n(doorbell, __ATOMIC_RELAXED) == 0)
		return;
	__atomic_store_n(doorbell, 0, __ATOMIC_RELAXED);
	sim_nvme_log_error(controller, UINT16_MAX, NULL, STATUS_SUCCESS);
	sim_nvme_event(controller, EVENT_ERROR, ERROR_INVALID_DOORBELL_REGISTER, LOG_ERRORS);
}

void sim_nvme_audit_doorbells(struct controller *controller)
{
	unsigned int slice = controller->queues < AUDIT_SLICE ? controller->queues : AUDIT_SLICE;

	while (slice--) {
		unsigned int id = controller->audited;

		audit(controller, controller->sqs[id].live, tail_doorbell(controller, id));
		audit(controller, controller->cqs[id].live, head_doorbell(controller, id));
		controller->audited = (id + 1) % controller->queues;
	}
}

uint32_t sim_nvme_cq_room(const struct completion_queue *cq)
{
	uint32_t used = (cq->tail + cq->entries - cq->head) % cq->entries;

	/* Base 3.3.1.2: a queue of N entries is full with N - 1. */
	return cq->entries - 1 - used - cq->reserved;
}
