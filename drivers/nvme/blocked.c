// SPDX-License-Identifier: BSD-3-Clause
/* The owner's side of the gate: what submit and poll do while it does not pass (padma/pmd/gate.h). */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

int blocked_submit(const struct padma_nvme_queue *queue)
{
	uint64_t word = padma_gate_word(queue->gate);

	if (queue->closing)
		return fail(-EIO, "queue %u is being closed", queue->qid);
	/* It is not the gate: a split command waits for tags, and none may overtake it. */
	if (padma_gate_passes(queue->gate, &queue->member))
		return -EAGAIN;
	if (word & PADMA_GATE_GONE)
		return fail(-ENODEV, "the device is gone; close it");
	/* During a reset, and after it until a poll has ended the old commands. */
	if ((word & PADMA_GATE_SHUT) || padma_gate_was_reset(&queue->member, word))
		return -EAGAIN;
	return fail(-EIO, "the controller has failed; reset it");
}

/* A request that ran over its time says so. */
static void end_request(struct padma_nvme_queue *queue, uint32_t tag, int error)
{
	struct request request = queue->requests[tag];

	queue->requests[tag].late = false;
	padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
	request.done(request.ctx, request.late && error == -ECANCELED ? -ETIMEDOUT : error, 0);
}

/* A part's end may be its command's: the limit is of callbacks, parts have none. */
unsigned int queue_cancel(struct padma_nvme_queue *queue, int error, unsigned int limit)
{
	unsigned int before = queue->splits_over - queue->parts_over;
	unsigned int ended = 0, calls = 0;

	if (limit == 0)
		limit = UINT32_MAX;
	for (uint32_t tag = 0; tag < queue->tags.count && calls < limit; tag++) {
		if (!padma_tags_is_in_flight(&queue->tags, tag))
			continue;
		end_request(queue, tag, error);
		ended++;
		calls = ended + queue->splits_over - queue->parts_over - before;
	}
	if (calls < limit)
		split_cancel(queue, error);
	return ended + queue->splits_over - queue->parts_over - before;
}

/* The device is gone, or was reset: what was outstanding ends. */
static unsigned int end_old_requests(struct padma_nvme_queue *queue, uint64_t word,
				     unsigned int limit)
{
	unsigned int count;

	if (word & PADMA_GATE_GONE)
		return queue_cancel(queue, -ENODEV, limit);
	if (!padma_gate_was_reset(&queue->member, word))
		return 0;
	count = queue_cancel(queue, -ECANCELED, limit);
	if (queue_outstanding(queue) == 0) {
		watch_start(queue);
		queue_use_namespace(queue, namespaces_now(queue->nvme));
		padma_gate_resume(&queue->member, word);
		queue_admit(queue);
	}
	return count;
}

int blocked_poll(struct padma_nvme_queue *queue, unsigned int limit)
{
	unsigned int count;
	uint64_t word;

	if (queue->closing)
		return fail(-EIO, "queue %u is being closed", queue->qid);
	/* Outside the gate of a reset the device is the resetter's. */
	if ((padma_gate_word(queue->gate) & PADMA_GATE_FLAGS) == PADMA_GATE_FAILED)
		(void)watch_failed(queue);
	word = padma_gate_word(queue->gate);
	count = end_old_requests(queue, word, limit);
	/* From here on only the owner's own memory is touched. */
	if (word & PADMA_GATE_SHUT)
		padma_gate_acknowledge(&queue->member, word);
	/* That it is gone is the stronger news. */
	if (count || (word & (PADMA_GATE_SHUT | PADMA_GATE_GONE)) == PADMA_GATE_SHUT)
		return (int)count;
	if (word & PADMA_GATE_GONE)
		return queue_outstanding(queue) ? 0 : fail(-ENODEV, "the device is gone; close it");
	return word & PADMA_GATE_FAILED ? fail(-EIO, "the controller has failed; reset it") : 0;
}
