/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip.h - IP headers and those of TCP and UDP, as bytes: every field is read and written in the network's byte order,
 * at any address.
 *
 * Sources: RFC 791, 768, 9293 (TCP), 8200 (IPv6).
 */
#ifndef NET_IP_H
#define NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ETHER_BYTES   14u
#define TAG_BYTES     4u
#define IPV4_BYTES    20u
#define IPV6_BYTES    40u
#define TCP_BYTES     20u
#define UDP_BYTES     8u

#define IPV4_LENGTH   2u /* offsets of fields */
#define IPV4_ID	      4u
#define IPV4_CHECKSUM 10u
#define IPV6_LENGTH   4u
#define TCP_SEQUENCE  4u
#define TCP_OFFSET    12u
#define TCP_FLAGS     13u
#define TCP_CHECKSUM  16u
#define UDP_LENGTH    4u
#define UDP_CHECKSUM  6u

#define TCP_FIN	      0x01u
#define TCP_PSH	      0x08u
#define TCP_CWR	      0x80u

static inline uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static inline void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* An IP header, with what follows it up to the header of another protocol. */
struct ip {
	uint8_t version;
	uint8_t protocol;
	bool fragment;
	bool first;		/* of the fragments */
	bool has_length;	/* it is plausible: at least the headers */
	uint32_t bytes;		/* of the header, options and extension headers included */
	uint32_t payload_bytes; /* with has_length */
	const uint8_t *source, *destination; /* the final one, of a routing header */
	unsigned int address_bytes;
};

/* @at: the IP header, of which @bytes are there. False: it is none, or cut off. */
bool ip_parse(const uint8_t *at, size_t bytes, struct ip *ip);

/*
 * Bytes that the checksum in the TCP or UDP header at @l4 covers. UDP has a length of its own (RFC 768), behind which IP may have more.
 * 0: a length is impossible. The header is there whole.
 */
uint32_t ip_l4_bytes(const struct ip *ip, const uint8_t *l4);

/* The sum of the pseudo header, of @length bytes of the protocol. */
uint32_t ip_pseudo_sum(const struct ip *ip, uint32_t length);

#endif
