// SPDX-License-Identifier: BSD-3-Clause
/* Checking the checksums of what was received. */
#include <padma/net/checksum.h>
#include <padma/net/headers.h>

#include "net/headers.h"
#include "net/marks.h"

#define VERDICTS                                                                                   \
	(PADMA_PACKET_IP_GOOD | PADMA_PACKET_IP_BAD | PADMA_PACKET_L4_GOOD | PADMA_PACKET_L4_BAD)

static bool has_no_sum(const uint8_t *l4)
{
	return get16(l4 + UDP_CHECKSUM) == 0;
}

static uint32_t check_l4(const struct padma_packet *packet,
			 const struct padma_packet_headers *headers, const struct ip *ip)
{
	uint32_t at = (uint32_t)headers->l2_bytes + headers->l3_bytes;
	const uint8_t *l4 = padma_packet_data(packet) + at;
	uint32_t bytes, sum;

	if (headers->l4_bytes == 0 || ip->fragment)
		return 0;
	bytes = ip_l4_bytes(ip, l4);
	/* Also for a length beyond the frame: that is another layer's matter. */
	if (bytes < headers->l4_bytes || bytes > padma_packet_bytes(packet) - at)
		return 0;
	if (ip->protocol == PADMA_PROTOCOL_UDP && has_no_sum(l4))
		return 0;
	sum = padma_packet_sum(packet, at, bytes, ip_pseudo_sum(ip, bytes));
	return padma_sum_finish(sum) == 0 ? PADMA_PACKET_L4_GOOD : PADMA_PACKET_L4_BAD;
}

static uint32_t check_ip(const uint8_t *l3, const struct ip *ip)
{
	if (ip->version != 4)
		return 0;
	return padma_sum_finish(padma_sum(l3, ip->bytes, 0)) == 0 ? PADMA_PACKET_IP_GOOD
								  : PADMA_PACKET_IP_BAD;
}

void padma_packet_verify(struct padma_packet *packet)
{
	struct padma_packet_headers headers;
	struct ip ip;
	uint32_t found = 0;

	packet->flags &= ~VERDICTS;
	if (!headers_parse(padma_packet_data(packet), packet->length, &headers, &ip) ||
	    headers.ip_version == 0)
		return;
	if (!(packet->flags & (PADMA_PACKET_IP_CSUM | PADMA_PACKET_TSO)))
		found |= check_ip(padma_packet_data(packet) + headers.l2_bytes, &ip);
	if (!(packet->flags & MARKS_L4) && !(found & PADMA_PACKET_IP_BAD))
		found |= check_l4(packet, &headers, &ip);
	packet->flags |= found;
}
