/* SPDX-License-Identifier: BSD-3-Clause */
/* cancel.h - ending the commands of a queue. Threading: the queue's owner. */
#ifndef NVME_CANCEL_H
#define NVME_CANCEL_H

#include "queue.h"

/*
 * The controller has released the commands: call their callbacks with @error (-ETIMEDOUT for the one
 * that timed out), of at most @limit commands, 0 for all. Return: how many callbacks were called.
 */
unsigned int cancel_requests(struct padma_nvme_queue *queue, int error, unsigned int limit);

#endif
