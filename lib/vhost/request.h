/* SPDX-License-Identifier: BSD-3-Clause */
/* request.h - how requests are made (link.c), for those who make them (request.c). */
#ifndef VHOST_REQUEST_H
#define VHOST_REQUEST_H

#include "vhost/link.h"

const char *vhost_request_name(enum vhost_request request);

/* Whether what follows depends on this request having been carried out. */
bool vhost_must_be_done(enum vhost_request request);

/* The peer's answer is well formed and wrong: the link is broken. -EPROTO, noted. */
int vhost_break(struct vhost_link *link, enum vhost_request request, const char *why);

/* A request with a payload of @bytes that is answered by a payload of @reply_bytes, which takes its place. */
int vhost_get(struct vhost_link *link, struct vhost_message *message, uint32_t bytes,
	      uint32_t reply_bytes);

/* A request that is answered only with VHOST_P_REPLY_ACK. @message is overwritten. */
int vhost_put(struct vhost_link *link, struct vhost_message *message, uint32_t bytes,
	      const int *fds, unsigned int count);

#endif
