/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/headers.h - the headers of a packet: what and how long they are, for marking and distributing packets
 *
 *     struct padma_packet_headers headers;
 *
 *     if (padma_packet_parse(packet, &headers) == 0 && headers.protocol == PADMA_PROTOCOL_TCP)
 *             packet->flags |= PADMA_PACKET_TCP_CSUM;    l2_bytes and l3_bytes are filled in
 *
 * Threading: any thread that holds the packet.
 */
#ifndef PADMA_NET_HEADERS_H
#define PADMA_NET_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>
#include <padma/net/packet.h>
#include <padma/net/port.h>

PADMA_BEGIN_DECLS

#define PADMA_ETHERTYPE_IPV4  0x0800u
#define PADMA_ETHERTYPE_ARP   0x0806u
#define PADMA_ETHERTYPE_VLAN  0x8100u /* IEEE 802.1Q */
#define PADMA_ETHERTYPE_QINQ  0x88a8u /* IEEE 802.1ad */
#define PADMA_ETHERTYPE_IPV6  0x86ddu

#define PADMA_PROTOCOL_ICMP   1u
#define PADMA_PROTOCOL_TCP    6u
#define PADMA_PROTOCOL_UDP    17u
#define PADMA_PROTOCOL_ICMPV6 58u

/**
 * struct padma_packet_headers - what padma_packet_parse() has found
 * @ethertype: of what follows the tags in the data, in the processor's byte order
 * @tags: how many tags are in the data
 * @ip_version: 4, 6, or 0 if it is not IP
 * @protocol: what the IP header, or the last of its extension headers, is followed by
 * @fragment: it is a fragment, the first one or another
 * @first: with @fragment: the first, which has the header of @protocol
 * @l2_bytes: before the IP header
 * @l3_bytes: of the IP header, with options and extension headers; 0 if it is not IP
 * @l4_bytes: of the TCP header, or 8 for UDP; 0 for anything else
 * @payload_bytes: that follow the IP header, by its own length; padding of the frame is not among them
 */
struct padma_packet_headers {
	uint16_t ethertype;
	uint8_t tags;
	uint8_t ip_version;
	uint8_t protocol;
	bool fragment;
	bool first;
	uint16_t l2_bytes;
	uint16_t l3_bytes;
	uint16_t l4_bytes;
	uint32_t payload_bytes;
};

/* private: with the size that the caller was compiled with */
PADMA_API int padma_packet_parse_sized(struct padma_packet *packet, size_t headers_bytes,
				       struct padma_packet_headers *headers);

/**
 * padma_packet_parse() - find the headers of a packet
 * @packet: the packet, with its headers in the first segment; its l2_bytes, l3_bytes and l4_bytes are set, to 0 where
 *	there is no such header
 * @headers: filled; may be NULL
 *
 * Up to two tags, IPv4 with options, IPv6 with extension headers. It fails for headers that are cut off or wrong, and
 * for ones too long for the packet's fields (255 bytes); the packet is not changed then.
 *
 * Return: 0, or -EINVAL, -E2BIG; no error is noted.
 */
PADMA_INLINE int padma_packet_parse(struct padma_packet *packet,
				    struct padma_packet_headers *headers)
{
	return padma_packet_parse_sized(packet, sizeof(struct padma_packet_headers), headers);
}

/**
 * padma_packet_verify() - check the checksums of a packet
 * @packet: the packet; PADMA_PACKET_IP_GOOD, _IP_BAD, _L4_GOOD or _L4_BAD are set, or none of two where there is no
 *	such sum: fragments, UDP without one, other protocols, headers that padma_packet_parse() refuses
 *
 * A sum that the packet is marked for (PADMA_PACKET_WORK) is not checked: it will be filled in when the packet is
 * transmitted.
 */
PADMA_API void padma_packet_verify(struct padma_packet *packet);

/**
 * padma_toeplitz() - the hash of receive side scaling
 * @key: PADMA_RSS_KEY_BYTES
 * @data: addresses and ports, as they are in the packet
 * @bytes: how many, at most PADMA_RSS_KEY_BYTES - 4
 *
 * Source: Microsoft, "RSS hashing types", NDIS; what cards compute.
 *
 * Return: the hash.
 */
PADMA_API uint32_t padma_toeplitz(const uint8_t *key, const void *data, size_t bytes);

/**
 * padma_rss_hash() - the hash that a card with receive side scaling computes of a packet
 * @key: PADMA_RSS_KEY_BYTES
 * @types: PADMA_RSS_* that are wanted; of those that apply to the packet the one with ports is taken
 * @packet: the packet, with its headers in the first segment; it is not changed
 * @hash: set, if there is one
 *
 * Return: the PADMA_RSS_* that the hash is of, 0 if none of @types applies.
 */
PADMA_API uint32_t padma_rss_hash(const uint8_t *key, uint32_t types,
				  const struct padma_packet *packet, uint32_t *hash);

PADMA_END_DECLS

#endif
