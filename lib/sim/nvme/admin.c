// SPDX-License-Identifier: BSD-3-Clause
/* Admin commands (Base 5): which there are, what holds for all of them, and the small ones. */
#include "controller.h"

/* Of the admin commands only event requests are ever in flight. */
static bool abort_event_request(struct controller *controller, uint16_t cid)
{
	for (unsigned int i = 0; i < controller->event_count; i++) {
		if (controller->event_cids[i] != cid)
			continue;
		/* The place kept for the Abort's own completion is not given away. */
		if (sim_nvme_cq_room(&controller->cqs[0]) == 0)
			return false;
		controller->event_cids[i] = controller->event_cids[--controller->event_count];
		sim_nvme_post(controller, 0, 0, cid, STATUS_ABORT_REQUESTED, 0);
		return true;
	}
	return false;
}

/* Base 5.1. Bit 0 of the result: the command was not aborted. */
static uint16_t abort_command(struct controller *controller, struct request *request)
{
	uint16_t sqid = (uint16_t)request->command.cdw10;
	uint16_t cid = (uint16_t)(request->command.cdw10 >> 16);
	bool aborted = sqid ? sim_nvme_abort_command(controller, sqid, cid)
			    : abort_event_request(controller, cid);

	request->result = aborted ? 0 : 1;
	return STATUS_SUCCESS;
}

/* Base 5.2. */
static uint16_t event_request(struct controller *controller, struct request *request)
{
	if (controller->event_count == CONTROLLER_EVENTS)
		return STATUS_TOO_MANY_EVENTS | STATUS_DNR;
	controller->event_cids[controller->event_count++] = request->command.cid;
	return STORE_PENDING;
}

typedef uint16_t (*admin_fn)(struct controller *controller, struct request *request);

static const admin_fn commands[] = {
	[ADMIN_DELETE_SQ] = sim_nvme_delete_sq,
	[ADMIN_CREATE_SQ] = sim_nvme_create_sq,
	[ADMIN_GET_LOG_PAGE] = sim_nvme_get_log_page,
	[ADMIN_DELETE_CQ] = sim_nvme_delete_cq,
	[ADMIN_CREATE_CQ] = sim_nvme_create_cq,
	[ADMIN_IDENTIFY] = sim_nvme_identify,
	[ADMIN_ABORT] = abort_command,
	[ADMIN_SET_FEATURES] = sim_nvme_set_features,
	[ADMIN_GET_FEATURES] = sim_nvme_get_features,
	[ADMIN_ASYNC_EVENT] = event_request,
};

bool sim_nvme_has_admin(uint8_t opcode)
{
	return opcode < sizeof(commands) / sizeof(commands[0]) && commands[opcode];
}

uint16_t sim_nvme_admin(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;

	if (!sim_nvme_has_admin(command->opcode))
		return STATUS_INVALID_OPCODE | STATUS_DNR;
	/* Base 3.3.3.1: no fused operations, and PRPs only, as Identify reports (FUSES, SGLS). */
	if (command->flags & (FLAGS_FUSE | FLAGS_PSDT))
		return STATUS_INVALID_FIELD | STATUS_DNR;
	return commands[command->opcode](controller, request);
}
