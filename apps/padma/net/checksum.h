/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * checksum.h - the Internet checksum (RFC 1071): ones' complement sums of 16-bit words.
 *
 * Sums are kept in the processor's byte order, which the ones' complement allows (RFC 1071, 2 (B)): what
 * checksum_fold() returns is stored by memcpy() and has the right order in memory.
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <padma/net/packet.h>

/* Add @bytes bytes; only the last of several pieces may be odd. Up to 64 KiB at a time. */
static inline uint64_t checksum_add(uint64_t sum, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint64_t pair;
	uint32_t word;
	uint16_t half;

	for (; bytes >= 8; bytes -= 8, at += 8) {
		memcpy(&pair, at, 8);
		sum += (pair & 0xffffffff) + (pair >> 32);
	}
	if (bytes >= 4) {
		memcpy(&word, at, 4);
		sum += word;
		bytes -= 4;
		at += 4;
	}
	if (bytes >= 2) {
		memcpy(&half, at, 2);
		sum += half;
		bytes -= 2;
		at += 2;
	}
	if (bytes) {
		half = 0;
		memcpy(&half, at, 1);
		sum += half;
	}
	return sum;
}

/* The 16-bit ones' complement sum of a longer one. */
static inline uint16_t checksum_reduce(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The checksum: the complement of the sum. 0 if the sum includes a right checksum. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	return (uint16_t)~checksum_reduce(sum);
}

/* Replace one 16-bit word in the data of the checksum at @at (RFC 1624, equation 3). Words in memory order. */
static inline void checksum_replace16(uint8_t *at, uint16_t before, uint16_t after)
{
	uint16_t checksum;

	memcpy(&checksum, at, 2);
	checksum = checksum_fold((uint64_t)(uint16_t)~checksum + (uint16_t)~before + after);
	memcpy(at, &checksum, 2);
}

/* The sum of a pseudo header: addresses of @address_bytes each at @addresses, one behind the other. */
uint64_t checksum_pseudo(const uint8_t *addresses, unsigned int address_bytes, uint8_t protocol,
			 uint32_t bytes);

/* The sum of @bytes bytes of a packet's data from @offset on, over its segments; the packet has so many. */
uint64_t checksum_packet(const struct padma_packet *packet, uint32_t offset, uint32_t bytes);

#endif
