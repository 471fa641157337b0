// SPDX-License-Identifier: BSD-3-Clause
/* Ending the commands of a queue that the controller has released. */
#include <errno.h>

#include "cancel.h"
#include "split.h"

/* A request that timed out has that as its error. */
static void end_request(struct padma_nvme_queue *queue, uint32_t tag, int error)
{
	struct request request = queue->requests[tag];

	queue->requests[tag].late = false;
	padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
	request.done(request.ctx, request.late && error == -ECANCELED ? -ETIMEDOUT : error, 0);
}

/* A part's end may be its command's: the limit is of callbacks, parts have none. */
unsigned int cancel_requests(struct padma_nvme_queue *queue, int error, unsigned int limit)
{
	uint32_t before = queue_split_balance(queue);
	unsigned int ended = 0, calls = 0;

	if (limit == 0)
		limit = UINT32_MAX;
	for (uint32_t tag = 0; tag < queue->tags.count && calls < limit; tag++) {
		if (!padma_tags_is_in_flight(&queue->tags, tag))
			continue;
		end_request(queue, tag, error);
		ended++;
		calls = ended + queue_split_balance(queue) - before;
	}
	if (calls < limit)
		split_cancel(queue, error);
	return ended + queue_split_balance(queue) - before;
}
