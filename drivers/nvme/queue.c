// SPDX-License-Identifier: BSD-3-Clause
/* Opening and closing I/O queue pairs (Base 2.0, 5.4 to 5.7). */
#define PADMA_PART "nvme"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/params.h>

#include "queue.h"

#define DEFAULT_DEPTH	 128u
/* PRP lists are written in blocks of entries (prp.h). */
#define LEAST_LIST_BYTES 64u

static uint32_t power_of_two_above(uint32_t n)
{
	uint32_t power = 1;

	while (power <= n)
		power <<= 1;
	return power;
}

/* The most commands of a queue: one entry of a ring stays empty, rings are powers of two. */
static uint32_t most_depth(const struct padma_nvme *nvme)
{
	uint32_t entries = power_of_two_above(nvme->info.max_queue_entries) >> 1;

	/* Two entries, one command, are the least that MQES can say. */
	if (entries <= 2)
		return 1;
	return entries - 1 < NVME_TAGS_MAX ? entries - 1 : NVME_TAGS_MAX;
}

/*
 * The rings of a queue of @depth. A small one has as many entries as the page that its submission ring
 * takes anyhow: the completion doorbell is rung for each quarter of them.
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

static int open_memory(struct padma_nvme_queue *queue, uint32_t depth)
{
	struct padma_space *space = queue->nvme->space;
	uint32_t entries = ring_entries(queue->nvme, depth);
	int rc;

	queue->requests = calloc(depth, sizeof(*queue->requests));
	if (!queue->requests) {
		fail(-ENOMEM, "no memory for %u requests", depth);
		return -ENOMEM;
	}
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

static void free_memory(struct padma_nvme_queue *queue)
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

static struct padma_nvme_queue *queue_new(struct padma_nvme *nvme, unsigned int qid,
					  unsigned int irq)
{
	struct padma_nvme_queue *queue = aligned_alloc(64, align_up(sizeof(*queue), 64));

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

bool queue_acknowledged(const struct padma_nvme_queue *queue)
{
	return padma_gate_acknowledged(queue->gate, &queue->member);
}

static int run_queue_command(struct padma_nvme *nvme, struct nvme_command *command,
			     const char *what)
{
	uint16_t status;
	int rc = admin_run(nvme, command, NULL, &status);

	return status ? fail_status(what, status) : rc;
}

static int delete_queue(struct padma_nvme_queue *queue, uint8_t opcode, const char *what)
{
	struct nvme_command command = {.opcode = opcode, .cdw10 = queue->qid};

	return run_queue_command(queue->nvme, &command, what);
}

/* One that does not let go of a queue is disabled, and with it all its queues. */
static void force_quiet(struct padma_nvme *nvme)
{
	log_warning("%s; the controller is disabled", padma_last_error());
	padma_gate_raise(&nvme->gate, PADMA_GATE_FAILED);
	(void)controller_stop(nvme);
}

/* Base 2.0, 5.4 and 5.5: the completion queue first. */
int queue_create_on_controller(struct padma_nvme_queue *queue)
{
	struct nvme_command cq = {
		.opcode = NVME_ADMIN_CREATE_CQ,
		.prp1 = queue->cq_ring.dma,
		.cdw10 = NVME_QUEUE_ID_SIZE(queue->qid, queue->cq_ring.mask + 1),
		.cdw11 = NVME_CQ_CONTIGUOUS,
	};
	struct nvme_command sq = {
		.opcode = NVME_ADMIN_CREATE_SQ,
		.prp1 = queue->sq_ring.dma,
		.cdw10 = NVME_QUEUE_ID_SIZE(queue->qid, queue->sq_ring.mask + 1),
		.cdw11 = NVME_SQ_CONTIGUOUS | NVME_SQ_CQID(queue->qid),
	};
	int rc;

	if (queue->irq)
		cq.cdw11 |= NVME_CQ_IRQ_ENABLE | NVME_CQ_VECTOR(queue->irq - 1);
	rc = run_queue_command(queue->nvme, &cq, "Create I/O Completion Queue");
	if (rc)
		return rc;
	rc = run_queue_command(queue->nvme, &sq, "Create I/O Submission Queue");
	if (rc && controller_usable(queue->nvme) == 0 &&
	    delete_queue(queue, NVME_ADMIN_DELETE_CQ, "Delete I/O Completion Queue"))
		force_quiet(queue->nvme);
	return rc;
}

/*
 * The controller lets go of the queue: afterwards it reads and writes none of its memory, nor that
 * of its commands (5.6, 5.7).
 */
static int release_from_controller(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	int rc;

	if (padma_gate_word(&nvme->gate) & PADMA_GATE_GONE)
		return controller_usable(nvme);
	if (!nvme->enabled)
		return 0;
	rc = delete_queue(queue, NVME_ADMIN_DELETE_SQ, "Delete I/O Submission Queue");
	if (!rc)
		rc = delete_queue(queue, NVME_ADMIN_DELETE_CQ, "Delete I/O Completion Queue");
	if (rc == 0 || rc == -ENODEV)
		return rc;
	force_quiet(nvme);
	return rc;
}

/* The first queue identifier that is free; they begin at 1. */
static unsigned int free_qid(const struct padma_nvme *nvme)
{
	for (unsigned int i = 0; i < nvme->info.io_queues; i++) {
		if (!nvme->queues[i])
			return i + 1;
	}
	return 0;
}

static int check_params(const struct padma_nvme *nvme, const struct padma_nvme_queue_params *params)
{
	if (params->depth > most_depth(nvme))
		return fail(-EINVAL, "a queue of this controller holds at most %u commands, not %u",
			    most_depth(nvme), params->depth);
	if (params->irq > padma_device_irq_count(nvme->device))
		return fail(-EINVAL, "the device has %u interrupt vectors, not %u",
			    padma_device_irq_count(nvme->device), params->irq);
	if (padma_gate_word(&nvme->gate) & PADMA_GATE_SHUT)
		return fail(-EAGAIN, "the controller is being reset; finish that first");
	if (nvme->info.namespaces == 0)
		return fail(-ENXIO, "the controller has no namespace that can be used");
	if (nvme->info.io_queues == 0)
		return fail(-ENOSPC, "the controller has no I/O queues: %s", nvme->no_queues);
	if (free_qid(nvme) == 0)
		return fail(-ENOSPC, "the controller has no more than %u queues",
			    nvme->info.io_queues);
	return 0;
}

/* A creation that timed out may yet take place: its rings are in use until the controller is quiet. */
static void abandon(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	bool works = nvme->enabled &&
		     !(padma_gate_word(&nvme->gate) & (PADMA_GATE_FAILED | PADMA_GATE_GONE));

	/* One that works has refused to make it. */
	if (!works)
		(void)controller_stop(nvme);
	if (works || !nvme->enabled) {
		free_memory(queue);
		return;
	}
	queue->next_abandoned = nvme->abandoned;
	nvme->abandoned = queue;
}

void queues_free_abandoned(struct padma_nvme *nvme)
{
	while (nvme->abandoned) {
		struct padma_nvme_queue *queue = nvme->abandoned;

		nvme->abandoned = queue->next_abandoned;
		free_memory(queue);
	}
}

static int open_queue(struct padma_nvme *nvme, const struct padma_nvme_queue_params *params,
		      struct padma_nvme_queue **opened)
{
	uint32_t depth = params->depth ? params->depth : DEFAULT_DEPTH;
	struct padma_nvme_queue *queue;
	int rc = controller_usable(nvme);

	if (!rc)
		rc = check_params(nvme, params);
	if (rc)
		return rc;
	if (depth > most_depth(nvme))
		depth = most_depth(nvme);
	queue = queue_new(nvme, free_qid(nvme), params->irq);
	if (!queue)
		return fail(-ENOMEM, "no memory for a queue");
	rc = open_memory(queue, depth);
	if (!rc) {
		queue_restart(queue);
		queue_use_namespace(queue, namespaces_now(nvme));
		rc = queue_create_on_controller(queue);
	}
	if (rc) {
		abandon(queue);
		return rc;
	}
	padma_gate_join(&nvme->gate, &queue->member);
	queue_admit(queue);
	watch_start(queue);
	nvme->queues[queue->qid - 1] = queue;
	nvme->open_queues++;
	*opened = queue;
	return 0;
}

int padma_nvme_queue_open_sized(struct padma_nvme *nvme, size_t params_bytes,
				const struct padma_nvme_queue_params *given,
				struct padma_nvme_queue **queue)
{
	struct padma_nvme_queue_params params;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc)
		return rc;
	pthread_mutex_lock(&nvme->lock);
	rc = open_queue(nvme, &params, queue);
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}

int queue_release(struct padma_nvme_queue *queue, bool *quiet)
{
	int rc = release_from_controller(queue);

	*quiet = !queue->nvme->enabled || rc == 0 || rc == -ENODEV;
	if (!*quiet)
		return fail(-EBUSY,
			    "queue %u stays as it is: the controller cannot be kept from its "
			    "memory; reset it, or close the queue again",
			    queue->qid);
	return rc;
}

/* Take the queue from the controller. Return: as queue_release(). */
static int queue_withdraw(struct padma_nvme_queue *queue, bool *quiet)
{
	struct padma_nvme *nvme = queue->nvme;
	int rc;

	pthread_mutex_lock(&nvme->lock);
	rc = queue_release(queue, quiet);
	if (*quiet) {
		nvme->queues[queue->qid - 1] = NULL;
		nvme->open_queues--;
	}
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}

int padma_nvme_queue_close(struct padma_nvme_queue *queue)
{
	bool quiet;
	int rc;

	if (!queue)
		return 0;
	rc = queue_withdraw(queue, &quiet);
	/* Neither the rings nor what the callbacks would give back are safe to use. */
	if (!quiet)
		return rc;
	/* Callbacks find the queue closing, and can take the controller's lock. */
	queue->closing = true;
	queue->member.seen = ADMITS_NOTHING;
	queue_admit(queue);
	queue_cancel(queue, rc == -ENODEV ? -ENODEV : -ECANCELED, 0);
	free_memory(queue);
	return rc;
}

unsigned int padma_nvme_outstanding(const struct padma_nvme_queue *queue)
{
	return queue_outstanding(queue);
}

void padma_nvme_queue_stats_sized(const struct padma_nvme_queue *queue, size_t stats_bytes,
				  struct padma_nvme_queue_stats *stats)
{
	const struct padma_nvme_queue_stats now = {
		.commands = padma_counter_read(&queue->commands),
		.completions = padma_counter_read(&queue->completions),
		.doorbells = padma_counter_read(&queue->doorbells),
		.errors = padma_counter_read(&queue->errors),
		.split = padma_counter_read(&queue->split_count),
		.guard_refused = padma_counter_read(&queue->guard_refused),
	};

	padma_params_give(stats, stats_bytes, &now, sizeof(now));
}
