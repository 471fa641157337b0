/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h - frames as they are on the wire: headers that may be at any address, all numbers big endian.
 *
 * IEEE 802.3 and 802.1Q; RFC 826 (ARP), 791 (IPv4), 8200 (IPv6), 768 (UDP), 9293 (TCP), 792 and 4443
 * (ICMP), 4861 (neighbour discovery).
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define MAC_BYTES	6
#define FRAME_MIN	60 /* without the checksum of the frame, which the card adds */

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_IPV6	0x86dd

#define PROTOCOL_ICMP	1
#define PROTOCOL_TCP	6
#define PROTOCOL_UDP	17
#define PROTOCOL_ICMPV6 58

struct wire_ethernet {
	uint8_t to[MAC_BYTES];
	uint8_t from[MAC_BYTES];
	uint8_t type[2];
};

struct wire_vlan {
	uint8_t tag[2];
	uint8_t type[2];
};

struct wire_arp {
	uint8_t hardware[2];
	uint8_t protocol[2];
	uint8_t hardware_bytes;
	uint8_t protocol_bytes;
	uint8_t operation[2];
	uint8_t sender_mac[MAC_BYTES];
	uint8_t sender_ip[4];
	uint8_t target_mac[MAC_BYTES];
	uint8_t target_ip[4];
};

struct wire_ipv4 {
	uint8_t version_length; /* version << 4 | 32-bit words of header */
	uint8_t service;
	uint8_t bytes[2];
	uint8_t id[2];
	uint8_t fragment[2];
	uint8_t ttl;
	uint8_t protocol;
	uint8_t checksum[2];
	uint8_t from[4];
	uint8_t to[4];
};

struct wire_ipv6 {
	uint8_t version_flow[4];
	uint8_t bytes[2]; /* of what follows this header */
	uint8_t next;
	uint8_t hops;
	uint8_t from[16];
	uint8_t to[16];
};

struct wire_udp {
	uint8_t from[2];
	uint8_t to[2];
	uint8_t bytes[2];
	uint8_t checksum[2];
};

struct wire_tcp {
	uint8_t from[2];
	uint8_t to[2];
	uint8_t sequence[4];
	uint8_t acknowledged[4];
	uint8_t offset; /* 32-bit words of header << 4 */
	uint8_t flags;
	uint8_t window[2];
	uint8_t checksum[2];
	uint8_t urgent[2];
};

struct wire_icmp {
	uint8_t type;
	uint8_t code;
	uint8_t checksum[2];
	uint8_t rest[4];
};

/* A neighbour solicitation or advertisement; options follow. */
struct wire_neighbour {
	uint8_t type;
	uint8_t code;
	uint8_t checksum[2];
	uint8_t flags[4];
	uint8_t target[16];
};

static inline uint16_t wire_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void wire_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline uint32_t wire_get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

static inline void wire_put32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

/* Swap two equally long fields. */
static inline void wire_swap(uint8_t *a, uint8_t *b, unsigned int bytes)
{
	uint8_t keep[16];

	memcpy(keep, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, keep, bytes);
}

#endif
