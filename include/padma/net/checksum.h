/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/checksum.h - the Internet checksum (RFC 1071) of bytes and of packets
 *
 * Sums are of 16-bit words as they are in memory, in whatever byte order: the result is stored as it is. So
 *
 *     sum = padma_sum(header, 20, 0);
 *     checksum = padma_sum_finish(sum);    what goes into the field, if that was 0; 0 if the field was right
 *
 * Threading: any thread.
 */
#ifndef PADMA_NET_CHECKSUM_H
#define PADMA_NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>
#include <padma/net/packet.h>

PADMA_BEGIN_DECLS

/**
 * padma_sum() - add bytes to a sum
 * @data: the bytes, at any address; an odd last one is followed by a zero
 * @bytes: how many
 * @sum: of what stands before, an even number of bytes; 0 to begin
 *
 * Return: the sum, not inverted, below 0x10000.
 */
PADMA_API uint32_t padma_sum(const void *data, size_t bytes, uint32_t sum);

/**
 * padma_sum_finish() - the checksum of a sum
 * @sum: from padma_sum(), or several such added
 *
 * Return: the inverted 16 bits, as they are stored in a header.
 */
PADMA_INLINE uint16_t padma_sum_finish(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/**
 * padma_packet_sum() - add bytes of a packet, wherever its segments end
 * @packet: the packet
 * @offset: of the first byte, from the start of its data
 * @bytes: how many; no more than it has from there on are added
 * @sum: as padma_sum()
 *
 * Return: as padma_sum().
 */
PADMA_API uint32_t padma_packet_sum(const struct padma_packet *packet, uint32_t offset,
				    uint32_t bytes, uint32_t sum);

PADMA_END_DECLS

#endif
