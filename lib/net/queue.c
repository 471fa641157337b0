// SPDX-License-Identifier: BSD-3-Clause
/* Opening and closing the queues of a port. */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdlib.h>

#include "memory/pool.h"
#include "net/irq.h"
#include "net/private.h"
#include "net/rx_software.h"
#include "space/space_private.h"

static int check_open(const struct padma_port *port, const char *kind, unsigned int index,
		      unsigned int queues, bool is_open)
{
	const struct padma_port_private *private = port->private_data;

	if (!private->configured || index >= queues)
		return fail(-EINVAL, "%s has %u %s queues; there is no number %u", port->info.name,
			    private->configured ? queues : 0, kind, index);
	if (private->started || private->running)
		return fail(-EBUSY, "%s is started; stop it to open queues", port->info.name);
	if (is_open)
		return fail(-EBUSY, "%s: %s queue %u is open", port->info.name, kind, index);
	return port_is_gone(port) ? port_usable(port) : 0;
}

/* The device must reach every byte of every packet. */
static int check_addresses(const struct padma_port *port, struct padma_pool *pool)
{
	padma_dma_t mask = port->info.dma_mask;
	size_t count, room = pool_tag(pool);
	const struct padma_pool_object *objects = pool_objects(pool, &count);

	for (size_t i = 0; i < count; i++) {
		if (objects[i].dma == PADMA_DMA_NONE || (mask && objects[i].dma + room - 1 > mask))
			return fail(-EINVAL,
				    "%s reaches addresses up to 0x%llx; a packet of the pool is at "
				    "0x%llx: give the pool that dma_mask",
				    port->info.name, (unsigned long long)mask,
				    (unsigned long long)objects[i].dma);
	}
	return 0;
}

static int check_cache(const struct padma_port *port, const struct padma_pool_cache *cache,
		       size_t least_room)
{
	const struct padma_space *space = padma_device_space(port->device);
	size_t room = cache ? pool_tag(cache->pool) : 0;

	if (room == 0)
		return fail(-EINVAL, "a queue takes a cache of a padma_packet_pool_open()");
	if (pool_source_ctx(cache->pool) != space_of(space))
		return fail(-EINVAL, "%s is in another space than the packets", port->info.name);
	if (room < least_room)
		return fail(-EINVAL, "%s receives into packets with a room of %zu bytes; not %zu",
			    port->info.name, least_room, room);
	return check_addresses(port, cache->pool);
}

static void join(struct padma_port *port, const struct padma_gate **gate,
		 struct padma_gate_member *member)
{
	*gate = &port->gate;
	padma_gate_join(&port->gate, member);
}

static int rx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		   struct padma_rx_queue **queue)
{
	struct padma_rx_private *private = calloc(1, sizeof(*private));
	int rc;

	if (!private)
		return fail(-ENOMEM, "no memory for a receive queue");
	rc = port->ops->rx_open(port, index, cache, queue);
	if (rc) {
		free(private);
		return rc;
	}
	(*queue)->cache = cache;
	(*queue)->port = port;
	(*queue)->index = index;
	(*queue)->irq_vector = irq_vector(port, index);
	(*queue)->private_data = private;
	join(port, &(*queue)->gate, &(*queue)->member);
	rx_software_setup(*queue);
	rc = stats_register_rx(*queue);
	if (rc) {
		port->ops->rx_close(*queue);
		free(private);
	}
	return rc;
}

int padma_rx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
			struct padma_rx_queue **queue)
{
	struct padma_rx_queue *new = NULL;
	int rc = check_open(port, "receive", index, port->params.rx_queues,
			    index < PADMA_PORT_QUEUES_MAX && port->rx[index]);

	if (rc == 0)
		rc = check_cache(port, cache, port->info.room_bytes);
	if (rc == 0)
		rc = rx_open(port, index, cache, &new);
	if (rc == 0)
		*queue = port->rx[index] = new;
	return rc;
}

static int tx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		   struct padma_tx_queue **queue)
{
	struct padma_tx_private *private = calloc(1, sizeof(*private));
	int rc;

	if (!private)
		return fail(-ENOMEM, "no memory for a transmit queue");
	rc = port->ops->tx_open(port, index, cache, queue);
	if (rc) {
		free(private);
		return rc;
	}
	(*queue)->cache = cache;
	(*queue)->port = port;
	(*queue)->index = index;
	(*queue)->private_data = private;
	join(port, &(*queue)->gate, &(*queue)->member);
	tx_software_setup(*queue);
	rc = stats_register_tx(*queue);
	if (rc) {
		port->ops->tx_close(*queue);
		free(private);
	}
	return rc;
}

int padma_tx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
			struct padma_tx_queue **queue)
{
	struct padma_tx_queue *new = NULL;
	int rc = check_open(port, "transmit", index, port->params.tx_queues,
			    index < PADMA_PORT_QUEUES_MAX && port->tx[index]);

	if (rc == 0)
		rc = check_cache(port, cache, 0);
	if (rc == 0)
		rc = tx_open(port, index, cache, &new);
	if (rc == 0)
		*queue = port->tx[index] = new;
	return rc;
}

/* A device that is off the bus needs no stop. */
static int check_close(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;

	if (port_is_gone(port))
		return 0;
	if (private->started || private->running)
		return fail(-EBUSY, "%s is started, or did not stop; call padma_port_stop()",
			    port->info.name);
	return 0;
}

int padma_rx_queue_close(struct padma_rx_queue *queue)
{
	struct padma_rx_private *private;
	struct padma_port *port;
	int rc;

	if (!queue)
		return 0;
	port = queue->port;
	rc = check_close(port);
	if (rc)
		return rc;
	rx_reclaim(queue, NULL);
	private = queue->private_data;
	padma_counters_unregister(private->counters);
	stats_keep_rx(port, queue);
	port->rx[queue->index] = NULL;
	port->ops->rx_close(queue);
	free(private);
	return 0;
}

int padma_tx_queue_close(struct padma_tx_queue *queue)
{
	struct padma_tx_private *private;
	struct padma_port *port;
	int rc;

	if (!queue)
		return 0;
	port = queue->port;
	rc = check_close(port);
	if (rc)
		return rc;
	tx_reclaim(queue, NULL);
	private = queue->private_data;
	padma_counters_unregister(private->counters);
	stats_keep_tx(port, queue);
	port->tx[queue->index] = NULL;
	port->ops->tx_close(queue);
	free(private);
	return 0;
}
