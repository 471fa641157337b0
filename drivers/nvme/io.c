// SPDX-License-Identifier: BSD-3-Clause
/* Commands on the slow paths: their PRPs, the guard's check, the entry. The doorbell. */
#include <errno.h>

#include "guard.h"
#include "io.h"

PADMA_INLINE void put_work(struct padma_nvme_queue *queue, const struct work *work,
			   struct prps prps, uint32_t tag, uint16_t id)
{
	write_entry(queue, work->opcode, work->nsid, work->lba, work->cdw12, prps, tag, id,
		    work->done, work->ctx);
}

/* Its list, if it has one, is the tag's. Return: 0, -EFAULT: the tag is given back. */
static int put_written(struct padma_nvme_queue *queue, const struct work *work, struct prps prps,
		       uint32_t tag, uint16_t id, uint32_t bytes)
{
	if (queue->guard) {
		int rc = guard_prps(queue, prps, tag, bytes);

		if (rc) {
			padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
			return rc;
		}
	}
	put_work(queue, work, prps, tag, id);
	return 0;
}

/* Known to be one run for the device, of which no list is ready. */
int put_contiguous(struct padma_nvme_queue *queue, const struct work *work, padma_dma_t dma,
		   uint32_t bytes)
{
	struct prps prps = {.prp1 = dma};
	uint32_t tag;
	uint16_t id;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	prps.prp2 = prp2_contiguous(queue, tag, dma, bytes);
	return put_written(queue, work, prps, tag, id, bytes);
}

static int put_scattered(struct padma_nvme_queue *queue, const struct work *work,
			 const void *buffer, uint32_t bytes)
{
	struct prps prps = {0};
	uint32_t tag;
	uint16_t id;
	int rc;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	rc = prp_scattered(queue, tag, buffer, bytes, &prps);
	if (rc) {
		padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
		return rc;
	}
	return put_written(queue, work, prps, tag, id, bytes);
}

/* Nothing is to be written but the command. @rest: of the @bytes, those that are another span. */
static int put_ready(struct padma_nvme_queue *queue, const struct work *work, struct prps prps,
		     uint32_t bytes, const struct padma_run *rest)
{
	uint32_t tag;
	uint16_t id;

	if (queue->guard) {
		int rc = guard_span(queue, prps.prp1, bytes - rest->len);

		if (rc == 0 && rest->len)
			rc = guard_span(queue, rest->dma, rest->len);
		if (rc)
			return rc;
	}
	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	put_work(queue, work, prps, tag, id);
	return 0;
}

/* Memory of any kind. */
static int put_buffer(struct padma_nvme_queue *queue, const struct work *work, const void *buffer,
		      uint32_t bytes)
{
	struct padma_run run = {0};
	struct prps prps;

	if (prps_ready(queue, buffer, bytes, &prps) ||
	    prps_across(queue, buffer, bytes, &prps, &run))
		return put_ready(queue, work, prps, bytes, &run);
	run = padma_run(queue->space, buffer, bytes);
	if (run.len != bytes)
		return put_scattered(queue, work, buffer, bytes);
	return put_contiguous(queue, work, run.dma, bytes);
}

/* NLB in bits 15:0 of CDW12, 0-based (NVM Command Set 1.0, 3.2.4 and 3.2.6). */
int put_data(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
	     const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	const struct work work = {lba, done, ctx, ns->public.nsid, lbas - 1, opcode};

	return put_buffer(queue, &work, buffer, lbas << ns->lba_shift);
}

int put_plain(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
	      uint32_t cdw12, padma_nvme_done done, void *ctx)
{
	const struct prps none = {0};
	uint32_t tag;
	uint16_t id;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	write_entry(queue, opcode, nsid, lba, cdw12, none, tag, id, done, ctx);
	return 0;
}

/*
 * The controller never finds its completion queue full: what is outstanding has room beside what
 * was not acknowledged yet.
 */
unsigned int ring_sq_doorbell(struct padma_nvme_queue *queue)
{
	uint32_t count = (uint32_t)(queue->tail - queue->rung);

	if (count == 0)
		return 0;
	if (PADMA_UNLIKELY(!queue_has_room(queue)))
		ring_cq_doorbell(queue);
	queue->rung = queue->tail;
	padma_doorbell_ring32(&queue->sq_doorbell, (uint32_t)queue->tail & queue->mask);
	padma_counter_add(&queue->commands, count);
	padma_counter_add(&queue->doorbells, 1);
	return count;
}
