// SPDX-License-Identifier: BSD-3-Clause
/* See marks.h. */
#include "net/marks.h"

#include <errno.h>

#include <padma/net/headers.h>

static uint8_t protocol_of(uint32_t flags)
{
	return flags & PADMA_PACKET_UDP_CSUM ? PADMA_PROTOCOL_UDP : PADMA_PROTOCOL_TCP;
}

static int check_ip(const struct padma_packet *packet, struct marks *marks)
{
	uint32_t before = packet->l2_bytes;

	if (packet->l2_bytes < ETHER_BYTES || before + packet->l3_bytes > packet->length)
		return -EINVAL;
	marks->l3 = padma_packet_data(packet) + before;
	if (!ip_parse(marks->l3, packet->length - before, &marks->ip) ||
	    marks->ip.bytes != packet->l3_bytes)
		return -EINVAL;
	/* IPv6 has no checksum of its header; TSO means that of the segments, if there is one. */
	if ((packet->flags & PADMA_PACKET_IP_CSUM) && !(packet->flags & PADMA_PACKET_TSO) &&
	    marks->ip.version != 4)
		return -EINVAL;
	return 0;
}

static int check_l4(const struct padma_packet *packet, struct marks *marks)
{
	uint32_t total = padma_packet_bytes(packet), here, bytes;
	uint32_t least = packet->flags & PADMA_PACKET_UDP_CSUM ? UDP_BYTES : TCP_BYTES;

	marks->l4_offset = (uint32_t)packet->l2_bytes + packet->l3_bytes;
	marks->l4 = padma_packet_data(packet) + marks->l4_offset;
	here = packet->length - marks->l4_offset;
	if (marks->ip.fragment || marks->ip.protocol != protocol_of(packet->flags) || here < least)
		return -EINVAL;
	marks->l4_bytes = total - marks->l4_offset;
	if (packet->flags & PADMA_PACKET_TSO)
		return 0;
	bytes = ip_l4_bytes(&marks->ip, marks->l4);
	if (bytes > marks->l4_bytes || bytes < least)
		return -EINVAL;
	marks->beyond = marks->l4_bytes - bytes;
	marks->l4_bytes = bytes;
	return 0;
}

/* What IP's length would be in the longest segment. */
static uint32_t longest_ip(const struct padma_packet *packet, const struct marks *marks)
{
	uint32_t payload = marks->l4_bytes - packet->l4_bytes;
	uint32_t bytes = marks->ip.bytes - (marks->ip.version == 6 ? IPV6_BYTES : 0);

	if (payload > packet->segment_size)
		payload = packet->segment_size;
	return bytes + packet->l4_bytes + payload;
}

static int check_tso(const struct padma_packet *packet, const struct marks *marks)
{
	uint32_t header = (marks->l4[TCP_OFFSET] >> 4) * 4u;

	if (packet->segment_size == 0 || packet->l4_bytes != header || header < TCP_BYTES ||
	    marks->l4_offset + header > packet->length)
		return -EINVAL;
	return longest_ip(packet, marks) <= UINT16_MAX ? 0 : -EINVAL;
}

int marks_check(const struct padma_packet *packet, struct marks *marks)
{
	int rc;

	*marks = (struct marks){0};
	if ((packet->flags & PADMA_PACKET_UDP_CSUM) &&
	    (packet->flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_TSO)))
		return -EINVAL;
	rc = check_ip(packet, marks);
	if (rc == 0 && (packet->flags & MARKS_L4))
		rc = check_l4(packet, marks);
	if (rc == 0 && (packet->flags & PADMA_PACKET_TSO))
		rc = check_tso(packet, marks);
	return rc;
}
