/* SPDX-License-Identifier: BSD-3-Clause */
/* filter.h - what the device receives, and by which queue: commands of the control queue. Control thread. */
#ifndef VIRTIO_NET_FILTER_H
#define VIRTIO_NET_FILTER_H

#include "net.h"

/* Everything that a device forgets in a reset. */
int filter_start(struct net *net);

int filter_set_mac(struct padma_port *port);
int filter_set(struct padma_port *port);
int filter_set_vlans(struct padma_port *port);
int filter_set_rss(struct padma_port *port);

#endif
