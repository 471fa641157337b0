// SPDX-License-Identifier: BSD-3-Clause
/*
 * The Internet checksum: 64 bits at a time, with the carry added at the end, which is the same for a sum of ones'
 * complements (RFC 1071, 2 (A) and (C)).
 */
#include <padma/net/checksum.h>

#include <string.h>

static uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static uint64_t word_at(const uint8_t *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	return word;
}

static uint32_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

uint32_t padma_sum(const void *data, size_t bytes, uint32_t before)
{
	const uint8_t *at = data;
	/* Two sums, as each addition waits for the last. */
	uint64_t sum = before, other = 0, rest = 0;

	for (; bytes >= 32; bytes -= 32, at += 32) {
		sum = add(sum, word_at(at));
		other = add(other, word_at(at + 8));
		sum = add(sum, word_at(at + 16));
		other = add(other, word_at(at + 24));
	}
	for (; bytes >= 8; bytes -= 8, at += 8)
		sum = add(sum, word_at(at));
	if (bytes)
		memcpy(&rest, at, bytes);
	return fold(add(add(sum, other), rest));
}

static uint32_t swap(uint32_t sum)
{
	return ((sum & 0xff) << 8) | (sum >> 8);
}

uint32_t padma_packet_sum(const struct padma_packet *packet, uint32_t offset, uint32_t bytes,
			  uint32_t sum)
{
	bool odd = false;

	for (; packet && bytes; packet = packet->next) {
		uint32_t here, part;

		if (offset >= packet->length) {
			offset -= packet->length;
			continue;
		}
		here = packet->length - offset;
		if (here > bytes)
			here = bytes;
		part = padma_sum(padma_packet_data(packet) + offset, here, 0);
		/* What begins at an odd place has its bytes the other way round (RFC 1071, 2 (B)). */
		sum = fold((uint64_t)sum + (odd ? swap(part) : part));
		odd ^= here & 1;
		bytes -= here;
		offset = 0;
	}
	return sum;
}
