/* SPDX-License-Identifier: BSD-3-Clause */
/* queue_pair.h - a queue pair on the controller. Threading: with nvme->lock. */
#ifndef NVME_QUEUE_PAIR_H
#define NVME_QUEUE_PAIR_H

#include "queue.h"

/* The rings are empty, as after queue_restart(). */
int queue_pair_create(struct padma_nvme_queue *queue);
/*
 * The controller releases the queue. Return: 0, or the error of the deletion; *released is whether
 * the controller does no DMA to the queue's memory and its commands' any more, even so. -EBUSY if it
 * may.
 */
int queue_pair_delete(struct padma_nvme_queue *queue, bool *released);

#endif
