// SPDX-License-Identifier: BSD-3-Clause
/* See irq.h. */
#define PADMA_PART "net"
#include "base/base.h"
#include "net/irq.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/private.h"

static int watch(int poll_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event))
		return fail(-errno, "a port's descriptors: %s", strerror(errno));
	return 0;
}

int irq_open(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	int rc = 0;

	private->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	private->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (private->poll_fd < 0 || private->news_fd < 0)
		rc = fail(-errno, "no descriptor for a port's events: %s", strerror(errno));
	if (rc == 0)
		rc = watch(private->poll_fd, private->news_fd, EPOLLIN);
	/* It stays readable from the first change of the device's state on. */
	if (rc == 0)
		rc = watch(private->poll_fd, padma_device_removal_fd(port->device),
			   EPOLLIN | EPOLLET);
	if (rc)
		irq_close(port);
	return rc;
}

static void close_fds(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
	free(fds);
}

void irq_close(struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;

	if (port->irq_vectors)
		(void)padma_device_irq_enable(port->device, NULL, 0);
	close_fds(private->irq_fds, port->irq_vectors);
	private->irq_fds = NULL;
	port->irq_vectors = 0;
	if (private->poll_fd >= 0)
		close(private->poll_fd);
	if (private->news_fd >= 0)
		close(private->news_fd);
	private->poll_fd = private->news_fd = -1;
}

static int open_fds(unsigned int count, int **fds)
{
	int *list = calloc(count, sizeof(*list)), error;

	if (!list)
		return fail(-ENOMEM, "no memory for %u interrupts", count);
	for (unsigned int i = 0; i < count; i++) {
		list[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (list[i] >= 0)
			continue;
		error = errno;
		close_fds(list, i);
		fail(-error, "no descriptor for an interrupt: %s", strerror(error));
		return error ? -error : -EMFILE;
	}
	*fds = list;
	return 0;
}

/* As many of @count vectors as the machine has to give, at least one. */
static int enable(struct padma_port *port, const int *fds, unsigned int *count)
{
	int rc;

	fail_hold();
	rc = padma_device_irq_enable(port->device, fds, *count);
	while (rc == -ENOSPC && *count > 1) {
		*count = *count > 2 ? 2 : 1;
		rc = padma_device_irq_enable(port->device, fds, *count);
	}
	return fail_release(rc);
}

static int watch_events(struct padma_port *port, const int *fds, int event_vector)
{
	if (event_vector < 0)
		return 0;
	return watch(port->private_data->poll_fd, fds[event_vector], EPOLLIN);
}

static int enable_some(struct padma_port *port, unsigned int queues)
{
	unsigned int have = padma_device_irq_count(port->device), count = queues + 1, got;
	int *fds = NULL, rc;

	if (have == 0)
		return fail(-ENOTSUP, "%s has no interrupts: configure the port without",
			    port->info.name);
	if (count > have)
		count = have;
	rc = open_fds(count, &fds);
	if (rc || !fds)
		return rc;
	got = count;
	rc = enable(port, fds, &got);
	while (rc == 0 && count > got)
		close(fds[--count]);
	if (rc == 0)
		rc = watch_events(port, fds, got > 1 ? 0 : -1);
	if (rc) {
		close_fds(fds, count);
		return rc;
	}
	port->private_data->irq_fds = fds;
	port->irq_vectors = got;
	port->event_vector = got > 1 ? 0 : -1;
	return 0;
}

static void disable(struct padma_port *port)
{
	port->private_data->irq_fds = NULL;
	port->irq_vectors = 0;
	port->event_vector = -1;
}

int irq_setup(struct padma_port *port, unsigned int queues, bool wanted, struct irq_setup *former)
{
	int rc;

	*former = (struct irq_setup){port->private_data->irq_fds, port->irq_vectors,
				     port->event_vector};
	disable(port);
	rc = wanted ? enable_some(port, queues) : 0;
	if (rc == 0 && !wanted && former->vectors)
		rc = padma_device_irq_enable(port->device, NULL, 0);
	if (rc)
		irq_undo(port, former);
	return rc;
}

void irq_undo(struct padma_port *port, struct irq_setup *former)
{
	close_fds(port->private_data->irq_fds, port->irq_vectors);
	(void)padma_device_irq_enable(port->device, former->fds, former->vectors);
	port->private_data->irq_fds = former->fds;
	port->irq_vectors = former->vectors;
	port->event_vector = former->event_vector;
}

void irq_keep(struct padma_port *port, struct irq_setup *former)
{
	(void)port;
	/* Closing the last descriptor of an event removes it from the epoll; the device had a duplicate. */
	close_fds(former->fds, former->vectors);
}

int irq_vector(const struct padma_port *port, unsigned int queue)
{
	if (port->irq_vectors == 0)
		return -1;
	return port->irq_vectors == 1 ? 0 : 1 + (int)(queue % (port->irq_vectors - 1));
}

void irq_drain(struct padma_port *port)
{
	const struct padma_port_private *private = port->private_data;
	struct epoll_event events[4];
	eventfd_t count;
	int n = epoll_wait(private->poll_fd, events, 4, 0);

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd != padma_device_removal_fd(port->device))
			(void)eventfd_read(events[i].data.fd, &count);
	}
}

void port_wake(struct padma_port *port)
{
	const struct padma_port_private *private = port->private_data;

	(void)eventfd_write(private->news_fd, 1);
	for (unsigned int i = 0; i < port->irq_vectors; i++)
		(void)eventfd_write(private->irq_fds[i], 1);
}

int padma_port_event_fd(const struct padma_port *port)
{
	return port->private_data->poll_fd;
}

int padma_rx_irq_fd(const struct padma_rx_queue *queue)
{
	return queue->irq_vector < 0 ? -1 : queue->port->private_data->irq_fds[queue->irq_vector];
}

static int unmask(const struct padma_port *port)
{
	return padma_device_irq_kind(port->device) == PADMA_IRQ_INTX
		       ? padma_device_irq_unmask(port->device)
		       : 0;
}

int padma_rx_arm(struct padma_rx_queue *queue)
{
	struct padma_port *port = queue->port;
	uint64_t word = padma_gate_word(&port->gate);
	int rc;

	if (queue->irq_vector < 0 || !port->ops->rx_arm)
		return fail(-ENOTSUP, "%s was configured without interrupts", port->info.name);
	if (!padma_gate_passes(queue->gate, &queue->member)) {
		if (word & PADMA_GATE_GONE)
			return fail(-ENODEV, "%s is gone; close it", port->info.name);
		if ((word & PADMA_GATE_FLAGS) == PADMA_GATE_FAILED)
			return fail(-EIO, "%s has failed; reset it", port->info.name);
		return 1; /* the next burst acknowledges the reset, or ends it */
	}
	rc = port->ops->rx_arm(queue);
	return rc == 0 ? unmask(port) : rc;
}
