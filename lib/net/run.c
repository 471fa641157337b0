// SPDX-License-Identifier: BSD-3-Clause
/* Starting and stopping a port. */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdio.h>

#include "net/private.h"

void port_join_queues(struct padma_port *port)
{
	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i])
			padma_gate_join(&port->gate, &port->rx[i]->member);
		if (port->tx[i])
			padma_gate_join(&port->gate, &port->tx[i]->member);
	}
}

int port_stop_device(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	int rc;

	if (!private->running || port_is_gone(port)) {
		private->running = false;
		return 0;
	}
	rc = port->ops->stop(port);
	if (padma_device_state(port->device) == PADMA_DEVICE_GONE)
		padma_port_gone(port);
	if (rc == 0 || port_is_gone(port)) {
		private->running = false;
		return 0;
	}
	padma_gate_raise(&port->gate, PADMA_GATE_FAILED);
	port_note_failure(port, rc, padma_last_error());
	return rc;
}

static int check_start(struct padma_port *port)
{
	const struct padma_port_private *private = port->private_data;
	int rc;

	if (!private->configured)
		return fail(-EINVAL, "%s is not configured; call padma_port_configure() first",
			    port->info.name);
	if (private->started)
		return fail(-EBUSY, "%s is started", port->info.name);
	rc = port_usable(port);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < port->params.rx_queues; i++) {
		if (!port->rx[i])
			return fail(-EINVAL, "%s: receive queue %u is not open; open all %u",
				    port->info.name, i, port->params.rx_queues);
	}
	for (unsigned int i = 0; i < port->params.tx_queues; i++) {
		if (!port->tx[i])
			return fail(-EINVAL, "%s: transmit queue %u is not open; open all %u",
				    port->info.name, i, port->params.tx_queues);
	}
	return 0;
}

int port_start_device(struct padma_port *port)
{
	char reason[REASON_BYTES];
	int rc = padma_device_irq_restore(port->device);

	if (rc)
		return rc;
	port->private_data->running = true;
	rc = port->ops->start(port);
	if (rc == 0)
		return 0;
	snprintf(reason, sizeof(reason), "%s", padma_last_error());
	fail_hold();
	(void)port_stop_device(port);
	(void)fail(rc, "%s", reason);
	(void)fail_release(0); /* it was logged */
	return rc;
}

/* The queues' counts at this moment do not make them hung. */
static void forget_progress(struct padma_port *port)
{
	for (unsigned int i = 0; i < port->params.tx_queues; i++)
		port->tx[i]->private_data->progress.watched = false;
}

/* Of a device that is stopped for certain no failure remains; a removal does. */
static void forget_failure(struct padma_port *port)
{
	port_clear_reason(port);
	padma_gate_lower(&port->gate, PADMA_GATE_FAILED);
}

int padma_port_start(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	int rc = check_start(port);

	if (rc)
		return rc;
	rc = port_start_device(port);
	if (rc && !private->running)
		forget_failure(port);
	if (rc)
		return rc;
	forget_progress(port);
	atomic_store(&private->started, true);
	padma_gate_reopen(&port->gate, 0);
	port_join_queues(port);
	return 0;
}

static void reclaim_all(struct padma_port *port)
{
	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i])
			rx_reclaim(port->rx[i], NULL);
		if (port->tx[i])
			tx_reclaim(port->tx[i], NULL);
	}
}

int padma_port_stop(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	int rc;

	if (!private->started && !private->running) {
		forget_failure(port);
		return 0;
	}
	padma_gate_raise(&port->gate, PADMA_GATE_SHUT);
	rc = port_stop_device(port);
	if (rc)
		return rc;
	reclaim_all(port);
	atomic_store(&private->started, false);
	atomic_store(&private->resetting, false);
	forget_failure(port);
	padma_gate_reopen(&port->gate, PADMA_GATE_SHUT);
	return 0;
}
