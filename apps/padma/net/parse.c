// SPDX-License-Identifier: BSD-3-Clause
/* See parse.h. */
#include "net/parse.h"

#include <stddef.h>

#define TAGS_MAX	4
#define EXTENSIONS_MAX	8

#define FRAGMENT_OFFSET 0x1fff
#define MORE_FRAGMENTS	0x2000

/* IPv6 extension headers (RFC 8200, 4) that have a next header and a length. */
enum {
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	DESTINATION = 60,
};

/* What is left of the first segment from @at on, or 0. */
static uint32_t left(const struct padma_packet *packet, uint32_t at)
{
	return at < packet->length ? packet->length - at : 0;
}

static void set_l4(const struct padma_packet *packet, struct frame *frame, uint32_t datagram_bytes)
{
	uint32_t at = (uint32_t)frame->l2_bytes + frame->l3_bytes;
	uint32_t total = padma_packet_bytes(packet);
	uint32_t room = left(packet, at);

	/* The datagram must be there; the frame may be longer (padding). */
	if (datagram_bytes < frame->l3_bytes || frame->l2_bytes + datagram_bytes > total)
		return;
	frame->l4_bytes = datagram_bytes - frame->l3_bytes;
	if (room == 0 && frame->l4_bytes)
		return;
	frame->l4 = padma_packet_data(packet) + at;
	frame->l4_room = (uint16_t)(room < frame->l4_bytes ? room : frame->l4_bytes);
}

static void parse_ipv4(const struct padma_packet *packet, struct frame *frame)
{
	struct wire_ipv4 *ip = (void *)(padma_packet_data(packet) + frame->l2_bytes);
	uint16_t fragment;

	if (left(packet, frame->l2_bytes) < sizeof(*ip) || ip->version_length >> 4 != 4)
		return;
	frame->l3_bytes = (uint16_t)((ip->version_length & 15) * 4);
	if (frame->l3_bytes < sizeof(*ip) || frame->l3_bytes > left(packet, frame->l2_bytes)) {
		frame->l3_bytes = 0;
		return;
	}
	frame->ipv4 = ip;
	frame->protocol = ip->protocol;
	fragment = wire_get16(ip->fragment);
	frame->fragment = (fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS)) != 0;
	if ((fragment & FRAGMENT_OFFSET) == 0)
		set_l4(packet, frame, wire_get16(ip->bytes));
}

/* Skip one extension header. Return: false if there is none, or it is cut off. */
static bool skip_extension(const struct padma_packet *packet, struct frame *frame, bool *later)
{
	uint32_t at = (uint32_t)frame->l2_bytes + frame->l3_bytes;
	const uint8_t *header = padma_packet_data(packet) + at;
	uint32_t bytes;

	if (frame->protocol != HOP_BY_HOP && frame->protocol != ROUTING &&
	    frame->protocol != FRAGMENT && frame->protocol != DESTINATION)
		return false;
	if (left(packet, at) < 8)
		return false;
	bytes = frame->protocol == FRAGMENT ? 8 : 8 + 8 * (uint32_t)header[1];
	if (bytes > left(packet, at))
		return false;
	if (frame->protocol == FRAGMENT) {
		frame->fragment = true;
		*later |= (wire_get16(header + 2) & 0xfff8) != 0;
	}
	frame->protocol = header[0];
	frame->l3_bytes = (uint16_t)(frame->l3_bytes + bytes);
	return true;
}

static void parse_ipv6(const struct padma_packet *packet, struct frame *frame)
{
	struct wire_ipv6 *ip = (void *)(padma_packet_data(packet) + frame->l2_bytes);
	bool later = false;

	if (left(packet, frame->l2_bytes) < sizeof(*ip) || ip->version_flow[0] >> 4 != 6)
		return;
	frame->ipv6 = ip;
	frame->l3_bytes = sizeof(*ip);
	frame->protocol = ip->next;
	for (unsigned int i = 0; i < EXTENSIONS_MAX && !later; i++) {
		if (!skip_extension(packet, frame, &later))
			break;
	}
	if (!later)
		set_l4(packet, frame, (uint32_t)sizeof(*ip) + wire_get16(ip->bytes));
}

static void parse_arp(const struct padma_packet *packet, struct frame *frame)
{
	struct wire_arp *arp = (void *)(padma_packet_data(packet) + frame->l2_bytes);

	if (left(packet, frame->l2_bytes) < sizeof(*arp))
		return;
	if (wire_get16(arp->hardware) == 1 && wire_get16(arp->protocol) == ETHERTYPE_IPV4 &&
	    arp->hardware_bytes == MAC_BYTES && arp->protocol_bytes == 4)
		frame->arp = arp;
}

bool frame_parse(const struct padma_packet *packet, struct frame *frame)
{
	uint8_t *data = padma_packet_data(packet);

	*frame = (struct frame){0};
	if (packet->length < sizeof(struct wire_ethernet))
		return false;
	frame->ethernet = (void *)data;
	frame->type = wire_get16(frame->ethernet->type);
	frame->l2_bytes = sizeof(struct wire_ethernet);
	for (unsigned int i = 0; i < TAGS_MAX; i++) {
		const struct wire_vlan *vlan = (const void *)(data + frame->l2_bytes);

		if (frame->type != ETHERTYPE_VLAN && frame->type != ETHERTYPE_QINQ)
			break;
		if (left(packet, frame->l2_bytes) < sizeof(*vlan))
			return true;
		frame->type = wire_get16(vlan->type);
		frame->l2_bytes = (uint16_t)(frame->l2_bytes + sizeof(*vlan));
	}
	if (frame->type == ETHERTYPE_IPV4)
		parse_ipv4(packet, frame);
	else if (frame->type == ETHERTYPE_IPV6)
		parse_ipv6(packet, frame);
	else if (frame->type == ETHERTYPE_ARP)
		parse_arp(packet, frame);
	return true;
}

struct wire_udp *frame_udp(const struct frame *frame)
{
	struct wire_udp *udp = frame->l4;

	if (!udp || frame->protocol != PROTOCOL_UDP || frame->l4_room < sizeof(*udp))
		return NULL;
	return udp;
}

struct wire_tcp *frame_tcp(const struct frame *frame)
{
	struct wire_tcp *tcp = frame->l4;
	unsigned int bytes;

	if (!tcp || frame->protocol != PROTOCOL_TCP || frame->l4_room < sizeof(*tcp))
		return NULL;
	bytes = (tcp->offset >> 4) * 4u;
	return bytes >= sizeof(*tcp) && bytes <= frame->l4_room ? tcp : NULL;
}
