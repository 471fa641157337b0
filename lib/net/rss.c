// SPDX-License-Identifier: BSD-3-Clause
/* Receive side scaling by the processor: the hash that cards compute. */
#include <padma/net/headers.h>

#include "net/headers.h"

#define ADDRESSES_IPV4 8u
#define ADDRESSES_IPV6 32u
#define PORTS	       4u

uint32_t padma_toeplitz(const uint8_t *key, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint32_t hash = 0, window = get32(key);

	for (size_t i = 0; i < bytes; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if (at[i] & (0x80u >> bit))
				hash ^= window;
			window = window << 1 | ((key[i + 4] >> (7 - bit)) & 1u);
		}
	}
	return hash;
}

/* The type that a card takes: with ports if they are there and wanted. */
static uint32_t type_of(const struct padma_packet_headers *headers, uint32_t types)
{
	bool is_4 = headers->ip_version == 4;
	uint32_t type = 0;

	if (!headers->fragment && headers->protocol == PADMA_PROTOCOL_TCP)
		type = is_4 ? PADMA_RSS_TCP_IPV4 : PADMA_RSS_TCP_IPV6;
	else if (!headers->fragment && headers->protocol == PADMA_PROTOCOL_UDP)
		type = is_4 ? PADMA_RSS_UDP_IPV4 : PADMA_RSS_UDP_IPV6;
	if (type & types)
		return type;
	return types & (is_4 ? PADMA_RSS_IPV4 : PADMA_RSS_IPV6);
}

uint32_t padma_rss_hash(const uint8_t *key, uint32_t types, const struct padma_packet *packet,
			uint32_t *hash)
{
	const uint8_t *data = padma_packet_data(packet), *l3;
	uint8_t input[ADDRESSES_IPV6 + PORTS];
	struct padma_packet_headers headers;
	size_t bytes;
	uint32_t type;
	struct ip ip;

	if (!headers_parse(data, packet->length, &headers, &ip) || headers.ip_version == 0)
		return 0;
	type = type_of(&headers, types);
	if (type == 0)
		return 0;
	l3 = data + headers.l2_bytes;
	bytes = ip.version == 4 ? ADDRESSES_IPV4 : ADDRESSES_IPV6;
	memcpy(input, l3 + (ip.version == 4 ? 12 : 8), bytes);
	if (type & ~(PADMA_RSS_IPV4 | PADMA_RSS_IPV6)) {
		memcpy(input + bytes, l3 + ip.bytes, PORTS);
		bytes += PORTS;
	}
	*hash = padma_toeplitz(key, input, bytes);
	return type;
}
