// SPDX-License-Identifier: BSD-3-Clause
/* Notifications of available buffers (Virtio 1.2, 4.1.5.2 and 2.9). */
#include <inttypes.h>

#include "common.h"
#include "layout.h"
#include "spec.h"

/* Not in the order of the queues, as a driver must ask where each one's is (4.1.4.4): the control queue first, and after
 * a word that is not used the others from the last one on. */
unsigned int sim_virtio_doorbell_of(const struct sim_virtio *virtio, unsigned int index)
{
	return index == virtio->control ? 0 : virtio->params.queues + 1 - index;
}

/* The queue at a word, or none: as many as there are queues. */
static unsigned int queue_at(const struct sim_virtio *virtio, unsigned int slot)
{
	unsigned int none = virtio->params.queues, index = none + 1 - slot;

	if (slot == 0)
		return virtio->control;
	return slot == 1 || index == virtio->control ? none : index;
}

/* 4.1.4.3: with NOTIF_CONFIG_DATA the device chooses the notification value. */
uint16_t sim_virtio_notify_data(const struct sim_virtio *virtio, unsigned int index)
{
	return (uint16_t)(sim_virtio_has(virtio, F_NOTIF_CONFIG_DATA) ? 0x4000 + index : index);
}

/* 2.9: the next available descriptor, which the driver must say right. Only checked for its form: the ring itself says
 * what is available. */
static void check_data(struct sim_virtio *virtio, const struct sim_virtq *queue, uint32_t value)
{
	unsigned int next = value >> 16;

	if (queue->packed && (next & 0x7fff) >= queue->size)
		padma_sim_driver_error(virtio->function,
				       "queue %u: a notification with offset %u, of %u entries",
				       queue->index, next & 0x7fff, queue->size);
}

/* 4.1.5.2: 16 bits, or 32 with NOTIFICATION_DATA. What the driver does not write stays as it was: ones. */
static bool is_right(struct sim_virtio *virtio, const struct sim_virtq *queue, uint32_t value)
{
	bool has_data = sim_virtio_has(virtio, F_NOTIFICATION_DATA);

	if (has_data)
		check_data(virtio, queue, value);
	return (value & 0xffff) == sim_virtio_notify_data(virtio, queue->index) &&
	       (has_data || value >> 16 == 0xffff);
}

void sim_virtio_notified(struct sim_virtio *virtio, unsigned int slot, uint32_t value)
{
	unsigned int index = queue_at(virtio, slot);
	struct sim_virtq *queue;

	if (index >= virtio->params.queues) {
		padma_sim_driver_error(virtio->function,
				       "0x%" PRIx32 " is written where no queue is notified",
				       value);
		return;
	}
	queue = &virtio->queues[index];
	if (!is_right(virtio, queue, value))
		padma_sim_driver_error(virtio->function,
				       "queue %u is notified with 0x%" PRIx32 " at its address",
				       index, value);
	if (!(virtio->status & STATUS_DRIVER_OK)) {
		/* 3.1.1 */
		padma_sim_driver_error(virtio->function, "queue %u is notified before DRIVER_OK",
				       index);
		return;
	}
	if (!queue->enabled) {
		padma_sim_driver_error(virtio->function, "queue %u is notified, and not enabled",
				       index);
		return;
	}
	queue->kicked = true;
	if ((virtio->params.called || (virtio->function->stepped && slot == 0)) &&
	    virtio->params.ops->notified)
		virtio->params.ops->notified(virtio, index);
}
