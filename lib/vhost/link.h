/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * link.h - the connection to a back end: what was negotiated, and the requests of the protocol.
 *
 * A request that must be answered waits for that, at most the link's timeout. What the peer does wrong ends the link: it
 * is broken then, the peer sees the end of the connection, and every later request fails at once. The link is gone when
 * the peer has closed its side, or died: only then does it serve the rings no more. A thread waits for that.
 *
 * Threading: any thread; a lock of the link's is held for each request, and nothing else is called with it held but
 * the kernel.
 */
#ifndef VHOST_LINK_H
#define VHOST_LINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vhost/spec.h"

struct vhost_link_params {
	const char *name; /* of the device, for messages; copied */
	const char *path;
	bool server;		 /* the peer connects */
	unsigned int timeout_ms; /* for the peer to come, and for each reply */
	/* Called once by the link's thread when the peer is gone, with no lock held. */
	void (*gone)(void *ctx);
	/* Called by the link's thread when the back end reports an error of a ring. */
	void (*ring_error)(void *ctx);
	void *ctx;
};

enum vhost_link_state {
	VHOST_LINK_UP,
	VHOST_LINK_BROKEN, /* no requests any more, but the peer may still be there */
	VHOST_LINK_GONE,
};

struct vhost_link {
	struct vhost_link_params params; /* its path is not kept */
	int fd;
	int process; /* a pidfd of the peer, or -1 */
	int stop_fd;
	int error_fd;		  /* where the back end signals errors of rings */
	int state;		  /* enum vhost_link_state, atomic: only grows */
	uint64_t features;	  /* of the device, VHOST_F_PROTOCOL_FEATURES included */
	uint64_t protocol;	  /* negotiated VHOST_P_* */
	unsigned int queue_pairs; /* the most that the back end has */
	unsigned int regions_max;
	pthread_mutex_t lock; /* of one request and its reply */
	pthread_t watcher;
	bool watching;
	char why[256]; /* it is broken; with the lock */
};

/*
 * Connect and negotiate the protocol; then start() the thread that watches the peer. Return: 0, or a negative errno with the
 * reason noted: as vhost_socket_open(), -EPROTO (the peer broke the protocol), -EPIPE (it closed the connection),
 * -ETIMEDOUT (it does not answer).
 */
int vhost_link_open(const struct vhost_link_params *params, struct vhost_link **link);
/* The same over a connected socket, which becomes the link's in any case. */
int vhost_link_over(const struct vhost_link_params *params, int fd, struct vhost_link **link);
int vhost_link_start(struct vhost_link *link);
void vhost_link_close(struct vhost_link *link);

static inline enum vhost_link_state vhost_link_state(const struct vhost_link *link)
{
	return (enum vhost_link_state)__atomic_load_n(&link->state, __ATOMIC_ACQUIRE);
}

/* Wait until the peer is gone, at most @ms: true if it is. */
bool vhost_link_wait_gone(const struct vhost_link *link, unsigned int ms);

/* Requests. 0, or with the reason noted -EPIPE, -ETIMEDOUT, -EPROTO (the link is broken then), or -EREMOTEIO: the back
 * end refused it, and the link is as good as before. */
int vhost_set_features(struct vhost_link *link, uint64_t features);
int vhost_set_status(struct vhost_link *link, uint8_t status); /* nothing without VHOST_P_STATUS */
int vhost_reset_device(struct vhost_link *link);	  /* nothing without VHOST_P_RESET_DEVICE */
int vhost_set_mtu(struct vhost_link *link, uint16_t mtu); /* nothing without VHOST_P_MTU */
int vhost_set_vring(struct vhost_link *link, enum vhost_request request, unsigned int ring,
		    uint32_t value);
int vhost_set_vring_addr(struct vhost_link *link, const struct vhost_vring_addr *addr);
/* @fd -1: none. */
int vhost_set_vring_fd(struct vhost_link *link, enum vhost_request request, unsigned int ring,
		       int fd);
/* Stop a ring: the back end does not touch it, nor any buffer, once it has answered. */
int vhost_stop_vring(struct vhost_link *link, unsigned int ring);
int vhost_get_config(struct vhost_link *link, void *config, uint32_t bytes);

/* Memory: the whole table, or with VHOST_P_MEM_SLOTS one region more or less. */
int vhost_set_table(struct vhost_link *link, const struct vhost_region *regions, const int *fds,
		    unsigned int count);
int vhost_add_region(struct vhost_link *link, const struct vhost_region *region, int fd);
int vhost_remove_region(struct vhost_link *link, const struct vhost_region *region);

/* watch.c */
int vhost_watch_start(struct vhost_link *link);
void vhost_watch_stop(struct vhost_link *link);

#endif
