// SPDX-License-Identifier: BSD-3-Clause
/*
 * The hot path, second half: completions out of the ring (Base 2.0, 3.3.3.2).
 *
 * The word that holds the phase is loaded first, with acquire, every other word once. Nothing of it
 * is trusted: not the identifier (its tag in range, in flight, of this use of the tag, and its
 * doorbell rung: before that the controller has not seen the command, and will still fetch it),
 * not the queue, not the head.
 *
 * The completion doorbell is a write that costs more than all the rest (a trap in a virtual
 * machine), and only frees places: it is rung when a quarter of the ring is, or when
 * the controller could run out of them.
 */
#include <errno.h>

#include <padma/barrier.h>

#include "gate_owner.h"
#include "io.h"
#include "split.h"

/* Of the polls that find something, one in so many reads the clock; those that find nothing all do. */
#define POLLS_PER_CLOCK 16u

static COLD const struct request *protocol_error(struct padma_nvme_queue *queue, const char *what)
{
	(void)controller_failed(queue->nvme, what);
	return NULL;
}

/*
 * SQHD is an index of the ring. More cannot be checked: it is the head at the time when the entry was
 * made, entries may be posted in another order than they were made, and until this one is posted
 * any number of other commands may have come and gone. The tags ensure that no more commands complete
 * than were put into the ring.
 */
PADMA_INLINE bool is_queue_right(const struct padma_nvme_queue *queue, uint32_t word)
{
	return word - ((uint32_t)queue->qid << 16) <= queue->mask;
}

/* The phase changes with each round (Base 2.0, 3.3.3.2.2). */
PADMA_INLINE void advance(struct padma_nvme_queue *queue)
{
	queue->head = padma_ring_next(queue->head, queue->mask);
	if (PADMA_UNLIKELY(queue->head == 0))
		queue->phase ^= 1;
}

/*
 * Check the entry at the head, and free its place and its tag. Return: whose callback to call (the
 * callback may take the tag again, which changes the request), or NULL if the controller has failed.
 */
PADMA_INLINE const struct request *take_entry(struct padma_nvme_queue *queue,
					      const struct nvme_completion *entry, uint32_t word)
{
	uint32_t place = __atomic_load_n(&entry->queue, __ATOMIC_RELAXED);
	uint32_t tag;

	if (PADMA_UNLIKELY(!is_queue_right(queue, place)))
		return protocol_error(queue, "a completion names a wrong queue or head");
	if (PADMA_UNLIKELY(!padma_tags_find(&queue->tags, NVME_TAG_BITS, word & 0xffff, &tag)))
		return protocol_error(queue, "a completion names no command in flight");
	if (PADMA_UNLIKELY(queue->requests[tag].number >= queue->rung))
		return protocol_error(queue,
				      "a completion names a command whose doorbell was not rung");
	padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
	advance(queue);
	return &queue->requests[tag];
}

/* An entry with an error status. Return: false if it was refused. */
static COLD bool take_error(struct padma_nvme_queue *queue, const struct nvme_completion *entry,
			    uint32_t word)
{
	const struct request *request = take_entry(queue, entry, word);

	if (!request)
		return false;
	padma_counter_add(&queue->errors, 1);
	request->done(request->ctx, -EIO, (uint16_t)(word >> NVME_COMPLETION_STATUS_SHIFT));
	return true;
}

/* Return: how many entries were reaped, at most @limit; *rc is -EIO if one was refused. */
PADMA_INLINE unsigned int reap(struct padma_nvme_queue *queue, unsigned int limit, int *rc)
{
	unsigned int count = 0;

	do {
		const struct nvme_completion *entry = &queue->cq[queue->head];
		uint32_t word = padma_load32_acquire(&entry->status);

		/* The phase and status 0: the ordinary case by one comparison. */
		if (PADMA_LIKELY(word >> NVME_COMPLETION_PHASE_SHIFT == queue->phase)) {
			const struct request *request = take_entry(queue, entry, word);

			if (PADMA_UNLIKELY(!request)) {
				*rc = -EIO;
				break;
			}
			request->done(request->ctx, 0, 0);
		} else if ((word >> NVME_COMPLETION_PHASE_SHIFT & 1) != queue->phase) {
			break;
		} else if (!take_error(queue, entry, word)) {
			*rc = -EIO;
			break;
		}
	} while (++count < limit);
	return count;
}

/*
 * The most that a poll reaps: what is outstanding now, so that a controller that completes faster than
 * the callbacks submit does not keep it forever. With nothing outstanding one entry is checked: it can
 * only be wrong.
 */
PADMA_INLINE unsigned int poll_limit(const struct padma_nvme_queue *queue, unsigned int limit)
{
	unsigned int outstanding = padma_tags_in_flight(&queue->tags);

	outstanding += outstanding == 0;
	/* A limit of 0 is none. */
	return limit - 1 < outstanding ? limit : outstanding;
}

/* Commands that timed out, and a device that is gone. Return: 0, -EIO, -ENODEV. */
static int check_clock(struct padma_nvme_queue *queue)
{
	queue->polls_to_clock = POLLS_PER_CLOCK;
	return padma_liveness_check(&queue->liveness, clock_now());
}

int padma_nvme_poll(struct padma_nvme_queue *queue, unsigned int limit)
{
	unsigned int count, before;
	bool clock;
	int rc = 0;

	if (PADMA_UNLIKELY(!padma_gate_passes(queue->gate, &queue->member)))
		return gate_owner_poll(queue, limit);
	before = queue_split_balance(queue);
	count = reap(queue, poll_limit(queue, limit), &rc);
	if (count) {
		padma_counter_add(&queue->completions, count);
		/* ring_sq_doorbell() makes room for the commands that are rung later. */
		if (queue_unacknowledged(queue) >= queue->acknowledge_at)
			ring_cq_doorbell(queue);
	}
	if (PADMA_UNLIKELY(queue->split_waiting) && rc == 0) {
		split_continue(queue);
		ring_sq_doorbell(queue);
	}
	/* A poll that finds something is on the hot path, one that finds nothing is not. */
	clock = count == 0 || --queue->polls_to_clock == 0;
	/* Parts are not commands; commands of several parts are. */
	count += queue_split_balance(queue) - before;
	if (PADMA_UNLIKELY(clock) && rc == 0)
		rc = check_clock(queue);
	if (count)
		return (int)count;
	return PADMA_UNLIKELY(rc == -ENODEV) ? gate_owner_poll(queue, limit) : rc;
}
