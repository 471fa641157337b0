/* SPDX-License-Identifier: BSD-3-Clause */
/* spec.h - numbers of the network device (Virtio 1.2, 5.1). */
#ifndef SIM_VIRTIO_NET_SPEC_H
#define SIM_VIRTIO_NET_SPEC_H

#include "../virtio/spec.h"

#define VIRTIO_TYPE_NET		1u

/* 5.1.3 */
#define NET_CSUM		0
#define NET_GUEST_CSUM		1
#define NET_CTRL_GUEST_OFFLOADS 2
#define NET_MTU			3
#define NET_MAC			5
#define NET_GUEST_TSO4		7
#define NET_GUEST_TSO6		8
#define NET_GUEST_ECN		9
#define NET_GUEST_UFO		10
#define NET_HOST_TSO4		11
#define NET_HOST_TSO6		12
#define NET_HOST_ECN		13
#define NET_HOST_UFO		14
#define NET_MRG_RXBUF		15
#define NET_STATUS		16
#define NET_CTRL_VQ		17
#define NET_CTRL_RX		18
#define NET_CTRL_VLAN		19
#define NET_CTRL_RX_EXTRA	20
#define NET_GUEST_ANNOUNCE	21
#define NET_MQ			22
#define NET_CTRL_MAC_ADDR	23
#define NET_GUEST_USO4		54
#define NET_GUEST_USO6		55
#define NET_HOST_USO		56
#define NET_HASH_REPORT		57
#define NET_GUEST_HDRLEN	59
#define NET_RSS			60
#define NET_SPEED_DUPLEX	63

/* 5.1.4, configuration: offsets */
#define CONFIG_MAC		0u
#define CONFIG_STATUS		6u
#define CONFIG_PAIRS		8u
#define CONFIG_MTU		10u
#define CONFIG_SPEED		12u
#define CONFIG_DUPLEX		16u
#define CONFIG_RSS_KEY		17u
#define CONFIG_RSS_TABLE	18u
#define CONFIG_HASH_TYPES	20u
#define CONFIG_BYTES		24u

#define LINK_UP			1u
#define LINK_ANNOUNCE		2u
#define DUPLEX_FULL		1u

/* 5.1.6, the header of each packet: offsets */
#define HEADER_FLAGS		0u
#define HEADER_GSO_TYPE		1u
#define HEADER_HDR_LEN		2u
#define HEADER_GSO_SIZE		4u
#define HEADER_CSUM_START	6u
#define HEADER_CSUM_OFFSET	8u
#define HEADER_NUM_BUFFERS	10u
#define HEADER_HASH		12u
#define HEADER_HASH_REPORT	16u
#define HEADER_BYTES		12u
#define HEADER_HASH_BYTES	20u

#define FLAG_NEEDS_CSUM		1u
#define FLAG_DATA_VALID		2u
#define GSO_NONE		0u
#define GSO_TCPV4		1u
#define GSO_TCPV6		4u
#define GSO_UDP_L4		5u
#define GSO_ECN			0x80u

/* 5.1.6.5, control queue */
#define ACK_OK			0u
#define ACK_ERR			1u
#define CTRL_RX			0u
#define CTRL_RX_PROMISC		0u
#define CTRL_RX_ALLMULTI	1u
#define CTRL_RX_ALLUNI		2u
#define CTRL_RX_NOMULTI		3u
#define CTRL_RX_NOUNI		4u
#define CTRL_RX_NOBCAST		5u
#define CTRL_MAC		1u
#define CTRL_MAC_TABLE_SET	0u
#define CTRL_MAC_ADDR_SET	1u
#define CTRL_VLAN		2u
#define CTRL_VLAN_ADD		0u
#define CTRL_VLAN_DEL		1u
#define CTRL_ANNOUNCE		3u
#define CTRL_ANNOUNCE_ACK	0u
#define CTRL_MQ			4u
#define CTRL_MQ_PAIRS_SET	0u
#define CTRL_MQ_RSS_CONFIG	1u
#define CTRL_MQ_HASH_CONFIG	2u
#define CTRL_OFFLOADS		5u
#define CTRL_OFFLOADS_SET	0u

/* 5.1.6.4.3.1, hash types; what is reported is the number of the bit and one more. */
#define HASH_IPV4		0u
#define HASH_TCPV4		1u
#define HASH_UDPV4		2u
#define HASH_IPV6		3u
#define HASH_TCPV6		4u
#define HASH_UDPV6		5u
#define HASH_IP_EX		6u
#define HASH_TCP_EX		7u
#define HASH_UDP_EX		8u
#define HASH_TYPES		0x1ffu
#define RSS_KEY_BYTES		40u
#define RSS_TABLE_ENTRIES	128u

#endif
