/* SPDX-License-Identifier: BSD-3-Clause */
/* checksum.h - what the modes need of the Internet checksum beside padma/net/checksum.h. */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stdint.h>
#include <string.h>

#include <padma/net/checksum.h>

/*
 * The sum of a pseudo header (RFC 768, 8200 8.1): addresses of @address_bytes each at @addresses, one behind the other;
 * @bytes: of the upper layer's header and data.
 */
static inline uint32_t checksum_pseudo(const uint8_t *addresses, unsigned int address_bytes,
				       uint8_t protocol, uint32_t bytes)
{
	const uint8_t rest[8] = {(uint8_t)(bytes >> 24), (uint8_t)(bytes >> 16),
				 (uint8_t)(bytes >> 8), (uint8_t)bytes, [7] = protocol};

	return padma_sum(rest, sizeof(rest), padma_sum(addresses, 2 * (size_t)address_bytes, 0));
}

/* Replace one 16-bit word in the data of the checksum at @at (RFC 1624, equation 3). Words as they are in memory. */
static inline void checksum_replace16(uint8_t *at, uint16_t before, uint16_t after)
{
	uint16_t checksum;

	memcpy(&checksum, at, 2);
	checksum = padma_sum_finish((uint32_t)(uint16_t)~checksum + (uint16_t)~before + after);
	memcpy(at, &checksum, 2);
}

#endif
