// SPDX-License-Identifier: BSD-3-Clause
/* Opening, cancelling and closing I/O queue pairs. */
#include <padma/params.h>

#include "cancel.h"
#include "enable.h"
#include "message.h"
#include "queue_memory.h"
#include "queue_pair.h"

#define DEFAULT_DEPTH 128u

/* The first queue identifier that is free; they begin at 1. */
static unsigned int free_qid(const struct padma_nvme *nvme)
{
	for (unsigned int i = 0; i < nvme->info.io_queues; i++) {
		if (!nvme->queues[i])
			return i + 1;
	}
	return 0;
}

static int check_params(const struct padma_nvme *nvme, const struct padma_nvme_queue_params *params)
{
	if (params->depth > queue_most_depth(nvme))
		return fail(-EINVAL, "a queue of this controller holds at most %u commands, not %u",
			    queue_most_depth(nvme), params->depth);
	if (params->irq > padma_device_irq_count(nvme->device))
		return fail(-EINVAL, "the device has %u interrupt vectors, not %u",
			    padma_device_irq_count(nvme->device), params->irq);
	if (padma_gate_word(&nvme->gate) & PADMA_GATE_SHUT)
		return fail(-EAGAIN, "the controller is being reset; finish that first");
	if (nvme->info.namespaces == 0)
		return fail(-ENXIO, "the controller has no namespace that can be used");
	if (nvme->info.io_queues == 0)
		return fail(-ENOSPC, "the controller has no I/O queues: %s", nvme->no_queues);
	if (free_qid(nvme) == 0)
		return fail(-ENOSPC, "all %u queues of the controller are open",
			    nvme->info.io_queues);
	return 0;
}

/* A creation that timed out may still take place: its rings are in use until the controller stops. */
static void abandon(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	bool works = nvme->enabled &&
		     !(padma_gate_word(&nvme->gate) & (PADMA_GATE_FAILED | PADMA_GATE_GONE));

	/* One that works has refused to create it. */
	if (!works)
		(void)controller_stop(nvme);
	if (works || !nvme->enabled) {
		queue_free(queue);
		return;
	}
	queue->next_abandoned = nvme->abandoned;
	nvme->abandoned = queue;
}

static int open_queue(struct padma_nvme *nvme, const struct padma_nvme_queue_params *params,
		      struct padma_nvme_queue **opened)
{
	uint32_t depth = params->depth ? params->depth : DEFAULT_DEPTH;
	struct padma_nvme_queue *queue;
	int rc = controller_usable(nvme);

	if (!rc)
		rc = check_params(nvme, params);
	if (rc)
		return rc;
	if (depth > queue_most_depth(nvme))
		depth = queue_most_depth(nvme);
	queue = queue_new(nvme, free_qid(nvme), params->irq);
	if (!queue)
		return fail(-ENOMEM, "no memory for a queue");
	rc = queue_open_memory(queue, depth);
	if (!rc) {
		queue_restart(queue);
		queue_use_namespace(queue, namespaces_now(nvme));
		rc = queue_pair_create(queue);
	}
	if (rc) {
		abandon(queue);
		return rc;
	}
	padma_gate_join(&nvme->gate, &queue->member);
	queue_admit(queue);
	timeout_start(queue);
	nvme->queues[queue->qid - 1] = queue;
	nvme->open_queues++;
	*opened = queue;
	return 0;
}

int padma_nvme_queue_open_sized(struct padma_nvme *nvme, size_t params_bytes,
				const struct padma_nvme_queue_params *given,
				struct padma_nvme_queue **queue)
{
	struct padma_nvme_queue_params params;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc)
		return rc;
	pthread_mutex_lock(&nvme->lock);
	rc = open_queue(nvme, &params, queue);
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}

/* Take the queue from the controller. Return: as queue_pair_delete(). */
static int queue_withdraw(struct padma_nvme_queue *queue, bool *released)
{
	struct padma_nvme *nvme = queue->nvme;
	int rc;

	pthread_mutex_lock(&nvme->lock);
	rc = queue_pair_delete(queue, released);
	if (*released) {
		nvme->queues[queue->qid - 1] = NULL;
		nvme->open_queues--;
	}
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}

/* Create the queue pair again, empty. A failure is that of the controller, as with a reset. */
static int recreate(struct padma_nvme_queue *queue)
{
	int rc = controller_usable(queue->nvme);

	if (rc)
		return rc;
	queue_restart(queue);
	rc = queue_pair_create(queue);
	if (rc)
		return controller_failed(queue->nvme, "a cancelled queue cannot be created again");
	timeout_start(queue);
	return 0;
}

int padma_nvme_queue_cancel(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	bool released;
	int rc;

	/* A reset waits for this owner, and ends the commands itself. */
	if (padma_gate_word(queue->gate) & PADMA_GATE_SHUT ||
	    padma_gate_was_reset(&queue->member, padma_gate_word(queue->gate)))
		return fail(-EAGAIN,
			    "the controller is being reset, which ends all commands; poll");
	pthread_mutex_lock(&nvme->lock);
	rc = queue_pair_delete(queue, &released);
	pthread_mutex_unlock(&nvme->lock);
	if (!released)
		return rc;
	/* Callbacks cannot submit, and can take the controller's lock. */
	queue_admit_nothing(queue);
	cancel_requests(queue, rc == -ENODEV ? -ENODEV : -ECANCELED, 0);
	queue_admit(queue);
	if (rc)
		return rc;
	pthread_mutex_lock(&nvme->lock);
	rc = recreate(queue);
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}

int padma_nvme_queue_close(struct padma_nvme_queue *queue)
{
	bool released;
	int rc;

	if (!queue)
		return 0;
	rc = queue_withdraw(queue, &released);
	/* Neither the rings nor the buffers of the commands are safe to free. */
	if (!released)
		return rc;
	/* Callbacks find the queue closing, and can take the controller's lock. */
	queue->closing = true;
	queue->member.seen = ADMITS_NOTHING;
	queue_admit(queue);
	cancel_requests(queue, rc == -ENODEV ? -ENODEV : -ECANCELED, 0);
	queue_free(queue);
	return rc;
}

unsigned int padma_nvme_outstanding(const struct padma_nvme_queue *queue)
{
	return queue_outstanding(queue);
}

void padma_nvme_queue_stats_sized(const struct padma_nvme_queue *queue, size_t stats_bytes,
				  struct padma_nvme_queue_stats *stats)
{
	const struct padma_nvme_queue_stats now = {
		.commands = padma_counter_read(&queue->commands),
		.completions = padma_counter_read(&queue->completions),
		.doorbells = padma_counter_read(&queue->doorbells),
		.errors = padma_counter_read(&queue->errors),
		.split = padma_counter_read(&queue->split_count),
		.guard_refused = padma_counter_read(&queue->guard_refused),
	};

	padma_params_give(stats, stats_bytes, &now, sizeof(now));
}
