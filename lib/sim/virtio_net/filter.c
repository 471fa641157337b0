// SPDX-License-Identifier: BSD-3-Clause
/* Which frames a driver gets (Virtio 1.2, 5.1.6.5.1 to 5.1.6.5.3). */
#include <string.h>

#include "net.h"

#define TYPE_VLAN 0x8100u

static bool is_listed(const struct net_filter *filter, const uint8_t *mac)
{
	for (unsigned int i = 0; i < filter->unicast + filter->multicast; i++) {
		if (memcmp(filter->macs[i], mac, MAC_BYTES) == 0)
			return true;
	}
	return false;
}

static bool address_passes(const struct net *net, const uint8_t *mac)
{
	static const uint8_t broadcast[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct net_filter *filter = &net->filter;
	bool is_broadcast = memcmp(mac, broadcast, MAC_BYTES) == 0;

	/* Without the feature there is no way to ask for others. */
	if (!net_has(net, NET_CTRL_RX) || filter->modes[CTRL_RX_PROMISC])
		return true;
	if (is_broadcast)
		return !filter->modes[CTRL_RX_NOBCAST];
	if (mac[0] & 1)
		return !filter->modes[CTRL_RX_NOMULTI] &&
		       (filter->modes[CTRL_RX_ALLMULTI] || is_listed(filter, mac));
	return !filter->modes[CTRL_RX_NOUNI] &&
	       (filter->modes[CTRL_RX_ALLUNI] || is_listed(filter, mac) ||
		memcmp(net->config + CONFIG_MAC, mac, MAC_BYTES) == 0);
}

static bool vlan_passes(const struct net *net, const struct sim_frame *frame)
{
	unsigned int vlan;

	if (!net_has(net, NET_CTRL_VLAN) || net->filter.modes[CTRL_RX_PROMISC] ||
	    frame->bytes < ETHERNET_BYTES + VLAN_BYTES ||
	    net_order16(frame->data + 12) != TYPE_VLAN)
		return true;
	vlan = net_order16(frame->data + 14) & 0xfff;
	return net->filter.vlans[vlan / 8] >> vlan % 8 & 1;
}

/* 5.1.4.1: once the driver has accepted it. */
static bool size_passes(const struct net *net, const struct sim_frame *frame)
{
	return !net_has(net, NET_MTU) || frame->segment != SIM_SEGMENT_NONE ||
	       frame->bytes <= net->keys.mtu + ETHERNET_BYTES + VLAN_BYTES;
}

bool sim_virtio_net_passes(const struct net *net, const struct sim_frame *frame)
{
	return frame->bytes >= ETHERNET_BYTES && address_passes(net, frame->data) &&
	       vlan_passes(net, frame) && size_passes(net, frame);
}
