// SPDX-License-Identifier: BSD-3-Clause
/* See rx_software.h. */
#include "net/rx_software.h"

#include <padma/net/headers.h>
#include <padma/time.h>

#include "net/private.h"

static void stamp(struct padma_packet **packets, unsigned int n)
{
	uint64_t now = padma_now_ns();

	for (unsigned int i = 0; i < n; i++) {
		packets[i]->timestamp_ns = now;
		packets[i]->flags |= PADMA_PACKET_TIMESTAMP;
	}
}

static unsigned int burst(struct padma_rx_queue *queue, struct padma_packet **packets,
			  unsigned int n)
{
	unsigned int got =
		__atomic_load_n(&queue->driver_burst, __ATOMIC_RELAXED)(queue, packets, n);
	uint32_t software = queue->private_data->software;

	if (got && (software & PADMA_OFFLOAD_RX_TIMESTAMP))
		stamp(packets, got);
	for (unsigned int i = 0; (software & PADMA_OFFLOAD_RX_CSUM) && i < got; i++)
		padma_packet_verify(packets[i]);
	for (unsigned int i = 0; (software & PADMA_OFFLOAD_RX_VLAN) && i < got; i++)
		padma_packet_strip_vlan(packets[i]);
	return got;
}

void rx_software_setup(struct padma_rx_queue *queue)
{
	const struct padma_port *port = queue->port;
	uint32_t can = PADMA_OFFLOAD_RX_CSUM | PADMA_OFFLOAD_RX_VLAN | PADMA_OFFLOAD_RX_TIMESTAMP;

	queue->private_data->software = port->params.offloads & can & ~port->offloads;
	queue->driver_burst = queue->burst;
	if (queue->private_data->software)
		queue->burst = burst;
}

void padma_rx_queue_set_burst(struct padma_rx_queue *queue,
			      unsigned int (*driver_burst)(struct padma_rx_queue *queue,
							   struct padma_packet **packets,
							   unsigned int n))
{
	if (queue->burst == queue->driver_burst || !queue->driver_burst)
		__atomic_store_n(&queue->burst, driver_burst, __ATOMIC_RELAXED);
	if (queue->driver_burst)
		__atomic_store_n(&queue->driver_burst, driver_burst, __ATOMIC_RELAXED);
}
