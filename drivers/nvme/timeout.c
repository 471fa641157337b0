// SPDX-License-Identifier: BSD-3-Clause
/* Commands that timed out, and devices that are gone: what is the case, poll acts on it. */
#include "io.h"

/* A beat is this part of the time-out, and not longer than LONGEST_BEAT_NS: CSTS is read once per beat
 * while the queue is polled. */
#define BEATS_PER_TIMEOUT 64u
#define LONGEST_BEAT_NS	  10000000ull
/* The most that one check counts, as a part of the time-out: the owner may have slept. */
#define JUMP_PART	  4u

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
	t->next = t->last + interval;
}

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

int timeout_check_failed(struct padma_nvme_queue *queue)
{
	uint64_t now = clock_now();

	if (now < queue->timeout.next)
		return 0;
	queue->timeout.next = now + queue->timeout.interval;
	return controller_check(queue->nvme);
}

int timeout_check(struct padma_nvme_queue *queue, uint64_t now)
{
	struct timeout *t = &queue->timeout;
	uint64_t beats = (now - t->last) / t->interval;
	int rc = controller_check(queue->nvme);

	t->beat += beats > t->jump ? t->jump : (uint32_t)beats;
	t->last = now;
	t->next = now + t->interval;
	if (rc)
		return rc;
	/* What was put into the ring and forgotten there must not time out. */
	ring_sq_doorbell(queue);
	if (mark_late(queue))
		return controller_failed(queue->nvme, "a command timed out");
	return 0;
}
