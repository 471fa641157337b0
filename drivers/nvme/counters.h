/* SPDX-License-Identifier: BSD-3-Clause */
/* counters.h - a queue's counters by name, for every tool. Threading: with nvme->lock. */
#ifndef NVME_COUNTERS_H
#define NVME_COUNTERS_H

#include "queue.h"

/* 0, or as padma_counters_register(). */
int queue_register_counters(struct padma_nvme_queue *queue);

#endif
