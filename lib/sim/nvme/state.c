// SPDX-License-Identifier: BSD-3-Clause
/*
 * The controller's state (Base 3.5 to 3.7): enabling with its checks, disabling, shutdown, fatal
 * errors, and how long each takes while a fault is armed.
 */
#include <string.h>

#include "controller.h"

#define AQA_SQ_ENTRIES(aqa) (((aqa)&0xfff) + 1)
#define AQA_CQ_ENTRIES(aqa) (((aqa) >> 16 & 0xfff) + 1)

void sim_nvme_fatal(struct controller *controller)
{
	controller->csts |= CSTS_CFS;
}

/*
 * Everything that a controller reset clears (Base 3.7.2) but CC itself. AQA, ASQ and ACQ stay. Requests
 * in the store end first: a write from before the reset must not undo one made after it.
 */
static void clear(struct controller *controller)
{
	sim_nvme_abandon_all(controller);
	controller->store->ops->drain(controller->store);
	sim_nvme_queues_clear(controller);
	sim_nvme_features_reset(controller);
	memset(controller->events, 0, sizeof(controller->events));
	controller->interrupt_mask = 0;
	controller->csts &= CSTS_RDY; /* goes when the reset is over */
}

static uint64_t when_done(struct controller *controller)
{
	uint64_t slow = padma_sim_fault_take_slow(controller->function, PADMA_SIM_FAULT_SLOW_RESET);

	if (controller->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK))
		return UINT64_MAX;
	return slow ? padma_sim_now(controller->function) + slow : 0;
}

/* Base 3.1.3.5 and 3.1.3.8: what the host has to set right before it sets CC.EN. */
static bool can_start(const struct controller *controller)
{
	uint32_t cc = controller->cc;
	uint64_t offset = (1ull << (CONTROLLER_PAGE_SHIFT + CC_MPS(cc))) - 1;

	return CC_MPS(cc) <= CONTROLLER_MPSMAX &&
	       (CC_CSS(cc) == CSS_NVM || CC_CSS(cc) == CSS_IOCS) && CC_AMS(cc) == 0 &&
	       !(cc & CC_CRIME) && AQA_SQ_ENTRIES(controller->aqa) >= 2 &&
	       AQA_CQ_ENTRIES(controller->aqa) >= 2 && !(controller->asq & offset) &&
	       !(controller->acq & offset);
}

static void start(struct controller *controller)
{
	clear(controller);
	controller->csts = 0;
	if (!can_start(controller)) {
		sim_nvme_fatal(controller);
		controller->state = CONTROLLER_OFF;
		return;
	}
	controller->page_bytes = 1ull << (CONTROLLER_PAGE_SHIFT + CC_MPS(controller->cc));
	sim_nvme_cq_open(controller, 0, controller->acq, AQA_CQ_ENTRIES(controller->aqa));
	/* PCIe 3.5: the admin completion queue uses vector 0, and its interrupts are always on. */
	controller->cqs[0].interrupts = true;
	sim_nvme_sq_open(controller, 0, 0, controller->asq, AQA_SQ_ENTRIES(controller->aqa));
	controller->state = CONTROLLER_STARTING;
	controller->due = when_done(controller);
}

static void stop(struct controller *controller)
{
	clear(controller);
	controller->state = CONTROLLER_STOPPING;
	controller->due = when_done(controller);
}

/* Base 3.6.1: no command is started any more; it is over when what was written is on stable
 * storage. */
static void shut_down(struct controller *controller)
{
	uint64_t slow =
		padma_sim_fault_take_slow(controller->function, PADMA_SIM_FAULT_SLOW_SHUTDOWN);

	controller->csts = (controller->csts & ~CSTS_SHST_MASK) | CSTS_SHST_BUSY;
	controller->shutdown_due = slow ? padma_sim_now(controller->function) + slow : 0;
}

static void advance_shutdown(struct controller *controller)
{
	if ((controller->csts & CSTS_SHST_MASK) != CSTS_SHST_BUSY ||
	    (controller->shutdown_due &&
	     padma_sim_now(controller->function) < controller->shutdown_due))
		return;
	controller->store->ops->settle(controller->store);
	controller->csts = (controller->csts & ~CSTS_SHST_MASK) | CSTS_SHST_DONE;
}

void sim_nvme_advance(struct controller *controller)
{
	advance_shutdown(controller);
	if (controller->state == CONTROLLER_ON || controller->state == CONTROLLER_OFF)
		return;
	if (controller->due == UINT64_MAX ||
	    (controller->due && padma_sim_now(controller->function) < controller->due))
		return;
	if (controller->state == CONTROLLER_STARTING) {
		controller->state = CONTROLLER_ON;
		controller->csts |= CSTS_RDY;
	} else {
		controller->state = CONTROLLER_OFF;
		controller->csts &= ~CSTS_RDY;
	}
}

void sim_nvme_configure(struct controller *controller, uint32_t cc)
{
	uint32_t before = controller->cc;

	cc &= CC_WRITABLE;
	if ((before & CC_EN) && (cc & CC_EN))
		cc = (cc & ~CC_FIXED) | (before & CC_FIXED);
	controller->cc = cc;
	if (!(before & CC_EN) && (cc & CC_EN))
		start(controller);
	else if ((before & CC_EN) && !(cc & CC_EN))
		stop(controller);
	if (CC_SHN(cc) && !CC_SHN(before))
		shut_down(controller);
	sim_nvme_advance(controller);
}

/* A function level reset leaves nothing, not even the admin queue's registers. */
void sim_nvme_reset(void *state)
{
	struct controller *controller = state;

	clear(controller);
	controller->cc = 0;
	controller->csts = 0;
	controller->aqa = 0;
	controller->asq = 0;
	controller->acq = 0;
	controller->state = CONTROLLER_OFF;
}
