// SPDX-License-Identifier: BSD-3-Clause
/* See net_floor.h. */
#include "bench/net_floor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>

static int open_ring(struct net_floor_ring *ring, struct padma_space *space, unsigned int depth)
{
	const struct padma_alloc_params opts = {.align_bytes = 4096,
						.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS};
	uint32_t entries = 1;
	void *memory = NULL;
	int rc;

	while (entries < depth)
		entries <<= 1;
	ring->mask = entries - 1;
	ring->packets = calloc(entries, sizeof(struct padma_packet *));
	if (!ring->packets)
		return -ENOMEM;
	rc = padma_space_alloc(space, entries * sizeof(*ring->descriptors), &opts, &memory);
	ring->descriptors = memory;
	return rc;
}

int net_floor_open(struct net_floor *floor, struct padma_space *space, unsigned int depth,
		   bool header, struct net_floor_stack *stack)
{
	int rc;

	*floor = (struct net_floor){.space = space, .header = header};
	rc = open_ring(&floor->rx, space, depth);
	if (rc == 0)
		rc = open_ring(&floor->tx, space, depth);
	for (unsigned int i = 0; rc == 0 && i < depth; i++)
		net_floor_post(&floor->rx, stack->packets[--stack->count], 0);
	return rc;
}

void net_floor_close(struct net_floor *floor)
{
	free(floor->rx.packets);
	free(floor->tx.packets);
	if (!floor->space)
		return;
	padma_space_free(floor->space, floor->rx.descriptors);
	padma_space_free(floor->space, floor->tx.descriptors);
}

static void answer(struct net_floor_ring *ring, uint64_t second)
{
	for (uint32_t i = ring->head; i != ring->tail; i++)
		ring->descriptors[i & ring->mask][1] = second;
}

/* Frames and their headers, byte by byte the same. */
static void write_frames(struct net_floor *floor, unsigned int bytes)
{
	struct net_floor_ring *ring = &floor->rx;
	unsigned int header = floor->header ? NET_FLOOR_HEADER : 0;

	for (uint32_t i = ring->head; i != ring->tail; i++)
		memset(padma_packet_data(ring->packets[i & ring->mask]) - header, 0,
		       header + bytes);
}

void net_floor_answer(struct net_floor *floor, unsigned int bytes)
{
	write_frames(floor, bytes);
	answer(&floor->rx, (uint64_t)bytes << 32 | NET_FLOOR_DONE);
	answer(&floor->tx, NET_FLOOR_DONE);
}
