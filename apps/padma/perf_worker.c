// SPDX-License-Identifier: BSD-3-Clause
/*
 * One worker: refill every idle slot, ring the doorbell once, take in what is complete.
 *
 * With verification a write is read back by its slot and compared with the generation that was
 * written; a read may find any generation of the block, but a block it must be.
 */
#include "perf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/error.h>
#include <padma/time.h>

#include "idle.h"
#include "pattern.h"
#include "random.h"

/* A number below @limit; the product's upper half is as even as the random number (Lemire 2019). */
static uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)next_random(state) * limit >> 64);
}

static bool stopping(const struct perf_plan *plan)
{
	return __atomic_load_n(&plan->stop, __ATOMIC_RELAXED);
}

static bool data_is_right(const struct perf_slot *slot)
{
	const struct perf_plan *plan = slot->worker->plan;

	return pattern_check(slot->buffer, slot->lba, plan->io_lbas, plan->ns->lba_bytes,
			     plan->seed,
			     slot->read_back ? slot->generation : PATTERN_ANY_GENERATION) == 0;
}

static void on_done(void *ctx, int error, uint16_t status)
{
	struct perf_slot *slot = ctx;
	struct perf_worker *worker = slot->worker;
	bool wrote = slot->writing && !slot->read_back;

	(void)status;
	histogram_add(&worker->latency_ns, padma_ticks_to_ns(padma_ticks() - slot->started));
	if (error || (worker->plan->verify && !wrote && !data_is_right(slot)))
		padma_counter_add(&worker->errors, 1);
	else
		padma_counter_add(&worker->done, 1);
	/* What was written is read back by the next command of the slot, unless it failed. */
	slot->read_back = worker->plan->verify && wrote && !error;
	worker->idle[worker->idle_count++] = slot;
}

/* Choose the slot's next I/O. Return: whether there is one. */
static bool choose(struct perf_slot *slot)
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
		pattern_fill(slot->buffer, slot->lba, plan->io_lbas, plan->ns->lba_bytes,
			     plan->seed, ++slot->generation);
	return true;
}

/* Put one I/O of the slot into the ring. Return: 0, or a negative errno. */
static int issue(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	const struct perf_plan *plan = worker->plan;
	size_t bytes = (size_t)plan->io_lbas * plan->ns->lba_bytes;

	/* The right data of before must not be what a read that brings nothing is judged by. */
	if (plan->verify && (!slot->writing || slot->read_back))
		memset(slot->buffer, 0xa5, bytes);
	slot->started = padma_ticks();
	if (slot->writing && !slot->read_back)
		return padma_nvme_write(worker->queue, plan->ns->nsid, slot->buffer, slot->lba,
					plan->io_lbas, on_done, slot);
	return padma_nvme_read(worker->queue, plan->ns->nsid, slot->buffer, slot->lba,
			       plan->io_lbas, on_done, slot);
}

/*
 * Give every idle slot its next I/O; a slot that has none, or whose turn the end has come for,
 * leaves the stack for good. Parts of split commands may fill the queue: then the rest waits.
 * Return: 0 or more, or a negative errno.
 */
static int refill(struct perf_worker *worker)
{
	bool stop = stopping(worker->plan);
	bool any = false;

	while (worker->idle_count > 0) {
		struct perf_slot *slot = worker->idle[--worker->idle_count];
		int error;

		if (stop || (!slot->chosen && !slot->read_back && !choose(slot)))
			continue;
		error = issue(slot);
		slot->chosen = error == -EAGAIN;
		if (error == -EAGAIN) {
			worker->idle[worker->idle_count++] = slot;
			break;
		}
		if (error)
			return error;
		any = true;
	}
	return any ? padma_nvme_submit(worker->queue) : 0;
}

void *perf_worker_main(void *ctx)
{
	struct perf_worker *worker = ctx;
	unsigned int turns = 0;
	int error;

	do {
		error = refill(worker);
		if (error >= 0)
			error = padma_nvme_poll(worker->queue, 0);
		if (error == 0)
			idle_turn(&turns);
		else
			turns = 0;
	} while (error >= 0 &&
		 (worker->idle_count > 0 || padma_nvme_outstanding(worker->queue) > 0));
	if (error < 0)
		snprintf(worker->why, sizeof(worker->why), "%s", padma_last_error());
	__atomic_store_n(&worker->stopped, 1, __ATOMIC_RELEASE);
	return NULL;
}
