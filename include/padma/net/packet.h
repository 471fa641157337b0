/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/packet.h - packets: what network drivers and programs exchange
 *
 * A packet is an object of a pool (padma/pool.h), one cache line of ordinary memory of the process that
 * describes a room of bytes which the device can reach. It is not part of that room: no device can write to it.
 *
 *     packet, 64 bytes        its room: contiguous for the device
 *     +-----------------+     +----------+--------------------+----------+
 *     | room, room_dma  |---->| headroom | data, length bytes | tailroom |
 *     | offset, length  |     +----------+--------------------+----------+
 *     | flags, vlan ... |     0          offset               offset + length     room_bytes
 *     | next            |---> further segments of the same packet, or NULL
 *     +-----------------+
 *
 * The flags of a packet describe the packet, independent of its direction: a packet that was received can be
 * transmitted as it is, without a copy and without a change. A tag that the card stripped (PADMA_PACKET_VLAN) is
 * inserted again, a checksum that a virtual machine left to its card (PADMA_PACKET_TCP_CSUM) is completed, by the
 * device of the port that transmits it, or by the processor.
 *
 * Threading: a packet belongs to the one thread that holds it. If padma_packet_ref() has made several holders,
 * each of them only reads it, and puts it once.
 */
#ifndef PADMA_NET_PACKET_H
#define PADMA_NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/pool.h>

PADMA_BEGIN_DECLS

/* Free bytes before the data of a packet that padma_packet_get() or a receive queue returns: for tunnel headers. */
#define PADMA_PACKET_HEADROOM 128
/* The room of a packet, in bytes, unless the pool's parameters give another: headroom and 2 KiB. */
#define PADMA_PACKET_ROOM     2176
/* The least room that a pool of packets can have. */
#define PADMA_PACKET_ROOM_MIN (PADMA_PACKET_HEADROOM + 64)

/* Work that is left to the transmitting port; all but _VLAN require the header lengths to be set. */
#define PADMA_PACKET_IP_CSUM  (1u << 0) /* fill in the checksum of the IPv4 header */
#define PADMA_PACKET_TCP_CSUM (1u << 1) /* fill in the TCP checksum, whatever the field contains */
#define PADMA_PACKET_UDP_CSUM (1u << 2) /* fill in the UDP checksum, whatever the field contains */
#define PADMA_PACKET_TSO                                                                           \
	(1u                                                                                        \
	 << 3) /* split the TCP payload into segments of segment_size bytes; implies both checksums */
#define PADMA_PACKET_VLAN      (1u << 4) /* insert the tag vlan (802.1Q) after the MAC addresses */
#define PADMA_PACKET_WORK      0x1fu	 /* all of them */
/* Results of checks by the receiving device, or in software. */
#define PADMA_PACKET_IP_GOOD   (1u << 8)  /* the checksum of the IPv4 header is right */
#define PADMA_PACKET_IP_BAD    (1u << 9)  /* it is wrong; neither flag: it was not checked */
#define PADMA_PACKET_L4_GOOD   (1u << 10) /* the TCP or UDP checksum is right */
#define PADMA_PACKET_L4_BAD    (1u << 11)
#define PADMA_PACKET_HASH      (1u << 12) /* hash is valid */
#define PADMA_PACKET_TIMESTAMP (1u << 13) /* timestamp_ns is valid */

/**
 * struct padma_packet - a packet, or one segment of it: an object of a pool
 * @room: its bytes; do not write to this member
 * @room_dma: their dma address; do not write to it
 * @next: the next segment, or NULL. Only the first segment's flags, lengths of headers and the like count
 * @user: the program's; padma neither reads nor writes it
 * @timestamp_ns: when it was received, in ns of padma_now_ns(), with PADMA_PACKET_TIMESTAMP
 * @flags: PADMA_PACKET_*
 * @hash: that the device computed of its headers, for receive side scaling, with PADMA_PACKET_HASH
 * @offset: of the first byte of data in the room
 * @length: bytes of data in this segment
 * @room_bytes: size of the room; do not write to it
 * @vlan: priority, DEI and VLAN identifier in the processor's byte order, with PADMA_PACKET_VLAN
 * @segment_size: the most payload of a segment, in bytes, with PADMA_PACKET_TSO
 * @l2_bytes: bytes before the IP header: 14, and 4 for each tag that is in the data
 * @l3_bytes: of the IP header, options and extension headers included
 * @l4_bytes: of the TCP header, options included, with PADMA_PACKET_TSO
 * @port: number of the port that it was received by (padma_port_number())
 * @queue: number of the queue
 * @refs: holders beside the first; private
 */
struct padma_packet {
	void *room;
	padma_dma_t room_dma;
	struct padma_packet *next;
	uint64_t user;
	uint64_t timestamp_ns;
	uint32_t flags;
	uint32_t hash;
	uint16_t offset;
	uint16_t length;
	uint16_t room_bytes;
	uint16_t vlan;
	uint16_t segment_size;
	uint8_t l2_bytes;
	uint8_t l3_bytes;
	uint8_t l4_bytes;
	uint8_t port;
	uint8_t queue;
	uint8_t refs;
} __attribute__((aligned(PADMA_POOL_OBJECT_BYTES)));

#ifdef __cplusplus
static_assert(sizeof(struct padma_packet) == PADMA_POOL_OBJECT_BYTES, "a packet is an object");
#else
_Static_assert(sizeof(struct padma_packet) == PADMA_POOL_OBJECT_BYTES, "a packet is an object");
#endif

/**
 * struct padma_packet_pool_params - parameters of a pool of packets; zero is the default of all but @count
 * @count: how many packets; see padma_pool_count_for()
 * @room_bytes: room of each, headroom included, at most 65535; 0 for PADMA_PACKET_ROOM. A receive queue takes packets of
 *	at least the room that padma_port_info() names
 * @dma_mask: highest dma address of any byte; 0 for any
 * @node: NUMA node, with PADMA_ALLOC_ON_NODE in @flags
 * @flags: as struct padma_pool_params
 * @cache_packets: the most that a cache holds back; 0 for the default of pools
 * @name: for messages; NULL for the default of pools
 * @checks: as struct padma_pool_params
 */
struct padma_packet_pool_params {
	size_t count;
	size_t room_bytes;
	padma_dma_t dma_mask;
	int node;
	unsigned int flags;
	unsigned int cache_packets;
	const char *name;
	enum padma_pool_checks checks;
};

/* private: padma_packet_pool_open() with the size that the caller was compiled with */
PADMA_API int padma_packet_pool_open_sized(struct padma_space *space, size_t params_bytes,
					   const struct padma_packet_pool_params *params,
					   struct padma_pool **pool);

/**
 * padma_packet_pool_open() - open a pool whose objects are packets
 * @space: the space that the rooms come from
 * @params: its parameters; read during the call only
 * @pool: set to the pool: padma_pool_cache_open(), padma_pool_close() and the like work on it. Its objects must be taken
 *	and put by the functions of this header only
 *
 * Return: 0, or as padma_pool_open(); -EINVAL also for a @room_bytes below PADMA_PACKET_ROOM_MIN or above 65535.
 */
PADMA_INLINE int padma_packet_pool_open(struct padma_space *space,
					const struct padma_packet_pool_params *params,
					struct padma_pool **pool)
{
	return padma_packet_pool_open_sized(space, sizeof(struct padma_packet_pool_params), params,
					    pool);
}

/**
 * padma_packet_get() - take an empty packet
 * @cache: this thread's cache of a pool of packets
 *
 * Return: the packet: one segment without data, the headroom before it, no flags; or NULL if the pool is empty.
 */
PADMA_INLINE struct padma_packet *padma_packet_get(struct padma_pool_cache *cache)
{
	struct padma_packet *packet = (struct padma_packet *)(void *)padma_pool_get(cache);

	if (PADMA_UNLIKELY(!packet))
		return NULL;
	packet->flags = 0;
	packet->offset = PADMA_PACKET_HEADROOM;
	packet->length = 0;
	return packet;
}

/**
 * padma_packet_room() - the room of the packets of a cache's pool
 * @cache: a cache of any pool. Any thread
 *
 * Return: bytes of room of each packet, headroom included; 0 if it is not a pool of packets.
 */
PADMA_API size_t padma_packet_room(const struct padma_pool_cache *cache);

/**
 * padma_packet_get_bulk() - take several empty packets, or none
 * @cache: this thread's cache of a pool of packets
 * @packets: filled with @n packets, each as padma_packet_get() returns it
 * @n: how many
 *
 * Return: @n, or 0 if this cache and the pool have fewer.
 */
PADMA_INLINE unsigned int padma_packet_get_bulk(struct padma_pool_cache *cache,
						struct padma_packet **packets, unsigned int n)
{
	if (PADMA_UNLIKELY(
		    !padma_pool_get_bulk(cache, (struct padma_pool_object **)(void *)packets, n)))
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		packets[i]->flags = 0;
		packets[i]->offset = PADMA_PACKET_HEADROOM;
		packets[i]->length = 0;
	}
	return n;
}

/* private: what padma_packet_put() does for chains and shared packets */
PADMA_API void padma_packet_put_slow(struct padma_pool_cache *cache, struct padma_packet *packet);

/**
 * padma_packet_put() - give a packet back
 * @cache: this thread's cache of the pool that all its segments came from
 * @packet: the packet; the holder's no more. Its rooms return to the pool with the last holder
 */
PADMA_INLINE void padma_packet_put(struct padma_pool_cache *cache, struct padma_packet *packet)
{
	if (PADMA_UNLIKELY(packet->next != NULL ||
			   __atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) != 0))
		padma_packet_put_slow(cache, packet);
	else
		padma_pool_put(cache, (struct padma_pool_object *)(void *)packet);
}

/**
 * padma_packet_put_bulk() - give several packets back
 * @cache: as padma_packet_put()
 * @packets: the packets, chains and shared ones among them
 * @n: how many
 */
PADMA_INLINE void padma_packet_put_bulk(struct padma_pool_cache *cache,
					struct padma_packet *const *packets, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		padma_packet_put(cache, packets[i]);
}

/**
 * padma_packet_ref() - add a holder to a packet
 * @packet: the packet, all its segments
 *
 * Each holder puts it once, or transmits it once. Transmitting does not change a shared packet: work that would
 * (PADMA_PACKET_WORK without the device's help) is done on a copy. At most 255 further holders.
 *
 * Return: 0, or -EOVERFLOW; no error is noted.
 */
PADMA_API int padma_packet_ref(struct padma_packet *packet);

/**
 * padma_packet_data() - the data of a segment
 * @packet: the segment
 *
 * Return: its first byte.
 */
PADMA_INLINE uint8_t *padma_packet_data(const struct padma_packet *packet)
{
	return (uint8_t *)packet->room + packet->offset;
}

/**
 * padma_packet_dma() - the dma address of a segment's data
 * @packet: the segment
 *
 * Return: that of its first byte; the data is contiguous for the device.
 */
PADMA_INLINE padma_dma_t padma_packet_dma(const struct padma_packet *packet)
{
	return packet->room_dma + packet->offset;
}

/**
 * padma_packet_tailroom() - free bytes behind a segment's data
 * @packet: the segment
 *
 * Return: the number of bytes.
 */
PADMA_INLINE unsigned int padma_packet_tailroom(const struct padma_packet *packet)
{
	return (unsigned int)packet->room_bytes - packet->offset - packet->length;
}

/**
 * padma_packet_bytes() - length of a whole packet
 * @packet: its first segment
 *
 * Return: bytes of data of all segments.
 */
PADMA_INLINE uint32_t padma_packet_bytes(const struct padma_packet *packet)
{
	uint32_t bytes = 0;

	for (; packet; packet = packet->next)
		bytes += packet->length;
	return bytes;
}

/**
 * padma_packet_prepend() - grow the data into the headroom
 * @packet: the first segment
 * @bytes: by how many
 *
 * Return: the new first byte, or NULL if there is no room; the packet is not changed then.
 */
PADMA_INLINE uint8_t *padma_packet_prepend(struct padma_packet *packet, unsigned int bytes)
{
	if (PADMA_UNLIKELY(bytes > packet->offset))
		return NULL;
	packet->offset = (uint16_t)(packet->offset - bytes);
	packet->length = (uint16_t)(packet->length + bytes);
	return padma_packet_data(packet);
}

/**
 * padma_packet_append() - grow a segment's data into its tailroom
 * @packet: the segment
 * @bytes: by how many
 *
 * Return: the first of the new bytes, or NULL if there is no room; the packet is not changed then.
 */
PADMA_INLINE uint8_t *padma_packet_append(struct padma_packet *packet, unsigned int bytes)
{
	uint8_t *end = padma_packet_data(packet) + packet->length;

	if (PADMA_UNLIKELY(bytes > padma_packet_tailroom(packet)))
		return NULL;
	packet->length = (uint16_t)(packet->length + bytes);
	return end;
}

/**
 * padma_packet_pull() - drop bytes from the front of a segment's data
 * @packet: the segment
 * @bytes: how many
 *
 * Return: the new first byte, or NULL if it has fewer; the packet is not changed then.
 */
PADMA_INLINE uint8_t *padma_packet_pull(struct padma_packet *packet, unsigned int bytes)
{
	if (PADMA_UNLIKELY(bytes > packet->length))
		return NULL;
	packet->offset = (uint16_t)(packet->offset + bytes);
	packet->length = (uint16_t)(packet->length - bytes);
	return padma_packet_data(packet);
}

/**
 * padma_packet_copy() - copy a packet
 * @cache: this thread's cache of a pool of packets, not necessarily the packet's
 * @packet: the packet; it is only read
 *
 * The copy has the data, flags and other properties, and one holder: segments as full as its rooms allow, the first with
 * PADMA_PACKET_HEADROOM before its data.
 *
 * Return: the copy, or NULL: the pool has too few packets, nothing was taken.
 */
PADMA_API struct padma_packet *padma_packet_copy(struct padma_pool_cache *cache,
						 const struct padma_packet *packet);

/**
 * padma_packet_linearize() - make one segment of a packet
 * @cache: this thread's cache of the packet's pool
 * @packet: the packet, held by the caller alone; replaced by a copy if its first segment has no room for the others. Of one
 *	segment already: nothing is done
 *
 * Return: 0, or -EMSGSIZE (its data is more than a room without the headroom), -ENOMEM (the pool is empty). The packet stays as
 * it was then; no error is noted.
 */
PADMA_API int padma_packet_linearize(struct padma_pool_cache *cache, struct padma_packet **packet);

/**
 * padma_packet_read() - copy bytes out of a packet, wherever its segments end
 * @packet: the packet
 * @offset: of the first byte, from the start of its data
 * @to: filled
 * @bytes: how many
 *
 * Return: how many there were, less than @bytes at its end.
 */
PADMA_API uint32_t padma_packet_read(const struct padma_packet *packet, uint32_t offset, void *to,
				     uint32_t bytes);

PADMA_END_DECLS

#endif
