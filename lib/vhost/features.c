// SPDX-License-Identifier: BSD-3-Clause
/* What the device offers: what the back end does, and what is served here. And its configuration (Virtio 1.2, 5.1.4). */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "vhost/link.h"
#include "vhost/net.h"
#include "vhost/virtio.h"

/* What a back end may serve. Not: features of the transport, which is here, and those by which ring addresses would be
 * others (ACCESS_PLATFORM). */
#define PASSED                                                                                     \
	(BIT(F_CSUM) | BIT(F_GUEST_CSUM) | BIT(F_GUEST_TSO4) | BIT(F_GUEST_TSO6) |                 \
	 BIT(F_GUEST_ECN) | BIT(F_GUEST_UFO) | BIT(F_HOST_TSO4) | BIT(F_HOST_TSO6) |               \
	 BIT(F_HOST_ECN) | BIT(F_HOST_UFO) | BIT(F_MRG_RXBUF) | BIT(F_INDIRECT_DESC) |             \
	 BIT(F_EVENT_IDX) | BIT(F_VERSION_1) | BIT(F_RING_PACKED) | BIT(F_IN_ORDER))

/* The control queue is served here: the back end has one wire, on which everything passes. */
#define CONTROL	  (BIT(F_CTRL_VQ) | BIT(F_CTRL_RX) | BIT(F_CTRL_MAC_ADDR))

#define MTU_AT	  10u
#define PAIRS_AT  8u
#define STATUS_AT 6u
#define LINK_UP	  1u
#define MAC_BYTES 6u
#define MAC_GROUP 1u
#define MAC_LOCAL 2u

static void put16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static int bad_mac(const struct vhost_net *net)
{
	return fail(-EINVAL,
		    "%s: mac=%s is not the address of a card; give one as mac=02:00:00:00:00:01",
		    net->function->name, net->keys.mac);
}

static int read_mac(const struct vhost_net *net, uint8_t *mac)
{
	unsigned int part[MAC_BYTES];
	int end = 0;

	if (sscanf(net->keys.mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2],
		   &part[3], &part[4], &part[5], &end) != MAC_BYTES ||
	    net->keys.mac[end])
		return bad_mac(net);
	for (unsigned int i = 0; i < MAC_BYTES; i++)
		mac[i] = (uint8_t)part[i];
	return mac[0] & MAC_GROUP ? bad_mac(net) : 0;
}

static void random_mac(uint8_t *mac)
{
	if (getrandom(mac, MAC_BYTES, 0) != MAC_BYTES)
		memset(mac, 0, MAC_BYTES);
	mac[0] = (uint8_t)((mac[0] & ~MAC_GROUP) | MAC_LOCAL);
}

/* The back end's, where it has one: of a network card of its own, say. The keys go first. */
static int make_config(struct vhost_net *net)
{
	bool has_config = net->link->protocol & VHOST_P_CONFIG;
	int rc = 0;

	if (has_config)
		rc = vhost_get_config(net->link, net->config, sizeof(net->config));
	else
		random_mac(net->config);
	if (rc == 0 && net->keys.mac)
		rc = read_mac(net, net->config);
	if (!has_config)
		put16(net->config + STATUS_AT, LINK_UP);
	put16(net->config + PAIRS_AT, (uint16_t)net->pairs);
	if (net->keys.mtu)
		put16(net->config + MTU_AT, (uint16_t)net->keys.mtu);
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
		*offered &= ~BIT(F_RING_PACKED);
	else if (packed && strcmp(packed, "on") != 0)
		return fail(-EINVAL, "%s: packed=%s; give on or off", net->function->name, packed);
	else if (packed && !(*offered & BIT(F_RING_PACKED)))
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
	if (!(offered & BIT(F_VERSION_1)))
		return fail(-ENOTSUP, "%s: the process that serves it has legacy virtio only",
			    net->function->name);
	net->own = BIT(F_MAC) | BIT(F_STATUS) | CONTROL;
	if (net->pairs > 1)
		net->own |= BIT(F_MQ);
	if (net->keys.mtu ||
	    (net->link->protocol & VHOST_P_CONFIG && net->link->features & BIT(F_MTU)))
		net->own |= BIT(F_MTU);
	net->own &= net->keys.features;
	net->has_control = net->own & BIT(F_CTRL_VQ);
	if (!net->has_control)
		net->own &= ~(CONTROL | BIT(F_MQ));
	*features = (offered & net->keys.features) | BIT(F_VERSION_1) | net->own;
	return make_config(net);
}
