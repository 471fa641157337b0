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
	queue->cache = own;
	if (!cache)
		tx_software_drop(queue);
	__atomic_fetch_add(&queue->private_data->reclaimed, tx_in_flight(queue), __ATOMIC_RELAXED);
}

/* What an owner has to do while the gate does not pass. */
enum duty {
	NOTHING,
	RESUME,	 /* there was a reset, whose thread has put the packets of the ring */
	RECLAIM, /* the device is gone */
};

static enum duty duty_of(struct padma_gate_member *member, uint64_t word)
{
	/* Also if the device is gone: the thread that resets is at the rings. */
	if (word & PADMA_GATE_SHUT) {
		padma_gate_acknowledge(member, word);
		return NOTHING;
	}
	if (word & PADMA_GATE_GONE)
		return RECLAIM;
	return padma_gate_was_reset(member, word) ? RESUME : NOTHING;
}

unsigned int padma_rx_queue_outside(struct padma_rx_queue *queue)
{
	uint64_t word = padma_gate_word(queue->gate);
	enum duty duty = duty_of(&queue->member, word);

	if (duty == RECLAIM)
		rx_reclaim(queue, NULL);
	else if (duty == RESUME)
		padma_gate_resume(&queue->member, word);
	return 0;
}

unsigned int padma_tx_queue_outside(struct padma_tx_queue *queue)
{
	uint64_t word = padma_gate_word(queue->gate);
	enum duty duty = duty_of(&queue->member, word);

	if (duty == RECLAIM) {
		tx_reclaim(queue, NULL);
	} else if (duty == RESUME) {
		tx_software_drop(queue);
		padma_gate_resume(&queue->member, word);
	}
	return 0;
}
