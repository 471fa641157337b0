// SPDX-License-Identifier: BSD-3-Clause
/* Pools of packets, and what of taking and putting packets is not inlined. */
#define PADMA_PART "net"
#include "base/base.h"

#include <assert.h>

#include <padma/net/packet.h>
#include <padma/params.h>

#include "memory/pool.h"

#define ROOM_MAX 65535u

static_assert(offsetof(struct padma_packet, room) == offsetof(struct padma_pool_object, va) &&
		      offsetof(struct padma_packet, room_dma) ==
			      offsetof(struct padma_pool_object, dma) &&
		      offsetof(struct padma_packet, next) ==
			      offsetof(struct padma_pool_object, user),
	      "a packet lies over an object of a pool");

/* What stays the same for as long as the pool is open; all else is zero. */
static void set_rooms(struct padma_pool *pool, size_t room_bytes)
{
	size_t count;
	struct padma_packet *packets = (void *)pool_objects(pool, &count);

	for (size_t i = 0; i < count; i++)
		packets[i].room_bytes = (uint16_t)room_bytes;
	pool_set_tag(pool, room_bytes);
}

int padma_packet_pool_open_sized(struct padma_space *space, size_t params_bytes,
				 const struct padma_packet_pool_params *given,
				 struct padma_pool **pool)
{
	struct padma_packet_pool_params params;
	struct padma_pool_params of_pool;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc)
		return rc;
	if (!params.room_bytes)
		params.room_bytes = PADMA_PACKET_ROOM;
	if (params.room_bytes < PADMA_PACKET_ROOM_MIN || params.room_bytes > ROOM_MAX)
		return fail(-EINVAL, "packets with a room of %zu bytes; give %u to %u",
			    params.room_bytes, PADMA_PACKET_ROOM_MIN, ROOM_MAX);
	of_pool = (struct padma_pool_params){
		.object_bytes = params.room_bytes,
		.count = params.count,
		.dma_mask = params.dma_mask,
		.node = params.node,
		.flags = params.flags,
		.cache_objects = params.cache_packets,
		.name = params.name,
		.checks = params.checks,
	};
	rc = padma_pool_open(space, &of_pool, pool);
	if (rc == 0)
		set_rooms(*pool, params.room_bytes);
	return rc;
}

size_t padma_packet_room(const struct padma_pool_cache *cache)
{
	return pool_tag(cache->pool);
}

void padma_packet_put_slow(struct padma_pool_cache *cache, struct padma_packet *packet)
{
	/* The last of several holders finds 0 and wraps it around: it alone holds the packet. */
	if (__atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) != 0) {
		if (__atomic_fetch_sub(&packet->refs, 1, __ATOMIC_ACQ_REL) != 0)
			return;
		__atomic_store_n(&packet->refs, 0, __ATOMIC_RELAXED);
	}
	while (packet) {
		struct padma_packet *next = packet->next;

		packet->next = NULL;
		padma_pool_put(cache, (struct padma_pool_object *)(void *)packet);
		packet = next;
	}
}

int padma_packet_ref(struct padma_packet *packet)
{
	uint8_t refs = __atomic_load_n(&packet->refs, __ATOMIC_RELAXED);

	do {
		if (refs == UINT8_MAX)
			return -EOVERFLOW;
	} while (!__atomic_compare_exchange_n(&packet->refs, &refs, (uint8_t)(refs + 1), true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}
