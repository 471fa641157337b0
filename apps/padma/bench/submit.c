// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench submit: the driver's two phases, submission and completion, without a device.
 *
 * A null controller is stepped in this thread between them and not timed: what remains is the
 * software's own cost per command, from the buffer's address to the doorbell, and from the
 * completion's phase bit to the callback. The controller follows no data pointers: reads by a real
 * one would not evict lines from the processor's caches. Each trial of the driver is followed by one
 * of the floor (floor.h), so that both see the same conditions.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/nvme.h>
#include <padma/sim.h>
#include <padma/time.h>

#include "bench/floor.h"
#include "common/command.h"
#include "common/interrupt.h"

/* Commands per trial, at the least. */
#define COMMANDS   16384ull
/* More memory than this is not used: the data is never read or written. */
#define LAZY_BYTES (256ull << 20)

/* A queue, its floor, and a block for each command in flight, which both use. */
struct lane {
	struct padma_nvme_queue *queue;
	struct floor floor;
	char *buffer;
};

struct rig {
	const struct bench_submit_options *options;
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct lane *lanes; /* options->queues of them */
	uint32_t nsid;
	uint32_t lbas;
	uint64_t last_lba;
	uint64_t done;
	uint64_t failed;
};

static void on_done(void *ctx, int error, uint16_t status)
{
	struct rig *rig = ctx;

	(void)status;
	rig->done++;
	if (PADMA_UNLIKELY(error))
		rig->failed++;
}

static int open_lane(struct rig *rig, struct lane *lane)
{
	const struct padma_nvme_queue_params params = {.depth = rig->options->qd};
	const struct padma_alloc_params opts = {.align_bytes = 4096};
	void *buffer;

	if (padma_nvme_queue_open(rig->nvme, &params, &lane->queue) ||
	    padma_space_alloc(rig->space, rig->options->bs * rig->options->qd, &opts, &buffer) ||
	    floor_open(&lane->floor, rig->space, rig->options->qd))
		return complain("%s", padma_last_error());
	lane->buffer = buffer;
	return 0;
}

static int open_device(struct rig *rig, bool cold)
{
	const struct padma_nvme_params params = {.io_queues = rig->options->queues};
	char name[128];

	snprintf(name, sizeof(name), "sim:nvme,null,nolists,step,size=1T,mdts=2M,queues=%u%s",
		 rig->options->queues, cold ? ",cold" : "");
	if (padma_device_open(rig->space, name, &rig->device) ||
	    padma_nvme_open(rig->device, &params, &rig->nvme))
		return complain("%s", padma_last_error());
	return 0;
}

static int open_space(struct rig *rig)
{
	const struct bench_submit_options *o = rig->options;
	struct padma_sim_params sim = {0};
	struct padma_space_params params = bench_params();

	params.guard = o->guard ? PADMA_GUARD_PAGES : PADMA_GUARD_OFF;
	params.sim = &sim;
	sim.lazy = o->bs * o->qd * o->queues > LAZY_BYTES;
	rig->space = bench_space(&params);
	return rig->space ? 0 : EXIT_FAILURE;
}

static int open_rig(struct rig *rig, bool cold)
{
	struct padma_nvme_namespace ns;
	int code = open_space(rig);

	if (code == 0)
		code = open_device(rig, cold);
	if (code)
		return code;
	rig->lanes = calloc(rig->options->queues, sizeof(*rig->lanes));
	if (!rig->lanes)
		return complain("no memory for %u queues", rig->options->queues);
	for (unsigned int i = 0; i < rig->options->queues && code == 0; i++)
		code = open_lane(rig, &rig->lanes[i]);
	if (code)
		return code;
	if (padma_nvme_namespace(rig->nvme, 0, &ns) || rig->options->bs % ns.lba_bytes)
		return complain("--bs %llu is not a number of blocks",
				(unsigned long long)rig->options->bs);
	rig->nsid = ns.nsid;
	rig->lbas = (uint32_t)(rig->options->bs / ns.lba_bytes);
	rig->last_lba = ns.lbas - rig->lbas;
	return 0;
}

static void close_rig(struct rig *rig)
{
	for (unsigned int i = 0; rig->lanes && i < rig->options->queues; i++) {
		padma_nvme_queue_close(rig->lanes[i].queue);
		floor_close(&rig->lanes[i].floor);
	}
	free(rig->lanes);
	padma_nvme_close(rig->nvme);
	padma_device_close(rig->device);
	padma_space_close(rig->space);
}

static uint64_t next_lba(uint64_t lba, const struct rig *rig)
{
	lba += rig->lbas;
	return lba < rig->last_lba ? lba : 0;
}

/* The measuring overhead in each phase of a queue: two clock readings in a row. */
static double clock_ns(void)
{
	double ticks[TRIALS];

	for (int i = 0; i < TRIALS; i++) {
		uint64_t start = padma_ticks();

		ticks[i] = (double)(padma_ticks() - start);
	}
	return (double)padma_ticks_to_ns((uint64_t)(1000 * median(ticks, TRIALS))) / 1000;
}

/* Fill a queue, with a doorbell for every batch. Return: false after a failure. */
static bool submit_phase(struct rig *rig, struct lane *lane, uint64_t *lba, uint64_t *ticks)
{
	const struct bench_submit_options *o = rig->options;
	uint64_t start = padma_ticks();
	uint64_t at = *lba;
	char *buffer = lane->buffer;
	int rc = 0;

	for (unsigned int sent = 0; sent < o->qd;) {
		unsigned int end = sent + o->batch < o->qd ? sent + o->batch : o->qd;

		for (; sent < end; sent++) {
			rc |= o->write ? padma_nvme_write(lane->queue, rig->nsid, buffer, at,
							  rig->lbas, on_done, rig)
				       : padma_nvme_read(lane->queue, rig->nsid, buffer, at,
							 rig->lbas, on_done, rig);
			buffer += o->bs;
			at = next_lba(at, rig);
		}
		rc |= padma_nvme_submit(lane->queue) < 0;
	}
	*lba = at;
	*ticks += padma_ticks() - start;
	return rc == 0;
}

static bool complete_phase(struct rig *rig, struct lane *lane, uint64_t *ticks)
{
	uint64_t start = padma_ticks();
	bool all = padma_nvme_poll(lane->queue, 0) == (int)rig->options->qd;

	*ticks += padma_ticks() - start;
	return all;
}

/* The same for the floor. */
static void floor_submit_phase(struct rig *rig, struct lane *lane, uint64_t *lba, uint64_t *ticks)
{
	const struct bench_submit_options *o = rig->options;
	uint64_t start = padma_ticks();
	uint64_t at = *lba;
	char *buffer = lane->buffer;

	for (unsigned int sent = 0; sent < o->qd;) {
		unsigned int end = sent + o->batch < o->qd ? sent + o->batch : o->qd;

		for (; sent < end; sent++) {
			floor_put(&lane->floor, 2, rig->nsid, buffer, at, rig->lbas,
				  (uint32_t)o->bs, on_done, rig);
			buffer += o->bs;
			at = next_lba(at, rig);
			/* Keep commands separate, as calls would. */
			keep(buffer);
		}
		floor_ring(&lane->floor);
	}
	*lba = at;
	*ticks += padma_ticks() - start;
}

static bool floor_complete_phase(struct rig *rig, struct lane *lane, uint64_t *ticks)
{
	uint64_t start = padma_ticks();
	bool all = floor_poll(&lane->floor) == rig->options->qd;

	*ticks += padma_ticks() - start;
	return all;
}

struct phases {
	double submit_ns;
	double complete_ns;
	double floor_submit_ns;
	double floor_complete_ns;
};

struct ticks {
	uint64_t submit;
	uint64_t complete;
	uint64_t lba;
};

static int driver_round(struct rig *rig, struct ticks *ticks)
{
	const unsigned int queues = rig->options->queues;

	for (unsigned int i = 0; i < queues; i++) {
		if (!submit_phase(rig, &rig->lanes[i], &ticks->lba, &ticks->submit))
			return complain("submit: %s", padma_last_error());
	}
	while (padma_sim_step(rig->device, 0) > 0)
		;
	for (unsigned int i = 0; i < queues; i++) {
		if (!complete_phase(rig, &rig->lanes[i], &ticks->complete))
			return complain("poll: %s", padma_last_error());
	}
	return 0;
}

static int floor_round(struct rig *rig, struct ticks *ticks)
{
	const unsigned int queues = rig->options->queues;

	for (unsigned int i = 0; i < queues; i++)
		floor_submit_phase(rig, &rig->lanes[i], &ticks->lba, &ticks->submit);
	for (unsigned int i = 0; i < queues; i++)
		floor_answer(&rig->lanes[i].floor);
	for (unsigned int i = 0; i < queues; i++) {
		if (!floor_complete_phase(rig, &rig->lanes[i], &ticks->complete))
			return complain("the floor lost a command");
	}
	return 0;
}

static int one_trial(struct rig *rig, struct phases *phases)
{
	uint64_t per_round = (uint64_t)rig->options->qd * rig->options->queues;
	uint64_t rounds = per_round ? COMMANDS / per_round + 1 : 1;
	double commands = (double)(rounds * per_round);
	struct ticks driver = {0}, floor = {0};
	int code = 0;

	for (uint64_t i = 0; i < rounds && code == 0; i++)
		code = driver_round(rig, &driver);
	for (uint64_t i = 0; i < rounds && code == 0; i++)
		code = floor_round(rig, &floor);
	if (code)
		return code;
	if (rig->failed)
		return complain("%llu commands failed", (unsigned long long)rig->failed);
	phases->submit_ns = (double)padma_ticks_to_ns(driver.submit) / commands;
	phases->complete_ns = (double)padma_ticks_to_ns(driver.complete) / commands;
	phases->floor_submit_ns = (double)padma_ticks_to_ns(floor.submit) / commands;
	phases->floor_complete_ns = (double)padma_ticks_to_ns(floor.complete) / commands;
	return 0;
}

static int measure(struct rig *rig, struct phases *phases)
{
	double submit[TRIALS], complete[TRIALS], floor_submit[TRIALS], floor_complete[TRIALS];
	unsigned int trials = rig->options->trials;
	int code = one_trial(rig, phases);

	for (unsigned int i = 0; i < trials && code == 0; i++) {
		if (interrupted())
			return EXIT_FAILURE;
		code = one_trial(rig, phases);
		submit[i] = phases->submit_ns;
		complete[i] = phases->complete_ns;
		floor_submit[i] = phases->floor_submit_ns;
		floor_complete[i] = phases->floor_complete_ns;
	}
	if (code)
		return code;
	phases->submit_ns = median(submit, trials);
	phases->complete_ns = median(complete, trials);
	phases->floor_submit_ns = median(floor_submit, trials);
	phases->floor_complete_ns = median(floor_complete, trials);
	return 0;
}

static int run_rig(const struct bench_submit_options *options, bool cold, struct phases *phases)
{
	struct rig rig = {.options = options};
	int code;

	*phases = (struct phases){0};
	code = open_rig(&rig, cold);

	if (code == 0)
		code = measure(&rig, phases);
	close_rig(&rig);
	return code;
}

static void add_floor(struct figures *figures, const struct phases *warm)
{
	double floor_ns = warm->floor_submit_ns + warm->floor_complete_ns;

	figures_add(figures, "floor_ns", "the same without a single check, inlined", "ns",
		    floor_ns);
	figures_add(figures, "floor_submit_ns", "of this, into the ring", "ns",
		    warm->floor_submit_ns);
	figures_add(figures, "floor_complete_ns", "of this, out of the ring", "ns",
		    warm->floor_complete_ns);
	figures_add(figures, "times_floor", "submit and complete, divided by the floor", "",
		    floor_ns > 0 ? (warm->submit_ns + warm->complete_ns) / floor_ns : 0);
}

int bench_submit(const struct bench_submit_options *options, struct figures *figures)
{
	struct phases warm, cold;
	int code = run_rig(options, false, &warm);

	if (code == 0)
		code = run_rig(options, true, &cold);
	if (code)
		return code;
	figures_add(figures, "submit_ns", "a command put into the ring, doorbells included", "ns",
		    warm.submit_ns);
	figures_add(figures, "complete_ns", "a completion checked and called back", "ns",
		    warm.complete_ns);
	figures_add_count(figures, "commands_per_s", "both, on one core", "1/s",
			  (uint64_t)(1e9 / (warm.submit_ns + warm.complete_ns)));
	add_floor(figures, &warm);
	figures_add(figures, "clock_ns", "in each phase of a queue once: reading the clock", "ns",
		    clock_ns());
	figures_add(figures, "cold_submit_ns", "with completions that are not in the cache", "ns",
		    cold.submit_ns);
	figures_add(figures, "cold_complete_ns", "with completions that are not in the cache", "ns",
		    cold.complete_ns);
	figures_add_count(figures, "bs", "bytes per command", "bytes", options->bs);
	figures_add_count(figures, "qd", "commands in flight in each queue", "", options->qd);
	figures_add_count(figures, "batch", "commands per doorbell", "", options->batch);
	figures_add_count(figures, "queues", "queues, one after the other", "", options->queues);
	return 0;
}
