/* SPDX-License-Identifier: BSD-3-Clause */
/* ring.h - what the two forms of a ring do for queue.c. */
#ifndef SIM_VIRTIO_RING_H
#define SIM_VIRTIO_RING_H

#include "common.h"
#include "queue.h"
#include "spec.h"
#include "transport.h"

/* A descriptor, as both forms have it in other places. */
struct ring_desc {
	uint64_t dma;
	uint32_t bytes;
	uint16_t flags;
	uint16_t link; /* split: the next one; packed: the buffer ID */
};

/* The driver violated the specification: recorded, and the queue is broken. -EPROTO. */
int sim_virtq_break(struct sim_virtq *queue, const char *what, uint64_t value);
/* The same because the bus refused an access to the ring: it has recorded that itself. */
int sim_virtq_break_dma(struct sim_virtq *queue);

static inline struct padma_sim_function *queue_function(const struct sim_virtq *queue)
{
	return queue->virtio->function;
}

/* A descriptor's part of the buffer, or the table that it refers to. 0, or -EPROTO. */
int sim_virtq_add_part(struct sim_virtq *queue, struct sim_virtq_buffer *buffer,
		       const struct ring_desc *desc);
/* A table of descriptors as they are in memory: @count at @dma. 0, or -EPROTO. */
int sim_virtq_read_table(struct sim_virtq *queue, uint64_t dma, uint32_t count, uint8_t *to);
/* The number of descriptors in an indirect table, or -EPROTO. */
int sim_virtq_table_entries(struct sim_virtq *queue, const struct ring_desc *desc);

/* As sim_virtq_take(), without the rules of notifications. */
int sim_split_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer);
int sim_packed_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer);
/* One used buffer, @steps of them for a batch in order: written, but not seen for sure before publish(). */
void sim_split_put(struct sim_virtq *queue, const struct sim_virtq_used *used, unsigned int steps);
void sim_packed_put(struct sim_virtq *queue, const struct sim_virtq_used *used);
/* Several that are seen together; packed only, as a split ring shows all by its index. */
void sim_packed_put_all(struct sim_virtq *queue, const struct sim_virtq_used *list,
			unsigned int count);
void sim_split_show(struct sim_virtq *queue);
/* Ask the driver to notify of the next buffer, or not to. */
void sim_split_arm(struct sim_virtq *queue, bool on);
void sim_packed_arm(struct sim_virtq *queue, bool on);
/* Whether the driver wants an interrupt for what was shown since @from. */
bool sim_split_wants(struct sim_virtq *queue, struct sim_virtq_place from);
bool sim_packed_wants(struct sim_virtq *queue, struct sim_virtq_place from);

static inline bool is_busy(const struct sim_virtq *queue, uint16_t id)
{
	return queue->busy[id / 8] >> id % 8 & 1;
}

static inline void set_busy(struct sim_virtq *queue, uint16_t id, bool busy)
{
	uint8_t bit = (uint8_t)(1u << id % 8);

	if (busy)
		queue->busy[id / 8] |= bit;
	else
		queue->busy[id / 8] &= (uint8_t)~bit;
}

#endif
