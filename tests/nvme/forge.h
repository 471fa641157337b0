/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forge.h - the test acts as the controller: it writes a queue's completion entries itself.
 *
 * The simulated controller is opened with "step" and not stepped meanwhile, so that every entry of
 * the ring is written by the test.
 */
#ifndef TESTS_NVME_FORGE_H
#define TESTS_NVME_FORGE_H

#include "nvme_fixture.h"

#include "../../drivers/nvme/queue.h"

/* Where the controller posts next. */
struct forger {
	struct padma_nvme_queue *queue;
	uint32_t index;
	uint32_t phase;
};

static inline struct forger forger_of(struct padma_nvme_queue *queue)
{
	return (struct forger){.queue = queue, .phase = 1};
}

/* The identifier in the submission entry that was written last. */
static inline uint16_t last_identifier(const struct padma_nvme_queue *queue)
{
	return queue->sq[(queue->tail - 1) & queue->mask].cid;
}

/* Base 2.0, 3.3.3.2: the word with the phase comes last. */
static inline void forge(struct forger *forger, uint16_t id, uint16_t status)
{
	struct nvme_completion *entry =
		&((struct nvme_completion *)forger->queue->cq_ring.va)[forger->index];

	entry->result = 0;
	entry->queue = (uint32_t)forger->queue->qid << 16;
	__atomic_store_n(&entry->status,
			 (uint32_t)status << NVME_COMPLETION_STATUS_SHIFT |
				 forger->phase << NVME_COMPLETION_PHASE_SHIFT | id,
			 __ATOMIC_RELEASE);
	forger->index = (forger->index + 1) & forger->queue->mask;
	forger->phase ^= forger->index == 0;
}

#endif
