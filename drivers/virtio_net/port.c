// SPDX-License-Identifier: BSD-3-Clause
/* The port: opening, what it can do, its link, and closing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "features.h"
#include "filter.h"
#include "message.h"
#include "rx.h"
#include "start.h"
#include "tx.h"

#define DEFAULT_MTU    1500u
#define LEAST_MTU      68u
/* A header and a packet. */
#define LEAST_TX_DEPTH 2u
#define MOST_MTU       9000u
/* "The device MUST set rss_max_key_size to at least 40" (5.1.4.1). */
#define KNOWN_HASHES                                                                               \
	(PADMA_RSS_IPV4 | PADMA_RSS_TCP_IPV4 | PADMA_RSS_UDP_IPV4 | PADMA_RSS_IPV6 |               \
	 PADMA_RSS_TCP_IPV6 | PADMA_RSS_UDP_IPV6)

static bool claims(const struct padma_device_ids *ids)
{
	return ids->vendor == PADMA_VIRTIO_VENDOR &&
	       (ids->device == PADMA_VIRTIO_MODERN_ID(PADMA_VIRTIO_TYPE_NET) ||
		ids->device == PADMA_VIRTIO_TRANSITIONAL_NET);
}

/* A field that exists only with a feature (5.1.4): 0 without. */
static int read_field(struct net *net, uint64_t features, unsigned int offset, void *data,
		      size_t bytes)
{
	memset(data, 0, bytes);
	return net->offered & features ? padma_virtio_config_read(net->virtio, offset, data, bytes)
				       : 0;
}

static int read_mac(struct net *net)
{
	struct padma_port_info *info = &net->port.info;
	int rc = read_field(net, PADMA_VIRTIO_BIT(F_MAC), CONFIG_MAC, info->mac, PADMA_MAC_BYTES);
	static const uint8_t zero[PADMA_MAC_BYTES];

	/* None, or one that is not an address of a card. */
	if (!rc && (memcmp(info->mac, zero, PADMA_MAC_BYTES) == 0 || info->mac[0] & 1))
		padma_mac_make_up(info->mac);
	return rc;
}

static int read_mtu(struct net *net)
{
	struct padma_port_info *info = &net->port.info;
	uint16_t mtu;
	int rc = read_field(net, PADMA_VIRTIO_BIT(F_MTU), CONFIG_MTU, &mtu, sizeof(mtu));

	info->mtu = DEFAULT_MTU;
	info->mtu_max = MOST_MTU;
	if (rc || !offers(net, F_MTU))
		return rc;
	if (mtu < LEAST_MTU)
		return fail(-EPROTO, "%s has an MTU of %u, below the minimum of %u", net_name(net),
			    mtu, LEAST_MTU);
	info->mtu_max = mtu < MOST_MTU ? mtu : MOST_MTU;
	info->mtu = info->mtu_max < DEFAULT_MTU ? info->mtu_max : DEFAULT_MTU;
	return 0;
}

/* As many pairs as the configuration says. Whether there are queues for them shows only when features are negotiated. */
static int read_pairs(struct net *net)
{
	struct padma_virtio_info virtio;
	uint16_t pairs;
	int rc = read_field(net, PADMA_VIRTIO_BIT(F_MQ) | PADMA_VIRTIO_BIT(F_RSS),
			    CONFIG_QUEUE_PAIRS, &pairs, sizeof(pairs));

	if (rc)
		return rc;
	padma_virtio_info(net->virtio, &virtio);
	if (pairs == 0)
		pairs = 1;
	if (virtio.queues < 2)
		return fail(-EPROTO,
			    "%s has %u queues, fewer than one to receive and one to transmit",
			    net_name(net), virtio.queues);
	net->pairs_max = pairs;
	if (!offers(net, F_CTRL_VQ))
		pairs = 1;
	net->port.info.rx_queues = net->port.info.tx_queues =
		pairs < PADMA_PORT_QUEUES_MAX ? pairs : PADMA_PORT_QUEUES_MAX;
	return 0;
}

static int read_rss(struct net *net)
{
	struct padma_port_info *info = &net->port.info;
	uint64_t either = PADMA_VIRTIO_BIT(F_RSS) | PADMA_VIRTIO_BIT(F_HASH_REPORT);
	uint16_t entries;
	uint32_t types;
	uint8_t key;
	int rc = read_field(net, either, CONFIG_RSS_KEY_BYTES, &key, sizeof(key));

	if (!rc)
		rc = read_field(net, PADMA_VIRTIO_BIT(F_RSS), CONFIG_RSS_ENTRIES, &entries,
				sizeof(entries));
	if (!rc)
		rc = read_field(net, either, CONFIG_HASH_TYPES, &types, sizeof(types));
	if (rc)
		return rc;
	if (key < PADMA_RSS_KEY_BYTES || !offers(net, F_CTRL_VQ)) {
		net->offered &= ~either;
		return 0;
	}
	info->rss_types = types & KNOWN_HASHES;
	if (!offers(net, F_RSS) || entries == 0)
		return 0;
	info->rss_entries = 1;
	while (info->rss_entries * 2u <= entries && info->rss_entries < RSS_ENTRIES_MAX)
		info->rss_entries = (uint16_t)(info->rss_entries * 2);
	return 0;
}

/* Rings of any length are possible if they are packed, but a power of two suits both formats. */
static void read_depth(struct net *net)
{
	struct padma_port_info *info = &net->port.info;
	unsigned int most = padma_virtqueue_size_max(net->virtio, 0);
	unsigned int other = padma_virtqueue_size_max(net->virtio, 1);

	if (other < most)
		most = other;
	info->depth_max = 1;
	while (info->depth_max * 2 <= most)
		info->depth_max *= 2;
	info->depth_step = 0;
}

static int read_info(struct net *net)
{
	struct padma_port_info *info = &net->port.info;
	int rc = read_mac(net);

	if (!rc)
		rc = read_mtu(net);
	if (!rc)
		rc = read_pairs(net);
	if (!rc)
		rc = read_rss(net);
	if (rc)
		return rc;
	read_depth(net);
	if (info->depth_max < 2)
		return fail(-EPROTO, "%s has rings of %u descriptors: too few", net_name(net),
			    info->depth_max);
	info->segments_max = SEGMENTS_MAX;
	info->room_bytes = PADMA_PACKET_ROOM_MIN;
	info->macs = offers(net, F_CTRL_RX) ? 512 : 0;
	info->offloads = features_offloads(net);
	return 0;
}

static void net_free(struct net *net)
{
	control_close(net);
	start_free_spare(net);
	padma_virtio_close(net->virtio);
	free(net);
}

static void close_port(struct padma_port *port)
{
	net_free(net_of(port));
}

static int configure(struct padma_port *port, const struct padma_port_params *params)
{
	struct net *net = net_of(port);
	unsigned int pairs =
		params->rx_queues > params->tx_queues ? params->rx_queues : params->tx_queues;
	int rc;

	/* Packets would be received for queues that do not exist. */
	if (params->rx_queues < params->tx_queues && port->info.rss_entries == 0 &&
	    params->rx_queues < pairs)
		return fail(-EINVAL,
			    "%s has queue pairs, and no RSS to leave receive queues unused: use "
			    "as many receive as transmit queues",
			    net_name(net));
	if (padma_device_irq_kind(port->device) == PADMA_IRQ_MSI && params->interrupts)
		return fail(-ENOTSUP, "%s: virtio has MSI-X and INTx, but not MSI", net_name(net));
	if (params->tx_depth < LEAST_TX_DEPTH)
		return fail(-EINVAL, "%s needs transmit rings of at least %u descriptors",
			    net_name(net), LEAST_TX_DEPTH);
	rc = start_alloc_spare(net, pairs, params);
	if (rc)
		return rc;
	/* A packet fits into its ring, also with a header of its own (2.7.5.3.1: an indirect table is no longer either). */
	port->info.segments_max =
		params->tx_depth <= SEGMENTS_MAX ? (uint16_t)(params->tx_depth - 1) : SEGMENTS_MAX;
	return 0;
}

static int read_link(struct padma_port *port, struct padma_port_link *link)
{
	struct net *net = net_of(port);
	uint16_t status = STATUS_LINK_UP;
	uint32_t speed = UINT32_MAX;
	uint8_t duplex = 0xff;
	int rc = 0;

	if (offers(net, F_STATUS))
		rc = read_field(net, PADMA_VIRTIO_BIT(F_STATUS), CONFIG_STATUS, &status,
				sizeof(status));
	if (!rc && offers(net, F_SPEED_DUPLEX)) {
		rc = read_field(net, PADMA_VIRTIO_BIT(F_SPEED_DUPLEX), CONFIG_SPEED, &speed,
				sizeof(speed));
		if (!rc)
			rc = read_field(net, PADMA_VIRTIO_BIT(F_SPEED_DUPLEX), CONFIG_DUPLEX,
					&duplex, sizeof(duplex));
	}
	if (rc)
		return rc;
	/* All ones are "unknown"; a link without a speed is one of the host's memory. */
	*link = (struct padma_port_link){
		.up = status & STATUS_LINK_UP,
		.full_duplex = duplex != 0,
		.mbit = speed <= INT32_MAX ? speed : 0,
	};
	return 0;
}

/* 5.1.6.5.4: the announcement is the program's to send; it is acknowledged at once, so that it comes once. */
static unsigned int announce(struct net *net)
{
	uint16_t status;

	if (!has(net, F_GUEST_ANNOUNCE) ||
	    padma_virtio_config_read(net->virtio, CONFIG_STATUS, &status, sizeof(status)) ||
	    !(status & STATUS_ANNOUNCE) ||
	    control_command(net, CTRL_ANNOUNCE, CTRL_ANNOUNCE_ACK, NULL, 0))
		return 0;
	net->announcements++;
	return PADMA_PORT_EVENT_ANNOUNCE;
}

static unsigned int service(struct padma_port *port, uint64_t now_ns)
{
	struct net *net = net_of(port);
	int rc;

	(void)now_ns;
	if (!net->started)
		return 0;
	rc = padma_virtio_check(net->virtio);
	if (rc == -ENODEV)
		padma_port_gone(port);
	else if (rc)
		(void)padma_port_fail(port, rc, "%s", padma_last_error());
	return rc ? 0 : announce(net);
}

static int extended_stats(struct padma_port *port, struct padma_port_stat *stats, unsigned int room)
{
	const struct net *net = net_of(port);
	const struct padma_port_stat all[] = {
		{"control_commands", net->control.commands},
		{"control_refused", net->control.refused},
		{"announcements", net->announcements},
	};
	const unsigned int count = sizeof(all) / sizeof(all[0]);

	for (unsigned int i = 0; i < count && i < room; i++)
		stats[i] = all[i];
	return (int)count;
}

/* Before the first start nothing has been negotiated: what is offered has no record yet. */
static int features(struct padma_port *port, struct padma_port_feature *list, unsigned int room)
{
	struct padma_virtio_record records[64];
	unsigned int count = padma_virtio_records(net_of(port)->virtio, records, 64);

	for (unsigned int i = 0; i < count && i < room; i++) {
		list[i] = (struct padma_port_feature){
			.offered = records[i].offered,
			.used = records[i].accepted,
		};
		if (records[i].name[0])
			snprintf(list[i].name, sizeof(list[i].name), "%s", records[i].name);
		else
			snprintf(list[i].name, sizeof(list[i].name), "feature %u", records[i].bit);
		snprintf(list[i].reason, sizeof(list[i].reason), "%s", records[i].reason);
	}
	return (int)count;
}

static const struct padma_port_ops ops = {
	.close = close_port,
	.configure = configure,
	.rx_open = rx_queue_open,
	.tx_open = tx_queue_open,
	.rx_close = rx_queue_close,
	.tx_close = tx_queue_close,
	.start = start_port,
	.stop = stop_port,
	.rx_reclaim = rx_queue_reclaim,
	.tx_reclaim = tx_queue_reclaim,
	.rx_arm = rx_queue_arm,
	.tx_waits = tx_queue_waits,
	.link = read_link,
	.set_mac = filter_set_mac,
	.filter = filter_set,
	.vlan_filter = filter_set_vlans,
	.rss = filter_set_rss,
	.service = service,
	.extended_stats = extended_stats,
	.features = features,
};

static int bring_up(struct net *net)
{
	struct padma_virtio_info info;
	int rc = padma_virtio_open(net->port.device, &net->virtio);

	if (rc)
		return rc;
	padma_virtio_info(net->virtio, &info);
	if (info.type != PADMA_VIRTIO_TYPE_NET)
		return fail(-ENOTSUP, "%s is a virtio device of type %u, not a network card",
			    net_name(net), info.type);
	net->offered = info.offered;
	rc = read_info(net);
	return rc ? rc : control_open(net);
}

static int open_port(struct padma_device *device, struct padma_port **port)
{
	struct net *net = calloc(1, sizeof(*net));
	int rc;

	if (!net)
		return fail(-ENOMEM, "no memory for a port");
	net->port.ops = &ops;
	net->port.device = device;
	rc = bring_up(net);
	/* Nothing of memory was handed to the device yet, and it was reset. */
	if (rc) {
		net_free(net);
		return rc;
	}
	*port = &net->port;
	return 0;
}

const struct padma_net_driver padma_virtio_net_driver = {
	.name = "virtio-net",
	.help = "virtio network cards (modern PCI transport)",
	.claims = claims,
	.open = open_port,
};
