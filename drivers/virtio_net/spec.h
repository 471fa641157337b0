/* SPDX-License-Identifier: BSD-3-Clause */
/* spec.h - the network device (Virtio 1.2, 5.1). */
#ifndef VIRTIO_NET_SPEC_H
#define VIRTIO_NET_SPEC_H

#include <stdint.h>

/* Features (5.1.3). */
#define F_CSUM		      0
#define F_GUEST_CSUM	      1
#define F_CTRL_GUEST_OFFLOADS 2
#define F_MTU		      3
#define F_MAC		      5
#define F_GUEST_TSO4	      7
#define F_GUEST_TSO6	      8
#define F_GUEST_ECN	      9
#define F_GUEST_UFO	      10
#define F_HOST_TSO4	      11
#define F_HOST_TSO6	      12
#define F_HOST_ECN	      13
#define F_HOST_UFO	      14
#define F_MRG_RXBUF	      15
#define F_STATUS	      16
#define F_CTRL_VQ	      17
#define F_CTRL_RX	      18
#define F_CTRL_VLAN	      19
#define F_CTRL_RX_EXTRA	      20
#define F_GUEST_ANNOUNCE      21
#define F_MQ		      22
#define F_CTRL_MAC_ADDR	      23
#define F_NOTF_COAL	      53
#define F_GUEST_USO4	      54
#define F_GUEST_USO6	      55
#define F_HOST_USO	      56
#define F_HASH_REPORT	      57
#define F_GUEST_HDRLEN	      59
#define F_RSS		      60
#define F_RSC_EXT	      61
#define F_STANDBY	      62
#define F_SPEED_DUPLEX	      63

/* The configuration (5.1.4): offsets. */
#define CONFIG_MAC	      0
#define CONFIG_STATUS	      6
#define CONFIG_QUEUE_PAIRS    8
#define CONFIG_MTU	      10
#define CONFIG_SPEED	      12
#define CONFIG_DUPLEX	      16
#define CONFIG_RSS_KEY_BYTES  17
#define CONFIG_RSS_ENTRIES    18
#define CONFIG_HASH_TYPES     20

#define STATUS_LINK_UP	      1
#define STATUS_ANNOUNCE	      2

/* The header of each packet (5.1.6). */
#define HDR_NEEDS_CSUM	      1
#define HDR_DATA_VALID	      2
#define GSO_NONE	      0
#define GSO_TCPV4	      1
#define GSO_TCPV6	      4
#define GSO_ECN		      0x80

struct header {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
	/* With HASH_REPORT. */
	uint32_t hash_value;
	uint16_t hash_report;
	uint16_t padding;
};

#define HEADER_BYTES	    12u
#define HEADER_HASH_BYTES   20u

/* The control queue (5.1.6.5): classes, commands and results. */
#define CTRL_RX		    0
#define CTRL_RX_PROMISC	    0
#define CTRL_RX_ALLMULTI    1
#define CTRL_MAC	    1
#define CTRL_MAC_TABLE_SET  0
#define CTRL_MAC_ADDR_SET   1
#define CTRL_VLAN	    2
#define CTRL_VLAN_ADD	    0
#define CTRL_VLAN_DEL	    1
#define CTRL_ANNOUNCE	    3
#define CTRL_ANNOUNCE_ACK   0
#define CTRL_MQ		    4
#define CTRL_MQ_PAIRS_SET   0
#define CTRL_MQ_RSS_CONFIG  1
#define CTRL_MQ_HASH_CONFIG 2
#define CTRL_OFFLOADS	    5
#define CTRL_OFFLOADS_SET   0
#define CTRL_OK		    0

#endif
