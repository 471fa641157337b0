// SPDX-License-Identifier: BSD-3-Clause
/*
 * Commands that are larger than one command may be.
 *
 * The parts are requests like all others, whose callback is part_over(): the hot path knows nothing
 * of them. A command whose parts do not all get a tag at once waits, and poll continues it; until it
 * has got them all the queue takes no other command of any kind, so that it gets every tag that is
 * freed, and no second one ever waits. The first error is that of the whole; the parts that are in
 * flight then are waited for, because the controller still uses their memory.
 */
#include <stdlib.h>

#include <padma/pmd/scatter.h>

#include "io.h"
#include "message.h"
#include "split.h"

int splits_open(struct padma_nvme_queue *queue, uint32_t count)
{
	queue->splits = calloc(count, sizeof(*queue->splits));
	if (!queue->splits)
		return fail(-ENOMEM, "no memory for %u split commands", count);
	for (uint32_t i = 0; i < count; i++) {
		queue->splits[i].queue = queue;
		queue->splits[i].next = queue->splits_free;
		queue->splits_free = &queue->splits[i];
	}
	return 0;
}

void splits_close(struct padma_nvme_queue *queue)
{
	free(queue->splits);
}

static void split_free(struct padma_nvme_queue *queue, struct split *split)
{
	split->next = queue->splits_free;
	queue->splits_free = split;
	queue->splits_active--;
}

static void split_finish(struct padma_nvme_queue *queue, struct split *split)
{
	const struct split over = *split;

	/* Freed first: the callback may want it again. */
	split_free(queue, split);
	queue->splits_over++;
	over.done(over.ctx, over.error, over.status);
}

static void part_over(void *ctx, int error, uint16_t status)
{
	struct split *split = ctx;
	struct padma_nvme_queue *queue = split->queue;

	queue->parts_in_flight--;
	queue->parts_over++;
	split->in_flight--;
	if (error && !split->error) {
		split->error = error;
		split->status = status;
	}
	if (split->in_flight == 0 && !split->waiting)
		split_finish(queue, split);
}

/* Not by the buffer: a caller may pass address 0 by mistake. */
static bool has_data(const struct split *split)
{
	return split->opcode != NVME_IO_WRITE_ZEROES;
}

static uint32_t part_lbas(const struct padma_nvme_queue *queue, const struct split *split)
{
	uint32_t most = has_data(split) ? queue->max_transfer >> split->ns->lba_shift
					: split->ns->zeroes_max_lbas;

	return split->lbas < most ? split->lbas : most;
}

/* Put parts into the ring while there are tags. Return: 0 when all are there, or -EAGAIN, -EFAULT.
 */
static int put_parts(struct padma_nvme_queue *queue, struct split *split)
{
	while (split->lbas) {
		uint32_t lbas = part_lbas(queue, split);
		int rc;

		if (has_data(split))
			rc = put_data(queue, split->ns, split->opcode, split->buffer, split->lba,
				      lbas, part_over, split);
		else
			rc = put_plain(queue, split->opcode, split->ns->public.nsid, split->lba,
				       lbas - 1, part_over, split);
		if (rc)
			return rc;
		if (has_data(split))
			split->buffer += (size_t)lbas << split->ns->lba_shift;
		split->lba += lbas;
		split->lbas -= lbas;
		split->in_flight++;
		queue->parts_in_flight++;
	}
	return 0;
}

static void wait_for_tags(struct padma_nvme_queue *queue, struct split *split)
{
	split->waiting = true;
	queue->split_waiting = split;
	queue_admit(queue);
}

static void stop_waiting(struct padma_nvme_queue *queue, struct split *split)
{
	split->waiting = false;
	queue->split_waiting = NULL;
	queue_admit(queue);
	if (split->in_flight == 0)
		split_finish(queue, split);
}

void split_continue(struct padma_nvme_queue *queue)
{
	struct split *split = queue->split_waiting;
	int rc = split->error ? 0 : put_parts(queue, split);

	if (rc == -EAGAIN)
		return;
	if (rc)
		split->error = rc;
	stop_waiting(queue, split);
}

void split_cancel(struct padma_nvme_queue *queue, int error)
{
	struct split *split = queue->split_waiting;

	if (!split)
		return;
	if (!split->error)
		split->error = error;
	stop_waiting(queue, split);
}

/* All of it, before anything is taken. */
static int check_buffer(const struct padma_nvme_queue *queue, const void *buffer, size_t bytes)
{
	struct padma_scatter pieces = padma_scatter_of(queue->space, buffer, bytes);
	struct padma_run run;

	if ((uintptr_t)buffer + bytes < (uintptr_t)buffer)
		return fail(-EFAULT, "%zu bytes at %p wrap around", bytes, buffer);
	while (padma_scatter_next(&pieces, &run))
		;
	if (!padma_scatter_complete(&pieces))
		return fail(-EFAULT, "%p is not memory of the space; allocate or register it",
			    (const void *)pieces.at);
	return 0;
}

/* There is a struct split for each command that may be outstanding. */
int split_start(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
		const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	struct split *split = queue->splits_free;
	int rc;

	if (opcode != NVME_IO_WRITE_ZEROES) {
		rc = check_buffer(queue, buffer, (size_t)lbas << ns->lba_shift);
		if (rc)
			return rc;
	}
	if (queue_outstanding(queue) >= queue->tags.count)
		return -EAGAIN;
	queue->splits_free = split->next;
	*split = (struct split){
		.done = done,
		.ctx = ctx,
		.ns = ns,
		.buffer = buffer,
		.lba = lba,
		.lbas = lbas,
		.opcode = opcode,
		.queue = queue,
	};
	queue->splits_active++;
	rc = put_parts(queue, split);
	/* Refused by the guard at its first part: nothing was taken. */
	if (rc && rc != -EAGAIN && split->in_flight == 0) {
		split_free(queue, split);
		return rc;
	}
	if (rc && rc != -EAGAIN)
		split->error = rc;
	if (rc == -EAGAIN)
		wait_for_tags(queue, split);
	padma_counter_add(&queue->split_count, 1);
	return 0;
}
