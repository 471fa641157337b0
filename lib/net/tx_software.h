/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx_software.h - what the processor does for a transmit queue whose device cannot.
 *
 * The driver's burst is called first, and stops before a packet that needs work. The result of the work waits
 * in "ready", if the ring is full, and the rest of a packet that is being cut into segments in "cut", if the pool has
 * no packets: both belong to the queue, and go out first in the next burst or reap.
 *
 * Threading: the queue's owner, also after it has acknowledged a reset, as a driver's burst does that: so the thread that
 * resets leaves this alone, and queue->cache, which that thread changes meanwhile, is not used here.
 */
#ifndef NET_TX_SOFTWARE_H
#define NET_TX_SOFTWARE_H

#include <padma/net/driver.h>

#include "net/segment.h"

#define TX_READY 32u

struct tx_software {
	struct padma_pool_cache *cache;	      /* the queue's */
	struct padma_packet *ready[TX_READY]; /* @count of them from @first on */
	unsigned int first, count;
	bool chains; /* the device transmits packets of several segments */
	struct tx_cut cut;
};

/* Choose the burst and reap of a queue that was opened. */
void tx_software_setup(struct padma_tx_queue *queue);
/* Put what waits. The owner, or the control thread while no thread uses the queue. */
void tx_software_drop(struct padma_tx_queue *queue);

#endif
