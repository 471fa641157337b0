// SPDX-License-Identifier: BSD-3-Clause
/* Creating and deleting queue pairs on the controller (Base 2.0, 5.4 to 5.7). */
#include "enable.h"
#include "message.h"
#include "queue_pair.h"
#include "status.h"

static int run_queue_command(struct padma_nvme *nvme, struct nvme_command *command,
			     const char *what)
{
	uint16_t status;
	int rc = admin_run(nvme, command, NULL, &status);

	return status ? fail_status(what, status) : rc;
}

static int delete_queue(struct padma_nvme_queue *queue, uint8_t opcode, const char *what)
{
	struct nvme_command command = {.opcode = opcode, .cdw10 = queue->qid};

	return run_queue_command(queue->nvme, &command, what);
}

/* A controller that does not delete a queue is disabled, and with it all its queues. */
static void force_stop(struct padma_nvme *nvme)
{
	log_warning("%s; the controller is disabled", padma_last_error());
	padma_gate_raise(&nvme->gate, PADMA_GATE_FAILED);
	(void)controller_stop(nvme);
}

/* Base 2.0, 5.4 and 5.5: the completion queue first. */
int queue_pair_create(struct padma_nvme_queue *queue)
{
	struct nvme_command cq = {
		.opcode = NVME_ADMIN_CREATE_CQ,
		.prp1 = queue->cq_ring.dma,
		.cdw10 = NVME_QUEUE_ID_SIZE(queue->qid, queue->cq_ring.mask + 1),
		.cdw11 = NVME_CQ_CONTIGUOUS,
	};
	struct nvme_command sq = {
		.opcode = NVME_ADMIN_CREATE_SQ,
		.prp1 = queue->sq_ring.dma,
		.cdw10 = NVME_QUEUE_ID_SIZE(queue->qid, queue->sq_ring.mask + 1),
		.cdw11 = NVME_SQ_CONTIGUOUS | NVME_SQ_CQID(queue->qid),
	};
	int rc;

	if (queue->irq)
		cq.cdw11 |= NVME_CQ_IRQ_ENABLE | NVME_CQ_VECTOR(queue->irq - 1);
	rc = run_queue_command(queue->nvme, &cq, "Create I/O Completion Queue");
	if (rc)
		return rc;
	rc = run_queue_command(queue->nvme, &sq, "Create I/O Submission Queue");
	if (rc && controller_usable(queue->nvme) == 0 &&
	    delete_queue(queue, NVME_ADMIN_DELETE_CQ, "Delete I/O Completion Queue"))
		force_stop(queue->nvme);
	return rc;
}

/*
 * The controller releases the queue: afterwards it reads and writes none of its memory, nor that
 * of its commands (5.6, 5.7).
 */
static int delete_pair(struct padma_nvme_queue *queue)
{
	struct padma_nvme *nvme = queue->nvme;
	int rc;

	if (padma_gate_word(&nvme->gate) & PADMA_GATE_GONE)
		return controller_usable(nvme);
	if (!nvme->enabled)
		return 0;
	rc = delete_queue(queue, NVME_ADMIN_DELETE_SQ, "Delete I/O Submission Queue");
	if (!rc)
		rc = delete_queue(queue, NVME_ADMIN_DELETE_CQ, "Delete I/O Completion Queue");
	if (rc == 0 || rc == -ENODEV)
		return rc;
	force_stop(nvme);
	return rc;
}

int queue_pair_delete(struct padma_nvme_queue *queue, bool *released)
{
	int rc = delete_pair(queue);

	*released = !queue->nvme->enabled || rc == 0 || rc == -ENODEV;
	if (!*released)
		return fail(-EBUSY,
			    "queue %u stays as it is: the controller cannot be kept from its "
			    "memory; reset it, or close the queue again",
			    queue->qid);
	return rc;
}
