/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/virtio/queue.h - virtqueues, from the driver's side (Virtio 1.2, 2.6 to 2.9)
 *
 *     padma_virtqueue_open(virtio, 0, &params, &queue)     memory, for either format of rings
 *     padma_virtqueue_enable(queue, vector)                in the format that was negotiated
 *     padma_virtqueue_add(queue, pieces, out, in, token)   a buffer for the device; as many as there is room for
 *     padma_virtqueue_kick(queue)                          publish them, and notify the device if it wants it
 *     padma_virtqueue_take(queue, &token, &bytes)          a buffer that the device has used
 *
 * The device is not trusted: what it writes is an index, an identifier and a length, and each is checked before it is
 * used. The state that they are checked against is in memory that no device reaches.
 *
 * The structure is open, so that a driver can have a loop of its own for its hot path. As long as buffers come back in
 * the order in which they were added (@ordered), as they do from nearly all devices, a buffer's identifier is the place of its first
 * descriptor: it is compared with the one that is expected, and nothing has to be looked up. When the device returns
 * one out of order, which it may unless IN_ORDER is negotiated, padma_virtqueue_take() turns to a list of free
 * identifiers, until the queue is enabled again.
 *
 * Threading: a queue belongs to one thread at a time. Opening, enabling and closing: the device's owner.
 */
#ifndef PADMA_VIRTIO_QUEUE_H
#define PADMA_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/barrier.h>
#include <padma/dma.h>
#include <padma/export.h>
#include <padma/pmd/doorbell.h>
#include <padma/virtio.h>
#include <padma/virtio/ring.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_virtqueue_slot - what is known of a buffer in flight, by its identifier
 * @token: the driver's, not NULL. NULL, while not @ordered: no buffer of that identifier is in flight
 * @bytes: the device may write
 * @count: descriptors in the ring; 1 while it is not in flight
 * @next: private: the next free identifier, or the next descriptor of the chain
 */
struct padma_virtqueue_slot {
	void *token;
	uint32_t bytes;
	uint16_t count;
	uint16_t next;
};

/**
 * struct padma_virtqueue - a queue
 * @desc: split: the table
 * @avail: split: the available ring
 * @used: split: the used ring
 * @ring: packed: the ring
 * @driver_event: packed: when the device shall interrupt
 * @device_event: packed: when the driver shall notify
 * @slots: of buffers in flight, @size of them
 * @doorbell: the register that notifies the device
 * @notify_value: what is written to it; with NOTIFICATION_DATA its lower half
 * @batch_bytes: private: of the last buffer of a batch
 * @size: descriptors in the ring
 * @mask: split: @size - 1
 * @next_avail: where the next buffer is added: split: count of them, modulo 65536; packed: place in the ring
 * @next_used: where the next used one is expected: likewise
 * @head: split, while @ordered: the next free descriptor. Packed: equal to @next_avail
 * @tail: while @ordered: the first descriptor of the oldest buffer in flight
 * @free: free descriptors
 * @pending: buffers in flight
 * @added: since the last padma_virtqueue_kick()
 * @batch: private: buffers that the device has returned by one entry, and that were not taken yet (IN_ORDER)
 * @free_id: private: while not @ordered: the first free identifier
 * @avail_flags: packed: PADMA_VRING_AVAIL or _USED of descriptors that are made available now
 * @used_flags: packed: both or none, of descriptors that are used now
 * @index: number of the queue
 * @indirect_entries: of each indirect table; 0 if they are not used
 * @packed: the format of the rings
 * @ordered: so far buffers came back in order
 * @in_order: IN_ORDER is negotiated
 * @event_index: EVENT_IDX is negotiated
 * @notification_data: NOTIFICATION_DATA is negotiated
 * @enabled: the device may use it
 *
 * Written by the functions of this header, and in the same way by a driver's own loops.
 */
struct padma_virtqueue {
	struct padma_vring_desc *desc;
	struct padma_vring_avail *avail;
	struct padma_vring_used *used;
	struct padma_vring_packed_desc *ring;
	struct padma_vring_event *driver_event;
	struct padma_vring_event *device_event;
	struct padma_virtqueue_slot *slots;
	struct padma_doorbell doorbell;
	uint32_t notify_value;
	uint32_t batch_bytes;
	uint16_t size, mask;
	uint16_t next_avail, next_used;
	uint16_t head, tail;
	uint16_t free, pending;
	uint16_t added, batch;
	uint16_t free_id;
	uint16_t avail_flags, used_flags;
	uint16_t index;
	uint16_t indirect_entries;
	bool packed, ordered, in_order, event_index, notification_data, enabled;
	/* private: */
	struct padma_virtio *virtio;
	void *memory;		 /* the rings, one block */
	padma_dma_t dma;	 /* of it */
	void *tables;		 /* indirect tables, @size times @table_entries */
	padma_dma_t *tables_dma; /* of each */
	uint16_t table_entries;
};

/**
 * struct padma_virtqueue_params - how a queue is opened; zero is the default
 * @size: descriptors; 0 for the most that the device can, but not more than 256. A power of two, unless the rings will be packed
 * @indirect_entries: of an indirect table: the most pieces of a buffer; 0: indirect descriptors are not used
 */
struct padma_virtqueue_params {
	uint16_t size;
	uint16_t indirect_entries;
};

/* private: with the size that the caller was compiled with */
PADMA_API int padma_virtqueue_open_sized(struct padma_virtio *virtio, unsigned int index,
					 size_t params_bytes,
					 const struct padma_virtqueue_params *params,
					 struct padma_virtqueue **queue);

/**
 * padma_virtqueue_open() - allocate a queue
 * @virtio: the transport
 * @index: number of the queue
 * @params: how; NULL for the defaults; read during the call only
 * @queue: set; the caller owns it until padma_virtqueue_close()
 *
 * The device learns nothing of it before padma_virtqueue_enable(). Before padma_virtio_negotiate() a @size that is given is
 * not compared with the device's, which may depend on the features; padma_virtqueue_enable() does it.
 *
 * Return: 0, or -EINVAL (there is no such queue, or its size), -ENOMEM, -ERANGE, -EFAULT as padma_space_alloc(), -E2BIG.
 */
PADMA_INLINE int padma_virtqueue_open(struct padma_virtio *virtio, unsigned int index,
				      const struct padma_virtqueue_params *params,
				      struct padma_virtqueue **queue)
{
	return padma_virtqueue_open_sized(virtio, index, sizeof(struct padma_virtqueue_params),
					  params, queue);
}

/**
 * padma_virtqueue_close() - free a queue
 * @queue: the queue; NULL is allowed. The device does not use it: it was reset or stopped, or the queue never enabled
 */
PADMA_API void padma_virtqueue_close(struct padma_virtqueue *queue);

/**
 * padma_virtqueue_size_max() - the most descriptors that a queue can have
 * @virtio: the transport, after padma_virtio_reset()
 * @index: number of the queue
 *
 * Return: 0 if there is no such queue.
 */
PADMA_API unsigned int padma_virtqueue_size_max(struct padma_virtio *virtio, unsigned int index);

/**
 * padma_virtqueue_enable() - hand a queue to the device (4.1.5.1.3)
 * @queue: the queue; what it had in flight before is forgotten
 * @vector: the vector of MSI-X that it interrupts by, or PADMA_VIRTIO_NO_VECTOR
 *
 * Between padma_virtio_negotiate() and padma_virtio_start(), or after padma_virtqueue_reset(). The device does not
 * interrupt before padma_virtqueue_arm().
 *
 * Return: 0, or -EINVAL (its size does not suit the format of the rings), -ENOSPC (no resources for the vector), -EPROTO
 * (the register to notify it is not in its window), -EIO, -ENODEV.
 */
PADMA_API int padma_virtqueue_enable(struct padma_virtqueue *queue, unsigned int vector);

/**
 * padma_virtqueue_reset() - take one queue back from a device that keeps working (2.6.1)
 * @queue: the queue, of a device with PADMA_VIRTIO_F_RING_RESET
 *
 * Afterwards the driver owns all its buffers: those in flight are taken by padma_virtqueue_abandon().
 *
 * Return: 0, or -ENOTSUP (not negotiated), -ETIMEDOUT, -EIO, -ENODEV.
 */
PADMA_API int padma_virtqueue_reset(struct padma_virtqueue *queue);

/**
 * padma_virtqueue_abandon() - take a buffer that the device has not used
 * @queue: the queue; the device does not use it any more
 *
 * Return: the token of a buffer that was in flight, each once; NULL if there is none left.
 */
PADMA_API void *padma_virtqueue_abandon(struct padma_virtqueue *queue);

/**
 * struct padma_virtqueue_piece - a part of a buffer
 * @dma: its dma address
 * @bytes: its length
 */
struct padma_virtqueue_piece {
	padma_dma_t dma;
	uint32_t bytes;
};

/**
 * padma_virtqueue_add() - add a buffer
 * @queue: the queue
 * @pieces: its parts: @out that the device reads, then @in that it writes
 * @out: how many
 * @in: how many; both together at least one
 * @token: given back by padma_virtqueue_take(); not NULL
 *
 * The device sees it at the next padma_virtqueue_kick() at the latest.
 *
 * Return: 0, or -ENOSPC (no room now), -EINVAL (more pieces than the ring can have). No error is noted.
 */
PADMA_API int padma_virtqueue_add(struct padma_virtqueue *queue,
				  const struct padma_virtqueue_piece *pieces, unsigned int out,
				  unsigned int in, void *token);

/**
 * padma_virtqueue_next_id() - the identifier that the next buffer will have
 * @queue: the queue, with room for it
 *
 * For memory that the driver keeps per identifier.
 *
 * Return: below @queue->size.
 */
PADMA_INLINE uint16_t padma_virtqueue_next_id(const struct padma_virtqueue *queue)
{
	return queue->ordered ? queue->head : queue->free_id;
}

/**
 * padma_virtqueue_take() - take a buffer that the device has used
 * @queue: the queue
 * @token: set to that of padma_virtqueue_add()
 * @bytes: set to how many bytes the device says it has written: at most the writable bytes of the buffer
 *
 * Return: 1, 0 if there is none, or -EPROTO (an index, an identifier or a length is wrong: read nothing of this queue
 * any more).
 */
PADMA_API int padma_virtqueue_take(struct padma_virtqueue *queue, void **token, uint32_t *bytes);

/* private: a packed ring's position of @flags in 15 bits and the wrap counter */
PADMA_INLINE uint16_t padma_virtqueue_position(uint16_t place, bool wrap)
{
	return (uint16_t)(place | (wrap ? 1u << 15 : 0));
}

/* private: whether the event index @event is among the last @added entries, before @next (2.7.10) */
PADMA_INLINE bool padma_vring_passed(uint16_t event, uint16_t next, uint16_t added)
{
	return (uint16_t)(next - event - 1) < added;
}

/* private: whether the device of a packed ring wants a notification (2.8.10) */
PADMA_INLINE bool padma_virtqueue_wanted_packed(const struct padma_virtqueue *queue)
{
	uint32_t word = __atomic_load_n((const uint32_t *)(const void *)queue->device_event,
					__ATOMIC_RELAXED);
	unsigned int flags = word >> 16 & 3;
	uint16_t event = word & 0x7fff;

	if (!queue->event_index || flags != PADMA_VRING_EVENT_DESC)
		return flags != PADMA_VRING_EVENT_NONE;
	if (((word >> 15 & 1) != 0) != (queue->avail_flags == PADMA_VRING_AVAIL))
		event = (uint16_t)(event - queue->size);
	return padma_vring_passed(event, queue->next_avail, queue->added);
}

/* private: likewise of a split ring */
PADMA_INLINE bool padma_virtqueue_wanted_split(const struct padma_virtqueue *queue)
{
	const uint16_t *event = (const uint16_t *)(const void *)&queue->used->ring[queue->size];

	if (queue->event_index)
		return padma_vring_passed(__atomic_load_n(event, __ATOMIC_RELAXED),
					  queue->next_avail, queue->added);
	return !(__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED) & PADMA_VRING_NO_NOTIFY);
}

/* private: write the doorbell (4.1.5.2, 2.9) */
PADMA_INLINE void padma_virtqueue_ring_doorbell(const struct padma_virtqueue *queue)
{
	uint16_t next = queue->next_avail;

	if (!queue->notification_data) {
		padma_doorbell_ring16(&queue->doorbell, (uint16_t)queue->notify_value);
		return;
	}
	if (queue->packed)
		next = padma_virtqueue_position(next, queue->avail_flags == PADMA_VRING_AVAIL);
	padma_doorbell_ring32(&queue->doorbell, queue->notify_value | (uint32_t)next << 16);
}

/* private: padma_virtqueue_kick() of a queue whose format is known */
PADMA_INLINE bool padma_virtqueue_kick_as(struct padma_virtqueue *queue, bool packed)
{
	bool wanted;

	if (!packed)
		padma_store16_release(&queue->avail->idx, queue->next_avail);
	/* What was added is visible before the device's suppression flag is read: the device does the reverse. */
	padma_dma_mb();
	wanted =
		packed ? padma_virtqueue_wanted_packed(queue) : padma_virtqueue_wanted_split(queue);
	queue->added = 0;
	if (wanted)
		padma_virtqueue_ring_doorbell(queue);
	return wanted;
}

/**
 * padma_virtqueue_kick() - publish what was added, and notify the device unless it does not want it
 * @queue: the queue
 *
 * Return: whether it was notified.
 */
PADMA_INLINE bool padma_virtqueue_kick(struct padma_virtqueue *queue)
{
	return padma_virtqueue_kick_as(queue, queue->packed);
}

/**
 * padma_virtqueue_has_used() - whether there is a used buffer
 * @queue: the queue
 *
 * Return: whether padma_virtqueue_take() would not return 0.
 */
PADMA_INLINE bool padma_virtqueue_has_used(const struct padma_virtqueue *queue)
{
	if (queue->pending == 0)
		return false;
	if (queue->batch)
		return true;
	if (queue->packed)
		return (padma_load16_acquire(&queue->ring[queue->next_used].flags) &
			(PADMA_VRING_AVAIL | PADMA_VRING_USED)) == queue->used_flags;
	return padma_load16_acquire(&queue->used->idx) != queue->next_used;
}

/**
 * padma_virtqueue_arm() - interrupt when the next buffer is used
 * @queue: the queue
 *
 * Return: true if there is one already, which may cause no interrupt: take it.
 */
PADMA_API bool padma_virtqueue_arm(struct padma_virtqueue *queue);

/**
 * padma_virtqueue_disarm() - do not interrupt any more
 * @queue: the queue. Interrupts that are on their way still come
 */
PADMA_API void padma_virtqueue_disarm(struct padma_virtqueue *queue);

PADMA_END_DECLS

#endif
