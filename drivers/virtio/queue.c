// SPDX-License-Identifier: BSD-3-Clause
/* The memory of queues, and handing them to the device (Virtio 1.2, 4.1.5.1.3). */
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/guard.h>
#include <padma/params.h>

#include "message.h"
#include "queue.h"
#include "regs.h"
#include "virtio.h"

#define DEFAULT_SIZE 256u
#define LINE	     64u
#define BOTH_FLAGS   (PADMA_VRING_AVAIL | PADMA_VRING_USED)

static size_t round_up(size_t bytes)
{
	return (bytes + LINE - 1) & ~(size_t)(LINE - 1);
}

/* Split rings need more than packed ones: descriptors, flags, index, ring and event index of each side (2.7). */
static size_t driver_offset(unsigned int size)
{
	return round_up(size * sizeof(struct padma_vring_desc));
}

static size_t device_offset(unsigned int size)
{
	return driver_offset(size) + round_up(6 + size * sizeof(uint16_t));
}

static size_t ring_bytes(unsigned int size)
{
	return device_offset(size) + round_up(6 + size * sizeof(struct padma_vring_used_entry));
}

static void select_queue(struct padma_virtio *virtio, unsigned int index)
{
	padma_window_write16(&virtio->common, COMMON_QUEUE_SELECT, (uint16_t)index);
}

unsigned int padma_virtqueue_size_max(struct padma_virtio *virtio, unsigned int index)
{
	unsigned int size;

	if (index >= virtio->info.queues)
		return 0;
	select_queue(virtio, index);
	size = padma_window_read16(&virtio->common, COMMON_QUEUE_SIZE);
	return size < PADMA_VRING_SIZE_MAX ? size : PADMA_VRING_SIZE_MAX;
}

static int alloc_dma(struct padma_virtqueue *queue, size_t bytes, void **va, padma_dma_t *dma)
{
	const struct padma_alloc_params params = {
		.align_bytes = 4096,
		.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS,
	};
	struct padma_space *space = padma_device_space(queue->virtio->device);
	int rc = padma_space_alloc(space, bytes, &params, va);

	if (rc)
		return rc;
	*dma = padma_dma(space, *va);
	if (*dma == PADMA_DMA_NONE || !padma_guard_check(space, *dma, bytes))
		return fail(-EFAULT, "the memory of a queue has no dma address");
	return 0;
}

static int alloc_tables(struct padma_virtqueue *queue)
{
	const struct padma_alloc_params params = {.align_bytes = 4096};
	size_t bytes = queue->table_entries * sizeof(struct padma_vring_desc);
	struct padma_space *space = padma_device_space(queue->virtio->device);
	int rc;

	/* A power of two of bytes: a table is in one page, or in one run. */
	rc = padma_space_alloc(space, queue->size * bytes, &params, &queue->tables);
	if (rc)
		return rc;
	queue->tables_dma = calloc(queue->size, sizeof(*queue->tables_dma));
	if (!queue->tables_dma)
		return fail(-ENOMEM, "no memory for %u indirect tables", queue->size);
	for (unsigned int id = 0; id < queue->size; id++) {
		struct padma_run run = padma_run(space, queue_table(queue, (uint16_t)id), bytes);

		if (run.len < bytes || !padma_guard_check(space, run.dma, bytes))
			return fail(-EFAULT, "an indirect table is not contiguous memory of the "
					     "space; use fewer pieces");
		queue->tables_dma[id] = run.dma;
	}
	return 0;
}

static int alloc_memory(struct padma_virtqueue *queue, unsigned int indirect_entries)
{
	int rc;

	queue->slots = calloc(queue->size, sizeof(*queue->slots));
	if (!queue->slots)
		return fail(-ENOMEM, "no memory for a queue of %u", queue->size);
	rc = alloc_dma(queue, ring_bytes(queue->size), &queue->memory, &queue->dma);
	if (rc || indirect_entries == 0)
		return rc;
	queue->table_entries = 1;
	while (queue->table_entries < indirect_entries)
		queue->table_entries = (uint16_t)(queue->table_entries * 2);
	return alloc_tables(queue);
}

/*
 * Which queues there are, and of what size, may depend on the features: before multi-queue was accepted, QEMU's network cards
 * have the short control queue where a receive queue is later. So a size that is given is checked when the queue is enabled.
 */
static unsigned int size_most(struct padma_virtio *virtio, unsigned int index, unsigned int size)
{
	return size && !virtio->info.accepted ? PADMA_VRING_SIZE_MAX
					      : padma_virtqueue_size_max(virtio, index);
}

static int check_params(struct padma_virtio *virtio, unsigned int index,
			struct padma_virtqueue_params *params)
{
	unsigned int most = size_most(virtio, index, params->size);

	if (most == 0)
		return fail(-EINVAL, "%s has no queue %u", padma_device_name(virtio->device),
			    index);
	if (params->size == 0)
		params->size = (uint16_t)(most < DEFAULT_SIZE ? most : DEFAULT_SIZE);
	if (params->size > most)
		return fail(-EINVAL, "queue %u of %s has at most %u descriptors, not %u", index,
			    padma_device_name(virtio->device), most, params->size);
	if (params->indirect_entries > 256)
		return fail(-EINVAL, "an indirect table has at most 256 entries here, not %u",
			    params->indirect_entries);
	return 0;
}

int padma_virtqueue_open_sized(struct padma_virtio *virtio, unsigned int index, size_t params_bytes,
			       const struct padma_virtqueue_params *given,
			       struct padma_virtqueue **queue)
{
	struct padma_virtqueue_params params;
	struct padma_virtqueue *opened;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (!rc)
		rc = check_params(virtio, index, &params);
	if (rc)
		return rc;
	opened = aligned_alloc(LINE, round_up(sizeof(*opened)));
	if (!opened)
		return fail(-ENOMEM, "no memory for a queue");
	*opened = (struct padma_virtqueue){
		.virtio = virtio,
		.index = (uint16_t)index,
		.size = params.size,
	};
	rc = alloc_memory(opened, params.indirect_entries);
	if (rc) {
		padma_virtqueue_close(opened);
		return rc;
	}
	*queue = opened;
	return 0;
}

void padma_virtqueue_close(struct padma_virtqueue *queue)
{
	struct padma_space *space;

	if (!queue)
		return;
	space = padma_device_space(queue->virtio->device);
	(void)padma_space_free(space, queue->memory);
	(void)padma_space_free(space, queue->tables);
	free(queue->tables_dma);
	free(queue->slots);
	free(queue);
}

static void place_rings(struct padma_virtqueue *queue)
{
	char *memory = queue->memory;
	void *driver = memory + driver_offset(queue->size);
	void *device = memory + device_offset(queue->size);

	queue->desc = (void *)memory;
	queue->ring = (void *)memory;
	queue->avail = driver;
	queue->driver_event = driver;
	queue->used = device;
	queue->device_event = device;
}

/* As a new queue: empty rings, and nothing in flight. */
static void begin(struct padma_virtqueue *queue)
{
	const struct padma_virtio *virtio = queue->virtio;

	memset(queue->memory, 0, ring_bytes(queue->size));
	for (unsigned int id = 0; id < queue->size; id++)
		queue->slots[id] = (struct padma_virtqueue_slot){.count = 1};
	place_rings(queue);
	queue->packed = padma_virtio_has(virtio, PADMA_VIRTIO_F_RING_PACKED);
	queue->in_order = padma_virtio_has(virtio, PADMA_VIRTIO_F_IN_ORDER);
	queue->event_index = padma_virtio_has(virtio, PADMA_VIRTIO_F_EVENT_IDX);
	queue->notification_data = padma_virtio_has(virtio, PADMA_VIRTIO_F_NOTIFICATION_DATA);
	queue->indirect_entries =
		padma_virtio_has(virtio, PADMA_VIRTIO_F_INDIRECT_DESC) ? queue->table_entries : 0;
	queue->mask = (uint16_t)(queue->size - 1);
	queue->next_avail = queue->next_used = queue->head = queue->tail = 0;
	queue->free = queue->size;
	queue->pending = queue->added = queue->batch = queue->free_id = 0;
	queue->avail_flags = PADMA_VRING_AVAIL;
	queue->used_flags = BOTH_FLAGS;
	queue->ordered = true;
	padma_virtqueue_disarm(queue);
}

/* 4.1.5.2, 2.9: the address is the queue's own or shared by all; the value is its number, or another that the device chose. */
static int find_doorbell(struct padma_virtqueue *queue)
{
	struct padma_virtio *virtio = queue->virtio;
	uint64_t offset = (uint64_t)padma_window_read16(&virtio->common, COMMON_QUEUE_NOTIFY_OFF) *
			  virtio->notify_multiplier;
	unsigned int width = queue->notification_data ? 4 : 2;

	if (offset > virtio->notify.bytes || width > virtio->notify.bytes - offset ||
	    (virtio->notify.offset + offset) % width)
		return fail(-EPROTO,
			    "%s: the register that notifies it of queue %u is at 0x%llx "
			    "of a structure of %llu bytes",
			    padma_device_name(virtio->device), queue->index,
			    (unsigned long long)offset, (unsigned long long)virtio->notify.bytes);
	queue->doorbell =
		padma_doorbell_at(virtio->notify.bar, virtio->notify.offset + offset, width);
	queue->notify_value = queue->index;
	if (padma_virtio_has(virtio, PADMA_VIRTIO_F_NOTIF_CONFIG_DATA))
		queue->notify_value =
			padma_window_read16(&virtio->common, COMMON_QUEUE_NOTIFY_DATA);
	return 0;
}

static int set_vector(struct padma_virtqueue *queue, unsigned int vector)
{
	const struct padma_bar_window *common = &queue->virtio->common;

	padma_window_write16(common, COMMON_QUEUE_VECTOR, (uint16_t)vector);
	if (vector == PADMA_VIRTIO_NO_VECTOR ||
	    padma_window_read16(common, COMMON_QUEUE_VECTOR) == vector)
		return 0;
	return fail(-ENOSPC, "%s rejected vector %u for queue %u",
		    padma_device_name(queue->virtio->device), vector, queue->index);
}

static int check_size(struct padma_virtqueue *queue)
{
	unsigned int most = padma_virtqueue_size_max(queue->virtio, queue->index);

	if (queue->size > most)
		return fail(-EINVAL, "queue %u of %s has at most %u descriptors now, not %u",
			    queue->index, padma_device_name(queue->virtio->device), most,
			    queue->size);
	if (!queue->packed && queue->size & queue->mask)
		return fail(-EINVAL, "the size of a split ring is a power of two, not %u",
			    queue->size);
	return 0;
}

int padma_virtqueue_enable(struct padma_virtqueue *queue, unsigned int vector)
{
	struct padma_virtio *virtio = queue->virtio;
	int rc;

	begin(queue);
	rc = check_size(queue);
	if (!rc)
		rc = find_doorbell(queue);
	if (!rc)
		rc = set_vector(queue, vector);
	if (rc)
		return rc;
	padma_window_write16(&virtio->common, COMMON_QUEUE_SIZE, queue->size);
	transport_write64(virtio, COMMON_QUEUE_DESC, queue->dma);
	transport_write64(virtio, COMMON_QUEUE_DRIVER, queue->dma + driver_offset(queue->size));
	transport_write64(virtio, COMMON_QUEUE_DEVICE, queue->dma + device_offset(queue->size));
	padma_window_write16(&virtio->common, COMMON_QUEUE_ENABLE, 1);
	if (padma_window_read16(&virtio->common, COMMON_QUEUE_ENABLE) != 1) {
		rc = transport_answers(virtio, transport_status(virtio));
		return rc ? rc
			  : fail(-EIO, "%s does not enable queue %u",
				 padma_device_name(virtio->device), queue->index);
	}
	queue->enabled = true;
	return 0;
}

int padma_virtqueue_reset(struct padma_virtqueue *queue)
{
	struct padma_virtio *virtio = queue->virtio;
	const struct padma_bar_window *common = &virtio->common;
	int rc;

	if (!padma_virtio_has(virtio, PADMA_VIRTIO_F_RING_RESET))
		return fail(-ENOTSUP, "%s cannot reset a single queue",
			    padma_device_name(virtio->device));
	select_queue(virtio, queue->index);
	padma_window_write16(common, COMMON_QUEUE_RESET, 1);
	/* Both read as 0 when it is over (4.1.4.3.1). */
	rc = padma_bar_wait16(common->bar, common->offset + COMMON_QUEUE_RESET, 0xffff, 0,
			      VIRTIO_TIMEOUT_NS);
	if (rc)
		return rc;
	if (padma_window_read16(common, COMMON_QUEUE_ENABLE) != 0)
		return fail(-EIO, "%s still uses queue %u after its reset",
			    padma_device_name(virtio->device), queue->index);
	queue->enabled = false;
	return 0;
}

bool padma_virtqueue_arm(struct padma_virtqueue *queue)
{
	uint16_t *event = (uint16_t *)(void *)&queue->avail->ring[queue->size];

	if (queue->packed && queue->event_index) {
		__atomic_store_n(&queue->driver_event->position,
				 padma_virtqueue_position(queue->next_used, queue->used_flags != 0),
				 __ATOMIC_RELAXED);
		padma_store16_release(&queue->driver_event->flags, PADMA_VRING_EVENT_DESC);
	} else if (queue->packed) {
		padma_store16_release(&queue->driver_event->flags, PADMA_VRING_EVENT_ENABLE);
	} else if (queue->event_index) {
		padma_store16_release(event, queue->next_used);
	} else {
		padma_store16_release(&queue->avail->flags, 0);
	}
	/* The request is visible before the ring is read: the device does the reverse. */
	padma_dma_mb();
	return padma_virtqueue_has_used(queue);
}

void padma_virtqueue_disarm(struct padma_virtqueue *queue)
{
	uint16_t *event = (uint16_t *)(void *)&queue->avail->ring[queue->size];

	if (queue->packed)
		padma_store16_release(&queue->driver_event->flags, PADMA_VRING_EVENT_NONE);
	else if (queue->event_index)
		/* Far from where the device is: reached once in 65536 entries at most. */
		padma_store16_release(event, (uint16_t)(queue->next_used - 1));
	else
		padma_store16_release(&queue->avail->flags, PADMA_VRING_NO_INTERRUPT);
}
