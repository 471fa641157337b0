// SPDX-License-Identifier: BSD-3-Clause
/* Commands that timed out, and devices that are gone: this reports them, poll acts on it. */
#include "io.h"

/* A beat is this part of the time-out, and not longer than LONGEST_BEAT_NS: CSTS is read once per beat
 * while the queue is polled. */
#define BEATS_PER_TIMEOUT 64u
#define LONGEST_BEAT_NS	  10000000ull
/* The most that one look counts, as a part of the time-out: the owner may have slept. */
#define JUMP_PART	  4u

/* Return: whether any command has timed out. */
static bool mark_late(struct padma_nvme_queue *queue)
{
	bool late = false;

	for (uint32_t tag = 0; tag < queue->tags.count; tag++) {
		struct request *request = &queue->requests[tag];

		if (padma_tags_is_in_flight(&queue->tags, tag) &&
		    queue->timeout.beat - request->beat > queue->timeout.limit) {
			request->late = true;
			late = true;
		}
	}
	return late;
}

static void count_beats(struct timeout *t)
{
	uint64_t now = clock_now();
	uint64_t beats = (now - t->last) / t->interval;

	t->beat += beats > t->jump ? t->jump : (uint32_t)beats;
	t->last = now;
}

/* A padma_liveness_fn. */
static int look(void *ctx)
{
	struct padma_nvme_queue *queue = ctx;
	int rc = controller_check(queue->nvme);

	count_beats(&queue->timeout);
	/* Of a controller that has failed, only whether it is gone is of interest; its rings are not used. */
	if (rc || !padma_gate_passes(queue->gate, &queue->member))
		return rc;
	if (queue_unacknowledged(queue))
		ring_cq_doorbell(queue);
	/* What was put into the ring and forgotten there must not time out. */
	ring_sq_doorbell(queue);
	if (mark_late(queue))
		return controller_failed(queue->nvme, "a command timed out");
	return 0;
}

void timeout_start(struct padma_nvme_queue *queue)
{
	uint64_t ticks = clock_from_ns(queue->nvme->timeout_ns) + 1;
	uint64_t longest = clock_from_ns(LONGEST_BEAT_NS);
	uint64_t interval = ticks / BEATS_PER_TIMEOUT, beats;
	struct timeout *t = &queue->timeout;

	if (interval > longest)
		interval = longest;
	if (interval == 0)
		interval = 1;
	beats = ticks / interval;
	if (beats > UINT32_MAX / 4)
		beats = UINT32_MAX / 4;
	t->interval = interval;
	t->jump = (uint32_t)(beats / JUMP_PART + 1);
	/* A command is taken some time within a beat, and a jump may come right after. */
	t->limit = (uint32_t)beats + t->jump + 1;
	t->last = clock_now();
	padma_liveness_start(&queue->liveness, t->last, interval, look, queue);
}
