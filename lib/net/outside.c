// SPDX-License-Identifier: BSD-3-Clause
/* The owner's side of the gate: what bursts do while it does not pass (padma/pmd/gate.h). */
#include "net/private.h"

void rx_reclaim(struct padma_rx_queue *queue, struct padma_pool_cache *cache)
{
	struct padma_pool_cache *own = queue->cache;

	if (cache)
		queue->cache = cache;
	queue->port->ops->rx_reclaim(queue);
	queue->cache = own;
}

void tx_reclaim(struct padma_tx_queue *queue, struct padma_pool_cache *cache)
{
	struct padma_pool_cache *own = queue->cache;

	if (cache)
		queue->cache = cache;
	queue->port->ops->tx_reclaim(queue);
	tx_software_drop(queue);
	__atomic_fetch_add(&queue->private_data->reclaimed, tx_in_flight(queue), __ATOMIC_RELAXED);
	queue->cache = own;
}

/* Whether the owner is to put the queue's packets: not while a reset is under way, whose thread does it. */
static bool outside(struct padma_gate_member *member, uint64_t word)
{
	if (word & PADMA_GATE_SHUT) {
		padma_gate_acknowledge(member, word);
		return false;
	}
	if (word & PADMA_GATE_GONE)
		return true;
	if (padma_gate_was_reset(member, word))
		padma_gate_resume(member, word);
	return false;
}

unsigned int padma_rx_queue_outside(struct padma_rx_queue *queue)
{
	if (outside(&queue->member, padma_gate_word(queue->gate)))
		rx_reclaim(queue, NULL);
	return 0;
}

unsigned int padma_tx_queue_outside(struct padma_tx_queue *queue)
{
	if (outside(&queue->member, padma_gate_word(queue->gate)))
		tx_reclaim(queue, NULL);
	return 0;
}
