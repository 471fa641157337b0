/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate_owner.h - the queue owner's side of the gate: what its calls do while the gate does not pass.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_GATE_OWNER_H
#define NVME_GATE_OWNER_H

#include "queue.h"

/* Why no command is taken: -EAGAIN, or -ENODEV, -EIO, noted. */
int gate_owner_refusal(const struct padma_nvme_queue *queue);
/* Acknowledge a reset, end the commands from before one. Return: as padma_nvme_poll(). */
int gate_owner_poll(struct padma_nvme_queue *queue, unsigned int limit);

#endif
