/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * queue.h - an I/O queue pair, for the inside of the driver.
 *
 * Laid out by who reads it when: what each command needs comes first, what each poll needs next.
 *
 * Threading: all of it is the owner's. While the owner stands outside the gate, the resetter has
 * the rings and their indices.
 */
#ifndef NVME_QUEUE_H
#define NVME_QUEUE_H

#include <padma/counter.h>

#include "driver.h"

#define COLD	 __attribute__((noinline, cold))
#define NOINLINE __attribute__((noinline))

/* What is kept of a command in flight. */
struct request {
	padma_nvme_done done;
	void *ctx;
	uint64_t number; /* of all commands that were put into the ring before it */
	uint32_t beat;	 /* when it was taken, as struct watch counts */
	bool late;	 /* it ran over its time; false until then */
};
static_assert(sizeof(struct request) == 32, "two requests to a cache line");

/*
 * Time, coarse: a beat is a fraction of the time-out, and passes only while the queue is polled; a
 * pause of the owner counts as a few beats at most, for the controller's answers may be waiting.
 */
struct watch {
	uint64_t last;	   /* ticks at the latest beat */
	uint64_t next;	   /* ticks at which to look again */
	uint64_t interval; /* ticks per beat */
	uint32_t limit;	   /* beats after which a command is over its time */
	uint32_t jump;	   /* the most beats that one look counts */
	uint32_t beat;
};

/* A command that takes several, see split.c. */
struct split {
	struct split *next;
	padma_nvme_done done;
	void *ctx;
	const struct namespace *ns;
	const char *buffer;
	uint64_t lba;
	uint32_t lbas; /* still to be put into the ring */
	uint32_t in_flight;
	int error;
	uint16_t status;
	uint8_t opcode;
	bool waiting; /* it is queue->split_waiting */
	struct padma_nvme_queue *queue;
};

struct padma_nvme_queue {
	/* Each command. */
	const struct padma_gate *gate;
	uint64_t admits; /* the gate's word at which commands are taken, see queue_admit() */
	uint64_t admits_straight; /* the same, but never with a guard: it takes another path */
	const struct padma_space *space;
	const struct padma_page_lists *page_lists; /* of the space; NULL: it has none */
	const struct namespace *ns;		   /* of the latest command */
	struct nvme_command *sq;
	struct request *requests;
	struct padma_tags tags;
	uint64_t tail; /* commands put into the ring so far: their places are this, masked */
	uint64_t rung; /* of these, commands whose doorbell was rung: only they can complete */
	uint32_t mask;
	uint32_t max_transfer;
	uint32_t max_lbas; /* of one command in that namespace, and not more than it has */
	bool guard;
	bool closing;
	uint16_t qid;
	/* Each batch and each poll. */
	struct padma_gate_member member;
	const struct nvme_completion *cq;
	uint32_t head;
	uint32_t phase;
	uint32_t acknowledged;	 /* the head that the controller knows */
	uint32_t acknowledge_at; /* so many entries behind the head, it is told */
	uint32_t polls_to_clock; /* polls that find something, until one reads the clock */
	struct padma_doorbell sq_doorbell;
	struct padma_doorbell cq_doorbell;
	struct watch watch;
	struct padma_counter commands;
	struct padma_counter completions;
	struct padma_counter doorbells;
	struct padma_counter errors;
	struct padma_counter split_count;
	struct padma_counter guard_refused;
	/* Split commands. */
	struct split *splits;
	struct split *splits_free;
	struct split *split_waiting; /* for tags; there is one at most */
	uint32_t splits_active;
	uint32_t parts_in_flight;
	uint32_t parts_over;  /* so far; counts wrap */
	uint32_t splits_over; /* so far */
	/* PRP lists that are written, see prp.h. */
	unsigned char *lists;	/* list_bytes for each tag */
	padma_dma_t *list_dmas; /* of each */
	uint32_t list_bytes;
	/* The rest. */
	struct padma_nvme *nvme;
	struct padma_ring sq_ring;
	struct padma_ring cq_ring;
	struct padma_ring list_ring;
	unsigned int irq;
	struct padma_nvme_queue *next_abandoned;
	struct padma_counters *counters; /* their registration */
};

/*
 * queue.c: with nvme->lock. The controller lets go of the queue. Return: 0, or the error of the
 * deletion; *quiet says whether the controller has let go of its memory and of its commands' all the
 * same. -EBUSY where it has not.
 */
int queue_release(struct padma_nvme_queue *queue, bool *quiet);

/* submit.c: for split.c: a part that needs no further checks. 0, -EAGAIN, -EFAULT. */
int put_data(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
	     const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);
int put_plain(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
	      uint32_t cdw12, padma_nvme_done done, void *ctx);
/* Ring the doorbell for what is in the ring. Return: for how many commands. */
unsigned int queue_ring(struct padma_nvme_queue *queue);

/* The data pointer of a command (Base 2.0, 4.1.1). */
struct prps {
	uint64_t prp1;
	uint64_t prp2;
};

/* prp.c */
bool prps_across(const struct padma_nvme_queue *queue, const void *buffer, uint32_t bytes,
		 struct prps *prps, struct padma_run *rest);
int prp_scattered(struct padma_nvme_queue *queue, uint32_t tag, const void *buffer, size_t bytes,
		  struct prps *prps);

/* guard.c: whether all that a command with data names is memory of the space. */
bool guard_allows(const struct padma_nvme_queue *queue, struct prps prps, uint32_t tag,
		  size_t bytes);
/* The same of memory that is one span: PRP2 is its next page, or comes from the space's page lists. */
bool guard_allows_span(const struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes);

/* guard_report.c: count and say what it is that guard_allows() refused. -EFAULT. */
int guard_report(struct padma_nvme_queue *queue, struct prps prps, uint32_t tag, size_t bytes);
int guard_report_span(struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes);

/* split.c */
int splits_open(struct padma_nvme_queue *queue, uint32_t count);
void splits_close(struct padma_nvme_queue *queue);
int split_start(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
		const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);
/* Put more parts of the waiting command into the ring, and finish it where it is over. */
void split_continue(struct padma_nvme_queue *queue);
void split_cancel(struct padma_nvme_queue *queue, int error);

/* watch.c: time-outs, and whether the device is still there. */
void watch_start(struct padma_nvme_queue *queue);
/* 0, -EIO, -ENODEV. */
int watch_look(struct padma_nvme_queue *queue, uint64_t now);
/* Of a controller that has failed: whether it is gone by now. As above. */
int watch_failed(struct padma_nvme_queue *queue);

/* blocked.c: the owner's side of the gate, when it does not pass. */
int blocked_submit(const struct padma_nvme_queue *queue);
int blocked_poll(struct padma_nvme_queue *queue, unsigned int limit);
/* End requests in flight. Return: how many commands' callbacks were called. */
unsigned int queue_cancel(struct padma_nvme_queue *queue, int error, unsigned int limit);

/* counters.c: the queue's counters, by name, for all tools. */
int queue_register_counters(struct padma_nvme_queue *queue);

/* Commands go to this namespace, until one goes to another. */
PADMA_INLINE void queue_use_namespace(struct padma_nvme_queue *queue, const struct namespace *ns)
{
	uint32_t most = queue->max_transfer >> ns->lba_shift;

	queue->ns = ns;
	queue->max_lbas = most < ns->public.lbas ? most : (uint32_t)ns->public.lbas;
}

/* No gate's word: a generation of all ones is never reached. */
#define ADMITS_NOTHING UINT64_MAX

/*
 * New commands are taken while the gate passes and no command waits for tags: it comes first, or
 * callbacks that put the next command into the ring would have every tag. One comparison with one
 * word says both. To be called when either has changed.
 */
PADMA_INLINE void queue_admit(struct padma_nvme_queue *queue)
{
	queue->admits = queue->split_waiting ? ADMITS_NOTHING : queue->member.seen;
	queue->admits_straight = queue->guard ? ADMITS_NOTHING : queue->admits;
}

/* Until queue_admit() is called. */
PADMA_INLINE void queue_admit_nothing(struct padma_nvme_queue *queue)
{
	queue->admits = ADMITS_NOTHING;
	queue->admits_straight = ADMITS_NOTHING;
}

/* Where it does not, blocked_submit() says why. */
PADMA_INLINE bool queue_admits(const struct padma_nvme_queue *queue)
{
	return padma_gate_word(queue->gate) == queue->admits;
}

/*
 * Never more than the depth while commands are admitted: each split command that does not wait has
 * a part in flight, so that there are at most as many as tags in use.
 */
PADMA_INLINE unsigned int queue_outstanding(const struct padma_nvme_queue *queue)
{
	return padma_tags_in_flight(&queue->tags) - queue->parts_in_flight + queue->splits_active;
}

/* Entries that were taken in and whose places the controller does not know to be free. */
PADMA_INLINE uint32_t queue_unacknowledged(const struct padma_nvme_queue *queue)
{
	return padma_ring_distance(queue->acknowledged, queue->head, queue->mask);
}

/* Whether all that may complete finds a place in the completion queue (a ring of N holds N - 1). */
PADMA_INLINE bool queue_has_room(const struct padma_nvme_queue *queue)
{
	return queue_unacknowledged(queue) + padma_tags_in_flight(&queue->tags) <= queue->mask;
}

/* Ring the completion doorbell: the places of what was taken in are the controller's again. */
PADMA_INLINE void queue_acknowledge(struct padma_nvme_queue *queue)
{
	queue->acknowledged = queue->head;
	padma_doorbell_ring32(&queue->cq_doorbell, queue->head);
}

#endif
