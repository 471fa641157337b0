/* SPDX-License-Identifier: BSD-3-Clause */
/* control.h - the control queue (Virtio 1.2, 5.1.6.5). Control thread. */
#ifndef VIRTIO_NET_CONTROL_H
#define VIRTIO_NET_CONTROL_H

#include "net.h"

int control_open(struct net *net);
void control_close(struct net *net);
/* Hand the queue to the device, between negotiation and its start. */
int control_enable(struct net *net);

/*
 * Carry out a command and wait for its end: 0, -EIO (the device refused it), -ENOTSUP (there is no control queue),
 * -E2BIG, or what ended the port: -ETIMEDOUT, -EPROTO, -ENODEV.
 */
int control_command(struct net *net, uint8_t class, uint8_t command, const void *data,
		    size_t bytes);

/*
 * The same command @count times, with @bytes of @data for each; several are in the queue at once. As control_command();
 * @accepted, if not NULL: set for each that the device has carried out.
 */
int control_commands(struct net *net, uint8_t class, uint8_t command, const void *data,
		     size_t bytes, unsigned int count, bool *accepted);

#endif
