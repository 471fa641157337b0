// SPDX-License-Identifier: BSD-3-Clause
/* See tx_software.h. */
#include "net/tx_software.h"

#include "net/private.h"

/* PADMA_PACKET_* that the device does not do. */
static uint32_t work_for_the_processor(uint32_t offloads)
{
	uint32_t work = PADMA_PACKET_WORK;

	if (offloads & PADMA_OFFLOAD_TX_IP_CSUM)
		work &= ~PADMA_PACKET_IP_CSUM;
	if (offloads & PADMA_OFFLOAD_TX_L4_CSUM)
		work &= ~(PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM);
	if ((offloads & PADMA_OFFLOAD_TX_TSO4) && (offloads & PADMA_OFFLOAD_TX_TSO6))
		work &= ~PADMA_PACKET_TSO;
	if (offloads & PADMA_OFFLOAD_TX_VLAN)
		work &= ~PADMA_PACKET_VLAN;
	return work;
}

void tx_software_setup(struct padma_tx_queue *queue)
{
	queue->software = work_for_the_processor(queue->port->offloads);
	queue->driver_burst = queue->burst;
	queue->driver_reap = queue->reap;
}

void tx_software_drop(struct padma_tx_queue *queue)
{
	struct tx_software *software = &queue->private_data->software;

	padma_packet_put_bulk(queue->cache, &software->ready[software->first], software->count);
	software->first = software->count = 0;
	if (software->cut.packet)
		padma_packet_put(queue->cache, software->cut.packet);
	software->cut.packet = NULL;
}

unsigned int tx_software_waiting(const struct padma_tx_queue *queue)
{
	const struct tx_software *software = &queue->private_data->software;

	return software->count + (software->cut.packet ? 1 : 0);
}

unsigned int padma_tx_outstanding(const struct padma_tx_queue *queue)
{
	return (unsigned int)tx_in_flight(queue) + tx_software_waiting(queue);
}
