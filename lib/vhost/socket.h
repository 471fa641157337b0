/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * socket.h - the socket to a vhost-user back end, and messages through it.
 *
 * Nothing that the peer sends is trusted: a message is of the request that is waited for, a reply, of exactly the
 * size that it must have, without descriptors, or it is an error. Nothing waits longer than its deadline. Not
 * locked.
 */
#ifndef VHOST_SOCKET_H
#define VHOST_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost/spec.h"

/* Longest path of a socket, without its NUL (unix(7)). */
#define VHOST_PATH_MAX 107u

/*
 * Connect to the socket @path, or, as @server, create it and wait until the peer connects, for at most @timeout_ms.
 * A peer that is not there yet is waited for. Return: the descriptor; or -ETIMEDOUT, -EADDRINUSE (another process
 * listens there), -EACCES, -EINVAL, -ENAMETOOLONG or another negative errno with the reason noted.
 */
int vhost_socket_open(const char *name, const char *path, bool server, unsigned int timeout_ms);

/* Send a message with @count descriptors, which stay the caller's. 0, -EPIPE (no peer any more), -ETIMEDOUT; no reason
 * is noted, here and below. */
int vhost_socket_send(int fd, const struct vhost_message *message, const int *fds,
		      unsigned int count, unsigned int timeout_ms);

/*
 * Wait for the reply to @request, with a payload of @bytes, and fill @reply. 0, -EPIPE, -ETIMEDOUT, or -EPROTO with @why set
 * to what is wrong with it, @why_bytes long.
 */
int vhost_socket_receive(int fd, enum vhost_request request, uint32_t bytes,
			 struct vhost_message *reply, unsigned int timeout_ms, char *why,
			 size_t why_bytes);

/* Check the header of a reply: NULL, or what is wrong with it. */
const char *vhost_reply_flaw(const struct vhost_header *header, enum vhost_request request,
			     uint32_t bytes);

#endif
