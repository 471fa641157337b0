/* SPDX-License-Identifier: BSD-3-Clause */
/* marks.h - whether a packet is what it is marked as (PADMA_PACKET_WORK). */
#ifndef NET_MARKS_H
#define NET_MARKS_H

#include <padma/net/packet.h>

#include "net/ip.h"

#define MARKS_L4 (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM | PADMA_PACKET_TSO)
#define MARKS_IP (PADMA_PACKET_IP_CSUM | MARKS_L4)

struct marks {
	struct ip ip;
	uint8_t *l3;	    /* the IP header */
	uint8_t *l4;	    /* the header after it, with MARKS_L4 */
	uint32_t l4_offset; /* of it from the start of the data */
	uint32_t
		l4_bytes; /* from there to the end of TCP's or UDP's data; with TSO: to that of the packet's */
	uint32_t beyond; /* bytes of the frame after that */
};

/* Check a packet with one of MARKS_IP. 0, or -EINVAL. */
int marks_check(const struct padma_packet *packet, struct marks *marks);

#endif
