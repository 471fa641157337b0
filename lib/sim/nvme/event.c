// SPDX-License-Identifier: BSD-3-Clause
/* Asynchronous events (Base 5.2) and the error log with their details (Base 5.16.1.2). */
#include "controller.h"

void sim_nvme_event(struct controller *controller, unsigned int type, uint8_t info,
		    uint8_t log_page)
{
	struct event_slot *slot = &controller->events[type];

	if (slot->pending)
		return; /* the first of a kind is reported; the log has the others */
	slot->pending = true;
	slot->info = info;
	slot->log_page = log_page;
}

/* Base 5.2: reading the log page unmasks the events that refer to it. */
void sim_nvme_event_seen(struct controller *controller, uint8_t log_page)
{
	for (unsigned int type = 0; type < EVENT_TYPES; type++) {
		if (controller->events[type].masked &&
		    controller->events[type].log_page == log_page)
			controller->events[type].masked = false;
	}
}

void sim_nvme_post_events(struct controller *controller)
{
	for (unsigned int type = 0; type < EVENT_TYPES; type++) {
		struct event_slot *slot = &controller->events[type];
		uint16_t cid;

		if (!slot->pending || slot->masked || controller->event_count == 0 ||
		    sim_nvme_cq_room(&controller->cqs[0]) == 0)
			continue;
		cid = controller->event_cids[--controller->event_count];
		slot->pending = false;
		slot->masked = true;
		/* Base 5.2.1: type 2:0, information 15:8, log page 23:16. */
		sim_nvme_post(controller, 0, 0, cid, STATUS_SUCCESS,
			      type | (uint32_t)slot->info << 8 | (uint32_t)slot->log_page << 16);
	}
}

void sim_nvme_log_error(struct controller *controller, uint16_t sqid,
			const struct nvme_command *command, uint16_t status)
{
	uint64_t number = controller->statistics.errors_logged++;
	struct nvme_error_entry *entry = &controller->errors[number % CONTROLLER_ERROR_ENTRIES];

	*entry = (struct nvme_error_entry){
		.count = number + 1,
		.sqid = sqid,
		.cid = command ? command->cid : UINT16_MAX,
		.status = (uint16_t)(status << 1),
		.location = UINT16_MAX, /* not known to be any one field */
		.nsid = command ? command->nsid : 0,
		.transport = 0,
	};
	if (command && sqid)
		entry->lba = (uint64_t)command->cdw11 << 32 | command->cdw10;
}
