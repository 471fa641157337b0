/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * queue.h - the device side of a virtqueue (Virtio 1.2, 2.6 to 2.8), split or packed.
 *
 * A model takes the buffers that the driver makes available, in their order, and returns each as used:
 *
 *     while (sim_virtq_take(queue, &buffer) > 0) {
 *             ... read and write the buffer ...
 *             sim_virtq_put(queue, &buffer, written_bytes);
 *     }
 *     sim_virtq_publish(queue);
 *
 * The driver is not trusted, and its violations of the specification are recorded (padma_sim_driver_error()). After one
 * that it cannot continue from, the queue is broken: no buffer is taken any more, and the device needs a reset.
 *
 * Threading: as the model's functions.
 */
#ifndef SIM_VIRTIO_QUEUE_H
#define SIM_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim/model.h>

/* Parts of a buffer: the ring's size limits them, too (2.7.5.3.1 and 2.8.19). */
#define SIM_VIRTQ_PARTS	   1024u
#define SIM_VIRTQ_ID_BYTES (65536u / 8)

struct sim_virtio;

struct sim_virtq_part {
	uint64_t dma;
	uint32_t bytes;
};

/* A buffer that was used. */
struct sim_virtq_used {
	uint16_t id;	      /* split: its first descriptor; packed: its buffer ID */
	uint16_t descriptors; /* that it takes of the ring */
	uint32_t bytes;	      /* that were written to it */
};

/* A buffer: the parts that the device reads, then those that it writes. */
struct sim_virtq_buffer {
	uint16_t id, descriptors;
	unsigned int readable, writable;
	uint64_t readable_bytes, writable_bytes;
	struct sim_virtq_part parts[SIM_VIRTQ_PARTS];
};

struct sim_virtq_delayed {
	struct sim_virtq_used used;
	uint64_t due;
	struct sim_virtq_delayed *next;
};

/* The position of one side in its ring. Split: a free running index. Packed: an offset, and the wrap counter. */
struct sim_virtq_place {
	uint16_t at;
	bool wrap;
};

struct sim_virtq {
	struct sim_virtio *virtio;
	uint16_t index;
	bool faulty; /* it carries out the faults of commands; the model sets it for queues of data */
	/* As the driver configures it (4.1.4.3). */
	uint16_t size_max, size, vector;
	bool enabled, resetting;
	uint64_t desc, driver, device; /* dma addresses of its areas */
	/* As negotiated when it was enabled. */
	bool packed, event_index, indirect, in_order;
	bool broken;
	bool kicked; /* the driver has notified the device, which has not seen the ring empty since */
	bool quiet; /* the driver was asked not to notify */
	struct sim_virtq_place avail, used,
		seen;		     /* @seen: what sim_virtq_publish() has shown of @used */
	uint16_t known;		     /* split: the driver's index when it was last read */
	uint16_t expected;	     /* split, in order: the next chain's first descriptor */
	struct sim_virtq_used batch; /* in order: not written yet */
	unsigned int batch_count;
	struct sim_virtq_delayed *delayed, *delayed_last;
	uint8_t busy[SIM_VIRTQ_ID_BYTES]; /* a bit for each ID that the device holds */
};

/* What sim_virtq_untake() goes back to. */
struct sim_virtq_mark {
	struct sim_virtq_place avail;
	uint16_t expected;
};

void sim_virtq_init(struct sim_virtq *queue, struct sim_virtio *virtio, uint16_t index,
		    uint16_t size_max);

/* The driver has enabled it: from its start, with the features that were negotiated. */
void sim_virtq_start(struct sim_virtq *queue);
/* A reset, of the queue or of the device: as at first. */
void sim_virtq_reset(struct sim_virtq *queue);

/* Whether there may be buffers: the driver has notified the device of some that it has not all taken. */
static inline bool sim_virtq_is_ready(const struct sim_virtq *queue)
{
	return queue->enabled && queue->kicked && !queue->broken;
}

/*
 * The next available buffer. 1; 0: there is none; -EPROTO: the driver violated the specification. When there is none the
 * driver is asked to notify, and nothing is looked for until it does.
 */
int sim_virtq_take(struct sim_virtq *queue, struct sim_virtq_buffer *buffer);

/* Buffers that were taken since the mark, and not put, are available again. */
static inline struct sim_virtq_mark sim_virtq_mark(const struct sim_virtq *queue)
{
	return (struct sim_virtq_mark){queue->avail, queue->expected};
}
void sim_virtq_untake(struct sim_virtq *queue, const struct sim_virtq_mark *mark,
		      const struct sim_virtq_used *list, unsigned int count);

/* Return a buffer, of which the first @bytes of the writable parts were written. */
void sim_virtq_put(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer, uint32_t bytes);
/* The same of buffers that hold one request together: the driver sees all or none of them. */
void sim_virtq_put_all(struct sim_virtq *queue, const struct sim_virtq_used *list,
		       unsigned int count);
/* Let the driver see what was put, and interrupt it if it wants to be. */
void sim_virtq_publish(struct sim_virtq *queue);
/* Put what was delayed until now. How many. */
unsigned int sim_virtq_release(struct sim_virtq *queue);

/* Copy from the readable or to the writable parts of a buffer, from @offset on. False: it has fewer bytes, or the bus
 * refused. */
bool sim_virtq_read(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer, uint64_t offset,
		    void *to, uint32_t bytes);
bool sim_virtq_write(struct sim_virtq *queue, const struct sim_virtq_buffer *buffer,
		     uint64_t offset, const void *from, uint32_t bytes);

#endif
