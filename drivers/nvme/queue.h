/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * queue.h - an I/O queue pair: its data, in the order in which they are used.
 *
 * What each command needs comes first, what each poll needs next. What a file does with a queue is
 * in that file's own header.
 *
 * Threading: the queue's owner. While the owner stands outside the gate, the rings and their indices
 * belong to the thread that resets.
 */
#ifndef NVME_QUEUE_H
#define NVME_QUEUE_H

#include <padma/counter.h>
#include <padma/pmd/liveness.h>

#include "controller.h"
#include "timeout.h"

#define COLD	 __attribute__((noinline, cold))
#define NOINLINE __attribute__((noinline))

/* What is kept of a command in flight. */
struct request {
	padma_nvme_done done;
	void *ctx;
	uint64_t number; /* of all commands that were put into the ring before it */
	uint32_t beat;	 /* when it was taken, see timeout.h */
	bool late;	 /* it has timed out */
};
static_assert(sizeof(struct request) == 32, "two requests to a cache line");

struct padma_nvme_queue {
	/* Each command. */
	const struct padma_gate *gate;
	uint64_t admits;      /* the gate's word at which commands are taken, see queue_admit() */
	uint64_t admits_fast; /* the same, but never with a guard: that takes the slow path */
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
	uint32_t acknowledge_at; /* ring the completion doorbell for so many entries */
	uint32_t polls_to_clock; /* polls that find something, until one reads the clock */
	struct padma_doorbell sq_doorbell;
	struct padma_doorbell cq_doorbell;
	struct padma_liveness liveness;
	struct timeout timeout;
	struct padma_counter commands;
	struct padma_counter completions;
	struct padma_counter doorbells;
	struct padma_counter errors;
	struct padma_counter split_count;
	struct padma_counter guard_refused;
	/* Split commands, see split.h. */
	struct split *splits;
	struct split *splits_free;
	struct split *split_waiting; /* for tags; at most one */
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
	unsigned int irq;
	struct padma_nvme_queue *next_abandoned;
	struct padma_counters *counters; /* their registration */
};

/* Commands go to this namespace, until one goes to another. */
PADMA_INLINE void queue_use_namespace(struct padma_nvme_queue *queue, const struct namespace *ns)
{
	uint32_t most = queue->max_transfer >> ns->lba_shift;

	queue->ns = ns;
	queue->max_lbas = most < ns->public.lbas ? most : (uint32_t)ns->public.lbas;
}

/* Never a word of a gate: a generation of all ones is not reached. */
#define ADMITS_NOTHING UINT64_MAX

/*
 * New commands are taken while the gate passes and no command waits for tags: that one comes first,
 * or callbacks that put the next command into the ring would take every tag. One comparison with one
 * word covers both. To be called when either has changed.
 */
PADMA_INLINE void queue_admit(struct padma_nvme_queue *queue)
{
	queue->admits = queue->split_waiting ? ADMITS_NOTHING : queue->member.seen;
	queue->admits_fast = queue->guard ? ADMITS_NOTHING : queue->admits;
}

/* Until queue_admit() is called. */
PADMA_INLINE void queue_admit_nothing(struct padma_nvme_queue *queue)
{
	queue->admits = ADMITS_NOTHING;
	queue->admits_fast = ADMITS_NOTHING;
}

/* If it does not, gate_owner_refusal() gives the reason. */
PADMA_INLINE bool queue_admits(const struct padma_nvme_queue *queue)
{
	return padma_gate_word(queue->gate) == queue->admits;
}

/*
 * Never more than the depth while commands are admitted: each split command that does not wait has
 * a part in flight, so there are at most as many as tags in use.
 */
PADMA_INLINE unsigned int queue_outstanding(const struct padma_nvme_queue *queue)
{
	return padma_tags_in_flight(&queue->tags) - queue->parts_in_flight + queue->splits_active;
}

/* Callbacks called less requests ended, so far: a part has no callback, a split command has one. */
PADMA_INLINE uint32_t queue_split_balance(const struct padma_nvme_queue *queue)
{
	return queue->splits_over - queue->parts_over;
}

/* Entries that were reaped and whose places the controller does not know to be free. */
PADMA_INLINE uint32_t queue_unacknowledged(const struct padma_nvme_queue *queue)
{
	return padma_ring_distance(queue->acknowledged, queue->head, queue->mask);
}

/* Whether there is a place in the completion queue for everything in flight (a ring of N holds N - 1). */
PADMA_INLINE bool queue_has_room(const struct padma_nvme_queue *queue)
{
	return queue_unacknowledged(queue) + padma_tags_in_flight(&queue->tags) <= queue->mask;
}

/* Ring the completion doorbell: the places of the entries that were reaped are the controller's again. */
PADMA_INLINE void ring_cq_doorbell(struct padma_nvme_queue *queue)
{
	queue->acknowledged = queue->head;
	padma_doorbell_ring32(&queue->cq_doorbell, queue->head);
}

#endif
