/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net.h - a network device that a back end serves, as the driver sees it: registers here, queues of data there.
 *
 * What the driver writes to the registers of the transport (lib/sim/virtio) becomes messages; the control queue is
 * served here, the others by the back end. Below the device's lock, except where it says otherwise.
 */
#ifndef VHOST_NET_H
#define VHOST_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/device.h"
#include "sim/virtio/transport.h"
#include "sim/virtio_net/spec.h"
#include "vhost/rings.h"

struct vhost_net_keys {
	bool server;
	uint64_t queues, entries, mtu, timeout_ms, features;
	char *mac, *packed;
};

struct vhost_net {
	struct vhost_net_keys keys;
	struct sim_virtio virtio; /* beside the keys, all is made by create() */
	struct padma_sim_function *function;
	struct sim_device *device;
	struct vhost_memory *memory;
	const char *path; /* until create() has returned */
	struct vhost_link *link;
	struct vhost_rings rings;
	uint64_t own;	    /* features that are served here, and not known to the back end */
	unsigned int pairs; /* queues that there are */
	unsigned int active_pairs; /* and that the driver wants used */
	bool many;		   /* it has negotiated more than one pair */
	bool has_control;
	bool started; /* the back end knows of this driver */
	bool halted; /* and it was stopped since, by bus mastering: only a reset goes on from there */
	uint8_t config[CONFIG_BYTES];
};

/* Of prepare(). */
struct vhost_net_source {
	struct vhost_memory *memory;
	const char *path;
};

extern const struct padma_sim_model vhost_net_model;
extern const struct sim_hooks vhost_net_hooks;

/* Look out for the end of the back end of a device that has just been opened; closed if this fails. */
int vhost_net_watch(struct padma_device *device);

static inline unsigned int vhost_net_data_queues(const struct vhost_net *net)
{
	return net->many ? 2 * net->pairs : 2;
}

/* control.c: carry out the commands that wait. */
void vhost_net_control(struct vhost_net *net);

/* features.c: what is offered, by the keys and the back end, and the configuration. 0, or a negative errno, noted. */
int vhost_net_offer(struct vhost_net *net, uint64_t *features);

/* serve.c: the back end takes over, as the driver has set up the device; and leaves. 0, or a negative errno, noted: some
 * ring may run still. */
int vhost_net_start(struct vhost_net *net);
int vhost_net_stop(struct vhost_net *net);
/* Use so many pairs of queues. */
int vhost_net_set_pairs(struct vhost_net *net, unsigned int pairs);
/* The vectors of queues lead elsewhere now. */
void vhost_net_update_calls(struct vhost_net *net, bool all);

#endif
