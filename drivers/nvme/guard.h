/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.h - the guard's checks of a command, before it goes into the ring.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_GUARD_H
#define NVME_GUARD_H

#include <padma/guard.h>

#include "prp.h"

/*
 * Whether everything that a command with data names is memory of the space: 0, or -EFAULT: the first
 * part that is not is counted and reported.
 */
int guard_prps(struct padma_nvme_queue *queue, struct prps prps, uint32_t tag, size_t bytes);
/* The same of memory that is one span: PRP2 is its next page, or comes from the space's page lists. */
int guard_span(struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes);

#endif
