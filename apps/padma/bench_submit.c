// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench submit: the driver's two phases alone.
 *
 * A null controller is stepped in this thread between them and not timed: what remains is the
 * software's own cost per command, from the buffer's address to the doorbell, and from the
 * completion's phase bit to the callback.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/nvme.h>
#include <padma/sim.h>
#include <padma/time.h>

#include "command.h"

/* Commands per trial, at the least. */
#define COMMANDS 16384ull

struct rig {
	const struct bench_submit_options *options;
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	char *buffer; /* a block for each command in flight */
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

static int open_device(struct rig *rig, bool cold)
{
	char name[128];

	snprintf(name, sizeof(name), "sim:nvme,null,step,size=1T,mdts=2M%s", cold ? ",cold" : "");
	if (padma_device_open(rig->space, name, &rig->device) ||
	    padma_nvme_open(rig->device, NULL, &rig->nvme))
		return -1;
	return padma_nvme_queue_open(rig->nvme,
				     &(struct padma_nvme_queue_params){.depth = rig->options->qd},
				     &rig->queue);
}

static int open_rig(struct rig *rig, bool cold)
{
	struct padma_space_params params = bench_params();
	const struct padma_nvme_namespace *ns;
	struct padma_alloc_opts opts = {.align_bytes = 4096};
	void *buffer;

	params.guard = rig->options->guard;
	rig->space = bench_space(&params);
	if (!rig->space)
		return EXIT_FAILURE;
	if (open_device(rig, cold) ||
	    padma_alloc(rig->space, rig->options->bs * rig->options->qd, &opts, &buffer))
		return complain("%s", padma_last_error());
	rig->buffer = buffer;
	ns = padma_nvme_namespace(rig->nvme, 0);
	if (!ns || rig->options->bs % ns->lba_bytes)
		return complain("--bs %llu is not a number of blocks",
				(unsigned long long)rig->options->bs);
	rig->nsid = ns->nsid;
	rig->lbas = (uint32_t)(rig->options->bs / ns->lba_bytes);
	rig->last_lba = ns->lbas - rig->lbas;
	return 0;
}

static void close_rig(struct rig *rig)
{
	if (rig->queue)
		padma_nvme_queue_close(rig->queue);
	if (rig->nvme)
		padma_nvme_close(rig->nvme);
	padma_device_close(rig->device);
	padma_space_close(rig->space);
}

static uint64_t next_lba(uint64_t lba, const struct rig *rig)
{
	lba += rig->lbas;
	return lba < rig->last_lba ? lba : 0;
}

/* Fill the queue, with a doorbell for every batch. Returns the ticks it took, or 0 after a failure.
 */
static uint64_t submit_phase(struct rig *rig, uint64_t *lba)
{
	const struct bench_submit_options *o = rig->options;
	uint64_t start = padma_ticks();
	uint64_t at = *lba;
	char *buffer = rig->buffer;
	int rc = 0;

	for (unsigned int sent = 0; sent < o->qd;) {
		unsigned int end = sent + o->batch < o->qd ? sent + o->batch : o->qd;

		for (; sent < end; sent++) {
			rc |= o->write ? padma_nvme_write(rig->queue, rig->nsid, buffer, at,
							  rig->lbas, on_done, rig)
				       : padma_nvme_read(rig->queue, rig->nsid, buffer, at,
							 rig->lbas, on_done, rig);
			buffer += o->bs;
			at = next_lba(at, rig);
		}
		rc |= padma_nvme_submit(rig->queue) < 0;
	}
	*lba = at;
	return rc ? 0 : padma_ticks() - start;
}

static uint64_t complete_phase(struct rig *rig)
{
	uint64_t start = padma_ticks();

	if (padma_nvme_poll(rig->queue, 0) != (int)rig->options->qd)
		return 0;
	return padma_ticks() - start;
}

struct phases {
	double submit_ns;
	double complete_ns;
};

static int one_trial(struct rig *rig, struct phases *phases)
{
	uint64_t rounds = COMMANDS / rig->options->qd + 1, submit = 0, complete = 0, lba = 0;
	double commands = (double)(rounds * rig->options->qd);

	*phases = (struct phases){0};
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t ticks = submit_phase(rig, &lba);

		if (!ticks)
			return complain("submit: %s", padma_last_error());
		submit += ticks;
		while (padma_sim_step(rig->device, 0) > 0)
			;
		ticks = complete_phase(rig);
		if (!ticks)
			return complain("poll: %s", padma_last_error());
		complete += ticks;
	}
	if (rig->failed)
		return complain("%llu commands failed", (unsigned long long)rig->failed);
	phases->submit_ns = (double)padma_ticks_to_ns(submit) / commands;
	phases->complete_ns = (double)padma_ticks_to_ns(complete) / commands;
	return 0;
}

static int measure(struct rig *rig, struct phases *phases)
{
	double submit[TRIALS], complete[TRIALS];
	int code = one_trial(rig, phases);

	for (int i = 0; i < TRIALS; i++) {
		if (code == 0)
			code = one_trial(rig, phases);
		if (code)
			return code;
		submit[i] = phases->submit_ns;
		complete[i] = phases->complete_ns;
	}
	phases->submit_ns = median(submit, TRIALS);
	phases->complete_ns = median(complete, TRIALS);
	return 0;
}

static int run_rig(const struct bench_submit_options *options, bool cold, struct phases *phases)
{
	struct rig rig = {.options = options};
	int code = open_rig(&rig, cold);

	if (code == 0)
		code = measure(&rig, phases);
	close_rig(&rig);
	return code;
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
	figures_add(figures, "cold_submit_ns", "with completions that are not in the cache", "ns",
		    cold.submit_ns);
	figures_add(figures, "cold_complete_ns", "with completions that are not in the cache", "ns",
		    cold.complete_ns);
	figures_add_count(figures, "bs", "bytes per command", "bytes", options->bs);
	figures_add_count(figures, "qd", "commands in flight", "", options->qd);
	figures_add_count(figures, "batch", "commands per doorbell", "", options->batch);
	return 0;
}
