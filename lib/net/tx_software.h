/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx_software.h - what the processor does for a transmit queue whose device cannot.
 *
 * The driver's burst is called first, and stops before a packet that needs work. The result of the work waits
 * in "ready", if the ring is full, and the rest of a packet that is being cut into segments in "cut", if the pool has
 * no packets: both belong to the queue, and go out first in the next burst or reap.
 *
 * Threading: the queue's owner, but for the setup.
 */
#ifndef NET_TX_SOFTWARE_H
#define NET_TX_SOFTWARE_H

#include <padma/net/driver.h>

#define TX_READY 32u

/* A packet that is being cut (segment.h). */
struct tx_cut {
	struct padma_packet *packet;   /* NULL for none */
	const struct padma_packet *at; /* the segment of it with the next byte of payload */
	uint32_t at_offset;
	uint32_t left;	/* bytes of payload */
	uint32_t taken; /* bytes of payload in segments so far */
	uint16_t index; /* of the next segment */
};

struct tx_software {
	struct padma_packet *ready[TX_READY];
	unsigned int first, count;
	struct tx_cut cut;
};

/* Choose the burst and reap of a queue that was opened. */
void tx_software_setup(struct padma_tx_queue *queue);
/* Put what waits. The owner, or the control thread while the owner stays away. */
void tx_software_drop(struct padma_tx_queue *queue);
/* How many packets wait, the one that is being cut included. */
unsigned int tx_software_waiting(const struct padma_tx_queue *queue);

#endif
