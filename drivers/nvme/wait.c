// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for one command, and ending all of a queue. */
#define PADMA_PART "nvme"
#include "base/base.h"

#include <string.h>

#include <padma/barrier.h>

#include "queue.h"

void padma_nvme_wait_done(void *ctx, int error, uint16_t status)
{
	*(struct padma_nvme_wait *)ctx =
		(struct padma_nvme_wait){.over = true, .error = error, .status = status};
}

static int outcome(const struct padma_nvme_wait *wait)
{
	switch (wait->error) {
	case 0:
		return 0;
	case -EIO:
		return fail_status("the command", wait->status);
	case -ETIMEDOUT:
		return fail(-ETIMEDOUT, "the command timed out; reset the controller");
	case -ENODEV:
		return fail(-ENODEV, "the device is gone; close it");
	case -ECANCELED:
		return fail(-ECANCELED, "the command was cancelled, as the controller failed or "
					"was reset; reset it, or try again");
	default:
		return fail(wait->error, "the command failed: %s", strerror(-wait->error));
	}
}

/* Until it is over, or the queue fails. */
static int poll_until_over(struct padma_nvme_queue *queue, const struct padma_nvme_wait *wait)
{
	int rc = padma_nvme_submit(queue);

	while (!wait->over && (rc >= 0 || rc == -EAGAIN)) {
		rc = padma_nvme_poll(queue, 0);
		if (rc == 0)
			padma_cpu_relax();
	}
	return rc;
}

int padma_nvme_wait(struct padma_nvme_queue *queue, struct padma_nvme_wait *wait)
{
	int rc = 0;

	while (!wait->over) {
		rc = poll_until_over(queue, wait);
		if (wait->over || rc >= 0)
			continue;
		rc = padma_nvme_queue_cancel(queue);
		/* Somebody has begun a reset meanwhile: that ends it. */
		if (rc != -EAGAIN)
			break;
	}
	return wait->over ? outcome(wait) : rc;
}

/* The queue pair as it was when it was opened. One that cannot be made is as after a failed reset. */
static int make_anew(struct padma_nvme_queue *queue)
{
	int rc = controller_usable(queue->nvme);

	if (rc)
		return rc;
	queue_restart(queue);
	rc = queue_create_on_controller(queue);
	if (rc)
		return controller_failed(queue->nvme, "a cancelled queue cannot be made anew");
	watch_start(queue);
	return 0;
}

int padma_nvme_queue_cancel(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	bool quiet;
	int rc;

	/* A reset waits for this owner, and ends the commands itself. */
	if (padma_gate_word(queue->gate) & PADMA_GATE_SHUT ||
	    padma_gate_was_reset(&queue->member, padma_gate_word(queue->gate)))
		return fail(-EAGAIN,
			    "the controller is being reset, which ends all commands; poll");
	pthread_mutex_lock(&nvme->lock);
	rc = queue_release(queue, &quiet);
	pthread_mutex_unlock(&nvme->lock);
	if (!quiet)
		return rc;
	/* Callbacks find no room, and can take the controller's lock. */
	queue_admit_nothing(queue);
	queue_cancel(queue, rc == -ENODEV ? -ENODEV : -ECANCELED, 0);
	queue_admit(queue);
	if (rc)
		return rc;
	pthread_mutex_lock(&nvme->lock);
	rc = make_anew(queue);
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}
