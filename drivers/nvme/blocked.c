// SPDX-License-Identifier: BSD-3-Clause
/* The owner's side of the gate: what submit and poll do while it does not pass (queue/gate.h). */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

int blocked_submit(const struct padma_nvme_queue *queue)
{
	uint64_t word = gate_word(queue->gate);

	if (queue->closing)
		return fail(-EIO, "queue %u is being closed", queue->qid);
	/* It is not the gate: a split command waits for tags, and none may overtake it. */
	if (gate_passes(queue->gate, &queue->member))
		return -EAGAIN;
	if (word & GATE_GONE)
		return fail(-ENODEV, "the device is gone; close it");
	/* During a reset, and after it until a poll has ended the old commands. */
	if ((word & GATE_SHUT) || gate_was_reset(&queue->member, word))
		return -EAGAIN;
	return fail(-EIO, "the controller has failed; reset it");
}

/* A request that ran over its time says so. */
static void end_request(struct padma_nvme_queue *queue, uint32_t tag, int error)
{
	struct request request = queue->requests[tag];

	tags_give(&queue->tags, tag);
	request.done(request.ctx, request.late && error == -ECANCELED ? -ETIMEDOUT : error, 0);
}

unsigned int queue_cancel(struct padma_nvme_queue *queue, int error, unsigned int limit)
{
	unsigned int before = queue->splits_over - queue->parts_over;
	unsigned int count = 0;

	for (uint32_t tag = 0; tag < queue->tags.count && (!limit || count < limit); tag++) {
		if (tag_is_in_flight(&queue->tags, tag)) {
			end_request(queue, tag, error);
			count++;
		}
	}
	split_cancel(queue, error);
	return count + queue->splits_over - queue->parts_over - before;
}

int blocked_poll(struct padma_nvme_queue *queue, unsigned int limit)
{
	uint64_t word = gate_word(queue->gate);
	unsigned int count = 0;

	if (queue->closing)
		return fail(-EIO, "queue %u is being closed", queue->qid);
	if (gate_was_reset(&queue->member, word)) {
		count = queue_cancel(queue, -ECANCELED, limit);
		if (queue_outstanding(queue) == 0) {
			watch_start(queue);
			queue->ns = namespaces_now(queue->nvme);
			gate_resume(&queue->member, word);
			queue_admit(queue);
		}
	}
	/* From here on only the owner's own memory is touched. */
	if (word & GATE_SHUT)
		gate_acknowledge(&queue->member, word);
	if (word & GATE_GONE) {
		queue_cancel(queue, -ENODEV, 0);
		return fail(-ENODEV, "the device is gone; close it");
	}
	if (count || (word & GATE_SHUT))
		return (int)count;
	return word & GATE_FAILED ? fail(-EIO, "the controller has failed; reset it") : 0;
}
