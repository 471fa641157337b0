/* SPDX-License-Identifier: BSD-3-Clause */
/* features.h - what the driver wants of the device, and what that gives the port. */
#ifndef VIRTIO_NET_FEATURES_H
#define VIRTIO_NET_FEATURES_H

#include "net.h"

/* PADMA_OFFLOAD_* that the device offers. */
uint32_t features_offloads(const struct net *net);
/* Negotiate what the configuration of the port needs. */
int features_negotiate(struct net *net);
/* The longest frame without tags' room to spare, of the configured MTU. */
uint32_t features_frame_bytes(const struct net *net);

#endif
