/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slot.h - the engine-independent part of a worker's slots: choose the next I/O, record its result.
 *
 * Inlined into each engine's loop, so that there is no indirect call between two I/Os.
 *
 * With verification, a slot reads back each write and compares it with the generation that was
 * written; a read accepts any generation of the block, but it must be that block.
 */
#ifndef NVME_PERF_SLOT_H
#define NVME_PERF_SLOT_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/export.h>
#include <padma/time.h>

#include "common/pattern.h"
#include "nvme/perf/perf.h"
#include "common/random.h"

/* A number below @limit; the product's upper half is as uniform as the random number (Lemire 2019). */
PADMA_INLINE uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)next_random(state) * limit >> 64);
}

static inline bool perf_data_is_right(const struct perf_slot *slot)
{
	const struct perf_plan *plan = slot->worker->plan;

	return pattern_check(slot->buffer, slot->lba, plan->io_lbas, plan->lba_bytes,
			     plan->data_seed,
			     slot->read_back ? slot->generation : PATTERN_ANY_GENERATION) == 0;
}

/* Count a failed I/O; keep the @reason of the first. */
static inline void perf_went_wrong(struct perf_worker *worker, const char *reason)
{
	if (padma_counter_read(&worker->errors) == 0)
		snprintf(worker->first_error, sizeof(worker->first_error), "%s", reason);
	padma_counter_add(&worker->errors, 1);
}

/* The slot's I/O is complete; @failed: NULL, or the reason of its failure. */
static inline void perf_finished(struct perf_slot *slot, const char *failed)
{
	struct perf_worker *worker = slot->worker;
	bool wrote = slot->writing && !slot->read_back;

	histogram_add(&worker->latency_ns, padma_ticks_to_ns(padma_ticks() - slot->started));
	if (failed)
		perf_went_wrong(worker, failed);
	else if (worker->plan->verify && !wrote && !perf_data_is_right(slot))
		perf_went_wrong(worker, "wrong data");
	else
		padma_counter_add(&worker->done, 1);
	/* The slot's next command reads back what was written, unless the write failed. */
	slot->read_back = worker->plan->verify && wrote && !failed;
	worker->idle[worker->idle_count++] = slot;
}

/* Choose the slot's next I/O. Return: false if it has no more. */
PADMA_INLINE bool perf_choose(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	const struct perf_plan *plan = worker->plan;
	uint64_t place = slot->number % plan->ios_per_slot;
	unsigned int index = (unsigned int)(slot - worker->slots);

	if (plan->once && slot->number >= plan->ios_per_slot)
		return false;
	if (plan->random)
		place = random_below(&worker->random, plan->ios_per_slot);
	slot->number++;
	slot->writing = plan->write_percent == 100 ||
			random_below(&worker->random, 100) < plan->write_percent;
	slot->lba = ((place * plan->depth + index) * plan->workers + worker->index) * plan->io_lbas;
	if (slot->writing && plan->verify)
		pattern_fill(slot->buffer, slot->lba, plan->io_lbas, plan->lba_bytes,
			     plan->data_seed, ++slot->generation);
	return true;
}

/* The engine's hook: queue one I/O of the slot. 0, -EAGAIN (queue full), or another errno. */
typedef int (*perf_issue)(struct perf_slot *slot, bool write);

/*
 * Issue the next I/O of every idle slot. A slot without more I/Os, or after the end of the run,
 * leaves the stack for good, but reads back its last write first. If the queue is full the other
 * slots wait. Return: how many were issued, or a negative errno.
 */
PADMA_INLINE int perf_refill(struct perf_worker *worker, perf_issue issue)
{
	const struct perf_plan *plan = worker->plan;
	/* At least one I/O, however short the time is. */
	bool stop = worker->begun && __atomic_load_n(&plan->stop, __ATOMIC_RELAXED);
	int issued = 0;

	while (worker->idle_count > 0) {
		struct perf_slot *slot = worker->idle[--worker->idle_count];
		bool write;
		int error;

		if (!slot->read_back && (stop || (!slot->chosen && !perf_choose(slot))))
			continue;
		write = slot->writing && !slot->read_back;
		/* Clear the buffer: stale data must not pass for a read that transferred nothing. */
		if (plan->verify && !write)
			memset(slot->buffer, 0xa5, plan->io_bytes);
		slot->started = padma_ticks();
		error = issue(slot, write);
		slot->chosen = error == -EAGAIN;
		if (error == -EAGAIN) {
			worker->idle[worker->idle_count++] = slot;
			break;
		}
		if (error)
			return error;
		issued++;
	}
	worker->begun = true;
	return issued;
}

#endif
