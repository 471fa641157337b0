// SPDX-License-Identifier: BSD-3-Clause
/*
 * Headers of received packets: what the device says of checksums and segmentation (Virtio 1.2, 5.1.6.4). Its offsets
 * and lengths are hints of somebody who is not trusted: the packet is parsed, and they are compared with it.
 */
#include "rx.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define PROTOCOL_TCP   6
#define PROTOCOL_UDP   17
#define TAGS_MOST      2

struct headers {
	unsigned int l2, l3;
	unsigned int version; /* of IP */
	uint8_t protocol;
};

static unsigned int be16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static bool parse_ipv4(const uint8_t *at, unsigned int left, struct headers *headers)
{
	if (left < 20 || at[0] >> 4 != 4)
		return false;
	headers->version = 4;
	headers->l3 = (at[0] & 15u) * 4;
	headers->protocol = at[9];
	return headers->l3 >= 20 && headers->l3 <= left;
}

/* Extension headers that have a length: hop-by-hop, routing, destination options (RFC 8200, 4). */
static bool parse_ipv6(const uint8_t *at, unsigned int left, struct headers *headers)
{
	unsigned int l3 = 40;

	if (left < 40 || at[0] >> 4 != 6)
		return false;
	headers->version = 6;
	headers->protocol = at[6];
	while (headers->protocol == 0 || headers->protocol == 43 || headers->protocol == 60) {
		if (l3 + 8 > left)
			return false;
		headers->protocol = at[l3];
		l3 += 8 + at[l3 + 1] * 8u;
	}
	headers->l3 = l3;
	return l3 <= left && l3 <= UINT8_MAX;
}

static bool parse(const struct padma_packet *packet, struct headers *headers)
{
	const uint8_t *data = padma_packet_data(packet);
	unsigned int type, l2 = 14;

	if (packet->length < l2)
		return false;
	type = be16(data + 12);
	for (int tags = 0; tags < TAGS_MOST && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ);
	     tags++) {
		if (packet->length < l2 + 4)
			return false;
		type = be16(data + l2 + 2);
		l2 += 4;
	}
	headers->l2 = l2;
	if (type == ETHERTYPE_IPV4)
		return parse_ipv4(data + l2, packet->length - l2, headers);
	if (type == ETHERTYPE_IPV6)
		return parse_ipv6(data + l2, packet->length - l2, headers);
	return false;
}

/* The ones' complement sum of @packet from byte @start on; its segments need not have an even length. */
static uint16_t sum(const struct padma_packet *packet, unsigned int start)
{
	uint64_t total = 0;
	unsigned int odd = 0;

	for (; packet; packet = packet->next) {
		const uint8_t *data = padma_packet_data(packet);

		for (unsigned int i = start; i < packet->length; i++, odd ^= 1)
			total += odd ? data[i] : (unsigned int)data[i] << 8;
		start = start > packet->length ? start - packet->length : 0;
	}
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/* A checksum of another protocol than a packet's marks can express: completed here. */
static bool complete_checksum(struct padma_packet *packet, const struct header *header)
{
	unsigned int at = (unsigned int)header->csum_start + header->csum_offset;
	uint8_t *data = padma_packet_data(packet);
	uint16_t value;

	if (header->csum_start >= packet->length || at + 2 > packet->length)
		return false;
	value = sum(packet, header->csum_start);
	data[at] = (uint8_t)(value >> 8);
	data[at + 1] = (uint8_t)value;
	packet->flags |= PADMA_PACKET_L4_GOOD;
	return true;
}

static void set_lengths(struct padma_packet *packet, const struct headers *headers)
{
	packet->l2_bytes = (uint8_t)headers->l2;
	packet->l3_bytes = (uint8_t)headers->l3;
}

/* The sender left the checksum to its card: the field has the sum of the pseudo header. */
static bool needs_checksum(struct padma_packet *packet, const struct header *header)
{
	struct headers headers;
	unsigned int room;

	if (!parse(packet, &headers) || header->csum_start != headers.l2 + headers.l3)
		return complete_checksum(packet, header);
	room = packet->length - header->csum_start;
	if (headers.protocol == PROTOCOL_TCP && header->csum_offset == 16 && room >= 20)
		packet->flags |= PADMA_PACKET_TCP_CSUM;
	else if (headers.protocol == PROTOCOL_UDP && header->csum_offset == 6 && room >= 8)
		packet->flags |= PADMA_PACKET_UDP_CSUM;
	else
		return complete_checksum(packet, header);
	set_lengths(packet, &headers);
	/* It never was on a wire: nothing can have damaged it. */
	packet->flags |= PADMA_PACKET_L4_GOOD;
	return true;
}

/* Several TCP segments in one packet. */
static bool is_merged(struct padma_packet *packet, const struct header *header)
{
	unsigned int type = header->gso_type & ~(unsigned int)GSO_ECN, l4, start;
	const uint8_t *tcp;
	struct headers headers;

	if (!(header->flags & HDR_NEEDS_CSUM) || header->gso_size == 0 ||
	    !parse(packet, &headers) || headers.protocol != PROTOCOL_TCP ||
	    type != (headers.version == 4 ? GSO_TCPV4 : GSO_TCPV6))
		return false;
	start = headers.l2 + headers.l3;
	if (header->csum_start != start || header->csum_offset != 16 || start + 20 > packet->length)
		return false;
	tcp = padma_packet_data(packet) + start;
	l4 = (tcp[12] >> 4) * 4u;
	if (l4 < 20 || start + l4 > packet->length)
		return false;
	set_lengths(packet, &headers);
	packet->l4_bytes = (uint8_t)l4;
	packet->segment_size = header->gso_size;
	packet->flags |= PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_L4_GOOD;
	return true;
}

bool rx_header(struct padma_packet *packet, const struct header *header)
{
	if (header->gso_type != GSO_NONE)
		return is_merged(packet, header);
	if (header->flags & HDR_NEEDS_CSUM)
		return needs_checksum(packet, header);
	if (header->flags & HDR_DATA_VALID)
		packet->flags |= PADMA_PACKET_L4_GOOD;
	return true;
}
