// SPDX-License-Identifier: BSD-3-Clause
/* Asynchronous events: requests kept outstanding, the log of each event read (Base 2.0, 5.2). */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "driver.h"

#define LOG_BYTES 512u

int events_arm(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;

	while (admin->events_armed < admin->events_wanted) {
		struct nvme_command command = {.opcode = NVME_ADMIN_ASYNC_EVENT};
		uint32_t tag;
		int rc = admin_put(nvme, &command, &tag);

		if (rc)
			return rc;
		admin->is_event[tag] = true;
		admin->events_armed++;
	}
	return 0;
}

/* Figure 145: type in bits 2:0, information in 15:8, log page in 23:16. */
void events_note(struct padma_nvme *nvme, uint32_t result)
{
	struct admin_queue *admin = &nvme->admin;

	log_warning("%s: event of type %u, information 0x%02x, log page 0x%02x",
		    padma_device_name(nvme->device), result & 7, result >> 8 & 0xff,
		    result >> 16 & 0xff);
	/* No more can come than were asked for, and none is asked for before these are read. */
	if (admin->events_pending < NVME_MAX_EVENTS)
		admin->event_log[admin->events_pending++] = (uint8_t)(result >> 16);
}

/* Reading its log page makes a controller report the next event of a kind (5.2, RAE 0). */
static int read_log(struct padma_nvme *nvme, uint8_t log)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_GET_LOG_PAGE,
		.nsid = NVME_NSID_ALL,
		.prp1 = nvme->admin.data.dma,
		.cdw10 = log | (LOG_BYTES / 4 - 1) << 16,
	};
	uint16_t status;
	int rc = admin_run(nvme, &command, NULL, &status);

	if (rc == -EIO && status) {
		fail_status("Get Log Page", status);
		log_warning("%s; no more such events will come", padma_last_error());
		return 0;
	}
	return rc;
}

int events_read(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;
	int count = 0;

	while (admin->events_pending) {
		int rc = read_log(nvme, admin->event_log[--admin->events_pending]);

		if (rc)
			return rc;
		count++;
	}
	if (count) {
		int rc = events_arm(nvme);

		if (rc)
			return rc;
	}
	return count;
}
