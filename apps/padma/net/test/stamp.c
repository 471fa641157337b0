// SPDX-License-Identifier: BSD-3-Clause
/* See stamp.h. */
#include "net/test/stamp.h"

#include <string.h>

#include "net/wire.h"

#define MAGIC 0x7061646du /* "padm" */

/* Of splitmix64: each bit of the result depends on each bit of the value. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

static uint64_t seed_of(const struct stamp *stamp)
{
	return mix((uint64_t)stamp->run << 48 ^ (uint64_t)stamp->stream << 32 ^ stamp->number);
}

static uint32_t check_of(const struct stamp *stamp, uint32_t bytes)
{
	return (uint32_t)mix(seed_of(stamp) + bytes);
}

void stamp_write(uint8_t *at, const struct stamp *stamp, uint32_t bytes)
{
	wire_put32(at, MAGIC);
	wire_put16(at + 4, stamp->run);
	wire_put16(at + 6, stamp->stream);
	wire_put16(at + 8, (uint16_t)(stamp->number >> 32));
	wire_put32(at + 10, (uint32_t)stamp->number);
	wire_put32(at + 14, check_of(stamp, bytes));
}

/* Word @index of the pattern: 8 bytes from 8 * @index of the payload on, little endian. */
static uint64_t word_of(uint64_t seed, uint32_t index)
{
	return htole64(seed + index * 0x9e3779b97f4a7c15u);
}

void stamp_fill(uint8_t *at, const struct stamp *stamp, uint32_t offset, uint32_t bytes)
{
	uint64_t seed = seed_of(stamp), word;

	while (bytes) {
		uint32_t skip = offset % 8, take = 8 - skip < bytes ? 8 - skip : bytes;

		word = word_of(seed, offset / 8);
		if (take == 8)
			memcpy(at, &word, 8);
		else
			memcpy(at, (const uint8_t *)&word + skip, take);
		at += take;
		offset += take;
		bytes -= take;
	}
}

static bool filled(const uint8_t *at, uint64_t seed, uint32_t offset, uint32_t bytes)
{
	uint64_t word, differ = 0;

	while (bytes) {
		uint32_t skip = offset % 8, take = 8 - skip < bytes ? 8 - skip : bytes;

		word = word_of(seed, offset / 8);
		if (take == 8) {
			uint64_t found;

			memcpy(&found, at, 8);
			differ |= found ^ word;
		} else if (memcmp(at, (const uint8_t *)&word + skip, take) != 0) {
			return false;
		}
		at += take;
		offset += take;
		bytes -= take;
	}
	return differ == 0;
}

static bool all_filled(const struct padma_packet *packet, uint32_t offset, uint32_t bytes,
		       uint64_t seed)
{
	uint32_t at = STAMP_BYTES; /* of the payload */

	offset += STAMP_BYTES;
	for (; packet && at < bytes; packet = packet->next) {
		uint32_t here;

		if (offset >= packet->length) {
			offset -= packet->length;
			continue;
		}
		here = packet->length - offset < bytes - at ? packet->length - offset : bytes - at;
		if (!filled(padma_packet_data(packet) + offset, seed, at, here))
			return false;
		at += here;
		offset = 0;
	}
	return at == bytes;
}

enum stamp_verdict stamp_check(const struct padma_packet *packet, uint32_t offset, uint32_t bytes,
			       struct stamp *stamp, bool *known)
{
	uint8_t head[STAMP_BYTES];

	*known = false;
	if (bytes < STAMP_BYTES ||
	    padma_packet_read(packet, offset, head, STAMP_BYTES) != STAMP_BYTES ||
	    wire_get32(head) != MAGIC)
		return STAMP_NONE;
	stamp->run = wire_get16(head + 4);
	stamp->stream = wire_get16(head + 6);
	stamp->number = (uint64_t)wire_get16(head + 8) << 32 | wire_get32(head + 10);
	if (wire_get32(head + 14) != check_of(stamp, bytes))
		return STAMP_CORRUPT;
	*known = true;
	return all_filled(packet, offset, bytes, seed_of(stamp)) ? STAMP_GOOD : STAMP_CORRUPT;
}
