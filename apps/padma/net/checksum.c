// SPDX-License-Identifier: BSD-3-Clause
/* See checksum.h. */
#include "net/checksum.h"

#include <endian.h>

uint64_t checksum_pseudo(const uint8_t *addresses, unsigned int address_bytes, uint8_t protocol,
			 uint32_t bytes)
{
	uint64_t sum = checksum_add(0, addresses, 2 * (size_t)address_bytes);

	return sum + htobe16(protocol) + htobe32(bytes);
}

uint64_t checksum_packet(const struct padma_packet *packet, uint32_t offset, uint32_t bytes)
{
	uint64_t sum = 0;
	bool odd = false; /* the piece begins in the middle of a 16-bit word */

	for (; packet && bytes; packet = packet->next) {
		uint32_t here;
		uint16_t part;

		if (offset >= packet->length) {
			offset -= packet->length;
			continue;
		}
		here = packet->length - offset < bytes ? packet->length - offset : bytes;
		part = checksum_reduce(checksum_add(0, padma_packet_data(packet) + offset, here));
		sum += odd ? (uint16_t)(part << 8 | part >> 8) : part;
		odd ^= here & 1;
		bytes -= here;
		offset = 0;
	}
	return sum;
}
