// SPDX-License-Identifier: BSD-3-Clause
/* See ip.h. */
#include "net/ip.h"

#include <padma/net/checksum.h>
#include <padma/net/headers.h>

/* Extension headers (RFC 8200, 4.1; IANA, "IPv6 Extension Header Types"). */
#define HOP_BY_HOP     0u
#define ROUTING	       43u
#define FRAGMENT       44u
#define AUTHENTICATION 51u
#define DESTINATION    60u
#define MOBILITY       135u
#define HIP	       139u
#define SHIM6	       140u

#define FRAGMENT_BYTES 8u
/* Types of routing headers whose addresses are in order, the final one last (RFC 5095, 6275); of SRv6 it is the first. */
#define ROUTING_SOURCE 0u
#define ROUTING_HOME   2u
#define ROUTING_SRV6   4u
#define ADDRESS_BYTES  16u

static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case HOP_BY_HOP:
	case ROUTING:
	case FRAGMENT:
	case AUTHENTICATION:
	case DESTINATION:
	case MOBILITY:
	case HIP:
	case SHIM6:
		return true;
	default:
		return false;
	}
}

static bool parse_ipv4(const uint8_t *at, size_t bytes, struct ip *ip)
{
	uint16_t total, offset;

	if (bytes < IPV4_BYTES)
		return false;
	ip->bytes = (at[0] & 0x0fu) * 4;
	if (ip->bytes < IPV4_BYTES || ip->bytes > bytes)
		return false;
	total = get16(at + IPV4_LENGTH);
	ip->has_length = total >= ip->bytes;
	ip->payload_bytes = ip->has_length ? total - ip->bytes : 0;
	offset = get16(at + 6) & 0x3fffu; /* with MF, without DF */
	ip->fragment = offset != 0;
	ip->first = (offset & 0x1fffu) == 0;
	ip->protocol = at[9];
	ip->source = at + 12;
	ip->destination = at + 16;
	ip->address_bytes = 4;
	return true;
}

/* Where a packet under way with segments left goes in the end: that is in its pseudo header (RFC 8200, 8.1). */
static const uint8_t *final_destination(const uint8_t *at, uint32_t bytes)
{
	uint32_t addresses = (bytes - 8) / ADDRESS_BYTES;

	if (at[3] == 0 || addresses == 0)
		return NULL;
	if (at[2] == ROUTING_SRV6)
		return at + 8;
	if (at[2] == ROUTING_SOURCE || at[2] == ROUTING_HOME)
		return at + 8 + (size_t)(addresses - 1) * ADDRESS_BYTES;
	return NULL;
}

static uint32_t extension_bytes(uint8_t protocol, const uint8_t *at)
{
	if (protocol == FRAGMENT)
		return FRAGMENT_BYTES;
	if (protocol == AUTHENTICATION)
		return (at[1] + 2u) * 4;
	return (at[1] + 1u) * 8;
}

static void note_extension(struct ip *ip, const uint8_t *at, uint32_t bytes)
{
	const uint8_t *end;

	if (ip->protocol == FRAGMENT) {
		/* An atomic fragment (RFC 6946) is a whole packet. */
		ip->fragment = (get16(at + 2) & 0xfff9u) != 0;
		ip->first = (get16(at + 2) & 0xfff8u) == 0;
	} else if (ip->protocol == ROUTING) {
		end = final_destination(at, bytes);
		if (end)
			ip->destination = end;
	}
}

static bool parse_ipv6(const uint8_t *at, size_t bytes, struct ip *ip)
{
	uint32_t length;

	if (bytes < IPV6_BYTES)
		return false;
	ip->protocol = at[6];
	ip->source = at + 8;
	ip->destination = at + 24;
	ip->address_bytes = ADDRESS_BYTES;
	ip->bytes = IPV6_BYTES;
	ip->first = true;
	/* After another fragment's header there is no more header. */
	while (is_extension(ip->protocol) && ip->first) {
		const uint8_t *extension = at + ip->bytes;
		uint32_t extension_length;

		if (bytes - ip->bytes < 8)
			return false;
		extension_length = extension_bytes(ip->protocol, extension);
		if (bytes - ip->bytes < extension_length)
			return false;
		note_extension(ip, extension, extension_length);
		ip->protocol = extension[0];
		ip->bytes += extension_length;
	}
	length = get16(at + IPV6_LENGTH) + IPV6_BYTES;
	ip->has_length = length >= ip->bytes;
	ip->payload_bytes = ip->has_length ? length - ip->bytes : 0;
	return true;
}

bool ip_parse(const uint8_t *at, size_t bytes, struct ip *ip)
{
	*ip = (struct ip){0};
	if (bytes == 0)
		return false;
	ip->version = at[0] >> 4;
	if (ip->version == 4)
		return parse_ipv4(at, bytes, ip);
	return ip->version == 6 && parse_ipv6(at, bytes, ip);
}

uint32_t ip_l4_bytes(const struct ip *ip, const uint8_t *l4)
{
	uint32_t bytes;

	if (!ip->has_length || ip->protocol != PADMA_PROTOCOL_UDP)
		return ip->has_length ? ip->payload_bytes : 0;
	if (ip->payload_bytes < UDP_BYTES)
		return 0;
	bytes = get16(l4 + UDP_LENGTH);
	return bytes >= UDP_BYTES && bytes <= ip->payload_bytes ? bytes : 0;
}

uint32_t ip_pseudo_sum(const struct ip *ip, uint32_t length)
{
	uint8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, ip->protocol};
	uint32_t sum;

	put32(rest, length);
	sum = padma_sum(ip->source, ip->address_bytes, 0);
	sum = padma_sum(ip->destination, ip->address_bytes, sum);
	return padma_sum(rest, sizeof(rest), sum);
}
