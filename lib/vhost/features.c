// SPDX-License-Identifier: BSD-3-Clause
/* What the device offers: what the back end does, and what is served here. And its configuration (Virtio 1.2, 5.1.4). */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <endian.h>
#include <string.h>

#include <padma/net/driver.h>

#include "sim/net/mac.h"
#include "vhost/link.h"
#include "vhost/net.h"

/* What a back end may serve. Not: features of the transport, which is here, and those by which ring addresses would be
 * others (ACCESS_PLATFORM). */
#define PASSED                                                                                     \
	(VIRTIO_BIT(NET_CSUM) | VIRTIO_BIT(NET_GUEST_CSUM) | VIRTIO_BIT(NET_GUEST_TSO4) |          \
	 VIRTIO_BIT(NET_GUEST_TSO6) | VIRTIO_BIT(NET_GUEST_ECN) | VIRTIO_BIT(NET_GUEST_UFO) |      \
	 VIRTIO_BIT(NET_HOST_TSO4) | VIRTIO_BIT(NET_HOST_TSO6) | VIRTIO_BIT(NET_HOST_ECN) |        \
	 VIRTIO_BIT(NET_HOST_UFO) | VIRTIO_BIT(NET_MRG_RXBUF) | VIRTIO_BIT(F_INDIRECT_DESC) |      \
	 VIRTIO_BIT(F_EVENT_IDX) | VIRTIO_BIT(F_VERSION_1) | VIRTIO_BIT(F_RING_PACKED) |           \
	 VIRTIO_BIT(F_IN_ORDER))

/* The control queue is served here. No filters (CTRL_RX, CTRL_VLAN): the protocol has no request for them. */
#define CONTROL (VIRTIO_BIT(NET_CTRL_VQ) | VIRTIO_BIT(NET_CTRL_MAC_ADDR))

static void put16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

/* The back end's, where it has one: of a network card of its own, say. The keys go first. */
static int make_config(struct vhost_net *net)
{
	bool has_config = net->link->protocol & VHOST_P_CONFIG;
	int rc = 0;

	if (has_config)
		rc = vhost_get_config(net->link, net->config, sizeof(net->config));
	else
		padma_mac_make_up(net->config + CONFIG_MAC);
	if (rc == 0 && net->keys.mac)
		rc = sim_mac_read(net->function->name, net->keys.mac, net->config + CONFIG_MAC);
	if (!has_config)
		put16(net->config + CONFIG_STATUS, LINK_UP);
	put16(net->config + CONFIG_PAIRS, (uint16_t)net->pairs);
	if (net->keys.mtu)
		put16(net->config + CONFIG_MTU, (uint16_t)net->keys.mtu);
	return rc;
}

static int check_pairs(struct vhost_net *net)
{
	net->pairs = (unsigned int)net->keys.queues;
	if (net->pairs <= net->link->queue_pairs)
		return 0;
	return fail(-EINVAL, "%s: queues=%u, and the process that serves it has %u; give fewer",
		    net->function->name, net->pairs, net->link->queue_pairs);
}

static int read_packed(const struct vhost_net *net, uint64_t *offered)
{
	const char *packed = net->keys.packed;

	if (packed && strcmp(packed, "off") == 0)
		*offered &= ~VIRTIO_BIT(F_RING_PACKED);
	else if (packed && strcmp(packed, "on") != 0)
		return fail(-EINVAL, "%s: packed=%s; give on or off", net->function->name, packed);
	else if (packed && !(*offered & VIRTIO_BIT(F_RING_PACKED)))
		return fail(-ENOTSUP, "%s: the process that serves it has no packed rings",
			    net->function->name);
	return 0;
}

int vhost_net_offer(struct vhost_net *net, uint64_t *features)
{
	uint64_t offered = net->link->features & PASSED;
	int rc = check_pairs(net);

	if (rc == 0)
		rc = read_packed(net, &offered);
	if (rc)
		return rc;
	if (!(offered & VIRTIO_BIT(F_VERSION_1)))
		return fail(-ENOTSUP, "%s: the process that serves it has legacy virtio only",
			    net->function->name);
	net->own = VIRTIO_BIT(NET_MAC) | VIRTIO_BIT(NET_STATUS) | CONTROL;
	if (net->pairs > 1)
		net->own |= VIRTIO_BIT(NET_MQ);
	if (net->keys.mtu ||
	    (net->link->protocol & VHOST_P_CONFIG && net->link->features & VIRTIO_BIT(NET_MTU)))
		net->own |= VIRTIO_BIT(NET_MTU);
	net->own &= net->keys.features;
	net->has_control = net->own & VIRTIO_BIT(NET_CTRL_VQ);
	if (!net->has_control)
		net->own &= ~(CONTROL | VIRTIO_BIT(NET_MQ));
	*features = (offered & net->keys.features) | VIRTIO_BIT(F_VERSION_1) | net->own;
	return make_config(net);
}
