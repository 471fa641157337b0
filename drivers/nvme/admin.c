// SPDX-License-Identifier: BSD-3-Clause
/* The admin queue: one synchronous command at a time, beside the outstanding event requests. */
#include <string.h>

#include <padma/barrier.h>

#include "bound.h"
#include "controller.h"
#include "message.h"
#include "status.h"

/* How long an admin command waits between checks of CSTS. */
#define CHECK_NS 1000000ull

/* The outcome of the command that is waited for; set when its completion is reaped. */
struct answer {
	uint32_t tag;
	bool done;
	uint16_t status;
	uint32_t result;
};

int admin_open(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;
	struct padma_space *space = nvme->space;
	int rc;

	rc = padma_ring_open(&admin->sq, space, NVME_ADMIN_ENTRIES, sizeof(struct nvme_command),
			     NULL);
	if (!rc)
		rc = padma_ring_open(&admin->cq, space, NVME_ADMIN_ENTRIES,
				     sizeof(struct nvme_completion), NULL);
	if (!rc)
		rc = padma_ring_open(&admin->data, space, 1, NVME_IDENTIFY_BYTES, NULL);
	if (!rc)
		/* One entry of a ring stays empty (Base 2.0, 3.3.1.5). */
		rc = padma_tags_open(&admin->tags, NVME_TAG_BITS, NVME_ADMIN_ENTRIES - 1);
	if (rc)
		return rc;
	admin->sq_doorbell =
		padma_doorbell_at(nvme->bar, nvme_sq_doorbell(0, nvme->cap), sizeof(uint32_t));
	admin->cq_doorbell =
		padma_doorbell_at(nvme->bar, nvme_cq_doorbell(0, nvme->cap), sizeof(uint32_t));
	admin_restart(nvme);
	return 0;
}

void admin_close(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;

	padma_ring_close(&admin->sq);
	padma_ring_close(&admin->cq);
	padma_ring_close(&admin->data);
	padma_tags_close(&admin->tags);
}

void admin_restart(struct padma_nvme *nvme)
{
	struct admin_queue *admin = &nvme->admin;

	for (uint32_t tag = 0; tag < admin->tags.count; tag++) {
		if (padma_tags_is_in_flight(&admin->tags, tag))
			padma_tags_give(&admin->tags, NVME_TAG_BITS, tag);
	}
	/* The phase of a ring's first round is 1; entries from before the reset must not have it.
	 */
	memset(admin->cq.va, 0, admin->cq.bytes);
	memset(admin->is_event, 0, sizeof(admin->is_event));
	admin->tail = 0;
	admin->head = 0;
	admin->phase = 1;
	admin->events_armed = 0;
	admin->events_pending = 0;
}

static int put(struct padma_nvme *nvme, struct nvme_command *command, uint32_t *tag)
{
	struct admin_queue *admin = &nvme->admin;

	if (!padma_tags_take(&admin->tags, tag, &command->cid))
		return controller_failed(nvme, "its admin queue is full of lost commands");
	admin->is_event[*tag] = command->opcode == NVME_ADMIN_ASYNC_EVENT;
	((struct nvme_command *)admin->sq.va)[admin->tail] = *command;
	admin->tail = padma_ring_next(admin->tail, admin->sq.mask);
	padma_doorbell_ring32(&admin->sq_doorbell, admin->tail);
	return 0;
}

int admin_request_event(struct padma_nvme *nvme)
{
	struct nvme_command command = {.opcode = NVME_ADMIN_ASYNC_EVENT};
	uint32_t tag;
	int rc = put(nvme, &command, &tag);

	if (rc == 0)
		nvme->admin.events_armed++;
	return rc;
}

/* Figure 145: type in bits 2:0, information in 15:8, log page in 23:16. */
static void note_event(struct padma_nvme *nvme, uint32_t result)
{
	struct admin_queue *admin = &nvme->admin;

	log_warning("%s: event of type %u, information 0x%02x, log page 0x%02x", nvme_name(nvme),
		    result & 7, result >> 8 & 0xff, result >> 16 & 0xff);
	/* No more can come than were requested, and none is requested before these are read. */
	if (admin->events_pending < NVME_MAX_EVENTS)
		admin->event_log[admin->events_pending++] = (uint8_t)(result >> 16);
}

/* One completion, all of it checked (Base 2.0, 3.3.3.2). */
static int take_entry(struct padma_nvme *nvme, const struct nvme_completion *entry, uint32_t word,
		      struct answer *answer)
{
	struct admin_queue *admin = &nvme->admin;
	uint32_t queue = __atomic_load_n(&entry->queue, __ATOMIC_RELAXED);
	uint32_t result = __atomic_load_n(&entry->result, __ATOMIC_RELAXED);
	uint16_t status = (uint16_t)(word >> NVME_COMPLETION_STATUS_SHIFT);
	uint32_t tag;

	if ((queue >> 16) != 0 || (queue & 0xffff) > admin->sq.mask)
		return controller_failed(nvme, "an admin completion names a wrong queue or head");
	if (!padma_tags_give_id(&admin->tags, NVME_TAG_BITS, (uint16_t)word, &tag))
		return controller_failed(nvme, "an admin completion names no command in flight");
	if (admin->is_event[tag]) {
		admin->events_armed--;
		if (status == 0)
			note_event(nvme, result);
		else /* Most likely more were requested than it takes. */
			admin->events_wanted = admin->events_armed;
		return 0;
	}
	if (!answer || answer->tag != tag)
		return controller_failed(
			nvme, "an admin completion names a command that is not waited for");
	*answer = (struct answer){tag, true, status, result};
	return 0;
}

static int reap(struct padma_nvme *nvme, struct answer *answer)
{
	struct admin_queue *admin = &nvme->admin;
	bool any = false;
	int rc = 0;

	while (rc == 0) {
		const struct nvme_completion *entry =
			&((const struct nvme_completion *)admin->cq.va)[admin->head];
		uint32_t word = padma_load32_acquire(&entry->status);

		if ((word >> NVME_COMPLETION_PHASE_SHIFT & 1) != admin->phase)
			break;
		rc = take_entry(nvme, entry, word, answer);
		admin->head = padma_ring_next(admin->head, admin->cq.mask);
		admin->phase ^= admin->head == 0;
		any = true;
	}
	if (any)
		padma_doorbell_ring32(&admin->cq_doorbell, admin->head);
	return rc;
}

int admin_reap(struct padma_nvme *nvme)
{
	return reap(nvme, NULL);
}

static int wait_for(struct padma_nvme *nvme, struct answer *answer)
{
	struct wait wait = bound_wait(nvme, nvme->admin_timeout_ns);
	struct span unchecked = span_begin(CHECK_NS);

	for (;;) {
		bool over = wait_over(&wait);
		int rc = reap(nvme, answer);

		if (rc || answer->done)
			return rc;
		if (span_left(&unchecked, clock_now()) == 0) {
			unchecked = span_begin(CHECK_NS);
			rc = controller_check(nvme);
			if (rc)
				return rc;
		}
		if (over) {
			controller_failed(nvme, bound_is_over(nvme)
							? "opening or resetting it took too long"
							: "an admin command timed out");
			return -ETIMEDOUT;
		}
	}
}

int admin_run(struct padma_nvme *nvme, struct nvme_command *command, uint32_t *result,
	      uint16_t *status)
{
	struct answer answer = {0};
	int rc = controller_usable(nvme);

	*status = 0;
	if (!rc && bound_is_over(nvme))
		rc = bound_fail(nvme);
	if (!rc)
		rc = put(nvme, command, &answer.tag);
	if (!rc)
		rc = wait_for(nvme, &answer);
	if (rc)
		return rc;
	*status = answer.status;
	if (result)
		*result = answer.result;
	return answer.status ? -EIO : 0;
}

int admin_identify(struct padma_nvme *nvme, uint8_t cns, uint8_t csi, uint32_t nsid,
		   uint16_t *status)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_IDENTIFY,
		.nsid = nsid,
		.prp1 = nvme->admin.data.dma,
		.cdw10 = cns,
		.cdw11 = (uint32_t)csi << 24,
	};

	/* Bytes that the controller does not write must not be left from an earlier command. */
	memset(nvme->admin.data.va, 0, NVME_IDENTIFY_BYTES);
	return admin_run(nvme, &command, NULL, status);
}

/* Base 2.0, 5.27.1.5: Number of Queues, both 0-based. */
int admin_queue_count(struct padma_nvme *nvme, unsigned int wanted, unsigned int *granted)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.cdw10 = NVME_FEATURE_QUEUES,
		.cdw11 = (wanted - 1) << 16 | (wanted - 1),
	};
	uint32_t result, submission, completion;
	uint16_t status;
	int rc = admin_run(nvme, &command, &result, &status);

	if (rc && status) {
		fail_status("Set Features (Number of Queues)", status);
		return -EPROTO;
	}
	if (rc)
		return rc;
	submission = (result & 0xffff) + 1;
	completion = (result >> 16) + 1;
	/* 65,535 is reserved: no controller has 65,536 queues. */
	if (submission > 65535 || completion > 65535)
		return fail(-EPROTO,
			    "Set Features (Number of Queues): the controller grants an impossible "
			    "%u and %u queues",
			    submission, completion);
	*granted = submission < completion ? submission : completion;
	if (*granted > wanted)
		*granted = wanted;
	return 0;
}
