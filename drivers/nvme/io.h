/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * io.h - commands into the submission ring.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_IO_H
#define NVME_IO_H

#include <string.h>

#include "prp.h"

/* A command before it has a tag: for the slow paths. */
struct work {
	uint64_t lba;
	padma_nvme_done done;
	void *ctx;
	uint32_t nsid;
	uint32_t cdw12;
	uint8_t opcode;
};

/* The command into the ring; the controller does not see it before the doorbell. */
PADMA_INLINE void write_entry(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
			      uint64_t lba, uint32_t cdw12, struct prps prps, uint32_t tag,
			      uint16_t id, padma_nvme_done done, void *ctx)
{
	const uint64_t dwords_12_13 = cdw12;
	uint64_t tail = queue->tail;
	struct nvme_command *entry = &queue->sq[tail & queue->mask];
	struct request *request = &queue->requests[tag];

	/* Field by field: each of the 64 bytes is written once. */
	entry->opcode = opcode;
	entry->flags = 0;
	entry->cid = id;
	entry->nsid = nsid;
	entry->cdw2 = 0;
	entry->cdw3 = 0;
	entry->mptr = 0;
	entry->prp1 = prps.prp1;
	entry->prp2 = prps.prp2;
	entry->cdw10 = (uint32_t)lba;
	entry->cdw11 = (uint32_t)(lba >> 32);
	memcpy(&entry->cdw12, &dwords_12_13, sizeof(dwords_12_13));
	entry->cdw14 = 0;
	entry->cdw15 = 0;
	request->done = done;
	request->ctx = ctx;
	request->number = tail;
	request->beat = queue->timeout.beat;
	queue->tail = tail + 1;
}

/* The rest needs no further checks. Return: 0, or -EAGAIN (no tag is free), -EFAULT: nothing is in the ring. */

/* Read or Write, of memory of any kind. */
int put_data(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
	     const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);
/* Read or Write, of memory that is contiguous for the device. */
int put_contiguous(struct padma_nvme_queue *queue, const struct work *work, padma_dma_t dma,
		   uint32_t bytes);
/* A command without data. */
int put_plain(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
	      uint32_t cdw12, padma_nvme_done done, void *ctx);

/* Ring the doorbell for what is in the ring. Return: for how many commands. */
unsigned int ring_sq_doorbell(struct padma_nvme_queue *queue);

#endif
