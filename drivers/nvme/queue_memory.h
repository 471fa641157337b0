/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * queue_memory.h - the memory of a queue pair, independent of the controller's state.
 *
 * Threading: with nvme->lock, except queue_free(): the queue's owner.
 */
#ifndef NVME_QUEUE_MEMORY_H
#define NVME_QUEUE_MEMORY_H

#include "queue.h"

/* The most commands of a queue: one entry of a ring stays empty, rings are powers of two. */
uint32_t queue_most_depth(const struct padma_nvme *nvme);
/* Return: NULL if there is no memory. */
struct padma_nvme_queue *queue_new(struct padma_nvme *nvme, unsigned int qid, unsigned int irq);
/* After a failure queue_free() frees what there is. */
int queue_open_memory(struct padma_nvme_queue *queue, uint32_t depth);
/* The controller does not know the queue, or does no DMA. */
void queue_free(struct padma_nvme_queue *queue);
/* Empty rings, as the controller finds them when it creates the queue. */
void queue_restart(struct padma_nvme_queue *queue);
/* The controller does no DMA: free the queues that it was left. */
void queues_free_abandoned(struct padma_nvme *nvme);

#endif
