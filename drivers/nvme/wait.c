// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for one command. */
#include <string.h>

#include <padma/barrier.h>

#include "controller.h"
#include "message.h"
#include "status.h"

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
		/* Another thread has begun a reset: that ends it. */
		if (rc != -EAGAIN)
			break;
	}
	return wait->over ? outcome(wait) : rc;
}
