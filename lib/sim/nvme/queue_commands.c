// SPDX-License-Identifier: BSD-3-Clause
/* Create and Delete I/O Queues (Base 5.4 to 5.7), with each status that they list. */
#include "controller.h"

#define QUEUE_CONTIGUOUS 0x1u
#define CQ_INTERRUPTS	 0x2u
/* The only entry sizes there are, as powers of two (Base 3.1.3.5, Identify SQES and CQES). */
#define SQ_ENTRY_SHIFT	 6u
#define CQ_ENTRY_SHIFT	 4u

static uint16_t queue_id(const struct nvme_command *command)
{
	return (uint16_t)command->cdw10;
}

static uint32_t queue_entries(const struct nvme_command *command)
{
	return (command->cdw10 >> 16) + 1;
}

/* What Create I/O CQ and Create I/O SQ check alike. */
static uint16_t check_queue(const struct controller *controller, const struct nvme_command *command)
{
	/* QSIZE is 0's based; Base 3.3.1: an I/O queue has at least two entries. */
	if (queue_entries(command) < 2 || queue_entries(command) > controller->config.mqes)
		return STATUS_INVALID_QUEUE_SIZE | STATUS_DNR;
	/* CAP.CQR is 1. */
	if (!(command->cdw11 & QUEUE_CONTIGUOUS))
		return STATUS_INVALID_FIELD | STATUS_DNR;
	if (command->prp1 & (controller->page_bytes - 1))
		return STATUS_PRP_OFFSET_INVALID | STATUS_DNR;
	return STATUS_SUCCESS;
}

/* PCIe 3.5: without MSI-X there is one vector, 0. */
static bool is_vector(const struct controller *controller, const struct nvme_command *command)
{
	uint32_t vector = command->cdw11 >> 16;

	if (vector >= controller->config.vectors)
		return false;
	return vector == 0 || padma_sim_interrupt_vectors(controller->function) ||
	       !(command->cdw11 & CQ_INTERRUPTS);
}

uint16_t sim_nvme_create_cq(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	uint16_t id = queue_id(command), status;

	if (id == 0 || id > controller->io_cqs_granted || controller->cqs[id].live)
		return STATUS_INVALID_QID | STATUS_DNR;
	if (CC_IOCQES(controller->cc) != CQ_ENTRY_SHIFT)
		return STATUS_INVALID_QUEUE_SIZE | STATUS_DNR;
	status = check_queue(controller, command);
	if (status)
		return status;
	if (!is_vector(controller, command))
		return STATUS_INVALID_VECTOR | STATUS_DNR;
	sim_nvme_cq_open(controller, id, command->prp1, queue_entries(command));
	controller->cqs[id].interrupts = command->cdw11 & CQ_INTERRUPTS;
	controller->cqs[id].vector = (uint16_t)(command->cdw11 >> 16);
	return STATUS_SUCCESS;
}

uint16_t sim_nvme_create_sq(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	uint16_t id = queue_id(command), cqid = (uint16_t)(command->cdw11 >> 16), status;

	if (id == 0 || id > controller->io_sqs_granted || controller->sqs[id].live)
		return STATUS_INVALID_QID | STATUS_DNR;
	/* Base 5.5: CQID 0 or out of range is an invalid identifier, one that is not there an
	 * invalid completion queue. */
	if (cqid == 0 || cqid > controller->io_cqs_granted)
		return STATUS_INVALID_QID | STATUS_DNR;
	if (!controller->cqs[cqid].live)
		return STATUS_CQ_INVALID | STATUS_DNR;
	if (CC_IOSQES(controller->cc) != SQ_ENTRY_SHIFT)
		return STATUS_INVALID_QUEUE_SIZE | STATUS_DNR;
	status = check_queue(controller, command);
	if (status)
		return status;
	sim_nvme_sq_open(controller, id, cqid, command->prp1, queue_entries(command));
	return STATUS_SUCCESS;
}

uint16_t sim_nvme_delete_sq(struct controller *controller, struct request *request)
{
	uint16_t id = queue_id(&request->command);

	if (id == 0 || id >= controller->queues || !controller->sqs[id].live)
		return STATUS_INVALID_QID | STATUS_DNR;
	sim_nvme_abort_queue(controller, id);
	sim_nvme_sq_close(controller, id);
	return STATUS_SUCCESS;
}

uint16_t sim_nvme_delete_cq(struct controller *controller, struct request *request)
{
	uint16_t id = queue_id(&request->command);

	if (id == 0 || id >= controller->queues || !controller->cqs[id].live)
		return STATUS_INVALID_QID | STATUS_DNR;
	if (controller->cqs[id].users)
		return STATUS_INVALID_QUEUE_DELETION | STATUS_DNR;
	sim_nvme_cq_close(controller, id);
	return STATUS_SUCCESS;
}
