// SPDX-License-Identifier: BSD-3-Clause
/* The device between its driver and its back end: rings started as the driver has set them up, and stopped. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include "vhost/link.h"
#include "vhost/memory.h"
#include "vhost/net.h"

#define CALL_UNKNOWN -2

/* What the back end signals for a queue: the program's own eventfd, so that no thread of padma is in between. */
static int call_of(const struct vhost_net *net, const struct sim_virtq *queue)
{
	const struct msix *msix = &net->device->pci.msix;

	return msix->enabled && queue->vector < msix->vectors ? msix->fds[queue->vector] : -1;
}

static int start_ring(struct vhost_net *net, unsigned int index)
{
	const struct sim_virtq *queue = &net->virtio.queues[index];
	const struct vhost_ring_setup setup = {
		.entries = queue->size,
		.packed = queue->packed,
		.desc = queue->desc,
		.driver = queue->driver,
		.device = queue->device,
		.call = call_of(net, queue),
	};

	return queue->enabled ? vhost_ring_start(&net->rings, index, &setup) : 0;
}

static int start_rings(struct vhost_net *net)
{
	int rc = 0;

	for (unsigned int i = 0; i < vhost_net_data_queues(net) && rc == 0; i++)
		rc = start_ring(net, i);
	return rc ? rc : vhost_net_set_pairs(net, 1);
}

int vhost_net_start(struct vhost_net *net)
{
	uint64_t features = net->virtio.accepted & ~net->own;
	int rc;

	/* Known to both sides: the back end drops what is longer. */
	if (net->virtio.accepted & VIRTIO_BIT(NET_MTU))
		features |= net->link->features & VIRTIO_BIT(NET_MTU);
	if (net->virtio.accepted & VIRTIO_BIT(NET_MQ))
		features |= net->link->features & VIRTIO_BIT(NET_MQ);
	features |= net->link->features & VHOST_F_PROTOCOL_FEATURES;
	net->started = true;
	rc = vhost_set_features(net->link, features);
	if (rc == 0 && net->virtio.accepted & VIRTIO_BIT(NET_MTU) && net->keys.mtu)
		rc = vhost_set_mtu(net->link, (uint16_t)net->keys.mtu);
	if (rc == 0)
		rc = start_rings(net);
	return rc ? rc : vhost_set_status(net->link, net->virtio.status);
}

int vhost_net_stop(struct vhost_net *net)
{
	int rc = 0;

	if (!net->started)
		return 0;
	if (vhost_link_state(net->link) != VHOST_LINK_GONE)
		rc = vhost_rings_stop(&net->rings);
	if (rc)
		return rc;
	net->started = false;
	/* No ring runs: what comes of these matters to the next start only, which fails then. */
	if (vhost_link_state(net->link) == VHOST_LINK_UP &&
	    (vhost_set_status(net->link, 0) || vhost_reset_device(net->link)))
		log_warning("%s: %s", net->function->name, padma_last_error());
	return 0;
}

int vhost_net_set_pairs(struct vhost_net *net, unsigned int pairs)
{
	int rc = 0;

	net->active_pairs = pairs;
	for (unsigned int i = 0; i < vhost_net_data_queues(net) && rc == 0; i++)
		rc = vhost_ring_enable(&net->rings, i, i < 2 * pairs);
	return rc;
}

void vhost_net_update_calls(struct vhost_net *net, bool all)
{
	for (unsigned int i = 0; i < vhost_net_data_queues(net); i++) {
		if (all)
			net->rings.rings[i].call = CALL_UNKNOWN;
		/* The link is broken if it fails, which is noted there. */
		(void)vhost_ring_call(&net->rings, i, call_of(net, &net->virtio.queues[i]));
	}
}
