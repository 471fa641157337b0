// SPDX-License-Identifier: BSD-3-Clause
/*
 * Headers of received packets: what the device says of checksums and segmentation (Virtio 1.2, 5.1.6.4). Its offsets
 * and lengths are not trusted: the packet is parsed, and they are compared with it.
 */
#include <padma/net/checksum.h>
#include <padma/net/headers.h>

#include "rx.h"

#define TCP_CHECKSUM_AT 16
#define UDP_CHECKSUM_AT 6

/* A checksum of another protocol than a packet's marks can express: completed here. */
static bool complete_checksum(struct padma_packet *packet, const struct header *header)
{
	unsigned int at = (unsigned int)header->csum_start + header->csum_offset;
	uint16_t value;

	if (header->csum_start >= packet->length || at + 2 > packet->length)
		return false;
	value = padma_sum_finish(padma_packet_sum(packet, header->csum_start, UINT32_MAX, 0));
	memcpy(padma_packet_data(packet) + at, &value, sizeof(value));
	packet->flags |= PADMA_PACKET_L4_GOOD;
	return true;
}

/* The TCP or UDP header whose checksum the device means; 0 if it is not that of this packet. */
static uint32_t checksum_flag(struct padma_packet *packet, const struct header *header)
{
	struct padma_packet_headers headers;

	if (padma_packet_parse(packet, &headers) || headers.fragment || headers.l4_bytes == 0 ||
	    header->csum_start != headers.l2_bytes + headers.l3_bytes)
		return 0;
	if (headers.protocol == PADMA_PROTOCOL_TCP && header->csum_offset == TCP_CHECKSUM_AT)
		return PADMA_PACKET_TCP_CSUM;
	if (headers.protocol == PADMA_PROTOCOL_UDP && header->csum_offset == UDP_CHECKSUM_AT)
		return PADMA_PACKET_UDP_CSUM;
	return 0;
}

/* The sender left the checksum to its card: the field has the sum of the pseudo header. */
static bool needs_checksum(struct padma_packet *packet, const struct header *header)
{
	uint32_t flag = checksum_flag(packet, header);

	if (!flag)
		return complete_checksum(packet, header);
	/* It was never on a wire: nothing can have damaged it. */
	packet->flags |= flag | PADMA_PACKET_L4_GOOD;
	return true;
}

/* Several TCP segments in one packet; not of a device that may not merge them. */
static bool is_merged(const struct rx_queue *queue, struct padma_packet *packet,
		      const struct header *header)
{
	unsigned int type = header->gso_type & ~(unsigned int)GSO_ECN;
	struct padma_packet_headers headers;

	if (!(header->flags & HDR_NEEDS_CSUM) || header->gso_size == 0 ||
	    padma_packet_parse(packet, &headers) ||
	    type != (headers.ip_version == 4 ? GSO_TCPV4 : GSO_TCPV6) ||
	    !(type == GSO_TCPV4 ? queue->tso4 : queue->tso6) ||
	    checksum_flag(packet, header) != PADMA_PACKET_TCP_CSUM)
		return false;
	packet->segment_size = header->gso_size;
	packet->flags |= PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_L4_GOOD;
	return true;
}

bool rx_header(const struct rx_queue *queue, struct padma_packet *packet,
	       const struct header *header)
{
	if (header->gso_type != GSO_NONE)
		return is_merged(queue, packet, header);
	/* "The device MUST set flags to zero": what it says all the same is not looked at (5.1.6.4.1). */
	if (!queue->csum)
		return true;
	if (header->flags & HDR_NEEDS_CSUM)
		return needs_checksum(packet, header);
	if (header->flags & HDR_DATA_VALID)
		packet->flags |= PADMA_PACKET_L4_GOOD;
	return true;
}
