/* SPDX-License-Identifier: BSD-3-Clause */
/* start.h - starting and stopping the device as the port is configured. Control thread. */
#ifndef VIRTIO_NET_START_H
#define VIRTIO_NET_START_H

#include "net.h"

int start_port(struct padma_port *port);
int stop_port(struct padma_port *port);

/* Queues for pairs of which the program uses one alone; kept from one configuration to the next as far as they fit. */
int start_alloc_spare(struct net *net, unsigned int pairs, const struct padma_port_params *params);
void start_free_spare(struct net *net);

#endif
