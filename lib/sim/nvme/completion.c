// SPDX-License-Identifier: BSD-3-Clause
/* Commands in flight and how they end: completion queue entries, delays, aborts, faults. */
#include <stdlib.h>

#include "controller.h"

static bool struck(const struct request *request, enum padma_sim_fault_kind kind)
{
	return request->strikes & PADMA_SIM_FAULT_BIT(kind);
}

void sim_nvme_requests_init(struct controller *controller)
{
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++)
		controller->free_requests[i] = &controller->requests[i];
	controller->free_count = CONTROLLER_REQUESTS;
}

void sim_nvme_requests_free(struct controller *controller)
{
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++) {
		free(controller->requests[i].data.segments);
		free(controller->requests[i].bounce);
	}
}

/* The caller has seen that there is room, in the pool and in the completion queue. */
struct request *sim_nvme_request_get(struct controller *controller, uint16_t sqid)
{
	struct request *request = controller->free_requests[--controller->free_count];

	request->state = REQUEST_RUNNING;
	request->sqid = sqid;
	request->strikes = 0;
	request->result = 0;
	controller->cqs[controller->sqs[sqid].cqid].reserved++;
	return request;
}

static void request_put(struct controller *controller, struct request *request)
{
	request->state = REQUEST_FREE;
	controller->free_requests[controller->free_count++] = request;
}

/* The command ends without a completion, or one comes later. */
void sim_nvme_release(struct controller *controller, struct request *request)
{
	controller->cqs[controller->sqs[request->sqid].cqid].reserved--;
	request_put(controller, request);
}

static void post_entry(struct controller *controller, uint16_t cqid, struct nvme_completion *entry)
{
	struct completion_queue *cq = &controller->cqs[cqid];
	uint64_t pa = cq->base + cq->tail * sizeof(*entry);

	/* Base 3.3.1.2.2: the phase tag is inverted with every pass through the queue. */
	entry->tail = (entry->tail & ~(1u << 16)) | (uint32_t)cq->phase << 16;
	/* The word with the phase goes last: the host reads the rest once it has seen it. */
	if (padma_sim_dma_write(controller->function, pa, entry,
				offsetof(struct nvme_completion, tail)) ||
	    padma_sim_dma_store(controller->function, pa + offsetof(struct nvme_completion, tail),
				entry->tail, sizeof(entry->tail))) {
		sim_nvme_fatal(controller);
		return;
	}
	if (controller->config.cold)
		padma_sim_dma_make_cold(controller->function, pa, sizeof(*entry));
	if (++cq->tail == cq->entries) {
		cq->tail = 0;
		cq->phase = !cq->phase;
	}
	cq->notify = cq->interrupts;
}

void sim_nvme_post(struct controller *controller, uint16_t cqid, uint16_t sqid, uint16_t cid,
		   uint16_t status, uint32_t result)
{
	struct nvme_completion entry = {
		.result = result,
		.sq_head = (uint16_t)controller->sqs[sqid].head,
		.sqid = sqid,
		.tail = (uint32_t)status << 17 | cid,
	};

	post_entry(controller, cqid, &entry);
}

static uint64_t next_random(struct controller *controller)
{
	/* xorshift64* (Vigna 2014): repeatable garbage from the key "seed". */
	controller->random ^= controller->random >> 12;
	controller->random ^= controller->random << 25;
	controller->random ^= controller->random >> 27;
	return controller->random * 0x2545f4914f6cdd1dull;
}

/* The completion as the armed faults would have it. */
static void post_struck(struct controller *controller, const struct request *request)
{
	const struct padma_sim_function *function = controller->function;
	uint16_t cqid = controller->sqs[request->sqid].cqid;
	struct nvme_completion entry = {
		.result = request->result,
		.sq_head = (uint16_t)controller->sqs[request->sqid].head,
		.sqid = request->sqid,
		.tail = (uint32_t)request->status << 17 | request->command.cid,
	};

	if (struck(request, PADMA_SIM_FAULT_WRONG_ID))
		entry.tail = (entry.tail & ~0xffffu) |
			     (uint16_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_WRONG_ID);
	if (struck(request, PADMA_SIM_FAULT_WRONG_HEAD))
		entry.sq_head =
			(uint16_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_WRONG_HEAD);
	if (struck(request, PADMA_SIM_FAULT_GARBAGE)) {
		uint64_t first = next_random(controller), second = next_random(controller);

		entry = (struct nvme_completion){.result = (uint32_t)first,
						 .reserved = (uint32_t)(first >> 32),
						 .sq_head = (uint16_t)second,
						 .sqid = (uint16_t)(second >> 16),
						 .tail = (uint32_t)(second >> 32)};
	}
	post_entry(controller, cqid, &entry);
	if (struck(request, PADMA_SIM_FAULT_TWICE) && sim_nvme_cq_room(&controller->cqs[cqid]) > 0)
		post_entry(controller, cqid, &entry);
}

/* The reservation goes before the post: the entry takes its place. */
static void finish(struct controller *controller, struct request *request)
{
	controller->cqs[controller->sqs[request->sqid].cqid].reserved--;
	if (struck(request, PADMA_SIM_FAULT_DROP))
		;
	else if (request->strikes)
		post_struck(controller, request);
	else
		sim_nvme_post(controller, controller->sqs[request->sqid].cqid, request->sqid,
			      request->command.cid, request->status, request->result);
	request_put(controller, request);
}

void sim_nvme_complete(struct controller *controller, struct request *request, uint16_t status,
		       uint32_t result)
{
	if (status && !struck(request, PADMA_SIM_FAULT_STATUS)) {
		sim_nvme_log_error(controller, request->sqid, &request->command, status);
		status |= STATUS_MORE;
	}
	request->status = status;
	request->result = result;
	if (struck(request, PADMA_SIM_FAULT_DELAY)) {
		request->state = REQUEST_DELAYED;
		request->due = padma_sim_now(controller->function) +
			       padma_sim_fault_value(controller->function, PADMA_SIM_FAULT_DELAY);
		controller->delayed++;
		return;
	}
	finish(controller, request);
}

void sim_nvme_store_done(struct controller *controller, struct request *request, uint16_t status)
{
	if (request->state == REQUEST_ABANDONED)
		request_put(controller, request);
	else
		sim_nvme_complete(controller, request, status, 0);
}

unsigned int sim_nvme_post_delayed(struct controller *controller)
{
	uint64_t now;
	unsigned int posted = 0;

	if (controller->delayed == 0)
		return 0;
	now = padma_sim_now(controller->function);
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++) {
		struct request *request = &controller->requests[i];

		if (request->state == REQUEST_DELAYED && now >= request->due) {
			controller->delayed--;
			finish(controller, request);
			posted++;
		}
	}
	return posted;
}

/* Withdraw a command from the store, or from those that are delayed; its place in the completion queue stays reserved. */
static void withdraw(struct controller *controller, struct request *request)
{
	if (request->state == REQUEST_DELAYED) {
		controller->delayed--;
		request_put(controller, request);
	} else {
		request->state = REQUEST_ABANDONED;
	}
}

static bool is_in_flight(const struct request *request)
{
	return request->state == REQUEST_RUNNING || request->state == REQUEST_DELAYED;
}

/* Reset: the queues are gone, and with them every reservation. */
void sim_nvme_abandon_all(struct controller *controller)
{
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++) {
		if (is_in_flight(&controller->requests[i]))
			withdraw(controller, &controller->requests[i]);
	}
	controller->event_count = 0;
}

static void abort_request(struct controller *controller, struct request *request, uint16_t status)
{
	uint16_t cqid = controller->sqs[request->sqid].cqid, cid = request->command.cid;
	uint16_t sqid = request->sqid;

	withdraw(controller, request);
	controller->cqs[cqid].reserved--;
	sim_nvme_post(controller, cqid, sqid, cid, status, 0);
}

/* Base 3.3.1.3: what a deleted queue had in flight ends as aborted by the deletion. */
void sim_nvme_abort_queue(struct controller *controller, uint16_t sqid)
{
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++) {
		struct request *request = &controller->requests[i];

		if (is_in_flight(request) && request->sqid == sqid)
			abort_request(controller, request, STATUS_ABORTED_SQ_DELETED);
	}
}

bool sim_nvme_abort_command(struct controller *controller, uint16_t sqid, uint16_t cid)
{
	for (unsigned int i = 0; i < CONTROLLER_REQUESTS; i++) {
		struct request *request = &controller->requests[i];

		if (is_in_flight(request) && request->sqid == sqid && request->command.cid == cid) {
			abort_request(controller, request, STATUS_ABORT_REQUESTED);
			return true;
		}
	}
	return false;
}

/* PCIe 3.5: one message for all entries that were posted to a queue since the last. */
void sim_nvme_notify(struct controller *controller)
{
	for (unsigned int id = 0; id <= controller->highest; id++) {
		struct completion_queue *cq = &controller->cqs[id];

		if (cq->notify) {
			cq->notify = false;
			padma_sim_interrupt(controller->function, cq->vector);
		}
	}
}

/*
 * PCIe 3.5: the pin is asserted while a queue that interrupts has entries that the host has not
 * taken, unless INTMS masks it: bit 0, as there is one vector only.
 */
bool sim_nvme_asserts(void *state)
{
	struct controller *controller = state;

	if (controller->state != CONTROLLER_ON || controller->interrupt_mask & 1)
		return false;
	for (unsigned int id = 0; id <= controller->highest; id++) {
		const struct completion_queue *cq = &controller->cqs[id];

		if (!cq->live || !cq->interrupts)
			continue;
		sim_nvme_take_head(controller, id);
		if (cq->head != cq->tail)
			return true;
	}
	return false;
}
