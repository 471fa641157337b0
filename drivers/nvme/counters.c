// SPDX-License-Identifier: BSD-3-Clause
/* The names of a queue's counters. */
#include <stddef.h>
#include <stdio.h>

#include "counters.h"

static const struct padma_counter_name names[] = {
	{"commands", offsetof(struct padma_nvme_queue, commands)},
	{"completions", offsetof(struct padma_nvme_queue, completions)},
	{"doorbells", offsetof(struct padma_nvme_queue, doorbells)},
	{"errors", offsetof(struct padma_nvme_queue, errors)},
	{"split", offsetof(struct padma_nvme_queue, split_count)},
	{"guard_refused", offsetof(struct padma_nvme_queue, guard_refused)},
};

int queue_register_counters(struct padma_nvme_queue *queue)
{
	char part[16];
	const struct padma_counter_set set = {
		.name = nvme_name(queue->nvme),
		.part = part,
		.base = queue,
		.names = names,
		.count = sizeof(names) / sizeof(names[0]),
	};

	snprintf(part, sizeof(part), "queue %u", queue->qid);
	return padma_counters_register(&set, &queue->counters);
}
