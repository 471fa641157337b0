/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parse.h - find the headers of a packet. Only its first segment is looked at, and nothing in it is trusted:
 * what is returned is within the segment's data.
 */
#ifndef NET_PARSE_H
#define NET_PARSE_H

#include <stdbool.h>

#include <padma/net/packet.h>

#include "net/wire.h"

struct frame {
	struct wire_ethernet *ethernet; /* NULL: the packet is shorter than that */
	uint16_t type;			/* behind the tags */
	uint16_t l2_bytes;		/* Ethernet header and tags */
	struct wire_arp *arp;		/* of Ethernet and IPv4, or NULL */
	struct wire_ipv4 *ipv4;		/* or NULL */
	struct wire_ipv6 *ipv6;		/* or NULL */
	uint16_t l3_bytes;		/* of the IP header with options and extension headers */
	uint32_t
		l4_bytes; /* what follows, by the length in the IP header: TCP header and data, ... */
	uint8_t protocol;
	bool fragment;	  /* of a datagram: no l4 unless it is the first */
	void *l4;	  /* where the next header begins, or NULL: a later fragment, or cut off */
	uint16_t l4_room; /* bytes of the first segment from there on, at most l4_bytes */
};

/* Return: whether it is a frame with an Ethernet header. Members that are not found are 0. */
bool frame_parse(const struct padma_packet *packet, struct frame *frame);

/* The header at l4 if the protocol is this one and the header is whole, or NULL. */
struct wire_udp *frame_udp(const struct frame *frame);
struct wire_tcp *frame_tcp(const struct frame *frame); /* with its options */

/* Both addresses of the IP header, one behind the other, and the size of each. NULL without IP. */
static inline uint8_t *frame_addresses(const struct frame *frame, unsigned int *bytes)
{
	*bytes = frame->ipv4 ? 4 : 16;
	return frame->ipv4 ? frame->ipv4->from : frame->ipv6 ? frame->ipv6->from : NULL;
}

#endif
