/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * segment.h - cutting a packet that is marked PADMA_PACKET_TSO into segments, one at a time, so that a pool that is
 * empty only delays the rest.
 *
 * Each segment is a packet of its own, with a copy of the headers and of its part of the payload, marked for its checksums
 * and, if the whole was, for its tag.
 *
 * Threading: the queue's owner.
 */
#ifndef NET_SEGMENT_H
#define NET_SEGMENT_H

#include <padma/net/packet.h>

struct tx_cut {
	struct padma_packet *packet; /* NULL: none is being cut */
	bool is_ipv4;
	uint16_t header; /* bytes of all headers */
	uint16_t index;	 /* of the next segment */
	uint32_t taken;	 /* bytes of payload in the segments so far */
	uint32_t left;
	const struct padma_packet *at; /* the segment of the packet with the next byte of payload */
	uint32_t at_offset;
};

/* @packet is the cut's from now on. 0, or -EINVAL: it is not as it is marked, and remains the caller's. */
int segment_begin(struct tx_cut *cut, struct padma_packet *packet);

/* Whether every segment fits into one packet with a room of @room bytes. */
bool segment_fits(const struct tx_cut *cut, size_t room);

/* The next segment; the last one ends the cut and puts the packet. NULL: the pool has too few packets. */
struct padma_packet *segment_next(struct tx_cut *cut, struct padma_pool_cache *cache);

#endif
