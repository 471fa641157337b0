// SPDX-License-Identifier: BSD-3-Clause
/* The memory of a queue pair: its structure, rings and PRP lists. */
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>

#include "counters.h"
#include "message.h"
#include "prp.h"
#include "queue_memory.h"
#include "split.h"

/* PRP lists are written in blocks of entries (prp.h). */
#define LEAST_LIST_BYTES PRP_BLOCK_BYTES

static uint32_t power_of_two_above(uint32_t n)
{
	uint32_t power = 1;

	while (power <= n)
		power <<= 1;
	return power;
}

/* The most commands of a queue: one entry of a ring stays empty, rings are powers of two. */
uint32_t queue_most_depth(const struct padma_nvme *nvme)
{
	uint32_t entries = power_of_two_above(nvme->info.max_queue_entries) >> 1;

	/* MQES is at least two entries: one command. */
	if (entries <= 2)
		return 1;
	return entries - 1 < NVME_TAGS_MAX ? entries - 1 : NVME_TAGS_MAX;
}

/*
 * The rings of a queue of @depth. A small one has as many entries as fit into the page that its submission ring
 * takes in any case: the completion doorbell is rung for each quarter of them.
 */
static uint32_t ring_entries(const struct padma_nvme *nvme, uint32_t depth)
{
	uint32_t entries = power_of_two_above(depth);

	while (entries < NVME_PAGE_BYTES / sizeof(struct nvme_command) &&
	       2 * entries <= nvme->info.max_queue_entries)
		entries *= 2;
	return entries;
}

/* A list holds the pages of the largest transfer, and never crosses a page: a power of two. */
static uint32_t list_bytes(const struct padma_nvme *nvme)
{
	uint32_t bytes = LEAST_LIST_BYTES;

	while (bytes / sizeof(uint64_t) * NVME_PAGE_BYTES < nvme->info.max_transfer_bytes)
		bytes <<= 1;
	return bytes;
}

/* Their dma addresses are looked up once, here. */
static int open_lists(struct padma_nvme_queue *queue, uint32_t depth)
{
	const struct padma_alloc_params opts = {.align_bytes = NVME_PAGE_BYTES};
	struct padma_space *space = queue->nvme->space;
	void *lists;
	int rc;

	queue->list_bytes = list_bytes(queue->nvme);
	rc = padma_space_alloc(space, (size_t)depth * queue->list_bytes, &opts, &lists);
	if (rc)
		return rc;
	queue->lists = lists;
	queue->list_dmas = calloc(depth, sizeof(*queue->list_dmas));
	if (!queue->list_dmas)
		return fail(-ENOMEM, "no memory for %u PRP lists", depth);
	for (uint32_t tag = 0; tag < depth; tag++) {
		padma_dma_t dma = padma_dma(space, queue->lists + (size_t)tag * queue->list_bytes);

		if (dma == PADMA_DMA_NONE)
			return fail(-EFAULT, "memory of the heap has no dma address");
		queue->list_dmas[tag] = dma;
	}
	return 0;
}

int queue_open_memory(struct padma_nvme_queue *queue, uint32_t depth)
{
	struct padma_space *space = queue->nvme->space;
	uint32_t entries = ring_entries(queue->nvme, depth);
	int rc;

	queue->requests = calloc(depth, sizeof(*queue->requests));
	if (!queue->requests)
		return fail(-ENOMEM, "no memory for %u requests", depth);
	rc = padma_tags_open(&queue->tags, NVME_TAG_BITS, depth);
	if (!rc)
		rc = splits_open(queue, depth);
	if (!rc)
		rc = padma_ring_open(&queue->sq_ring, space, entries, sizeof(struct nvme_command),
				     NULL);
	if (!rc)
		rc = padma_ring_open(&queue->cq_ring, space, entries,
				     sizeof(struct nvme_completion), NULL);
	if (!rc)
		rc = open_lists(queue, depth);
	if (!rc)
		rc = queue_register_counters(queue);
	return rc;
}

void queue_free(struct padma_nvme_queue *queue)
{
	struct padma_space *space = queue->nvme->space;

	padma_counters_unregister(queue->counters);
	padma_ring_close(&queue->sq_ring);
	padma_ring_close(&queue->cq_ring);
	padma_space_free(space, queue->lists);
	splits_close(queue);
	padma_tags_close(&queue->tags);
	free(queue->list_dmas);
	free(queue->requests);
	free(queue);
}

struct padma_nvme_queue *queue_new(struct padma_nvme *nvme, unsigned int qid, unsigned int irq)
{
	struct padma_nvme_queue *queue = aligned_alloc(64, (sizeof(*queue) + 63) & ~(size_t)63);

	if (!queue)
		return NULL;
	*queue = (struct padma_nvme_queue){
		.nvme = nvme,
		.gate = &nvme->gate,
		.space = nvme->space,
		.page_lists = nvme->page_lists,
		.guard = padma_guard_mode(nvme->space) != PADMA_GUARD_OFF,
		.qid = (uint16_t)qid,
		.irq = irq,
		.max_transfer = (uint32_t)nvme->info.max_transfer_bytes,
		.sq_doorbell = padma_doorbell_at(nvme->bar, nvme_sq_doorbell(qid, nvme->cap),
						 sizeof(uint32_t)),
		.cq_doorbell = padma_doorbell_at(nvme->bar, nvme_cq_doorbell(qid, nvme->cap),
						 sizeof(uint32_t)),
	};
	return queue;
}

/*
 * How many completions may stay unacknowledged (Base 2.0, 3.3.1.2.1: the head doorbell gives their
 * places back). With interrupts every poll acknowledges: INTx is asserted until the head has reached
 * the tail (PCIe Transport 1.0, 3.5), and a controller may signal new entries only after that.
 */
static uint32_t acknowledge_at(const struct padma_nvme_queue *queue)
{
	uint32_t quarter = (queue->cq_ring.mask + 1) / 4;

	return queue->irq || quarter == 0 ? 1 : quarter;
}

void queue_restart(struct padma_nvme_queue *queue)
{
	memset(queue->cq_ring.va, 0, queue->cq_ring.bytes);
	queue->sq = queue->sq_ring.va;
	queue->cq = queue->cq_ring.va;
	queue->mask = queue->sq_ring.mask;
	queue->tail = 0;
	queue->rung = 0;
	queue->head = 0;
	queue->acknowledged = 0;
	queue->acknowledge_at = acknowledge_at(queue);
	/* The controller posts with phase 1 in a ring's first round (Base 2.0, 3.3.3.2.2). */
	queue->phase = 1;
}

void queues_free_abandoned(struct padma_nvme *nvme)
{
	while (nvme->abandoned) {
		struct padma_nvme_queue *queue = nvme->abandoned;

		nvme->abandoned = queue->next_abandoned;
		queue_free(queue);
	}
}
