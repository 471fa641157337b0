// SPDX-License-Identifier: BSD-3-Clause
/*
 * A turn of the controller: take in the doorbells, fetch and carry out commands round robin, post
 * what became ready, and signal the host by one interrupt per completion queue.
 */
#include "controller.h"

static bool is_running(const struct controller *controller)
{
	return controller->state == CONTROLLER_ON &&
	       !(controller->csts & (CSTS_CFS | CSTS_SHST_MASK));
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A store that has the request calls sim_nvme_store_done() later. */
static void execute(struct controller *controller, struct request *request)
{
	uint16_t status;

	if (request->sqid == 0) {
		status = sim_nvme_admin(controller, request);
		if (status == STORE_PENDING) /* an event request: completes when there is one */
			sim_nvme_release(controller, request);
		else
			sim_nvme_complete(controller, request, status, request->result);
		return;
	}
	if (controller->function->faults)
		request->strikes = padma_sim_fault_strike(controller->function);
	if (request->strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_FATAL)) {
		sim_nvme_fatal(controller);
		sim_nvme_release(controller, request);
		return;
	}
	if (request->strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STATUS))
		status = (uint16_t)padma_sim_fault_value(controller->function,
							 PADMA_SIM_FAULT_STATUS);
	else
		status = sim_nvme_io(controller, request);
	if (status != STORE_PENDING)
		sim_nvme_complete(controller, request, status, request->result);
}

/* Several entries at once; if they cannot all be read, the first alone decides. */
static uint32_t fetch(struct controller *controller, const struct submission_queue *sq,
		      struct nvme_command *commands, uint32_t count)
{
	uint64_t pa = sq->base + sq->head * sizeof(*commands);

	if (padma_sim_dma_read(controller->function, pa, commands, count * sizeof(*commands)) == 0)
		return count;
	if (count > 1 &&
	    padma_sim_dma_read(controller->function, pa, commands, sizeof(*commands)) == 0)
		return 1;
	/* Base 3.1.3.6, CFS: an error that no completion queue entry can report. */
	sim_nvme_fatal(controller);
	return 0;
}

static uint32_t fetchable(const struct controller *controller, const struct submission_queue *sq,
			  uint32_t limit)
{
	uint32_t waiting = (sq->tail + sq->entries - sq->head) % sq->entries;

	limit = smaller(limit, CONTROLLER_FETCH);
	limit = smaller(limit, waiting);
	limit = smaller(limit, sq->entries - sq->head); /* one DMA does not wrap */
	limit = smaller(limit, controller->free_count);
	/* A completion never waits for room: without a place for it nothing is fetched. */
	return smaller(limit, sim_nvme_cq_room(&controller->cqs[sq->cqid]));
}

static unsigned int run_batch(struct controller *controller, uint16_t sqid, uint32_t limit)
{
	struct submission_queue *sq = &controller->sqs[sqid];
	struct nvme_command commands[CONTROLLER_FETCH];
	uint32_t count = fetchable(controller, sq, limit), done = 0;

	if (count)
		count = fetch(controller, sq, commands, count);
	while (done < count && is_running(controller)) {
		struct request *request = sim_nvme_request_get(controller, sqid);

		request->command = commands[done++];
		sq->head = sq->head + 1 == sq->entries ? 0 : sq->head + 1;
		execute(controller, request);
	}
	return done;
}

static unsigned int run_queue(struct controller *controller, uint16_t sqid, uint32_t limit)
{
	unsigned int done = 0, batch;

	sim_nvme_take_tail(controller, sqid);
	do {
		batch = run_batch(controller, sqid, limit - done);
		done += batch;
	} while (batch && done < limit && is_running(controller));
	return done;
}

static unsigned int run_queues(struct controller *controller, uint32_t limit)
{
	unsigned int done = 0;

	for (unsigned int id = 0; id <= controller->highest; id++) {
		if (controller->cqs[id].live)
			sim_nvme_take_head(controller, id);
	}
	/* If the last turn ended early, this one continues with the next queue: round robin.
	 */
	for (unsigned int i = 0; i <= controller->highest && done < limit; i++) {
		unsigned int id = controller->next_queue;

		if (id > controller->highest)
			id = 0;
		controller->next_queue = id + 1;
		if (controller->sqs[id].live && is_running(controller))
			done += run_queue(controller, (uint16_t)id, limit - done);
	}
	return done;
}

unsigned int sim_nvme_run(void *state, unsigned int limit)
{
	struct controller *controller = state;
	unsigned int done;

	sim_nvme_advance(controller);
	/* Also for a controller that is disabled: abandoned requests still return. */
	done = controller->store->ops->poll(controller->store);
	if (!is_running(controller))
		return done;
	done += sim_nvme_post_delayed(controller);
	done += run_queues(controller, limit ? limit : UINT32_MAX);
	/* Lets the store start what it was just given. */
	done += controller->store->ops->poll(controller->store);
	if (done == 0)
		sim_nvme_audit_doorbells(controller);
	sim_nvme_post_events(controller);
	sim_nvme_notify(controller);
	return done;
}

void sim_nvme_ring(struct controller *controller, uint32_t index, uint32_t value)
{
	bool admin = index == 0 || index == 1u << controller->config.dstrd;

	__atomic_store_n(&controller->doorbells[index], value, __ATOMIC_RELAXED);
	/* A driver waits for an admin command in the thread that would step the controller. */
	if (!admin || !controller->function->stepped || !is_running(controller))
		return;
	sim_nvme_take_head(controller, 0);
	run_queue(controller, 0, UINT32_MAX);
	sim_nvme_post_events(controller);
	sim_nvme_notify(controller);
}
