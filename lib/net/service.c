// SPDX-License-Identifier: BSD-3-Clause
/* The periodic work of a port: the link, hung queues, removal, and the driver's own. */
#define PADMA_PART "net"
#include "base/base.h"

#include "net/irq.h"
#include "net/private.h"

/*
 * Whether the device has work that the owner waits for. The owner reaps when it likes, so the counts alone prove
 * nothing: the driver looks what the device has written, or else the owner must have found the ring full.
 */
static bool is_waiting(const struct padma_tx_queue *queue, const struct progress *progress)
{
	const struct padma_port_private *port = queue->port->private_data;

	if (tx_in_flight(queue) == 0)
		return false;
	/* Without a link a card keeps what it has: nothing is wrong with it. */
	if (port->link_known && !port->link.up)
		return false;
	if (queue->port->ops->tx_waits)
		return queue->port->ops->tx_waits(queue);
	return padma_counter_read(&queue->stats.full) != progress->full;
}

static void check_queue(struct padma_tx_queue *queue, uint64_t now_ns)
{
	struct progress *progress = &queue->private_data->progress;
	uint64_t sent = padma_counter_read(&queue->stats.sent), waited;

	if (!progress->watched || sent != progress->sent || !is_waiting(queue, progress)) {
		*progress = (struct progress){
			.sent = sent,
			.full = padma_counter_read(&queue->stats.full),
			.since_ns = now_ns,
			.watched = true,
		};
		return;
	}
	waited = now_ns - progress->since_ns;
	if (waited < queue->port->params.tx_timeout_ns)
		return;
	progress->watched = false;
	(void)padma_port_fail(queue->port, -ETIMEDOUT,
			      "transmit queue %u is hung: nothing was sent for %.3g s; reset the "
			      "port",
			      queue->index, (double)waited / 1e9);
}

static void check_queues(struct padma_port *port, uint64_t now_ns)
{
	for (unsigned int i = 0; i < port->params.tx_queues; i++) {
		if (port->tx[i] && padma_port_state(port) == PADMA_PORT_STARTED)
			check_queue(port->tx[i], now_ns);
	}
}

static unsigned int check_device(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;

	switch (padma_device_state(port->device)) {
	case PADMA_DEVICE_OK:
		return 0;
	case PADMA_DEVICE_REMOVAL_REQUESTED:
		if (private->told_removal)
			return 0;
		private->told_removal = true;
		return PADMA_PORT_EVENT_REMOVAL;
	case PADMA_DEVICE_FAILED:
		if (!(padma_gate_word(&port->gate) & PADMA_GATE_FAILED))
			(void)padma_port_fail(port, -EIO, "its registers do not respond");
		return 0;
	case PADMA_DEVICE_GONE:
		padma_port_gone(port);
		return 0;
	}
	return 0;
}

static unsigned int check_link(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	struct padma_port_link link = {0};
	bool changed;

	if (port->ops->link(port, &link))
		return 0;
	changed = !private->link_known || link.up != private->link.up ||
		  link.full_duplex != private->link.full_duplex || link.mbit != private->link.mbit;
	private->link = link;
	private->link_known = true;
	return changed ? PADMA_PORT_EVENT_LINK : 0;
}

/* Each failure and the removal are reported once. */
static unsigned int report(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;

	if (port_is_gone(port)) {
		if (private->told_gone)
			return 0;
		private->told_gone = true;
		(void)fail(-ENODEV, "%s is gone; close it", port->info.name);
		return PADMA_PORT_EVENT_GONE;
	}
	if (atomic_load(&private->reason_state) != REASON_SET || private->told_failed)
		return 0;
	private->told_failed = true;
	(void)port_fail(port, private->reason_error, private->reason);
	return PADMA_PORT_EVENT_FAILED;
}

static bool is_working(const struct padma_port *port)
{
	return !(padma_gate_word(&port->gate) & (PADMA_GATE_GONE | PADMA_GATE_FAILED));
}

unsigned int padma_port_service(struct padma_port *port, uint64_t now_ns)
{
	unsigned int events;

	irq_drain(port);
	events = check_device(port);
	if (is_working(port) && port->ops->service)
		events |= port->ops->service(port, now_ns);
	if (is_working(port) && port->private_data->started) {
		events |= check_link(port);
		check_queues(port, now_ns);
	}
	return events | report(port);
}
