// SPDX-License-Identifier: BSD-3-Clause
/* Flows: what a frame's headers say, and the hash of Toeplitz over them (Virtio 1.2, 5.1.6.4.3). */
#include <string.h>

#include "net.h"

#define TYPE_IPV4	  0x0800u
#define TYPE_IPV6	  0x86ddu
#define TYPE_VLAN	  0x8100u
#define TYPE_QINQ	  0x88a8u
#define PROTOCOL_TCP	  6u
#define PROTOCOL_UDP	  17u
#define IPV6_HOP_BY_HOP	  0u
#define IPV6_ROUTING	  43u
#define IPV6_FRAGMENT	  44u
#define IPV6_DESTINATION  60u
#define OPTION_HOME	  201u
#define ROUTING_TYPE_HOME 2u
#define NO_IP		  0xffu

/* The ports, if the whole header is there. */
static bool take_ports(const uint8_t *data, uint32_t bytes, uint8_t protocol, struct net_flow *flow)
{
	uint32_t least = protocol == PROTOCOL_TCP ? 20 : protocol == PROTOCOL_UDP ? 8 : 0;

	if (!least || flow->l4 + least > bytes)
		return false;
	memcpy(flow->ports, data + flow->l4, 4);
	return true;
}

static void read_ipv4(const uint8_t *data, uint32_t bytes, struct net_flow *flow)
{
	const uint8_t *ip = data + flow->ip;
	unsigned int header = (ip[0] & 0xfu) * 4;

	if (bytes < flow->ip + 20 || ip[0] >> 4 != 4 || header < 20 || bytes < flow->ip + header)
		return;
	flow->type = HASH_IPV4;
	flow->address_bytes = 4;
	memcpy(flow->addresses, ip + 12, 8);
	flow->l4 = flow->ip + header;
	/* Of a fragment only the addresses count. */
	if (!(net_order16(ip + 6) & 0x3fff) && take_ports(data, bytes, ip[9], flow))
		flow->type = ip[9] == PROTOCOL_TCP ? HASH_TCPV4 : HASH_UDPV4;
}

/* The home address option (RFC 6275, 6.3) among a destination options header of @bytes at @at. */
static void find_home(const uint8_t *at, uint32_t bytes, uint8_t *source)
{
	uint32_t i = 2;

	while (i + 2 <= bytes) {
		uint32_t length = at[i] == 0 ? 1 : 2u + at[i + 1]; /* Pad1 has no length */

		if (at[i] == OPTION_HOME && length == 18 && i + 18 <= bytes)
			memcpy(source, at + i + 2, 16);
		i += length;
	}
}

/* Extension headers (RFC 8200, 4) up to the transport's. @extended: there was one. False: it is a fragment, or ends. */
static bool skip_extensions(const uint8_t *data, uint32_t bytes, struct net_flow *flow,
			    uint8_t *next, bool *extended)
{
	while (*next == IPV6_HOP_BY_HOP || *next == IPV6_ROUTING || *next == IPV6_FRAGMENT ||
	       *next == IPV6_DESTINATION) {
		const uint8_t *at = data + flow->l4;
		uint32_t length;

		if (flow->l4 + 8 > bytes)
			return false;
		length = *next == IPV6_FRAGMENT ? 8 : 8u + at[1] * 8u;
		if (flow->l4 + length > bytes)
			return false;
		*extended = true;
		if (*next == IPV6_FRAGMENT && net_order16(at + 2) & 0xfff9)
			return false;
		if (*next == IPV6_DESTINATION)
			find_home(at, length, flow->addresses);
		if (*next == IPV6_ROUTING && at[2] == ROUTING_TYPE_HOME && length >= 24)
			memcpy(flow->addresses + 16, at + 8, 16);
		*next = at[0];
		flow->l4 += length;
	}
	return true;
}

static void read_ipv6(const uint8_t *data, uint32_t bytes, struct net_flow *flow)
{
	const uint8_t *ip = data + flow->ip;
	bool extended = false, whole;
	uint8_t next;

	if (bytes < flow->ip + 40 || ip[0] >> 4 != 6)
		return;
	flow->address_bytes = 16;
	memcpy(flow->addresses, ip + 8, 32);
	flow->l4 = flow->ip + 40;
	next = ip[6];
	whole = skip_extensions(data, bytes, flow, &next, &extended) &&
		take_ports(data, bytes, next, flow);
	flow->type = !whole ? HASH_IPV6 : next == PROTOCOL_TCP ? HASH_TCPV6 : HASH_UDPV6;
	if (extended)
		flow->type = (uint8_t)(flow->type + HASH_IP_EX - HASH_IPV6);
}

void sim_virtio_net_flow(const uint8_t *data, uint32_t bytes, struct net_flow *flow)
{
	uint16_t type = bytes >= ETHERNET_BYTES ? net_order16(data + 12) : 0;

	*flow = (struct net_flow){.type = NO_IP, .ip = ETHERNET_BYTES};
	while ((type == TYPE_VLAN || type == TYPE_QINQ) && flow->ip + VLAN_BYTES <= bytes) {
		type = net_order16(data + flow->ip + 2);
		flow->ip += VLAN_BYTES;
	}
	if (type == TYPE_IPV4 && bytes > flow->ip)
		read_ipv4(data, bytes, flow);
	else if (type == TYPE_IPV6 && bytes > flow->ip)
		read_ipv6(data, bytes, flow);
}

static uint32_t toeplitz(const uint8_t *key, const uint8_t *data, unsigned int bytes)
{
	uint32_t window =
		(uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
	uint32_t hash = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t next = i + 4 < RSS_KEY_BYTES ? key[i + 4] : 0;

		for (int bit = 7; bit >= 0; bit--) {
			if (data[i] >> bit & 1)
				hash ^= window;
			window = window << 1 | (next >> bit & 1);
		}
	}
	return hash;
}

/* The first of those that are on and fit: with ports, without; for IPv6 with extension headers, also as if without. */
static int choose(uint32_t types, uint8_t type)
{
	static const uint8_t orders[9][5] = {
		[HASH_IPV4] = {HASH_IPV4 + 1},
		[HASH_TCPV4] = {HASH_TCPV4 + 1, HASH_IPV4 + 1},
		[HASH_UDPV4] = {HASH_UDPV4 + 1, HASH_IPV4 + 1},
		[HASH_IPV6] = {HASH_IPV6 + 1},
		[HASH_TCPV6] = {HASH_TCPV6 + 1, HASH_IPV6 + 1},
		[HASH_UDPV6] = {HASH_UDPV6 + 1, HASH_IPV6 + 1},
		[HASH_IP_EX] = {HASH_IP_EX + 1, HASH_IPV6 + 1},
		[HASH_TCP_EX] = {HASH_TCP_EX + 1, HASH_IP_EX + 1, HASH_TCPV6 + 1, HASH_IPV6 + 1},
		[HASH_UDP_EX] = {HASH_UDP_EX + 1, HASH_IP_EX + 1, HASH_UDPV6 + 1, HASH_IPV6 + 1},
	};

	for (const uint8_t *kind = orders[type]; *kind; kind++) {
		if (types >> (*kind - 1) & 1)
			return *kind - 1;
	}
	return -1;
}

static bool has_ports(int kind)
{
	return kind != HASH_IPV4 && kind != HASH_IPV6 && kind != HASH_IP_EX;
}

uint8_t sim_virtio_net_hash(const struct net_rss *rss, const struct net_flow *flow, uint32_t *hash)
{
	unsigned int bytes = 2 * flow->address_bytes;
	uint8_t input[36];
	int kind;

	*hash = 0;
	if (flow->type == NO_IP)
		return 0;
	kind = choose(rss->types, flow->type);
	if (kind < 0)
		return 0;
	memcpy(input, flow->addresses, bytes);
	if (has_ports(kind)) {
		memcpy(input + bytes, flow->ports, 4);
		bytes += 4;
	}
	*hash = toeplitz(rss->key, input, bytes);
	return (uint8_t)(kind + 1);
}

unsigned int sim_virtio_net_row(const struct net_flow *flow)
{
	unsigned int row = flow->type;

	for (unsigned int i = 0; i < 2 * flow->address_bytes; i++)
		row += flow->addresses[i] * 31u;
	for (unsigned int i = 0; i < 4; i++)
		row += flow->ports[i] * (i % 2 ? 17u : 13u);
	return row % FLOWS;
}
