// SPDX-License-Identifier: BSD-3-Clause
/* Checking packets with the guard. */
#include <stdio.h>

#include <padma/guard.h>

#include "tx.h"

static __attribute__((cold)) void refuse(struct e1000_tx_queue *queue, padma_dma_t dma,
					 uint32_t length)
{
	char driver[80];
	const struct padma_guard_entry entry = {
		.driver = driver,
		.queue = queue->tx.index,
		.entry = queue->tail,
		.dma = dma,
		.len = length,
	};

	snprintf(driver, sizeof(driver), "e1000 %.64s", queue->tx.port->info.name);
	padma_counter_add(&queue->tx.stats.refused, 1);
	(void)padma_guard_refuse(queue->space, &entry);
}

bool e1000_tx_guard(struct e1000_tx_queue *queue, const struct padma_packet *packet)
{
	for (; packet; packet = packet->next) {
		if (packet->length == 0 ||
		    padma_guard_check(queue->space, padma_packet_dma(packet), packet->length))
			continue;
		refuse(queue, padma_packet_dma(packet), packet->length);
		return false;
	}
	return true;
}
