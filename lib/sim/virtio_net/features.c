// SPDX-License-Identifier: BSD-3-Clause
/* Features of the network device, and its configuration (Virtio 1.2, 5.1.3 and 5.1.4). */
#include <string.h>

#include "net.h"

#define F(n) VIRTIO_BIT(n)

#define GUEST_OFFLOADS                                                                             \
	(F(NET_GUEST_CSUM) | F(NET_GUEST_TSO4) | F(NET_GUEST_TSO6) | F(NET_GUEST_ECN) |            \
	 F(NET_GUEST_USO4) | F(NET_GUEST_USO6))

#define ALL                                                                                        \
	(GUEST_OFFLOADS | F(NET_CSUM) | F(NET_CTRL_GUEST_OFFLOADS) | F(NET_MTU) | F(NET_MAC) |     \
	 F(NET_HOST_TSO4) | F(NET_HOST_TSO6) | F(NET_HOST_ECN) | F(NET_MRG_RXBUF) |                \
	 F(NET_STATUS) | F(NET_CTRL_VQ) | F(NET_CTRL_RX) | F(NET_CTRL_VLAN) |                      \
	 F(NET_CTRL_RX_EXTRA) | F(NET_GUEST_ANNOUNCE) | F(NET_MQ) | F(NET_CTRL_MAC_ADDR) |         \
	 F(NET_HOST_USO) | F(NET_HASH_REPORT) | F(NET_GUEST_HDRLEN) | F(NET_RSS) |                 \
	 F(NET_SPEED_DUPLEX) | F(F_INDIRECT_DESC) | F(F_EVENT_IDX) | F(F_VERSION_1) |              \
	 F(F_ACCESS_PLATFORM) | F(F_RING_PACKED) | F(F_IN_ORDER) | F(F_ORDER_PLATFORM) |           \
	 F(F_NOTIFICATION_DATA) | F(F_NOTIF_CONFIG_DATA) | F(F_RING_RESET))

/* What hypervisors offer by default: nothing that changes every descriptor or notification. */
#define NOT_USUAL                                                                                  \
	(F(F_ACCESS_PLATFORM) | F(F_RING_PACKED) | F(F_IN_ORDER) | F(F_ORDER_PLATFORM) |           \
	 F(F_NOTIFICATION_DATA) | F(F_NOTIF_CONFIG_DATA) | F(NET_HASH_REPORT) |                    \
	 F(NET_GUEST_HDRLEN))

uint64_t sim_virtio_net_features(const struct net_keys *keys)
{
	uint64_t features = keys->features ? keys->features : ALL & ~NOT_USUAL;

	features |= keys->packed ? F(F_RING_PACKED) : 0;
	features |= keys->in_order ? F(F_IN_ORDER) : 0;
	features |= keys->notify_data ? F(F_NOTIFICATION_DATA) | F(F_NOTIF_CONFIG_DATA) : 0;
	features = (features | keys->with) & ~keys->without & ALL;
	return keys->legacy ? features & UINT32_MAX : features;
}

/* 5.1.3.1: each takes one of those in its row. */
static const struct {
	uint8_t feature;
	uint64_t needs;
} needs[] = {
	{NET_GUEST_TSO4, F(NET_GUEST_CSUM)},
	{NET_GUEST_TSO6, F(NET_GUEST_CSUM)},
	{NET_GUEST_ECN, F(NET_GUEST_TSO4) | F(NET_GUEST_TSO6)},
	{NET_GUEST_USO4, F(NET_GUEST_CSUM)},
	{NET_GUEST_USO6, F(NET_GUEST_CSUM)},
	{NET_HOST_TSO4, F(NET_CSUM)},
	{NET_HOST_TSO6, F(NET_CSUM)},
	{NET_HOST_ECN, F(NET_HOST_TSO4) | F(NET_HOST_TSO6)},
	{NET_HOST_USO, F(NET_CSUM)},
	{NET_CTRL_RX, F(NET_CTRL_VQ)},
	{NET_CTRL_RX_EXTRA, F(NET_CTRL_VQ)},
	{NET_CTRL_VLAN, F(NET_CTRL_VQ)},
	{NET_GUEST_ANNOUNCE, F(NET_CTRL_VQ)},
	{NET_MQ, F(NET_CTRL_VQ)},
	{NET_CTRL_MAC_ADDR, F(NET_CTRL_VQ)},
	{NET_RSS, F(NET_CTRL_VQ)},
	{NET_HASH_REPORT, F(NET_CTRL_VQ)},
};

static struct net *net_of(struct sim_virtio *virtio)
{
	return container_of(virtio, struct net, virtio);
}

static bool accept(struct sim_virtio *virtio, uint64_t features)
{
	struct net *net = net_of(virtio);
	bool many = features & (F(NET_MQ) | F(NET_RSS));

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (features & F(needs[i].feature) && !(features & needs[i].needs)) {
			padma_sim_driver_error(net->function,
					       "feature %u is accepted without those that it needs",
					       needs[i].feature);
			return false;
		}
	}
	/* 5.1.2: it follows the queues that there are. */
	virtio->control = many ? 2 * (unsigned int)net->keys.queues : 2;
	return true;
}

void sim_virtio_net_set_receiver(struct net *net, bool on)
{
	static const struct {
		uint64_t features;
		unsigned int offload;
	} names[] = {{F(NET_GUEST_CSUM), SIM_OFFLOAD_CHECKSUM},
		     {F(NET_GUEST_TSO4), SIM_OFFLOAD_TCP4},
		     {F(NET_GUEST_TSO6), SIM_OFFLOAD_TCP6},
		     {F(NET_GUEST_ECN), SIM_OFFLOAD_ECN},
		     {F(NET_GUEST_USO4) | F(NET_GUEST_USO6), SIM_OFFLOAD_UDP}};
	unsigned int offloads = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((net->offloads & names[i].features) == names[i].features)
			offloads |= names[i].offload;
	}
	if (!on)
		net->has_next = false;
	sim_wire_receiver(net->wire, on, offloads);
}

static void ready(struct sim_virtio *virtio)
{
	struct net *net = net_of(virtio);

	net->offloads = virtio->accepted & GUEST_OFFLOADS;
	sim_virtio_net_set_receiver(net, true);
}

static void reset(struct sim_virtio *virtio)
{
	struct net *net = net_of(virtio);

	net->pairs = 1;
	net->offloads = 0;
	net->filter = (struct net_filter){.unicast = 0};
	net->rss = (struct net_rss){.types = 0};
	memset(net->flows, 0, sizeof(net->flows));
	memcpy(net->config + CONFIG_MAC, net->mac_initial, MAC_BYTES);
	net->config[CONFIG_STATUS] &= (uint8_t)~LINK_ANNOUNCE;
	net->waits_since = 0;
	if (net->wire)
		sim_virtio_net_set_receiver(net, false);
}

/* 2.6.1: the frame that was to go there goes elsewhere, or is lost. */
static void stopped(struct sim_virtio *virtio, unsigned int index)
{
	(void)index;
	net_of(virtio)->has_next = false;
}

static void notified(struct sim_virtio *virtio, unsigned int index)
{
	(void)index;
	if (sim_virtio_poll(virtio))
		sim_virtio_net_control(net_of(virtio));
}

/* 5.1.4 */
static unsigned int field_bytes(struct sim_virtio *virtio, unsigned int offset, uint64_t *feature)
{
	static const struct {
		uint8_t offset, bytes;
		uint64_t features;
	} fields[] = {
		{CONFIG_STATUS, 2, F(NET_STATUS)},
		{CONFIG_PAIRS, 2, F(NET_MQ) | F(NET_RSS)},
		{CONFIG_MTU, 2, F(NET_MTU)},
		{CONFIG_SPEED, 4, F(NET_SPEED_DUPLEX)},
		{CONFIG_DUPLEX, 1, F(NET_SPEED_DUPLEX)},
		{CONFIG_RSS_KEY, 1, F(NET_RSS) | F(NET_HASH_REPORT)},
		{CONFIG_RSS_TABLE, 2, F(NET_RSS)},
		{CONFIG_HASH_TYPES, 4, F(NET_RSS) | F(NET_HASH_REPORT)},
	};

	(void)virtio;
	if (offset < CONFIG_MAC + MAC_BYTES)
		return 1;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].offset == offset) {
			*feature = fields[i].features;
			return fields[i].bytes;
		}
	}
	return 0;
}

/* 5.1.6.5.4: a link that comes back may lead elsewhere, so the driver announces itself. */
void sim_virtio_net_set_link(struct net *net, bool up)
{
	uint8_t *status = &net->config[CONFIG_STATUS];

	if (up == net->was_up)
		return;
	net->was_up = up;
	*status = (uint8_t)((*status & ~LINK_UP) | (up ? LINK_UP : 0));
	if (up && sim_virtio_is_running(&net->virtio) && net_has(net, NET_GUEST_ANNOUNCE))
		*status |= LINK_ANNOUNCE;
	if (net->virtio.params.features >> NET_STATUS & 1)
		sim_virtio_config_changed(&net->virtio);
}

const struct sim_virtio_ops sim_virtio_net_ops = {
	.accept = accept,
	.ready = ready,
	.stopped = stopped,
	.reset = reset,
	.notified = notified,
	.field_bytes = field_bytes,
};
