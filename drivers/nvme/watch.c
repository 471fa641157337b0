// SPDX-License-Identifier: BSD-3-Clause
/* Commands over their time, and devices that are not there any more. */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

/* A beat is this part of the time-out, and not longer than LONGEST_BEAT_NS: that often is CSTS read
 * while the queue is polled. */
#define BEATS_PER_TIMEOUT 64u
#define LONGEST_BEAT_NS	  10000000ull
/* What one look counts at most, of the time-out: the owner may have slept. */
#define JUMP_PART	  4u

void watch_start(struct padma_nvme_queue *queue)
{
	uint64_t timeout = clock_from_ns(queue->nvme->timeout_ns) + 1;
	uint64_t longest = clock_from_ns(LONGEST_BEAT_NS);
	uint64_t interval = timeout / BEATS_PER_TIMEOUT, beats;
	struct watch *watch = &queue->watch;

	if (interval > longest)
		interval = longest;
	if (interval == 0)
		interval = 1;
	beats = timeout / interval;
	if (beats > UINT32_MAX / 4)
		beats = UINT32_MAX / 4;
	watch->interval = interval;
	watch->jump = (uint32_t)(beats / JUMP_PART + 1);
	/* A command is taken some time within a beat, and a jump may come right after. */
	watch->limit = (uint32_t)beats + watch->jump + 1;
	watch->last = clock_now();
	watch->next = watch->last + interval;
}

static bool any_late(struct padma_nvme_queue *queue)
{
	bool late = false;

	for (uint32_t tag = 0; tag < queue->tags.count; tag++) {
		struct request *request = &queue->requests[tag];

		if (padma_tags_is_in_flight(&queue->tags, tag) &&
		    queue->watch.beat - request->beat > queue->watch.limit) {
			request->late = true;
			late = true;
		}
	}
	return late;
}

int watch_failed(struct padma_nvme_queue *queue)
{
	uint64_t now = clock_now();

	if (now < queue->watch.next)
		return 0;
	queue->watch.next = now + queue->watch.interval;
	return controller_check(queue->nvme);
}

int watch_look(struct padma_nvme_queue *queue, uint64_t now)
{
	struct watch *watch = &queue->watch;
	uint64_t beats = (now - watch->last) / watch->interval;
	int rc = controller_check(queue->nvme);

	watch->beat += beats > watch->jump ? watch->jump : (uint32_t)beats;
	watch->last = now;
	watch->next = now + watch->interval;
	if (rc)
		return rc;
	/* What was put into the ring and forgotten there must not run over its time. */
	queue_ring(queue);
	if (any_late(queue))
		return controller_failed(queue->nvme, "a command timed out");
	return 0;
}
