// SPDX-License-Identifier: BSD-3-Clause
/* The headers of a packet (padma/net/headers.h). */
#include <padma/net/headers.h>

#include <errno.h>

#include <padma/params.h>

#include "net/headers.h"
#include "net/ip.h"

#define TAGS_MAX 2u

bool headers_find_ip(const uint8_t *data, size_t bytes, struct padma_packet_headers *headers)
{
	uint32_t at = ETHER_BYTES;

	if (bytes < ETHER_BYTES)
		return false;
	*headers = (struct padma_packet_headers){.ethertype = get16(data + at - 2)};
	while ((headers->ethertype == PADMA_ETHERTYPE_VLAN ||
		headers->ethertype == PADMA_ETHERTYPE_QINQ) &&
	       headers->tags < TAGS_MAX) {
		if (bytes < at + TAG_BYTES)
			return false;
		headers->ethertype = get16(data + at + 2);
		headers->tags++;
		at += TAG_BYTES;
	}
	headers->l2_bytes = (uint16_t)at;
	return true;
}

static bool is_ip(uint16_t ethertype)
{
	return ethertype == PADMA_ETHERTYPE_IPV4 || ethertype == PADMA_ETHERTYPE_IPV6;
}

/* The length of the header of TCP or UDP, 0 for others; false: it is cut off or wrong. */
static bool find_l4(const uint8_t *at, size_t bytes, const struct ip *ip, uint16_t *l4_bytes)
{
	*l4_bytes = 0;
	if (ip->fragment && !ip->first)
		return true;
	if (ip->protocol == PADMA_PROTOCOL_UDP) {
		*l4_bytes = UDP_BYTES;
	} else if (ip->protocol == PADMA_PROTOCOL_TCP) {
		if (bytes < TCP_BYTES)
			return false;
		*l4_bytes = (uint16_t)((at[TCP_OFFSET] >> 4) * 4);
		if (*l4_bytes < TCP_BYTES)
			return false;
	}
	return *l4_bytes <= bytes;
}

bool headers_parse(const uint8_t *data, size_t bytes, struct padma_packet_headers *headers,
		   struct ip *ip)
{
	if (!headers_find_ip(data, bytes, headers))
		return false;
	if (!is_ip(headers->ethertype))
		return true;
	data += headers->l2_bytes;
	bytes -= headers->l2_bytes;
	if (!ip_parse(data, bytes, ip) ||
	    (ip->version == 4) != (headers->ethertype == PADMA_ETHERTYPE_IPV4))
		return false;
	headers->ip_version = ip->version;
	headers->protocol = ip->protocol;
	headers->fragment = ip->fragment;
	headers->first = ip->fragment && ip->first;
	headers->l3_bytes = (uint16_t)ip->bytes;
	headers->payload_bytes = ip->payload_bytes;
	return find_l4(data + ip->bytes, bytes - ip->bytes, ip, &headers->l4_bytes);
}

int padma_packet_parse_sized(struct padma_packet *packet, size_t headers_bytes,
			     struct padma_packet_headers *headers)
{
	struct padma_packet_headers found;
	struct ip ip;

	if (!headers_parse(padma_packet_data(packet), packet->length, &found, &ip))
		return -EINVAL;
	if (found.l3_bytes > UINT8_MAX)
		return -E2BIG;
	packet->l2_bytes = (uint8_t)found.l2_bytes;
	packet->l3_bytes = (uint8_t)found.l3_bytes;
	packet->l4_bytes = (uint8_t)found.l4_bytes;
	padma_params_give(headers, headers_bytes, &found, sizeof(found));
	return 0;
}
