/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx.h - transmit queues.
 *
 * Threading: the queue's owner, but for opening, closing and starting: the control thread.
 */
#ifndef VIRTIO_NET_TX_H
#define VIRTIO_NET_TX_H

#include "net.h"

/* The mark of a token whose packet is one segment with a single holder. */
#define TOKEN_SIMPLE 1u

int tx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_tx_queue **queue);
void tx_queue_close(struct padma_tx_queue *queue);
void tx_queue_reclaim(struct padma_tx_queue *queue);
bool tx_queue_waits(const struct padma_tx_queue *queue);
/* After negotiation: handed to the device with an empty ring. */
int tx_queue_start(struct tx_queue *queue);
/* The bursts, by what was negotiated. */
void tx_choose_burst(struct tx_queue *queue);

/* What became of a packet that is not simple. */
enum tx_result {
	TX_ADDED,
	TX_DROPPED,  /* it cannot be transmitted: put and counted */
	TX_FULL,     /* there is no room for it now */
	TX_SOFTWARE, /* the library has to do some of its work first */
};

/* Add any packet: chains, shared ones, work for the device. @bytes: grows by its length if it was added. */
enum tx_result tx_add(struct tx_queue *queue, struct padma_packet *packet, uint64_t *bytes);
/* Put up to @n packets that were sent, whatever the order. Return: how many. */
unsigned int tx_reap_any(struct tx_queue *queue, unsigned int n);
/* Note what the device did wrong: the port has failed. Return: 0. */
unsigned int tx_protocol_error(struct tx_queue *queue, const char *what);

static inline struct padma_packet *token_packet(const void *token)
{
	return (struct padma_packet *)((uintptr_t)token & ~(uintptr_t)TOKEN_SIMPLE);
}

#endif
