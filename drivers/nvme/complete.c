// SPDX-License-Identifier: BSD-3-Clause
/*
 * The hot path, second half: completions out of the ring (Base 2.0, 3.3.3.2).
 *
 * The word that holds the phase is loaded first, with acquire, every other word once. Nothing of it
 * is believed: not the identifier (its tag in range, in flight, and of this use of the tag), not
 * the queue, not the head.
 */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

static COLD int lie(struct padma_nvme_queue *queue, const char *what)
{
	return controller_failed(queue->nvme, what);
}

/* A completion with an error status. */
static COLD void complete_error(struct padma_nvme_queue *queue, const struct request *request,
				uint16_t status)
{
	padma_counter_add(&queue->errors, 1);
	request->done(request->ctx, -EIO, status);
}

/*
 * SQHD is an index of the ring. More cannot be said: it is the head as it was when the entry was
 * made, entries may be posted in another order than they were made, and until this one is posted
 * any number of other commands may have come and gone. That no more commands are fetched than were
 * put into the ring is what the tags say.
 */
PADMA_INLINE bool is_queue_right(const struct padma_nvme_queue *queue, uint32_t word)
{
	return (word >> 16) == queue->qid && (word & 0xffff) <= queue->mask;
}

/* Return: how many entries were taken in; *rc is set where the controller lied. */
PADMA_INLINE unsigned int take_in(struct padma_nvme_queue *queue, unsigned int limit, int *rc)
{
	uint32_t head = queue->head, phase = queue->phase;
	unsigned int count = 0;

	while (count < limit) {
		const struct nvme_completion *entry = &queue->cq[head];
		uint32_t word = padma_load32_acquire(&entry->status);
		uint32_t place, tag;
		struct request request;

		if ((word >> NVME_COMPLETION_PHASE_SHIFT & 1) != phase)
			break;
		place = __atomic_load_n(&entry->queue, __ATOMIC_RELAXED);
		if (PADMA_UNLIKELY(!is_queue_right(queue, place))) {
			*rc = lie(queue, "a completion names a wrong queue or head");
			break;
		}
		if (PADMA_UNLIKELY(!tags_give_id(&queue->tags, (uint16_t)word, &tag))) {
			*rc = lie(queue, "a completion names no command in flight");
			break;
		}
		/* Copied: the callback may take the tag again. */
		request.done = queue->requests[tag].done;
		request.ctx = queue->requests[tag].ctx;
		head = ring_next(head, queue->mask);
		phase ^= head == 0;
		count++;
		if (PADMA_LIKELY(word >> NVME_COMPLETION_STATUS_SHIFT == 0))
			request.done(request.ctx, 0, 0);
		else
			complete_error(queue, &request,
				       (uint16_t)(word >> NVME_COMPLETION_STATUS_SHIFT));
	}
	queue->head = head;
	queue->phase = phase;
	return count;
}

int padma_nvme_poll(struct padma_nvme_queue *queue, unsigned int limit)
{
	unsigned int count, before;
	uint64_t now;
	int rc = 0;

	if (PADMA_UNLIKELY(!gate_passes(queue->gate, &queue->member)))
		return blocked_poll(queue, limit);
	before = queue->splits_over - queue->parts_over;
	count = take_in(queue, limit ? limit : UINT32_MAX, &rc);
	if (count) {
		doorbell_ring(&queue->cq_doorbell, queue->head);
		padma_counter_add(&queue->completions, count);
	}
	if (PADMA_UNLIKELY(queue->split_waiting) && rc == 0) {
		split_continue(queue);
		queue_tell(queue);
	}
	/* Parts are not commands; commands of several parts are. */
	count += queue->splits_over - queue->parts_over - before;
	now = clock_now();
	if (PADMA_UNLIKELY(now >= queue->watch.next) && rc == 0)
		rc = watch_look(queue, now);
	if (count)
		return (int)count;
	return PADMA_UNLIKELY(rc == -ENODEV) ? blocked_poll(queue, limit) : rc;
}
