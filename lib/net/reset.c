// SPDX-License-Identifier: BSD-3-Clause
/* The resetter's side of the gate (padma/pmd/gate.h). */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdlib.h>

#include "net/private.h"

void padma_port_reset_begin(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;

	if (!atomic_load(&private->started))
		return;
	atomic_store(&private->resetting, true);
	padma_gate_raise(&port->gate, PADMA_GATE_SHUT);
	port_wake(port);
}

static bool all_acknowledged(const struct padma_port *port)
{
	for (unsigned int i = 0; i < port->params.rx_queues; i++) {
		if (!padma_gate_acknowledged(&port->gate, &port->rx[i]->member))
			return false;
	}
	for (unsigned int i = 0; i < port->params.tx_queues; i++) {
		if (!padma_gate_acknowledged(&port->gate, &port->tx[i]->member))
			return false;
	}
	return true;
}

/*
 * A cache of its own for each queue: the owner's thread may be using the owner's. They are closed at once, so
 * that nothing is held back in them.
 */
struct caches {
	struct padma_pool_cache **list;
	unsigned int count;
};

static void close_caches(struct caches *caches)
{
	while (caches->count)
		padma_pool_cache_close(caches->list[--caches->count]);
	free(caches->list);
}

static int open_cache(struct caches *caches, const struct padma_pool_cache *like)
{
	int rc = padma_pool_cache_open(like->pool, &caches->list[caches->count]);

	if (rc == 0)
		caches->count++;
	return rc;
}

static int open_caches(const struct padma_port *port, struct caches *caches)
{
	unsigned int queues = port->params.rx_queues + port->params.tx_queues;
	int rc = 0;

	*caches = (struct caches){.list = calloc(queues + 1, sizeof(struct padma_pool_cache *))};
	if (!caches->list)
		return fail(-ENOMEM, "no memory for the reset of %s; try again", port->info.name);
	for (unsigned int i = 0; rc == 0 && i < port->params.rx_queues; i++)
		rc = open_cache(caches, port->rx[i]->cache);
	for (unsigned int i = 0; rc == 0 && i < port->params.tx_queues; i++)
		rc = open_cache(caches, port->tx[i]->cache);
	if (rc)
		close_caches(caches);
	return rc;
}

static void reclaim(struct padma_port *port, const struct caches *caches)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < port->params.rx_queues; i++)
		rx_reclaim(port->rx[i], caches->list[n++]);
	for (unsigned int i = 0; i < port->params.tx_queues; i++)
		tx_reclaim(port->tx[i], caches->list[n++]);
	for (unsigned int i = 0; i < port->params.tx_queues; i++)
		port->tx[i]->private_data->progress.watched = false;
}

static int restart(struct padma_port *port)
{
	port_clear_reason(port);
	padma_gate_lower(&port->gate, PADMA_GATE_FAILED);
	return port_start_device(port);
}

/* If the device cannot be stopped the gate stays shut: its packets are still in use. */
static int reset(struct padma_port *port)
{
	struct caches caches;
	int rc = open_caches(port, &caches);

	if (rc)
		return rc;
	rc = port_stop_device(port);
	if (rc) {
		close_caches(&caches);
		return rc;
	}
	reclaim(port, &caches);
	close_caches(&caches);
	if (port_is_gone(port))
		rc = fail(-ENODEV, "%s is gone; close it", port->info.name);
	else
		rc = restart(port);
	/* A start that failed, and whose device does not stop either: the gate stays shut. */
	if (rc && port->private_data->running)
		return rc;
	atomic_store(&port->private_data->resetting, false);
	padma_gate_reopen(&port->gate, rc ? PADMA_GATE_FAILED : 0);
	if (rc)
		port_note_failure(port, rc, padma_last_error());
	return rc;
}

int padma_port_reset_finish(struct padma_port *port)
{
	if (!atomic_load(&port->private_data->resetting))
		return fail(-EINVAL, "%s: no reset was begun; call padma_port_reset_begin() first",
			    port->info.name);
	return all_acknowledged(port) ? reset(port) : -EAGAIN;
}
