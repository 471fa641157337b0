/* SPDX-License-Identifier: BSD-3-Clause */
/* headers.h - padma/net/headers.h for bytes instead of packets. */
#ifndef NET_HEADERS_H
#define NET_HEADERS_H

#include <padma/net/headers.h>

#include "net/ip.h"

/* Ethertype, tags and l2_bytes; false: it is shorter. */
bool headers_find_ip(const uint8_t *data, size_t bytes, struct padma_packet_headers *headers);

/* All of it; *@ip is set if headers->ip_version is. False: a header is cut off, or wrong. */
bool headers_parse(const uint8_t *data, size_t bytes, struct padma_packet_headers *headers,
		   struct ip *ip);

#endif
