// SPDX-License-Identifier: BSD-3-Clause
/* Descriptor rings: what is between head and tail (574, 7.1.8 and 7.2.9). */
#include <inttypes.h>

#include "card.h"

uint64_t sim_e1000_descriptor(const struct card *card, const struct ring *ring, uint32_t index)
{
	uint64_t base =
		get(card, ring->base + RING_BAL) | (uint64_t)get(card, ring->base + RING_BAH) << 32;

	return base + (uint64_t)index * DESCRIPTOR_BYTES;
}

/* The tail only goes forward, and not past the head. */
static void take_tail(struct card *card, struct ring *ring, uint32_t tail, uint32_t entries,
		      const char *name)
{
	uint32_t head = get(card, ring->base + RING_HEAD);
	uint32_t had = (ring->last + entries - head) % entries;
	uint32_t has = (tail + entries - head) % entries;

	if (ring->last < entries && has < had)
		driver_error(card, "%s goes back from %u to %u, with the head at %u", name,
			     ring->last, tail, head);
	ring->last = tail;
}

uint32_t sim_e1000_ring_waiting(struct card *card, struct ring *ring, const char *name)
{
	uint32_t tail = (uint32_t)__atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
	uint32_t entries = ring_entries(card, ring);
	uint32_t head = get(card, ring->base + RING_HEAD);

	if (ring->is_broken || entries == 0)
		return 0;
	if (tail >= entries) {
		driver_error(card, "%s is %u, in a ring of %u descriptors", name, tail, entries);
		ring->is_broken = true;
		return 0;
	}
	if (tail != ring->last)
		take_tail(card, ring, tail, entries, name);
	if (ring->resume_at) {
		if (padma_sim_now(card->function) < ring->resume_at)
			return 0;
		ring->resume_at = 0;
	}
	return head < entries ? (tail + entries - head) % entries : 0;
}

void sim_e1000_ring_advance(struct card *card, struct ring *ring, uint32_t count)
{
	uint32_t entries = ring_entries(card, ring);
	uint32_t head = get(card, ring->base + RING_HEAD) + count;

	*reg(card, ring->base + RING_HEAD) = head >= entries ? head - entries : head;
}

void sim_e1000_ring_reset(struct card *card, struct ring *ring)
{
	(void)card;
	__atomic_store_n(&ring->tail, 0, __ATOMIC_RELEASE);
	ring->last = 0;
	ring->is_broken = false;
	ring->resume_at = 0;
}
