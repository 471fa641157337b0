// SPDX-License-Identifier: BSD-3-Clause
/* Giving the card empty buffers. */
#include <stdio.h>

#include <padma/guard.h>

#include "rx.h"

/* The guard sees as much of a room as the card may write to. */
static bool passes_guard(const struct e1000_rx_queue *queue, const struct padma_packet *packet)
{
	padma_dma_t dma = packet->room_dma + PADMA_PACKET_HEADROOM;
	char driver[80];
	const struct padma_guard_entry refused = {
		.driver = driver,
		.queue = queue->rx.index,
		.entry = queue->tail,
		.dma = dma,
		.len = queue->buffer_bytes,
	};

	if (PADMA_LIKELY(padma_guard_check(queue->space, dma, queue->buffer_bytes)))
		return true;
	snprintf(driver, sizeof(driver), "e1000 %.64s", queue->rx.port->info.name);
	(void)padma_guard_refuse(queue->space, &refused);
	return false;
}

/* One by one: with the guard, or if the pool has fewer than a chunk. */
static void refill_singly(struct e1000_rx_queue *queue)
{
	while (queue->posted < queue->mask) {
		struct padma_packet *packet =
			(struct padma_packet *)(void *)padma_pool_get(queue->rx.cache);

		if (!packet)
			return;
		if (queue->guarded && !passes_guard(queue, packet)) {
			padma_packet_put(queue->rx.cache, packet);
			return;
		}
		rx_post(queue, packet);
	}
}

/* Up to the next multiple of a chunk, so that the places are contiguous. */
static bool refill_chunk(struct e1000_rx_queue *queue)
{
	uint32_t tail = queue->tail, n = queue->chunk - (tail & (queue->chunk - 1));
	struct e1000_descriptor *slot = &queue->ring[tail];
	struct padma_packet **packets = &queue->packets[tail];

	if (!padma_pool_get_bulk(queue->rx.cache, (struct padma_pool_object **)(void *)packets, n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		rx_write(&slot[i], packets[i]->room_dma + PADMA_PACKET_HEADROOM);
	queue->tail = (tail + n) & queue->mask;
	rx_set_posted(queue, queue->posted + n);
	return true;
}

void e1000_rx_refill(struct e1000_rx_queue *queue)
{
	uint32_t before = queue->posted;

	if (PADMA_UNLIKELY(queue->guarded)) {
		refill_singly(queue);
	} else {
		while (queue->mask - queue->posted >= queue->chunk)
			if (PADMA_UNLIKELY(!refill_chunk(queue)))
				break;
		/* Do not drain a pool that runs low for a ring that has enough. */
		if (PADMA_UNLIKELY(queue->posted < queue->reserve + queue->chunk))
			refill_singly(queue);
	}
	if (queue->posted == before)
		return;
	padma_doorbell_ring32(&queue->doorbell, queue->tail);
	padma_counter_add(&queue->rx.stats.doorbells, 1);
}
