// SPDX-License-Identifier: BSD-3-Clause
/* Features of the network device (Virtio 1.2, 5.1.3): which are wanted for a configuration, and why not the others. */
#include "features.h"

#define BIT(feature) PADMA_VIRTIO_BIT(feature)
#define NOT_ASKED    "the port is not configured for it"

enum {
	CSUM,
	GUEST_CSUM,
	GUEST_TSO4,
	GUEST_TSO6,
	GUEST_ECN,
	HOST_TSO4,
	HOST_TSO6,
	HOST_ECN,
	MRG_RXBUF,
	MQ,
	RSS,
	HASH_REPORT,
};

/* The first ones are refused or not by configuration; their order is that of the names above. */
static const struct padma_virtio_feature features_table[] = {
	[CSUM] = {.bit = F_CSUM, .name = "CSUM"},
	[GUEST_CSUM] = {.bit = F_GUEST_CSUM, .name = "GUEST_CSUM"},
	[GUEST_TSO4] = {.bit = F_GUEST_TSO4,
			.name = "GUEST_TSO4",
			.needs = BIT(F_GUEST_CSUM) | BIT(F_MRG_RXBUF)},
	[GUEST_TSO6] = {.bit = F_GUEST_TSO6,
			.name = "GUEST_TSO6",
			.needs = BIT(F_GUEST_CSUM) | BIT(F_MRG_RXBUF)},
	[GUEST_ECN] = {.bit = F_GUEST_ECN, .name = "GUEST_ECN"},
	/* Without ECN, packets with CWR would have to be distinguished (5.1.6.2.1). */
	[HOST_TSO4] = {.bit = F_HOST_TSO4,
		       .name = "HOST_TSO4",
		       .needs = BIT(F_CSUM) | BIT(F_HOST_ECN)},
	[HOST_TSO6] = {.bit = F_HOST_TSO6,
		       .name = "HOST_TSO6",
		       .needs = BIT(F_CSUM) | BIT(F_HOST_ECN)},
	[HOST_ECN] = {.bit = F_HOST_ECN, .name = "HOST_ECN", .needs = BIT(F_CSUM)},
	[MRG_RXBUF] = {.bit = F_MRG_RXBUF, .name = "MRG_RXBUF"},
	[MQ] = {.bit = F_MQ, .name = "MQ", .needs = BIT(F_CTRL_VQ)},
	[RSS] = {.bit = F_RSS, .name = "RSS", .needs = BIT(F_CTRL_VQ)},
	[HASH_REPORT] = {.bit = F_HASH_REPORT, .name = "HASH_REPORT", .needs = BIT(F_CTRL_VQ)},
	{.bit = F_CTRL_GUEST_OFFLOADS,
	 .name = "CTRL_GUEST_OFFLOADS",
	 .needs = BIT(F_CTRL_VQ) | BIT(F_GUEST_CSUM)},
	{.bit = F_MTU, .name = "MTU"},
	{.bit = F_MAC, .name = "MAC"},
	{.bit = F_STATUS, .name = "STATUS"},
	{.bit = F_CTRL_VQ, .name = "CTRL_VQ"},
	{.bit = F_CTRL_RX, .name = "CTRL_RX", .needs = BIT(F_CTRL_VQ)},
	{.bit = F_CTRL_VLAN, .name = "CTRL_VLAN", .needs = BIT(F_CTRL_VQ)},
	{.bit = F_GUEST_ANNOUNCE,
	 .name = "GUEST_ANNOUNCE",
	 .needs = BIT(F_CTRL_VQ) | BIT(F_STATUS)},
	{.bit = F_CTRL_MAC_ADDR, .name = "CTRL_MAC_ADDR", .needs = BIT(F_CTRL_VQ)},
	{.bit = F_SPEED_DUPLEX, .name = "SPEED_DUPLEX"},
	{.bit = F_CTRL_RX_EXTRA, .name = "CTRL_RX_EXTRA", .refusal = "ports have no such filters"},
	{.bit = F_GUEST_UFO, .name = "GUEST_UFO", .refusal = "UDP fragmentation is not supported"},
	{.bit = F_HOST_UFO, .name = "HOST_UFO", .refusal = "UDP fragmentation is not supported"},
	{.bit = F_GUEST_USO4, .name = "GUEST_USO4", .refusal = "UDP segmentation is not supported"},
	{.bit = F_GUEST_USO6, .name = "GUEST_USO6", .refusal = "UDP segmentation is not supported"},
	{.bit = F_HOST_USO, .name = "HOST_USO", .refusal = "UDP segmentation is not supported"},
	{.bit = F_GUEST_HDRLEN,
	 .name = "GUEST_HDRLEN",
	 .refusal = "the driver always gives the exact length"},
	{.bit = F_RSC_EXT, .name = "RSC_EXT", .refusal = "merged packets carry no segment counts"},
	{.bit = F_STANDBY, .name = "STANDBY", .refusal = "standby is not supported"},
	{.bit = F_NOTF_COAL, .name = "NOTF_COAL", .refusal = "interrupts are armed one at a time"},
};

#define COUNT (sizeof(features_table) / sizeof(features_table[0]))

static bool offers_tso(const struct net *net, unsigned int bit)
{
	return offers(net, bit) && offers(net, F_CSUM) && offers(net, F_HOST_ECN);
}

uint32_t features_offloads(const struct net *net)
{
	uint32_t offloads = PADMA_OFFLOAD_TX_CHAINS;

	if (offers(net, F_CSUM))
		offloads |= PADMA_OFFLOAD_TX_L4_CSUM;
	if (offers_tso(net, F_HOST_TSO4))
		offloads |= PADMA_OFFLOAD_TX_TSO4;
	if (offers_tso(net, F_HOST_TSO6))
		offloads |= PADMA_OFFLOAD_TX_TSO6;
	if (offers(net, F_GUEST_CSUM))
		offloads |= PADMA_OFFLOAD_RX_CSUM;
	if (offers(net, F_GUEST_CSUM) && offers(net, F_MRG_RXBUF) &&
	    (offers(net, F_GUEST_TSO4) || offers(net, F_GUEST_TSO6)))
		offloads |= PADMA_OFFLOAD_RX_TSO;
	if (offers(net, F_HASH_REPORT) && offers(net, F_CTRL_VQ))
		offloads |= PADMA_OFFLOAD_RX_HASH;
	if (net->port.info.rss_entries)
		offloads |= PADMA_OFFLOAD_RSS;
	return offloads;
}

uint32_t features_frame_bytes(const struct net *net)
{
	return (uint32_t)net->port.params.mtu + FRAME_EXTRA;
}

/* Whether each frame fits into one packet of every queue. */
static bool one_buffer(const struct net *net)
{
	for (unsigned int i = 0; i < net->port.params.rx_queues; i++) {
		const struct rx_queue *queue = rx_of(net->port.rx[i]);

		if (queue->room_bytes - PADMA_PACKET_HEADROOM < features_frame_bytes(net))
			return false;
	}
	return true;
}

static void refuse(struct padma_virtio_feature *feature, bool when, const char *why)
{
	if (when)
		feature->refusal = why;
}

/* What the port does not use its device for: done in software, or not at all. */
static void refuse_transmit(struct padma_virtio_feature *features, uint32_t offloads)
{
	const char *why = "done in software";

	refuse(&features[CSUM], !(offloads & PADMA_OFFLOAD_TX_L4_CSUM), why);
	refuse(&features[HOST_TSO4], !(offloads & PADMA_OFFLOAD_TX_TSO4), why);
	refuse(&features[HOST_TSO6], !(offloads & PADMA_OFFLOAD_TX_TSO6), why);
	refuse(&features[HOST_ECN], features[HOST_TSO4].refusal && features[HOST_TSO6].refusal,
	       why);
}

static void refuse_receive(struct padma_virtio_feature *features, uint32_t offloads)
{
	bool tso = offloads & PADMA_OFFLOAD_RX_TSO;

	refuse(&features[GUEST_CSUM], !tso && !(offloads & PADMA_OFFLOAD_RX_CSUM), NOT_ASKED);
	refuse(&features[GUEST_TSO4], !tso, NOT_ASKED);
	refuse(&features[GUEST_TSO6], !tso, NOT_ASKED);
	refuse(&features[GUEST_ECN], !tso, NOT_ASKED);
	refuse(&features[HASH_REPORT], !(offloads & PADMA_OFFLOAD_RX_HASH), NOT_ASKED);
}

int features_negotiate(struct net *net)
{
	struct padma_virtio_feature features[COUNT];
	struct padma_virtio_info info;
	uint32_t offloads = net->port.offloads;

	padma_virtio_info(net->virtio, &info);
	/* What only a reset has brought was not looked at when the port was opened. */
	for (unsigned int i = 0; i < COUNT; i++) {
		features[i] = features_table[i];
		refuse(&features[i], info.offered & ~net->offered & BIT(features[i].bit),
		       "it was not offered when the port was opened");
	}
	refuse_transmit(features, offloads);
	refuse_receive(features, offloads);
	refuse(&features[MRG_RXBUF], !(offloads & PADMA_OFFLOAD_RX_TSO) && one_buffer(net),
	       "each frame fits into one buffer");
	refuse(&features[MQ], net->pairs == 1, "the port has one pair of queues");
	/* Without it the device would use the receive queues of all pairs. */
	refuse(&features[RSS],
	       net->port.rss.entries == 0 && net->pairs <= net->port.params.rx_queues, NOT_ASKED);
	return padma_virtio_negotiate(net->virtio, features, COUNT);
}
