// SPDX-License-Identifier: BSD-3-Clause
/* Asynchronous events: requests kept outstanding, the log of each event read (Base 2.0, 5.2). */
#include "controller.h"
#include "events.h"
#include "message.h"
#include "status.h"

#define LOG_BYTES 512u

int events_arm(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;

	while (admin->events_armed < admin->events_wanted) {
		int rc = admin_request_event(nvme);

		if (rc)
			return rc;
	}
	return 0;
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
		log_warning("%s; events of this kind will not be reported any more",
			    padma_last_error());
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
