/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stamp.h - the payload of generated packets, which says what it is: which run and queue sent it, its number, its
 * length, and bytes that follow from these, so that each of them can be checked where it arrives.
 *
 *     0     4    6       8             14       18
 *     +-----+----+-------+-------------+--------+-----------------------
 *     | "padm" run | stream | number   | check  | pattern of the number
 *     +-----+----+-------+-------------+--------+-----------------------
 *
 * 18 bytes are what a UDP packet in the shortest Ethernet frame holds.
 */
#ifndef NET_TEST_STAMP_H
#define NET_TEST_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/net/packet.h>

#define STAMP_BYTES 18

struct stamp {
	uint16_t run;	 /* drawn at random by each sending process */
	uint16_t stream; /* port << 8 | queue of the sender */
	uint64_t number; /* 0, 1, ...; 48 bits */
};

/* Write the stamp of a payload of @bytes bytes, STAMP_BYTES at least. */
void stamp_write(uint8_t *at, const struct stamp *stamp, uint32_t bytes);

/* Fill @bytes bytes that stand @offset behind the payload's beginning; the stamp's own bytes are no part of it. */
void stamp_fill(uint8_t *at, const struct stamp *stamp, uint32_t offset, uint32_t bytes);

enum stamp_verdict {
	STAMP_GOOD,
	STAMP_NONE,    /* another program's packet */
	STAMP_CORRUPT, /* @stamp is valid if @known is set */
};

/* Check @bytes bytes of payload that begin @offset behind the beginning of the packet's data, over its segments. */
enum stamp_verdict stamp_check(const struct padma_packet *packet, uint32_t offset, uint32_t bytes,
			       struct stamp *stamp, bool *known);

#endif
