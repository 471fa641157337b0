// SPDX-License-Identifier: BSD-3-Clause
/* The owner's side of the gate: what submit and poll do while it does not pass (pmd/gate.h). */
#include "cancel.h"
#include "gate_owner.h"
#include "message.h"

int gate_owner_refusal(const struct padma_nvme_queue *queue)
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

/* The device is gone, or was reset: what was outstanding ends. */
static unsigned int end_old_requests(struct padma_nvme_queue *queue, uint64_t word,
				     unsigned int limit)
{
	unsigned int count;

	if (word & PADMA_GATE_GONE)
		return cancel_requests(queue, -ENODEV, limit);
	if (!padma_gate_was_reset(&queue->member, word))
		return 0;
	count = cancel_requests(queue, -ECANCELED, limit);
	if (queue_outstanding(queue) == 0) {
		timeout_start(queue);
		queue_use_namespace(queue, namespaces_now(queue->nvme));
		padma_gate_resume(&queue->member, word);
		queue_admit(queue);
	}
	return count;
}

int gate_owner_poll(struct padma_nvme_queue *queue, unsigned int limit)
{
	unsigned int count;
	uint64_t word;

	if (queue->closing)
		return fail(-EIO, "queue %u is being closed", queue->qid);
	/* During a reset the device belongs to the thread that resets. */
	if ((padma_gate_word(queue->gate) & PADMA_GATE_FLAGS) == PADMA_GATE_FAILED)
		(void)padma_liveness_check(&queue->liveness, clock_now());
	word = padma_gate_word(queue->gate);
	count = end_old_requests(queue, word, limit);
	/* From here on only the owner's own memory is touched. */
	if (word & PADMA_GATE_SHUT)
		padma_gate_acknowledge(&queue->member, word);
	/* GONE takes precedence. */
	if (count || (word & (PADMA_GATE_SHUT | PADMA_GATE_GONE)) == PADMA_GATE_SHUT)
		return (int)count;
	if (word & PADMA_GATE_GONE)
		return queue_outstanding(queue) ? 0 : fail(-ENODEV, "the device is gone; close it");
	return word & PADMA_GATE_FAILED ? fail(-EIO, "the controller has failed; reset it") : 0;
}
