/* SPDX-License-Identifier: BSD-3-Clause */
/* copy.h - copies of packets for the library's own use; padma_packet_copy() is the program's. */
#ifndef NET_COPY_H
#define NET_COPY_H

#include <padma/net/packet.h>

/*
 * A packet of segments as they are, at the same places in rooms of the same size: @cache is of the packet's pool. NULL: the
 * pool has too few.
 */
struct padma_packet *copy_same(struct padma_pool_cache *cache, const struct padma_packet *packet);

/* An empty chain with room for @bytes, all lengths as they are to be. NULL: the pool has too few. */
struct padma_packet *copy_chain(struct padma_pool_cache *cache, uint32_t bytes);

/* All but the data and its place. */
void copy_properties(struct padma_packet *to, const struct padma_packet *from);

#endif
