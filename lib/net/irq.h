/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * irq.h - the interrupts of a port: which vector serves what, and the descriptors that they make readable.
 *
 * With n vectors the first is that of the device's own events, and receive queue i has 1 + i % (n - 1). With one vector
 * all queues share it, and padma_port_service() looks for events.
 *
 * Threading: the control thread.
 */
#ifndef NET_IRQ_H
#define NET_IRQ_H

#include <padma/net/driver.h>

/* The descriptors that a port has in any case. */
int irq_open(struct padma_port *port);
void irq_close(struct padma_port *port);

/* What a port has of interrupts; to go back to it. */
struct irq_setup {
	int *fds;
	unsigned int vectors;
	int event_vector;
};

/* Enable vectors for @queues receive queues, or none; the former ones are returned in *@former. */
int irq_setup(struct padma_port *port, unsigned int queues, bool wanted, struct irq_setup *former);
/* Go back to @former. */
void irq_undo(struct padma_port *port, struct irq_setup *former);
/* Forget @former. */
void irq_keep(struct padma_port *port, struct irq_setup *former);

/* The vector of a receive queue, or -1. */
int irq_vector(const struct padma_port *port, unsigned int queue);

/* Read what made padma_port_event_fd() readable. */
void irq_drain(struct padma_port *port);

#endif
