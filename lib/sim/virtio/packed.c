// SPDX-License-Identifier: BSD-3-Clause
/* The packed ring (Virtio 1.2, 2.8): one ring of descriptors, and two structures that suppress events. */
#include <endian.h>
#include <string.h>

#include "ring.h"

#define FLAGS_AT  14u
#define LENGTH_AT 8u

static uint64_t desc_at(const struct sim_virtq *queue, uint16_t at)
{
	return queue->desc + at * (uint64_t)DESC_BYTES;
}

static struct ring_desc decode(const uint8_t *at)
{
	uint64_t dma;
	uint32_t bytes;
	uint16_t id, flags;

	memcpy(&dma, at, 8);
	memcpy(&bytes, at + LENGTH_AT, 4);
	memcpy(&id, at + 12, 2);
	memcpy(&flags, at + FLAGS_AT, 2);
	return (struct ring_desc){le64toh(dma), le32toh(bytes), le16toh(flags), le16toh(id)};
}

static struct sim_virtq_place moved(const struct sim_virtq *queue, struct sim_virtq_place place,
				    unsigned int by)
{
	unsigned int at = place.at + by;

	if (at >= queue->size) {
		at -= queue->size;
		place.wrap = !place.wrap;
	}
	place.at = (uint16_t)at;
	return place;
}

/* 2.8.1 */
static bool is_available(uint16_t flags, bool wrap)
{
	return (flags & DESC_AVAIL ? true : false) == wrap &&
	       (flags & DESC_USED ? true : false) != wrap;
}

/* 2.8.7: parts one after the other; all flags but WRITE are reserved. */
static int walk_table(struct sim_virtq *queue, struct sim_virtq_buffer *buffer,
		      const struct ring_desc *table)
{
	int entries = sim_virtq_table_entries(queue, table), rc;
	uint8_t bytes[SIM_VIRTQ_PARTS * DESC_BYTES];

	if (entries < 0)
		return entries;
	rc = sim_virtq_read_table(queue, table->dma, (uint32_t)entries, bytes);
	for (int i = 0; rc == 0 && i < entries; i++) {
		struct ring_desc desc = decode(bytes + i * (size_t)DESC_BYTES);

		if (desc.flags & ~DESC_WRITE)
			return sim_virtq_break(queue, "reserved flags in an indirect table",
					       desc.flags);
		rc = sim_virtq_add_part(queue, buffer, &desc);
	}
	return rc;
}

/* A descriptor of a chain: 0, or -EPROTO. */
static int walk_one(struct sim_virtq *queue, struct sim_virtq_buffer *buffer,
		    struct sim_virtq_place place, struct ring_desc *desc)
{
	uint8_t bytes[DESC_BYTES];
	bool is_first = buffer->descriptors == 0;
	int rc = sim_virtq_read_table(queue, desc_at(queue, place.at), 1, bytes);

	if (rc)
		return rc;
	*desc = decode(bytes);
	/* 2.8.21: the rest of a chain is made available before its first descriptor. */
	if (!is_available(desc->flags, place.wrap))
		return sim_virtq_break(queue, "a chain whose rest is not available, at", place.at);
	buffer->descriptors++;
	if (!(desc->flags & DESC_INDIRECT))
		return sim_virtq_add_part(queue, buffer, desc);
	if (desc->flags & DESC_NEXT || !is_first)
		return sim_virtq_break(queue, "an indirect descriptor in a chain, at", place.at);
	return walk_table(queue, buffer, desc);
}

int sim_packed_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer)
{
	struct sim_virtq_place place = queue->avail;
	struct ring_desc desc;
	uint64_t flags;
	int rc;

	if (padma_sim_dma_load(queue_function(queue), desc_at(queue, place.at) + FLAGS_AT, &flags,
			       2))
		return sim_virtq_break_dma(queue);
	if (!is_available((uint16_t)flags, place.wrap))
		return 0;
	buffer->descriptors = 0;
	do {
		rc = walk_one(queue, buffer, place, &desc);
		if (rc)
			return rc;
		place = moved(queue, place, 1);
	} while (desc.flags & DESC_NEXT);
	if (is_busy(queue, desc.link))
		return sim_virtq_break(queue, "available again before it was used: buffer ID",
				       desc.link);
	buffer->id = desc.link;
	queue->avail = place;
	return 1;
}

/* 2.8.1 and 2.8.4: the flags last, as they say that the rest is there. */
static void write_used(struct sim_virtq *queue, struct sim_virtq_place place,
		       const struct sim_virtq_used *used)
{
	struct padma_sim_function *function = queue_function(queue);
	uint64_t at = desc_at(queue, place.at);
	uint16_t flags =
		(uint16_t)((place.wrap ? DESC_AVAIL | DESC_USED : 0) |
			   (used->bytes && !queue->virtio->params.unmarked ? DESC_WRITE : 0));
	uint32_t bytes = htole32(used->bytes);
	uint16_t id = htole16(used->id);
	uint8_t words[6];

	memcpy(words, &bytes, 4);
	memcpy(words + 4, &id, 2);
	padma_sim_dma_write(function, at + LENGTH_AT, words, sizeof(words));
	padma_sim_dma_store(function, at + FLAGS_AT, flags, 2);
}

void sim_packed_put(struct sim_virtq *queue, const struct sim_virtq_used *used)
{
	write_used(queue, queue->used, used);
	queue->used = moved(queue, queue->used, used->descriptors);
}

/* 2.8.9: the first one last. */
void sim_packed_put_all(struct sim_virtq *queue, const struct sim_virtq_used *list,
			unsigned int count)
{
	struct sim_virtq_place first = queue->used;

	for (unsigned int i = 0; i < count; i++) {
		if (i)
			write_used(queue, queue->used, &list[i]);
		queue->used = moved(queue, queue->used, list[i].descriptors);
	}
	write_used(queue, first, &list[0]);
}

/* 2.8.10: offset and wrap counter of the event, then the flags; written at once. */
void sim_packed_arm(struct sim_virtq *queue, bool on)
{
	uint32_t event = (uint32_t)(queue->avail.at | (queue->avail.wrap ? 0x8000u : 0));
	uint32_t flags = !on ? EVENT_DISABLE : queue->event_index ? EVENT_DESC : EVENT_ENABLE;

	padma_sim_dma_store(queue_function(queue), queue->device, flags << 16 | event, 4);
}

bool sim_packed_wants(struct sim_virtq *queue, struct sim_virtq_place from)
{
	uint64_t value = 0;
	unsigned int flags;
	int event, end = queue->used.at, start = from.at;

	if (padma_sim_dma_load(queue_function(queue), queue->driver, &value, 4)) {
		sim_virtq_break_dma(queue);
		return false;
	}
	flags = value >> 16 & 3;
	if (flags == EVENT_ENABLE || flags == EVENT_DISABLE)
		return flags == EVENT_ENABLE;
	if (flags != EVENT_DESC || !queue->event_index) {
		padma_sim_driver_error(queue_function(queue),
				       "queue %u: event flags %u, without what they take",
				       queue->index, flags);
		return true;
	}
	event = (int)(value & 0x7fff);
	if (event >= queue->size)
		padma_sim_driver_error(queue_function(queue), "queue %u: event at %d, of %u",
				       queue->index, event, queue->size);
	/* Both as if the ring went on from where @end is. */
	if ((value >> 15 & 1) != queue->used.wrap)
		event -= queue->size;
	if (from.wrap != queue->used.wrap)
		start -= queue->size;
	return start <= event && event < end;
}
