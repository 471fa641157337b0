/* SPDX-License-Identifier: BSD-3-Clause */
/* net_frame.h - TCP and UDP over IPv4 and IPv6, between fixed addresses: headers only. */
#ifndef TESTS_VM_NET_FRAME_H
#define TESTS_VM_NET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* Checksums of TCP and UDP are this, and that of IPv4 if asked for. */
#define FRAME_GARBAGE 0xdead
/* The destination port of all, and the source port unless another is given. */
#define FRAME_PORT    9999
#define FRAME_SEQ     1000u

/* The addresses: from 10.0.0.9 and fd00::9 to 10.0.0.1 and fd00::1. */
struct frame {
	bool ip6;
	bool ip_garbage;
	uint8_t protocol;
	unsigned int payload;
	uint16_t source_port;
};

/* Where the parts of its headers begin, and where they end. */
unsigned int frame_ip_bytes(const struct frame *frame);
unsigned int frame_l4_bytes(const struct frame *frame);
unsigned int frame_header_bytes(const struct frame *frame);

/* Write the headers, Ethernet's included, to @at. */
void frame_headers(uint8_t *at, const struct frame *frame);

#endif
