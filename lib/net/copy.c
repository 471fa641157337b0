// SPDX-License-Identifier: BSD-3-Clause
/* Copies of packets (padma/net/packet.h, copy.h). */
#include "net/copy.h"

#include <errno.h>
#include <string.h>

void copy_properties(struct padma_packet *to, const struct padma_packet *from)
{
	to->user = from->user;
	to->timestamp_ns = from->timestamp_ns;
	to->flags = from->flags;
	to->hash = from->hash;
	to->vlan = from->vlan;
	to->segment_size = from->segment_size;
	to->l2_bytes = from->l2_bytes;
	to->l3_bytes = from->l3_bytes;
	to->l4_bytes = from->l4_bytes;
	to->port = from->port;
	to->queue = from->queue;
}

struct padma_packet *copy_same(struct padma_pool_cache *cache, const struct padma_packet *packet)
{
	struct padma_packet *first = NULL, **link = &first;

	const struct padma_packet *from = packet;

	do {
		struct padma_packet *to = padma_packet_get(cache);

		if (!to) {
			if (first)
				padma_packet_put(cache, first);
			return NULL;
		}
		to->offset = from->offset;
		to->length = from->length;
		memcpy(padma_packet_data(to), padma_packet_data(from), from->length);
		*link = to;
		link = &to->next;
		from = from->next;
	} while (from);
	copy_properties(first, packet);
	return first;
}

struct padma_packet *copy_chain(struct padma_pool_cache *cache, uint32_t bytes)
{
	struct padma_packet *first = NULL, **link = &first;

	do {
		struct padma_packet *packet = padma_packet_get(cache);
		uint32_t room;

		if (!packet) {
			if (first)
				padma_packet_put(cache, first);
			return NULL;
		}
		room = padma_packet_tailroom(packet);
		packet->length = (uint16_t)(bytes < room ? bytes : room);
		bytes -= packet->length;
		*link = packet;
		link = &packet->next;
	} while (bytes);
	return first;
}

struct padma_packet *padma_packet_copy(struct padma_pool_cache *cache,
				       const struct padma_packet *packet)
{
	struct padma_packet *copy = copy_chain(cache, padma_packet_bytes(packet));
	uint32_t at = 0;

	if (!copy)
		return NULL;
	for (struct padma_packet *to = copy; to; to = to->next) {
		padma_packet_read(packet, at, padma_packet_data(to), to->length);
		at += to->length;
	}
	copy_properties(copy, packet);
	return copy;
}

uint32_t padma_packet_read(const struct padma_packet *packet, uint32_t offset, void *to,
			   uint32_t bytes)
{
	uint32_t done = 0;

	for (; packet && done < bytes; packet = packet->next) {
		uint32_t here;

		if (offset >= packet->length) {
			offset -= packet->length;
			continue;
		}
		here = packet->length - offset;
		if (here > bytes - done)
			here = bytes - done;
		memcpy((uint8_t *)to + done, padma_packet_data(packet) + offset, here);
		done += here;
		offset = 0;
	}
	return done;
}

/* The other segments' data goes behind the first's. */
static void pull_together(struct padma_pool_cache *cache, struct padma_packet *packet)
{
	struct padma_packet *rest = packet->next;

	packet->next = NULL;
	for (const struct padma_packet *from = rest; from; from = from->next)
		memcpy(padma_packet_append(packet, from->length), padma_packet_data(from),
		       from->length);
	padma_packet_put(cache, rest);
}

int padma_packet_linearize(struct padma_pool_cache *cache, struct padma_packet **packet)
{
	struct padma_packet *copy;
	uint32_t bytes;

	if (!(*packet)->next)
		return 0;
	bytes = padma_packet_bytes(*packet);
	if (bytes - (*packet)->length <= padma_packet_tailroom(*packet)) {
		pull_together(cache, *packet);
		return 0;
	}
	if (bytes + PADMA_PACKET_HEADROOM > padma_packet_room(cache))
		return -EMSGSIZE;
	copy = padma_packet_copy(cache, *packet);
	if (!copy)
		return -ENOMEM;
	padma_packet_put(cache, *packet);
	*packet = copy;
	return 0;
}
