/* SPDX-License-Identifier: BSD-3-Clause */
/* split.h - commands that are larger than one command may be. Threading: the queue's owner. */
#ifndef NVME_SPLIT_H
#define NVME_SPLIT_H

#include "queue.h"

struct split {
	struct split *next;
	padma_nvme_done done;
	void *ctx;
	const struct namespace *ns;
	const char *buffer;
	uint64_t lba;
	uint32_t lbas; /* still to be put into the ring */
	uint32_t in_flight;
	int error;
	uint16_t status;
	uint8_t opcode;
	bool waiting; /* it is queue->split_waiting */
	struct padma_nvme_queue *queue;
};

int splits_open(struct padma_nvme_queue *queue, uint32_t count);
void splits_close(struct padma_nvme_queue *queue);
/* 0, or -EAGAIN, -EFAULT: nothing was taken. */
int split_start(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
		const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);
/* Put more parts of the waiting command into the ring, and finish it if it is over. */
void split_continue(struct padma_nvme_queue *queue);
/* End the waiting command, if there is one, with @error. */
void split_cancel(struct padma_nvme_queue *queue, int error);

#endif
