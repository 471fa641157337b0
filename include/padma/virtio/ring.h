/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/virtio/ring.h - virtio rings as they are in memory (Virtio 1.2, 2.7 and 2.8)
 *
 * Split: a table of descriptors; the available ring, which the driver writes; the used ring, which the device writes.
 * Packed: one ring of descriptors, which both write, and two structures that say when to notify.
 */
#ifndef PADMA_VIRTIO_RING_H
#define PADMA_VIRTIO_RING_H

#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* Flags of a descriptor (2.7.5, 2.8.1): another follows; the device writes to it; it names a table. */
#define PADMA_VRING_NEXT	 1u
#define PADMA_VRING_WRITE	 2u
#define PADMA_VRING_INDIRECT	 4u
/* Of a descriptor in a packed ring (2.8.1). */
#define PADMA_VRING_AVAIL	 (1u << 7)
#define PADMA_VRING_USED	 (1u << 15)

/* Flags of the available and of the used ring (2.7.6, 2.7.8): the other side need not notify. */
#define PADMA_VRING_NO_INTERRUPT 1u
#define PADMA_VRING_NO_NOTIFY	 1u

/* Flags of struct padma_vring_event (2.8.10). */
#define PADMA_VRING_EVENT_ENABLE 0u
#define PADMA_VRING_EVENT_NONE	 1u
#define PADMA_VRING_EVENT_DESC	 2u

/* Entries of a ring at most (2.7, 2.8). */
#define PADMA_VRING_SIZE_MAX	 32768u

/**
 * struct padma_vring_desc - a descriptor of a split ring, or of an indirect table of one
 * @addr: dma address
 * @len: bytes
 * @flags: PADMA_VRING_*
 * @next: index of the next, with PADMA_VRING_NEXT
 */
struct padma_vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/**
 * struct padma_vring_avail - the available ring
 * @flags: PADMA_VRING_NO_INTERRUPT
 * @idx: entries that the driver has added, modulo 65536
 * @ring: heads of chains; the event index follows the last one
 */
struct padma_vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

/**
 * struct padma_vring_used_entry - an entry of the used ring
 * @id: head of the chain
 * @len: bytes that the device wrote
 */
struct padma_vring_used_entry {
	uint32_t id;
	uint32_t len;
};

/**
 * struct padma_vring_used - the used ring
 * @flags: PADMA_VRING_NO_NOTIFY
 * @idx: entries that the device has added, modulo 65536
 * @ring: the entries; the event index follows the last one
 */
struct padma_vring_used {
	uint16_t flags;
	uint16_t idx;
	struct padma_vring_used_entry ring[];
};

/**
 * struct padma_vring_packed_desc - a descriptor of a packed ring
 * @addr: dma address
 * @len: bytes; in a used one, bytes that the device wrote
 * @id: of the buffer
 * @flags: PADMA_VRING_*
 */
struct padma_vring_packed_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

/**
 * struct padma_vring_event - when to notify the side that wrote it
 * @position: entry of the ring, and its wrap counter in bit 15, with PADMA_VRING_EVENT_DESC
 * @flags: PADMA_VRING_EVENT_*
 */
struct padma_vring_event {
	uint16_t position;
	uint16_t flags;
};

PADMA_END_DECLS

#endif
