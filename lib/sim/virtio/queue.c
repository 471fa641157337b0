// SPDX-License-Identifier: BSD-3-Clause
/* What split and packed rings have in common: parts of buffers, notifications, faults, and the order of use. */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <padma/barrier.h>

#include "ring.h"

/* The faults that strike a buffer. */
#define FAULT(kind) PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_##kind)

void sim_virtq_init(struct sim_virtq *queue, struct sim_virtio *virtio, uint16_t index,
		    uint16_t size_max)
{
	*queue = (struct sim_virtq){.virtio = virtio,
				    .index = index,
				    .size_max = size_max,
				    .size = size_max,
				    .vector = NO_VECTOR};
}

void sim_virtq_start(struct sim_virtq *queue)
{
	uint64_t features = queue->virtio->accepted;

	queue->packed = features & VIRTIO_BIT(F_RING_PACKED);
	queue->event_index = features & VIRTIO_BIT(F_EVENT_IDX);
	queue->indirect = features & VIRTIO_BIT(F_INDIRECT_DESC);
	queue->in_order = features & VIRTIO_BIT(F_IN_ORDER);
	/* 2.8.1: the wrap counters start as 1. */
	queue->avail = queue->used = queue->seen = (struct sim_virtq_place){0, queue->packed};
	queue->enabled = true;
}

static void forget_delayed(struct sim_virtq *queue)
{
	while (queue->delayed) {
		struct sim_virtq_delayed *next = queue->delayed->next;

		free(queue->delayed);
		queue->delayed = next;
	}
}

void sim_virtq_reset(struct sim_virtq *queue)
{
	bool faulty = queue->faulty;

	forget_delayed(queue);
	sim_virtq_init(queue, queue->virtio, queue->index, queue->size_max);
	queue->faulty = faulty;
}

int sim_virtq_break(struct sim_virtq *queue, const char *what, uint64_t value)
{
	padma_sim_driver_error(queue_function(queue), "queue %u: %s: 0x%" PRIx64, queue->index,
			       what, value);
	queue->broken = true;
	sim_virtio_need_reset(queue->virtio);
	return -EPROTO;
}

int sim_virtq_break_dma(struct sim_virtq *queue)
{
	queue->broken = true;
	sim_virtio_need_reset(queue->virtio);
	return -EPROTO;
}

int sim_virtq_add_part(struct sim_virtq *queue, struct sim_virtq_buffer *buffer,
		       const struct ring_desc *desc)
{
	unsigned int count = buffer->readable + buffer->writable;

	/* 2.7.5.3.1: not longer than the ring, indirect or not. */
	if (count == SIM_VIRTQ_PARTS || count == queue->size)
		return sim_virtq_break(queue, "a chain longer than the ring, or a loop", count);
	if (desc->bytes == 0)
		return sim_virtq_break(queue, "a descriptor of no bytes, at", desc->dma);
	if (desc->flags & DESC_WRITE) {
		buffer->writable++;
		buffer->writable_bytes += desc->bytes;
	} else if (buffer->writable) {
		/* 2.7.4.2 */
		return sim_virtq_break(queue, "a readable descriptor after a writable one, at",
				       desc->dma);
	} else {
		buffer->readable++;
		buffer->readable_bytes += desc->bytes;
	}
	buffer->parts[count] = (struct sim_virtq_part){desc->dma, desc->bytes};
	return 0;
}

int sim_virtq_table_entries(struct sim_virtq *queue, const struct ring_desc *desc)
{
	if (!queue->indirect)
		return sim_virtq_break(
			queue, "an indirect descriptor, which was not negotiated, to", desc->dma);
	if (desc->bytes == 0 || desc->bytes % DESC_BYTES)
		return sim_virtq_break(queue, "an indirect table of so many bytes", desc->bytes);
	if (desc->bytes / DESC_BYTES > queue->size || desc->bytes / DESC_BYTES > SIM_VIRTQ_PARTS)
		return sim_virtq_break(queue, "an indirect table longer than the ring, in bytes",
				       desc->bytes);
	return (int)(desc->bytes / DESC_BYTES);
}

int sim_virtq_read_table(struct sim_virtq *queue, uint64_t dma, uint32_t count, uint8_t *to)
{
	if (padma_sim_dma_read(queue_function(queue), dma, to, count * (size_t)DESC_BYTES))
		return sim_virtq_break_dma(queue);
	return 0;
}

static void arm(struct sim_virtq *queue, bool on)
{
	if (queue->packed)
		sim_packed_arm(queue, on);
	else
		sim_split_arm(queue, on);
	queue->quiet = !on;
}

int sim_virtq_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer)
{
	int (*take)(struct sim_virtq *, struct sim_virtq_buffer *) =
		queue->packed ? sim_packed_take : sim_split_take;
	int rc;

	if (!sim_virtq_is_ready(queue))
		return 0;
	buffer->readable = buffer->writable = 0;
	buffer->readable_bytes = buffer->writable_bytes = 0;
	rc = take(queue, buffer);
	if (rc == 0) {
		/* Ask for notifications, then poll once more: what came in between is not notified. */
		arm(queue, true);
		padma_dma_mb();
		rc = take(queue, buffer);
		queue->kicked = rc > 0;
	}
	if (rc > 0) {
		if (!queue->quiet)
			arm(queue, false);
		set_busy(queue, buffer->id, true);
	}
	return rc;
}

void sim_virtq_untake(struct sim_virtq *queue, const struct sim_virtq_mark *mark,
		      const struct sim_virtq_used *list, unsigned int count)
{
	queue->avail = mark->avail;
	queue->expected = mark->expected;
	queue->kicked = true;
	for (unsigned int i = 0; i < count; i++)
		set_busy(queue, list[i].id, false);
}

static void write_used(struct sim_virtq *queue, const struct sim_virtq_used *used)
{
	set_busy(queue, used->id, false);
	if (queue->packed)
		sim_packed_put(queue, used);
	else
		sim_split_put(queue, used, 1);
}

/* 2.7.9 and 2.8.6: one used descriptor stands for the batch; it names the last buffer. */
static void end_batch(struct sim_virtq *queue)
{
	if (queue->batch_count == 0)
		return;
	if (queue->packed)
		sim_packed_put(queue, &queue->batch);
	else
		sim_split_put(queue, &queue->batch, queue->batch_count);
	queue->batch_count = 0;
}

/* A buffer that nothing was written to can be one of a batch: all of it was used completely. */
static void use(struct sim_virtq *queue, const struct sim_virtq_used *used)
{
	uint16_t before = queue->batch_count ? queue->batch.descriptors : 0;

	if (!queue->in_order || used->bytes) {
		end_batch(queue);
		write_used(queue, used);
		return;
	}
	set_busy(queue, used->id, false);
	queue->batch = *used;
	queue->batch.descriptors = (uint16_t)(before + used->descriptors);
	queue->batch_count++;
}

static void delay(struct sim_virtq *queue, const struct sim_virtq_used *used, uint64_t due)
{
	struct sim_virtq_delayed *late = malloc(sizeof(*late));

	if (!late) {
		use(queue, used);
		return;
	}
	*late = (struct sim_virtq_delayed){.used = *used, .due = due};
	if (queue->delayed)
		queue->delayed_last->next = late;
	else
		queue->delayed = late;
	queue->delayed_last = late;
}

static uint64_t random_number(struct sim_virtq *queue)
{
	uint64_t z = (queue->virtio->random += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Faults that change what is written. False: nothing is. */
static bool spoil(struct sim_virtq *queue, uint32_t strikes, struct sim_virtq_used *used)
{
	struct padma_sim_function *function = queue_function(queue);

	if (strikes & FAULT(DROP))
		return false;
	if (strikes & FAULT(FATAL)) {
		sim_virtio_need_reset(queue->virtio);
		return false;
	}
	if (strikes & (FAULT(WRONG_ID) | FAULT(WRONG_LENGTH) | FAULT(GARBAGE))) {
		end_batch(queue);
		set_busy(queue, used->id, false);
	}
	if (strikes & FAULT(WRONG_ID))
		used->id = (uint16_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_WRONG_ID);
	if (strikes & FAULT(WRONG_LENGTH))
		used->bytes =
			(uint32_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_WRONG_LENGTH);
	if (strikes & FAULT(GARBAGE)) {
		used->id = (uint16_t)random_number(queue);
		used->bytes = (uint32_t)random_number(queue);
	}
	return true;
}

/* In order nothing overtakes what is delayed. */
static void put_one(struct sim_virtq *queue, struct sim_virtq_used used, uint32_t strikes)
{
	struct padma_sim_function *function = queue_function(queue);
	uint64_t due = 0;

	if (strikes && !spoil(queue, strikes, &used))
		return;
	if (strikes & FAULT(DELAY))
		due = padma_sim_now(function) +
		      padma_sim_fault_value(function, PADMA_SIM_FAULT_DELAY);
	if (due || (queue->delayed && queue->in_order))
		delay(queue, &used, due);
	else
		use(queue, &used);
	if (strikes & FAULT(TWICE))
		use(queue, &used);
	/* A batch would hide what is wrong with one of it. */
	if (strikes)
		end_batch(queue);
}

static uint32_t strikes_of_next(struct sim_virtq *queue)
{
	struct padma_sim_function *function = queue_function(queue);

	return queue->faulty && function->faults ? padma_sim_fault_strike(function) : 0;
}

void sim_virtq_put(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer, uint32_t bytes)
{
	struct sim_virtq_used used = {buffer->id, buffer->descriptors, bytes};
	uint32_t strikes = strikes_of_next(queue);

	if (!strikes && !queue->in_order)
		write_used(queue, &used);
	else
		put_one(queue, used, strikes);
}

void sim_virtq_put_all(struct sim_virtq *queue, const struct sim_virtq_used *list,
		       unsigned int count)
{
	uint32_t strikes = strikes_of_next(queue);

	if (strikes || !queue->packed || count == 1 || (queue->in_order && queue->delayed)) {
		for (unsigned int i = 0; i < count; i++)
			put_one(queue, list[i], strikes);
		return;
	}
	end_batch(queue);
	for (unsigned int i = 0; i < count; i++)
		set_busy(queue, list[i].id, false);
	sim_packed_put_all(queue, list, count);
}

void sim_virtq_publish(struct sim_virtq *queue)
{
	struct sim_virtq_place from = queue->seen;
	bool wanted;

	if (!queue->enabled)
		return;
	end_batch(queue);
	if (queue->used.at == from.at && queue->used.wrap == from.wrap)
		return;
	queue->seen = queue->used;
	if (!queue->packed)
		sim_split_show(queue);
	padma_dma_mb(); /* what is shown, before the driver's wish is read */
	wanted = queue->packed ? sim_packed_wants(queue, from) : sim_split_wants(queue, from);
	if (wanted)
		sim_virtio_interrupt(queue->virtio, queue->vector);
}

unsigned int sim_virtq_release(struct sim_virtq *queue)
{
	struct sim_virtq_delayed **link = &queue->delayed, *late;
	unsigned int count = 0;
	uint64_t now;

	if (!queue->delayed)
		return 0;
	now = padma_sim_now(queue_function(queue));
	queue->delayed_last = NULL;
	while ((late = *link)) {
		if (late->due <= now && !(queue->in_order && queue->delayed_last)) {
			*link = late->next;
			use(queue, &late->used);
			free(late);
			count++;
		} else {
			queue->delayed_last = late;
			link = &late->next;
		}
	}
	return count;
}

/* The pieces of [offset, offset + bytes) in @count parts: each to @move. */
static bool for_pieces(struct sim_virtq *queue, const struct sim_virtq_part *parts,
		       unsigned int count, uint64_t offset, uint8_t *memory, uint32_t bytes,
		       int (*move)(struct padma_sim_function *, padma_dma_t, uint8_t *, size_t))
{
	for (; count && bytes; parts++, count--) {
		uint64_t left = parts->bytes - offset;
		uint32_t piece;

		if (offset >= parts->bytes) {
			offset -= parts->bytes;
			continue;
		}
		piece = left < bytes ? (uint32_t)left : bytes;
		if (move(queue_function(queue), parts->dma + offset, memory, piece))
			return false;
		memory += piece;
		bytes -= piece;
		offset = 0;
	}
	return bytes == 0;
}

static int move_in(struct padma_sim_function *function, padma_dma_t dma, uint8_t *to, size_t bytes)
{
	return padma_sim_dma_read(function, dma, to, bytes);
}

static int move_out(struct padma_sim_function *function, padma_dma_t dma, uint8_t *from,
		    size_t bytes)
{
	return padma_sim_dma_write(function, dma, from, bytes);
}

bool sim_virtq_read(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer, uint64_t offset,
		    void *to, uint32_t bytes)
{
	return for_pieces(queue, buffer->parts, buffer->readable, offset, to, bytes, move_in);
}

bool sim_virtq_write(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer,
		     uint64_t offset, const void *from, uint32_t bytes)
{
	return for_pieces(queue, buffer->parts + buffer->readable, buffer->writable, offset,
			  (uint8_t *)(uintptr_t)from, bytes, move_out);
}
