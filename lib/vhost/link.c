// SPDX-License-Identifier: BSD-3-Clause
/* A connection to a back end: opening it, and how requests are made. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vhost/link.h"
#include "vhost/request.h"
#include "vhost/socket.h"

/* What this front end makes use of. */
#define WANTED_PROTOCOL                                                                            \
	(VHOST_P_MQ | VHOST_P_REPLY_ACK | VHOST_P_MTU | VHOST_P_CONFIG | VHOST_P_RESET_DEVICE |    \
	 VHOST_P_MEM_SLOTS | VHOST_P_STATUS)

static void set_state(struct vhost_link *link, enum vhost_link_state state)
{
	int now = __atomic_load_n(&link->state, __ATOMIC_RELAXED);

	while (now < (int)state &&
	       !__atomic_compare_exchange_n(&link->state, &now, (int)state, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

/* The peer sees the end of the connection, and closes its side when it serves the rings no more. Lock held. */
static int break_link(struct vhost_link *link, int rc, const char *what, const char *why)
{
	snprintf(link->why, sizeof(link->why), "%s: %s", what, why);
	set_state(link, VHOST_LINK_BROKEN);
	(void)shutdown(link->fd, SHUT_WR);
	return fail(rc, "%s: %s", link->params.name, link->why);
}

static int broken(const struct vhost_link *link)
{
	if (vhost_link_state(link) == VHOST_LINK_GONE)
		return fail(-EPIPE, "%s: the process that serves it is gone; close the device",
			    link->params.name);
	return fail(-EPIPE, "%s: the connection was closed earlier (%s); close the device",
		    link->params.name, link->why);
}

static int failed(struct vhost_link *link, enum vhost_request request, int rc, const char *why)
{
	char what[64];

	snprintf(what, sizeof(what), "request %s", vhost_request_name(request));
	switch (rc) {
	case -ETIMEDOUT:
		snprintf(what, sizeof(what), "request %s: no reply within %u ms",
			 vhost_request_name(request), link->params.timeout_ms);
		return break_link(link, rc, what, "the process that serves it hangs");
	case -EPROTO:
		return break_link(link, rc, what, why);
	case -EPIPE:
		return break_link(link, rc, what,
				  "the process that serves it closed the connection");
	default:
		return break_link(link, rc, what, strerror(-rc));
	}
}

/* Send @message, and wait for a reply of @reply_bytes if that is not 0. Lock held. */
static int transact(struct vhost_link *link, struct vhost_message *message, const int *fds,
		    unsigned int count, uint32_t reply_bytes)
{
	enum vhost_request request = message->header.request;
	unsigned int timeout_ms = link->params.timeout_ms;
	char why[160] = "";
	int rc;

	if (vhost_link_state(link) != VHOST_LINK_UP)
		return broken(link);
	rc = vhost_socket_send(link->fd, message, fds, count, timeout_ms);
	if (rc == 0 && reply_bytes)
		rc = vhost_socket_receive(link->fd, request, reply_bytes, message, timeout_ms, why,
					  sizeof(why));
	return rc ? failed(link, request, rc, why) : 0;
}

int vhost_break(struct vhost_link *link, enum vhost_request request, const char *why)
{
	int rc;

	pthread_mutex_lock(&link->lock);
	rc = failed(link, request, -EPROTO, why);
	pthread_mutex_unlock(&link->lock);
	return rc;
}

int vhost_get(struct vhost_link *link, struct vhost_message *message, uint32_t bytes,
	      uint32_t reply_bytes)
{
	int rc;

	message->header.flags = VHOST_FLAGS_VERSION;
	message->header.size = bytes;
	pthread_mutex_lock(&link->lock);
	rc = transact(link, message, NULL, 0, reply_bytes);
	pthread_mutex_unlock(&link->lock);
	return rc;
}

/* That a message was processed shows, without VHOST_P_REPLY_ACK, in the answer to the next. Lock held. */
static int flush(struct vhost_link *link)
{
	struct vhost_message message = {.header = {VHOST_GET_FEATURES, VHOST_FLAGS_VERSION, 0}};

	return transact(link, &message, NULL, 0, sizeof(uint64_t));
}

static int refused(const struct vhost_link *link, enum vhost_request request, uint64_t answer)
{
	return fail(-EREMOTEIO, "%s: the process that serves it refuses the request %s (%llu)",
		    link->params.name, vhost_request_name(request), (unsigned long long)answer);
}

int vhost_put(struct vhost_link *link, struct vhost_message *message, uint32_t bytes,
	      const int *fds, unsigned int count)
{
	enum vhost_request request = message->header.request;
	bool acknowledged = link->protocol & VHOST_P_REPLY_ACK;
	uint64_t answer = 0;
	int rc;

	message->header.flags = VHOST_FLAGS_VERSION | (acknowledged ? VHOST_FLAGS_NEED_REPLY : 0);
	message->header.size = bytes;
	pthread_mutex_lock(&link->lock);
	rc = transact(link, message, fds, count, acknowledged ? sizeof(uint64_t) : 0);
	if (rc == 0 && acknowledged)
		answer = message->body.u64;
	else if (rc == 0 && vhost_must_be_done(request))
		rc = flush(link);
	pthread_mutex_unlock(&link->lock);
	return rc == 0 && answer ? refused(link, request, answer) : rc;
}

static int get_u64(struct vhost_link *link, enum vhost_request request, uint64_t *value)
{
	struct vhost_message message = {.header.request = request};
	int rc = vhost_get(link, &message, 0, sizeof(message.body.u64));

	if (rc == 0)
		*value = message.body.u64;
	return rc;
}

static int negotiate_queues(struct vhost_link *link)
{
	uint64_t value = 1;
	int rc = 0;

	if (link->protocol & VHOST_P_MQ)
		rc = get_u64(link, VHOST_GET_QUEUE_NUM, &value);
	if (rc)
		return rc;
	if (value == 0)
		return fail(-EPROTO, "%s: the back end has no queues", link->params.name);
	/* More than the protocol can name are of no use. */
	link->queue_pairs =
		value < VHOST_VRINGS_MAX / 2 ? (unsigned int)value : VHOST_VRINGS_MAX / 2;
	value = VHOST_TABLE_REGIONS;
	if (link->protocol & VHOST_P_MEM_SLOTS)
		rc = get_u64(link, VHOST_GET_MAX_MEM_SLOTS, &value);
	if (rc == 0 && value == 0)
		rc = fail(-EPROTO, "%s: the back end has no room for memory", link->params.name);
	link->regions_max = value < UINT32_MAX ? (unsigned int)value : UINT32_MAX;
	return rc;
}

static int negotiate(struct vhost_link *link)
{
	struct vhost_message message = {.header.request = VHOST_SET_OWNER};
	uint64_t offered = 0;
	int rc = get_u64(link, VHOST_GET_FEATURES, &link->features);

	if (rc == 0 && link->features & VHOST_F_PROTOCOL_FEATURES)
		rc = get_u64(link, VHOST_GET_PROTOCOL_FEATURES, &offered);
	if (rc)
		return rc;
	if (link->features & VHOST_F_PROTOCOL_FEATURES) {
		struct vhost_message accept = {.header.request = VHOST_SET_PROTOCOL_FEATURES,
					       .body.u64 = offered & WANTED_PROTOCOL};

		rc = vhost_put(link, &accept, sizeof(accept.body.u64), NULL, 0);
		link->protocol = offered & WANTED_PROTOCOL;
	}
	if (rc == 0)
		rc = vhost_put(link, &message, 0, NULL, 0);
	return rc ? rc : negotiate_queues(link);
}

/* The process at the other end: in a container of its own it may have no number here. */
static int open_process(int fd)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) || peer.pid <= 0)
		return -1;
	return (int)syscall(SYS_pidfd_open, peer.pid, 0);
}

static struct vhost_link *link_new(const struct vhost_link_params *params)
{
	struct vhost_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->params = *params;
	link->params.path = NULL;
	link->params.name = strdup(params->name);
	link->fd = -1;
	link->process = -1;
	link->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->error_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&link->lock, NULL);
	if (link->params.name && link->stop_fd >= 0 && link->error_fd >= 0)
		return link;
	vhost_link_close(link);
	return NULL;
}

int vhost_link_open(const struct vhost_link_params *params, struct vhost_link **opened)
{
	int fd = vhost_socket_open(params->name, params->path, params->server, params->timeout_ms);

	return fd < 0 ? fd : vhost_link_over(params, fd, opened);
}

int vhost_link_over(const struct vhost_link_params *params, int fd, struct vhost_link **opened)
{
	struct vhost_link *link = link_new(params);
	int rc;

	if (!link) {
		close(fd);
		return fail(-ENOMEM, "%s: no memory or no file descriptor left", params->name);
	}
	link->fd = fd;
	link->process = open_process(fd);
	rc = negotiate(link);
	if (rc) {
		vhost_link_close(link);
		return rc;
	}
	*opened = link;
	return 0;
}

int vhost_link_start(struct vhost_link *link)
{
	return vhost_watch_start(link);
}

void vhost_link_close(struct vhost_link *link)
{
	const int fds[] = {link->fd, link->process, link->stop_fd, link->error_fd};

	vhost_watch_stop(link);
	for (unsigned int i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	pthread_mutex_destroy(&link->lock);
	free((char *)(uintptr_t)link->params.name);
	free(link);
}
