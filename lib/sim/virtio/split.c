// SPDX-License-Identifier: BSD-3-Clause
/* The split ring (Virtio 1.2, 2.7): descriptor table, available ring, used ring. */
#include <endian.h>
#include <string.h>

#include "ring.h"

/* 2.7.6: flags, idx, ring[], used_event. */
static uint64_t avail_at(const struct sim_virtq *queue, uint16_t slot)
{
	return queue->driver + 4 + 2ull * slot;
}

/* 2.7.8: flags, idx, ring[] of 8 bytes, avail_event. */
static uint64_t used_at(const struct sim_virtq *queue, uint16_t slot)
{
	return queue->device + 4 + 8ull * slot;
}

static uint16_t slot_of(const struct sim_virtq *queue, uint16_t index)
{
	return index & (uint16_t)(queue->size - 1);
}

static struct ring_desc decode(const uint8_t *at)
{
	uint64_t dma;
	uint32_t bytes;
	uint16_t flags, link;

	memcpy(&dma, at, 8);
	memcpy(&bytes, at + 8, 4);
	memcpy(&flags, at + 12, 2);
	memcpy(&link, at + 14, 2);
	return (struct ring_desc){le64toh(dma), le32toh(bytes), le16toh(flags), le16toh(link)};
}

/* 2.7.5.3.1: chained in any order within the table; no table within a table. */
static int walk_table(struct sim_virtq *queue, struct sim_virtq_buffer *buffer,
		      const struct ring_desc *table)
{
	int entries = sim_virtq_table_entries(queue, table), rc;
	uint8_t bytes[SIM_VIRTQ_PARTS * DESC_BYTES];
	struct ring_desc desc = {.flags = DESC_NEXT};

	if (entries < 0)
		return entries;
	rc = sim_virtq_read_table(queue, table->dma, (uint32_t)entries, bytes);
	while (rc == 0 && desc.flags & DESC_NEXT) {
		if (desc.link >= entries)
			return sim_virtq_break(queue, "a link out of its indirect table, to",
					       desc.link);
		desc = decode(bytes + desc.link * (size_t)DESC_BYTES);
		if (desc.flags & DESC_INDIRECT)
			return sim_virtq_break(queue, "an indirect table within another, at",
					       desc.dma);
		rc = sim_virtq_add_part(queue, buffer, &desc);
	}
	return rc;
}

/* 2.7.9: in order means in the table's order, too. */
static int check_order(struct sim_virtq *queue, uint16_t at)
{
	if (!queue->in_order)
		return 0;
	if (at != queue->expected)
		return sim_virtq_break(queue, "not the next descriptor, though in order", at);
	queue->expected = at + 1u == queue->size ? 0 : (uint16_t)(at + 1);
	return 0;
}

static int walk(struct sim_virtq *queue, struct sim_virtq_buffer *buffer)
{
	struct ring_desc desc = {.flags = DESC_NEXT, .link = buffer->id};
	uint8_t bytes[DESC_BYTES];
	int rc = 0;

	buffer->descriptors = 0;
	while (rc == 0 && desc.flags & DESC_NEXT) {
		if (desc.link >= queue->size)
			return sim_virtq_break(queue, "a descriptor outside of the table",
					       desc.link);
		rc = check_order(queue, desc.link);
		if (rc == 0)
			rc = sim_virtq_read_table(
				queue, queue->desc + desc.link * (uint64_t)DESC_BYTES, 1, bytes);
		if (rc)
			return rc;
		desc = decode(bytes);
		buffer->descriptors++;
		if (desc.flags & DESC_INDIRECT && desc.flags & DESC_NEXT)
			return sim_virtq_break(queue, "an indirect descriptor with a next one, to",
					       desc.dma);
		rc = desc.flags & DESC_INDIRECT ? walk_table(queue, buffer, &desc)
						: sim_virtq_add_part(queue, buffer, &desc);
	}
	return rc;
}

/* How many chains the driver has made available that were not taken. */
static int count_available(struct sim_virtq *queue)
{
	uint64_t index;

	if (queue->known == queue->avail.at) {
		if (padma_sim_dma_load(queue_function(queue), queue->driver + 2, &index, 2))
			return sim_virtq_break_dma(queue);
		queue->known = (uint16_t)index;
	}
	if ((uint16_t)(queue->known - queue->avail.at) > queue->size)
		return sim_virtq_break(queue, "more available than the ring has, by its index",
				       queue->known);
	return (uint16_t)(queue->known - queue->avail.at);
}

int sim_split_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer)
{
	int count = count_available(queue);
	uint16_t head;
	int rc;

	if (count <= 0)
		return count;
	if (padma_sim_dma_read(queue_function(queue),
			       avail_at(queue, slot_of(queue, queue->avail.at)), &head, 2))
		return sim_virtq_break_dma(queue);
	buffer->id = le16toh(head);
	if (buffer->id < queue->size && is_busy(queue, buffer->id))
		return sim_virtq_break(queue, "available again before it was used: chain",
				       buffer->id);
	rc = walk(queue, buffer);
	if (rc)
		return rc;
	queue->avail.at++;
	return 1;
}

void sim_split_put(struct sim_virtq *queue, const struct sim_virtq_used *used, unsigned int steps)
{
	uint32_t element[2] = {htole32(used->id), htole32(used->bytes)};

	padma_sim_dma_write(queue_function(queue), used_at(queue, slot_of(queue, queue->used.at)),
			    element, sizeof(element));
	queue->used.at = (uint16_t)(queue->used.at + steps);
}

void sim_split_show(struct sim_virtq *queue)
{
	padma_sim_dma_store(queue_function(queue), queue->device + 2, queue->used.at, 2);
}

/* 2.7.10: the event index takes the flag's place. */
void sim_split_arm(struct sim_virtq *queue, bool on)
{
	if (!queue->event_index)
		padma_sim_dma_store(queue_function(queue), queue->device, on ? 0 : USED_NO_NOTIFY,
				    2);
	else if (on)
		padma_sim_dma_store(queue_function(queue), used_at(queue, queue->size),
				    queue->avail.at, 2);
}

/* 2.7.7.2: if the index that the driver waits for is among those that were just shown. */
bool sim_split_wants(struct sim_virtq *queue, struct sim_virtq_place from)
{
	uint64_t value = 0;

	if (padma_sim_dma_load(queue_function(queue),
			       queue->event_index ? avail_at(queue, queue->size) : queue->driver,
			       &value, 2)) {
		sim_virtq_break_dma(queue);
		return false;
	}
	if (!queue->event_index)
		return !(value & AVAIL_NO_INTERRUPT);
	return (uint16_t)(queue->used.at - (uint16_t)value - 1) <
	       (uint16_t)(queue->used.at - from.at);
}
