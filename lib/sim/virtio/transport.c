// SPDX-License-Identifier: BSD-3-Clause
/* A Virtio device on PCI: its BAR, and the window into it from configuration space. */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "layout.h"
#include "spec.h"

#define SHORT_ENTRIES 64u

unsigned int sim_virtio_shown(const struct sim_virtio *virtio)
{
	return virtio->params.queues_before && !virtio->accepted ? virtio->params.queues_before
								 : virtio->params.queues;
}

/* 4.1.4.3.1: a power of two, unless rings are packed, as far as that is known. */
void sim_virtio_size_queues(struct sim_virtio *virtio)
{
	uint64_t features = virtio->accepted ? virtio->accepted : virtio->params.features;
	uint32_t entries = virtio->params.queue_entries;

	while (!(features & VIRTIO_BIT(F_RING_PACKED)) && !is_power_of_two(entries))
		entries &= entries - 1;
	for (unsigned int i = 0; i < virtio->params.queues; i++)
		virtio->queues[i].size = virtio->queues[i].size_max = (uint16_t)entries;
	if (sim_virtio_shown(virtio) < virtio->params.queues && entries > SHORT_ENTRIES) {
		struct sim_virtq *last = &virtio->queues[sim_virtio_shown(virtio) - 1];

		last->size = last->size_max = SHORT_ENTRIES;
	}
}

int sim_virtio_open(struct sim_virtio *virtio, struct padma_sim_function *function,
		    struct padma_sim_shape *shape, const struct sim_virtio_params *params)
{
	*virtio = (struct sim_virtio){.function = function,
				      .params = *params,
				      .random = function->seed,
				      .control = params->queues - 1,
				      .config_vector = NO_VECTOR};
	virtio->queues = calloc(params->queues, sizeof(*virtio->queues));
	virtio->doorbells =
		calloc(SIM_VIRTIO_DOORBELLS(params->queues), sizeof(*virtio->doorbells));
	if (!virtio->queues || !virtio->doorbells) {
		sim_virtio_close(virtio);
		return fail(-ENOMEM, "%s: no memory for %u queues", function->name, params->queues);
	}
	for (unsigned int i = 0; i < params->queues; i++)
		sim_virtq_init(&virtio->queues[i], virtio, (uint16_t)i, 0);
	for (unsigned int i = 0; i < SIM_VIRTIO_DOORBELLS(params->queues); i++)
		virtio->doorbells[i] = SIM_VIRTQ_QUIET;
	sim_virtio_size_queues(virtio);
	sim_virtio_describe(virtio, shape);
	return 0;
}

void sim_virtio_close(struct sim_virtio *virtio)
{
	for (unsigned int i = 0; virtio->queues && i < virtio->params.queues; i++)
		sim_virtq_reset(&virtio->queues[i]);
	free(virtio->queues);
	free(virtio->doorbells);
}

/* 4.1.4.3.1: another generation as soon as something was read since the change. */
static uint64_t config_read(struct sim_virtio *virtio, uint32_t offset, unsigned int width)
{
	const struct sim_virtio_params *params = &virtio->params;
	uint64_t feature = 0, value = 0;

	if (offset >= params->config_bytes || width > params->config_bytes - offset ||
	    params->ops->field_bytes(virtio, offset, &feature) != width)
		padma_sim_driver_error(virtio->function,
				       "%u bytes of the device's configuration are read at %u",
				       width, offset);
	else if (feature && !(feature & params->features))
		padma_sim_driver_error(
			virtio->function,
			"the configuration at %u needs a feature that is not offered", offset);
	if (offset < params->config_bytes && width <= params->config_bytes - offset)
		memcpy(&value, params->config + offset, width);
	if (virtio->config_changed)
		virtio->generation++;
	virtio->config_changed = false;
	return le64toh(value);
}

static uint64_t isr_read(struct sim_virtio *virtio)
{
	uint8_t isr = virtio->isr;

	virtio->isr = 0;
	return isr;
}

static bool is_in(uint64_t offset, uint64_t start, uint64_t bytes)
{
	return offset >= start && offset - start < bytes;
}

uint64_t sim_virtio_read(struct sim_virtio *virtio, unsigned int bar, uint64_t offset,
			 unsigned int width)
{
	if (bar || virtio->params.legacy)
		return 0;
	if (is_in(offset, BAR_COMMON, COMMON_BYTES))
		return sim_virtio_common_read(virtio, (uint32_t)(offset - BAR_COMMON), width);
	if (offset == BAR_ISR)
		return isr_read(virtio);
	if (is_in(offset, BAR_DEVICE, SIM_VIRTIO_CONFIG_MAX))
		return config_read(virtio, (uint32_t)(offset - BAR_DEVICE), width);
	return 0;
}

/* A notification by call: the parts of the word that are not written are ones, as in memory. */
static void notify_by_call(struct sim_virtio *virtio, uint64_t offset, uint64_t value,
			   unsigned int width)
{
	unsigned int slot = (unsigned int)(offset / NOTIFY_MULTIPLIER);

	if (offset % NOTIFY_MULTIPLIER || slot >= SIM_VIRTIO_DOORBELLS(virtio->params.queues) ||
	    (width != 2 && width != 4)) {
		padma_sim_driver_error(virtio->function,
				       "%u bytes are written to the notifications at 0x%x", width,
				       (unsigned int)offset);
		return;
	}
	sim_virtio_notified(virtio, slot, (uint32_t)(width == 2 ? value | 0xffff0000u : value));
}

void sim_virtio_write(struct sim_virtio *virtio, unsigned int bar, uint64_t offset, uint64_t value,
		      unsigned int width)
{
	if (bar || virtio->params.legacy)
		return;
	if (width < 8)
		value &= (1ull << 8 * width) - 1;
	if (is_in(offset, BAR_COMMON, COMMON_BYTES))
		sim_virtio_common_write(virtio, (uint32_t)(offset - BAR_COMMON), value, width);
	else if (is_in(offset, BAR_NOTIFY, BAR_DEVICE - BAR_NOTIFY))
		notify_by_call(virtio, offset - BAR_NOTIFY, value, width);
	else
		padma_sim_driver_error(virtio->function, "0x%x of BAR 0 is written",
				       (unsigned int)offset);
}

/* 4.1.4.5: the pin is the OR of the bits, unless messages are on. */
bool sim_virtio_asserts(const struct sim_virtio *virtio)
{
	return virtio->isr != 0;
}

/* An access by configuration space that can be carried out. */
static bool window_of(struct sim_virtio *virtio, uint32_t *offset, uint32_t *length)
{
	uint8_t cap[CAP_BYTES];

	if (padma_sim_config_get(virtio->function, CAP_PCI_AT, cap, sizeof(cap)))
		return false;
	memcpy(offset, cap + CAP_OFFSET, 4);
	memcpy(length, cap + CAP_LENGTH, 4);
	*offset = le32toh(*offset);
	*length = le32toh(*length);
	if (*length == 0) /* it was not set up: a look at all of configuration space */
		return false;
	if (cap[CAP_BAR] == 0 && (*length == 1 || *length == 2 || *length == 4) &&
	    *offset % *length == 0)
		return true;
	padma_sim_driver_error(
		virtio->function,
		"an access of %u bytes at 0x%x of BAR %u through configuration space", *length,
		*offset, cap[CAP_BAR]);
	return false;
}

static bool touches_data(unsigned int offset, unsigned int bytes)
{
	return offset < CAP_PCI_AT + CAP_DATA + 4 && offset + bytes > CAP_PCI_AT + CAP_DATA;
}

void sim_virtio_config_read(struct sim_virtio *virtio, unsigned int at, unsigned int bytes)
{
	uint32_t offset, length, value;

	if (virtio->params.legacy || bytes > 4 || !touches_data(at, bytes) ||
	    !window_of(virtio, &offset, &length))
		return;
	value = htole32((uint32_t)sim_virtio_read(virtio, 0, offset, length));
	(void)padma_sim_config_set(virtio->function, CAP_PCI_AT + CAP_DATA, &value, length);
}

void sim_virtio_config_write(struct sim_virtio *virtio, unsigned int at, unsigned int bytes)
{
	uint32_t offset, length, value = 0;

	if (virtio->params.legacy || bytes > 4 || !touches_data(at, bytes) ||
	    !window_of(virtio, &offset, &length))
		return;
	(void)padma_sim_config_get(virtio->function, CAP_PCI_AT + CAP_DATA, &value, length);
	sim_virtio_write(virtio, 0, offset, le32toh(value), length);
}
