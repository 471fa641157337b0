// SPDX-License-Identifier: BSD-3-Clause
/* See rings.h. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vhost/link.h"
#include "vhost/memory.h"
#include "vhost/rings.h"

/* Virtio 1.2, 2.7 and 2.8: bytes of the areas of a ring. */
#define DESCRIPTOR_BYTES  16u
#define AVAIL_BYTES(n)	  (6u + 2u * (n))
#define USED_BYTES(n)	  (6u + 8u * (n))
#define SUPPRESSION_BYTES 4u

void vhost_rings_init(struct vhost_rings *rings, struct vhost_link *link,
		      struct vhost_memory *memory)
{
	*rings = (struct vhost_rings){.link = link, .memory = memory};
	for (unsigned int i = 0; i < VHOST_VRINGS_MAX; i++)
		rings->rings[i] = (struct vhost_ring){.kick = -1, .call = -1};
}

void vhost_rings_close(struct vhost_rings *rings)
{
	for (unsigned int i = 0; i < VHOST_VRINGS_MAX; i++) {
		if (rings->rings[i].kick >= 0)
			close(rings->rings[i].kick);
	}
}

static bool find_area(struct vhost_rings *rings, uint64_t dma, uint64_t bytes, uint64_t *user)
{
	uint64_t there = 0;
	void *at = vhost_memory_at(rings->memory, dma, &there);

	*user = (uintptr_t)at;
	return at && bytes <= there;
}

/* The protocol has the addresses of this process. */
static int find_areas(struct vhost_rings *rings, unsigned int index,
		      const struct vhost_ring_setup *setup, struct vhost_vring_addr *addr)
{
	unsigned int n = setup->entries;

	*addr = (struct vhost_vring_addr){.index = index};
	if (find_area(rings, setup->desc, (uint64_t)n * DESCRIPTOR_BYTES, &addr->descriptor) &&
	    find_area(rings, setup->driver, setup->packed ? SUPPRESSION_BYTES : AVAIL_BYTES(n),
		      &addr->available) &&
	    find_area(rings, setup->device, setup->packed ? SUPPRESSION_BYTES : USED_BYTES(n),
		      &addr->used))
		return 0;
	return fail(-EFAULT, "%s: ring %u is not in memory of the space, each area in one piece",
		    rings->link->params.name, index);
}

static int open_kick(const struct vhost_rings *rings, struct vhost_ring *ring)
{
	if (ring->kick >= 0)
		return 0;
	ring->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ring->kick >= 0)
		return 0;
	return fail(-errno, "%s: no descriptor left for a ring: %s", rings->link->params.name,
		    strerror(errno));
}

/* Some back ends (DPDK's) make a ring when they see the first request for it, and take its kick for the last. */
static int set_up(struct vhost_rings *rings, unsigned int index,
		  const struct vhost_ring_setup *setup, const struct vhost_vring_addr *addr)
{
	struct vhost_link *link = rings->link;
	struct vhost_ring *ring = &rings->rings[index];
	int rc = vhost_set_vring_fd(link, VHOST_SET_VRING_CALL, index, setup->call);

	ring->call = setup->call;
	if (rc == 0)
		rc = vhost_set_vring(link, VHOST_SET_VRING_NUM, index, setup->entries);
	if (rc == 0)
		rc = vhost_set_vring(link, VHOST_SET_VRING_BASE, index,
				     setup->packed ? VHOST_BASE_PACKED : 0);
	if (rc == 0)
		rc = vhost_set_vring_addr(link, addr);
	if (rc == 0)
		rc = vhost_set_vring_fd(link, VHOST_SET_VRING_ERR, index, link->error_fd);
	return rc;
}

int vhost_ring_start(struct vhost_rings *rings, unsigned int index,
		     const struct vhost_ring_setup *setup)
{
	struct vhost_ring *ring = &rings->rings[index];
	struct vhost_vring_addr addr;
	int rc = find_areas(rings, index, setup, &addr);

	if (rc == 0)
		rc = open_kick(rings, ring);
	if (rc == 0)
		rc = set_up(rings, index, setup, &addr);
	if (rc)
		return rc;
	/* From here on it may run, whatever is answered. Without the protocol's features it is enabled by this. */
	ring->enabled = !(rings->link->features & VHOST_F_PROTOCOL_FEATURES);
	__atomic_store_n(&ring->runs, true, __ATOMIC_RELEASE);
	return vhost_set_vring_fd(rings->link, VHOST_SET_VRING_KICK, index, ring->kick);
}

int vhost_ring_enable(struct vhost_rings *rings, unsigned int index, bool enabled)
{
	struct vhost_ring *ring = &rings->rings[index];
	int rc;

	if (!ring->runs || ring->enabled == enabled ||
	    !(rings->link->features & VHOST_F_PROTOCOL_FEATURES))
		return 0;
	rc = vhost_set_vring(rings->link, VHOST_SET_VRING_ENABLE, index, enabled);
	if (rc == 0)
		ring->enabled = enabled;
	return rc;
}

int vhost_ring_call(struct vhost_rings *rings, unsigned int index, int call)
{
	struct vhost_ring *ring = &rings->rings[index];

	if (!ring->runs || ring->call == call)
		return 0;
	ring->call = call;
	return vhost_set_vring_fd(rings->link, VHOST_SET_VRING_CALL, index, call);
}

int vhost_rings_stop(struct vhost_rings *rings)
{
	for (unsigned int i = 0; i < VHOST_VRINGS_MAX; i++) {
		struct vhost_ring *ring = &rings->rings[i];
		int rc;

		if (!ring->runs)
			continue;
		rc = vhost_stop_vring(rings->link, i);
		if (rc)
			return rc;
		__atomic_store_n(&ring->runs, false, __ATOMIC_RELEASE);
	}
	return 0;
}

void vhost_ring_kick(const struct vhost_rings *rings, unsigned int index)
{
	const struct vhost_ring *ring = &rings->rings[index];

	/* A full counter wakes its reader already: nothing is lost with EAGAIN. */
	if (__atomic_load_n(&ring->runs, __ATOMIC_ACQUIRE))
		(void)eventfd_write(ring->kick, 1);
}
