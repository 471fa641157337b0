// SPDX-License-Identifier: BSD-3-Clause
/* The resetter's side of the gate (pmd/gate.h). */
#include "bound.h"
#include "enable.h"
#include "events.h"
#include "identify.h"
#include "message.h"
#include "queue_memory.h"
#include "queue_pair.h"

void padma_nvme_reset_begin(struct padma_nvme *nvme)
{
	padma_gate_raise(&nvme->gate, PADMA_GATE_SHUT);
}

static bool all_acknowledged(const struct padma_nvme *nvme)
{
	for (unsigned int i = 0; i < nvme->info.io_queues; i++) {
		if (nvme->queues[i] &&
		    !padma_gate_acknowledged(&nvme->gate, &nvme->queues[i]->member))
			return false;
	}
	return true;
}

/* The same number of queues as before, as all that are open must be created again. */
static int request_queues(struct padma_nvme *nvme)
{
	unsigned int granted;
	int rc;

	if (nvme->info.io_queues == 0)
		return 0;
	rc = admin_queue_count(nvme, nvme->info.io_queues, &granted);
	if (rc)
		return rc;
	if (granted < nvme->info.io_queues)
		return fail(-EPROTO, "the controller has %u queues after its reset, %u before",
			    granted, nvme->info.io_queues);
	return 0;
}

static int create_queues(struct padma_nvme *nvme)
{
	for (unsigned int i = 0; i < nvme->info.io_queues; i++) {
		struct padma_nvme_queue *queue = nvme->queues[i];
		int rc;

		if (!queue)
			continue;
		queue_restart(queue);
		rc = queue_pair_create(queue);
		if (rc)
			return rc;
	}
	return 0;
}

static int bring_back(struct padma_nvme *nvme)
{
	int rc;

	admin_restart(nvme);
	rc = controller_enable(nvme);
	if (!rc)
		rc = identify_controller_again(nvme);
	if (!rc)
		rc = namespaces_refresh(nvme);
	if (!rc)
		rc = request_queues(nvme);
	if (!rc)
		rc = create_queues(nvme);
	if (!rc)
		rc = events_arm(nvme);
	return rc;
}

/*
 * The controller is stopped before anything is started again. If it cannot be stopped the gate stays
 * shut: the commands' memory is still in use.
 */
static int reset(struct padma_nvme *nvme)
{
	int rc;

	bound_begin(nvme);
	rc = controller_stop_dma(nvme);
	if (nvme->enabled)
		return rc;
	queues_free_abandoned(nvme);
	/* Admin commands are refused while it is raised. */
	padma_gate_lower(&nvme->gate, PADMA_GATE_FAILED);
	if (!rc)
		rc = bring_back(nvme);
	if (rc) {
		bound_clean_up(nvme);
		(void)controller_stop(nvme);
	}
	if (!nvme->enabled || rc == 0)
		padma_gate_reopen(&nvme->gate, rc ? PADMA_GATE_FAILED : 0);
	return rc;
}

int padma_nvme_reset_finish(struct padma_nvme *nvme)
{
	int rc;

	pthread_mutex_lock(&nvme->lock);
	if (!(padma_gate_word(&nvme->gate) & PADMA_GATE_SHUT))
		rc = fail(-EINVAL, "no reset was begun; call padma_nvme_reset_begin() first");
	else if (!all_acknowledged(nvme))
		rc = -EAGAIN;
	else
		rc = reset(nvme);
	bound_end(nvme);
	pthread_mutex_unlock(&nvme->lock);
	return rc;
}
