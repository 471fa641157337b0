// SPDX-License-Identifier: BSD-3-Clause
/* The common configuration structure (Virtio 1.2, 4.1.4.3): features, status, and the queues one at a time. */
#include <inttypes.h>

#include "common.h"
#include "layout.h"
#include "spec.h"

/* A field, by its offset. 64-bit fields are two of 32 bits (4.1.3.1). */
struct field {
	uint8_t offset, bytes;
	bool read_only;
	uint8_t feature; /* that it exists with; 0: always */
};

static const struct field fields[] = {
	{COMMON_DEVICE_SELECT, 4, false, 0},
	{COMMON_DEVICE_FEATURE, 4, true, 0},
	{COMMON_DRIVER_SELECT, 4, false, 0},
	{COMMON_DRIVER_FEATURE, 4, false, 0},
	{COMMON_CONFIG_VECTOR, 2, false, 0},
	{COMMON_NUM_QUEUES, 2, true, 0},
	{COMMON_STATUS, 1, false, 0},
	{COMMON_GENERATION, 1, true, 0},
	{COMMON_QUEUE_SELECT, 2, false, 0},
	{COMMON_QUEUE_SIZE, 2, false, 0},
	{COMMON_QUEUE_VECTOR, 2, false, 0},
	{COMMON_QUEUE_ENABLE, 2, false, 0},
	{COMMON_QUEUE_NOTIFY_OFF, 2, true, 0},
	{COMMON_QUEUE_DESC, 4, false, 0},
	{COMMON_QUEUE_DESC + 4, 4, false, 0},
	{COMMON_QUEUE_DRIVER, 4, false, 0},
	{COMMON_QUEUE_DRIVER + 4, 4, false, 0},
	{COMMON_QUEUE_DEVICE, 4, false, 0},
	{COMMON_QUEUE_DEVICE + 4, 4, false, 0},
	{COMMON_QUEUE_NOTIFY_DATA, 2, true, F_NOTIF_CONFIG_DATA},
	{COMMON_QUEUE_RESET, 2, false, F_RING_RESET},
};

static const struct field *find_field(uint32_t offset)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].offset == offset)
			return &fields[i];
	}
	return NULL;
}

/* The access, if a device can know what it means. */
static const struct field *check(struct sim_virtio *virtio, uint32_t offset, unsigned int width,
				 bool write)
{
	const struct field *field = find_field(offset);

	if (!field || field->bytes != width) {
		padma_sim_driver_error(virtio->function,
				       "%u bytes of the common configuration are %s at 0x%x", width,
				       write ? "written" : "read", offset);
		return NULL;
	}
	if (write && field->read_only) {
		padma_sim_driver_error(virtio->function,
				       "a read-only field of the common configuration is written, "
				       "0x%x",
				       offset);
		return NULL;
	}
	if (field->feature && !sim_virtio_has(virtio, field->feature)) {
		padma_sim_driver_error(
			virtio->function,
			"the field 0x%x of the common configuration needs feature %u", offset,
			field->feature);
		return NULL;
	}
	return field;
}

/* NULL: there is no such queue, and its registers read as 0. */
static struct sim_virtq *selected(struct sim_virtio *virtio)
{
	return virtio->queue_select < sim_virtio_shown(virtio)
		       ? &virtio->queues[virtio->queue_select]
		       : NULL;
}

static uint32_t half(uint64_t value, uint32_t offset)
{
	return (uint32_t)(value >> (offset & 4 ? 32 : 0));
}

static uint64_t queue_read(struct sim_virtio *virtio, uint32_t offset)
{
	const struct sim_virtq *queue = selected(virtio);

	if (!queue)
		return offset == COMMON_QUEUE_VECTOR ? NO_VECTOR : 0;
	switch (offset) {
	case COMMON_QUEUE_SIZE:
		return queue->size;
	case COMMON_QUEUE_VECTOR:
		return queue->vector;
	case COMMON_QUEUE_ENABLE:
		return queue->enabled;
	case COMMON_QUEUE_NOTIFY_OFF:
		return sim_virtio_doorbell_of(virtio, queue->index);
	case COMMON_QUEUE_NOTIFY_DATA:
		return sim_virtio_notify_data(virtio, queue->index);
	case COMMON_QUEUE_RESET:
		return queue->resetting;
	case COMMON_QUEUE_DESC:
	case COMMON_QUEUE_DESC + 4:
		return half(queue->desc, offset - COMMON_QUEUE_DESC);
	case COMMON_QUEUE_DRIVER:
	case COMMON_QUEUE_DRIVER + 4:
		return half(queue->driver, offset - COMMON_QUEUE_DRIVER);
	default:
		return half(queue->device, offset - COMMON_QUEUE_DEVICE);
	}
}

uint64_t sim_virtio_common_read(struct sim_virtio *virtio, uint32_t offset, unsigned int width)
{
	if (!check(virtio, offset, width, false))
		return 0;
	switch (offset) {
	case COMMON_DEVICE_SELECT:
		return virtio->device_select;
	case COMMON_DEVICE_FEATURE:
		return virtio->device_select < 2
			       ? half(virtio->params.features, virtio->device_select * 4)
			       : 0;
	case COMMON_DRIVER_SELECT:
		return virtio->driver_select;
	case COMMON_DRIVER_FEATURE:
		return virtio->driver_select < 2 ? half(virtio->wanted, virtio->driver_select * 4)
						 : 0;
	case COMMON_CONFIG_VECTOR:
		return virtio->config_vector;
	case COMMON_NUM_QUEUES:
		return sim_virtio_shown(virtio);
	case COMMON_STATUS:
		return sim_virtio_status(virtio);
	case COMMON_GENERATION:
		return virtio->generation;
	case COMMON_QUEUE_SELECT:
		return virtio->queue_select;
	default:
		return queue_read(virtio, offset);
	}
}

static void write_feature(struct sim_virtio *virtio, uint32_t value)
{
	unsigned int shift = virtio->driver_select * 32;

	if (virtio->status & STATUS_FEATURES_OK || !(virtio->status & STATUS_DRIVER)) {
		/* 3.1.1: between DRIVER and FEATURES_OK. */
		padma_sim_driver_error(virtio->function, "features are written at status 0x%x",
				       virtio->status);
		return;
	}
	if (virtio->driver_select < 2)
		virtio->wanted = (virtio->wanted & ~(0xffffffffull << shift)) | (uint64_t)value
											<< shift;
	else if (value)
		padma_sim_driver_error(virtio->function,
				       "feature bits 0x%x of word %u do not exist", value,
				       virtio->driver_select);
}

/* 4.1.5.1.2: the driver reads back whether there was such a vector. */
static uint16_t vector_of(const struct sim_virtio *virtio, uint64_t value)
{
	return value < virtio->params.vectors ? (uint16_t)value : NO_VECTOR;
}

static void set_half(uint64_t *field, uint32_t offset, uint64_t value)
{
	unsigned int shift = offset & 4 ? 32 : 0;

	*field = (*field & ~(0xffffffffull << shift)) | (value & 0xffffffff) << shift;
}

static void write_size(struct sim_virtio *virtio, struct sim_virtq *queue, uint64_t value)
{
	bool packed = sim_virtio_has(virtio, F_RING_PACKED);

	/* 4.1.4.3.2 */
	if (value == 0 || value > queue->size_max || (!packed && !is_power_of_two(value))) {
		padma_sim_driver_error(virtio->function,
				       "queue %u: %u entries, of %u that it can have", queue->index,
				       (unsigned int)value, queue->size_max);
		return;
	}
	queue->size = (uint16_t)value;
}

/* 2.7 and 2.8.10.1: the alignment of a ring's areas. */
static bool is_aligned(const struct sim_virtq *queue, bool packed)
{
	return queue->desc % 16 == 0 && queue->driver % (packed ? 4 : 2) == 0 &&
	       queue->device % 4 == 0 && queue->desc && queue->driver && queue->device;
}

static void enable(struct sim_virtio *virtio, struct sim_virtq *queue, uint64_t value)
{
	bool packed = sim_virtio_has(virtio, F_RING_PACKED);

	if (value != 1) {
		padma_sim_driver_error(virtio->function, "queue %u: %u is written to queue_enable",
				       queue->index, (unsigned int)value);
		return;
	}
	if (!(virtio->status & STATUS_FEATURES_OK) ||
	    (virtio->status & STATUS_DRIVER_OK && !sim_virtio_has(virtio, F_RING_RESET))) {
		/* 3.1.1: after the features, and before DRIVER_OK, unless it was reset alone. */
		padma_sim_driver_error(virtio->function, "queue %u is enabled at status 0x%x",
				       queue->index, virtio->status);
		return;
	}
	if (queue->enabled)
		return;
	if (!is_aligned(queue, packed)) {
		padma_sim_driver_error(virtio->function,
				       "queue %u: areas at 0x%" PRIx64 ", 0x%" PRIx64
				       ", 0x%" PRIx64,
				       queue->index, queue->desc, queue->driver, queue->device);
		return;
	}
	if (!packed && !is_power_of_two(queue->size)) {
		padma_sim_driver_error(virtio->function, "queue %u: %u entries of a split ring",
				       queue->index, queue->size);
		return;
	}
	sim_virtq_start(queue);
	if (virtio->params.ops->started)
		virtio->params.ops->started(virtio, queue->index);
}

/* 2.6.1 */
static void reset_queue(struct sim_virtio *virtio, struct sim_virtq *queue, uint64_t value)
{
	if (value != 1 || !queue->enabled) {
		padma_sim_driver_error(virtio->function, "queue %u: %u is written to queue_reset%s",
				       queue->index, (unsigned int)value,
				       queue->enabled ? "" : ", and it is not enabled");
		return;
	}
	if (virtio->params.ops->stopped)
		virtio->params.ops->stopped(virtio, queue->index);
	sim_virtq_reset(queue);
	__atomic_store_n(&virtio->doorbells[sim_virtio_doorbell_of(virtio, queue->index)],
			 SIM_VIRTQ_QUIET, __ATOMIC_RELAXED);
}

static void write_address(struct sim_virtq *queue, uint32_t offset, uint64_t value)
{
	if (offset < COMMON_QUEUE_DRIVER)
		set_half(&queue->desc, offset, value);
	else if (offset < COMMON_QUEUE_DEVICE)
		set_half(&queue->driver, offset, value);
	else
		set_half(&queue->device, offset, value);
}

static void queue_write(struct sim_virtio *virtio, uint32_t offset, uint64_t value)
{
	struct sim_virtq *queue = selected(virtio);

	if (!queue) {
		padma_sim_driver_error(virtio->function, "queue %u, of %u, is written to",
				       virtio->queue_select, virtio->params.queues);
		return;
	}
	if (queue->enabled && offset != COMMON_QUEUE_RESET && offset != COMMON_QUEUE_VECTOR &&
	    offset != COMMON_QUEUE_ENABLE) {
		padma_sim_driver_error(virtio->function,
				       "queue %u: field 0x%x is written while it is enabled",
				       queue->index, offset);
		return;
	}
	if (offset == COMMON_QUEUE_SIZE)
		write_size(virtio, queue, value);
	else if (offset == COMMON_QUEUE_VECTOR)
		queue->vector = vector_of(virtio, value);
	else if (offset == COMMON_QUEUE_ENABLE)
		enable(virtio, queue, value);
	else if (offset == COMMON_QUEUE_RESET)
		reset_queue(virtio, queue, value);
	else
		write_address(queue, offset, value);
}

void sim_virtio_common_write(struct sim_virtio *virtio, uint32_t offset, uint64_t value,
			     unsigned int width)
{
	if (!check(virtio, offset, width, true))
		return;
	switch (offset) {
	case COMMON_DEVICE_SELECT:
		virtio->device_select = (uint32_t)value;
		break;
	case COMMON_DRIVER_SELECT:
		virtio->driver_select = (uint32_t)value;
		break;
	case COMMON_DRIVER_FEATURE:
		write_feature(virtio, (uint32_t)value);
		break;
	case COMMON_CONFIG_VECTOR:
		virtio->config_vector = vector_of(virtio, value);
		break;
	case COMMON_STATUS:
		sim_virtio_set_status(virtio, (uint8_t)value);
		break;
	case COMMON_QUEUE_SELECT:
		virtio->queue_select = (uint16_t)value;
		break;
	default:
		queue_write(virtio, offset, value);
		break;
	}
}
