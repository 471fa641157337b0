// SPDX-License-Identifier: BSD-3-Clause
/*
 * A tree made from a seed becomes a file system image; the whole image goes through padma's buffers,
 * descriptors and a controller's DMA to a namespace and back; then independent programs check the
 * result: the file behind a simulated drive's namespace, or what was read back from another device. Then two network
 * cards exchange packets.
 */
#include "demo/run.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <padma/time.h>

#include "bench/bench.h"
#include "common/command.h"
#include "demo/report.h"
#include "common/interrupt.h"
#include "nvme/session.h"
#include "common/program.h"

struct demo {
	const struct demo_params *params;
	struct demo_report *report;
	char dir[PATH_MAX / 4];
	char tree[PATH_MAX / 2];
	char image[PATH_MAX / 2];  /* S */
	char target[PATH_MAX / 2]; /* T */
	char copy[PATH_MAX / 2];
	char log[PATH_MAX / 2];
};

struct demo_params demo_defaults(void)
{
	struct demo_params params = {.trials = TRIALS, .packets = 1000000, .sbin = PROGRAM_SBIN};

	demo_set_size(&params, 64u << 20);
	return params;
}

/* ext4 needs room for inodes, a journal and partly filled last blocks. */
void demo_set_size(struct demo_params *params, uint64_t tree_bytes)
{
	const uint64_t mib = 1u << 20;

	params->tree_bytes = tree_bytes;
	params->image_bytes = (tree_bytes + tree_bytes / 2 + 16 * mib + mib - 1) / mib * mib;
}

static PADMA_PRINTF(2, 3) void say(const struct demo *demo, const char *format, ...)
{
	va_list args;

	if (demo->params->quiet)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static int run_program(const struct demo *demo, const char *const *argv)
{
	char line[512];
	int code = program_run(argv, demo->log, "e2fsprogs", demo->params->sbin);

	if (code == 127 || code < 0)
		return EXIT_FAILURE;
	if (code)
		return complain("%s failed with exit code %d: %s", argv[0], code,
				program_last_line(demo->log, line, sizeof(line)));
	return 0;
}

static int make_image(struct demo *demo)
{
	const struct demo_params *params = demo->params;
	struct tree *tree = &demo->report->tree;
	char size[32];
	const char *const argv[] = {"mkfs.ext4", "-q",	     "-F",	  "-b", "4096",
				    "-d",	 demo->tree, demo->image, size, NULL};
	int code = tree_make(demo->tree, params->seed, params->tree_bytes, tree);

	if (code)
		return code;
	say(demo, "tree       %u files, %u directories, %u links, %u levels deep, %llu MiB",
	    tree->files, tree->directories, tree->links, tree->depth,
	    (unsigned long long)tree->bytes >> 20);
	snprintf(size, sizeof(size), "%lluk", (unsigned long long)params->image_bytes >> 10);
	return run_program(demo, argv);
}

static int round_trip(struct demo *demo)
{
	struct dma_trip trip = {.image = demo->image, .space_seed = demo->params->seed};
	char own[PATH_MAX];

	if (demo->params->device) {
		trip.device = demo->params->device;
		trip.back = demo->target;
	} else {
		snprintf(own, sizeof(own), "sim:nvme,file=%s,size=%lluM", demo->target,
			 (unsigned long long)demo->params->image_bytes >> 20);
		trip.device = own;
	}
	return dma_round_trip(&trip, &demo->report->dma);
}

static int write_and_read_back(struct demo *demo)
{
	struct dma_report *dma = &demo->report->dma;
	int code = round_trip(demo);

	if (code)
		return code;
	if (demo->params->device)
		say(demo, "device     namespace 1 of %s, in a space of the backend %s: %s",
		    demo->params->device, dma->backend, dma->backend_why);
	if (!demo->params->quiet)
		demo_print_memory(stdout, dma);
	say(demo, "write      %zu MiB by DMA and flush: %.0f MiB/s", dma->bytes >> 20,
	    dma->write_mib_s);
	say(demo, "read       %zu MiB by DMA into other buffers: %.0f MiB/s, every byte the same",
	    dma->bytes >> 20, dma->read_mib_s);
	return 0;
}

/* Independent programs check T. */
static int check_target(struct demo *demo)
{
	char request[PATH_MAX];
	const char *const check[] = {"e2fsck", "-fn", demo->target, NULL};
	const char *const extract[] = {"debugfs", "-R", request, demo->target, NULL};
	int code = run_program(demo, check);

	if (code)
		return code;
	say(demo, "e2fsck     accepts %s",
	    demo->params->device ? "what was read back" : "the namespace's file");
	if (mkdir(demo->copy, 0755))
		return complain("%s: %s", demo->copy, strerror(errno));
	snprintf(request, sizeof(request), "rdump / %s", demo->copy);
	code = run_program(demo, extract);
	if (code == 0)
		code = tree_compare(demo->tree, demo->copy);
	if (code == 0)
		say(demo, "debugfs    extracts the same tree from it");
	return code;
}

static int measure_submission(struct demo *demo)
{
	struct bench_submit_options options = {
		.bs = 4096, .qd = 128, .batch = 32, .queues = 1, .trials = demo->params->trials};
	int code = bench_submit(&options, &demo->report->submit);

	if (code == 0 && !demo->params->quiet)
		demo_print_submission(stdout, &demo->report->submit);
	return code;
}

static int exchange_packets(struct demo *demo)
{
	struct net_report *net = &demo->report->net;
	int code;

	if (demo->params->packets == 0)
		return 0;
	code = net_exchange(demo->params->seed, demo->params->packets, NULL, net);

	if (code == 0 && !demo->params->quiet)
		demo_print_network(stdout, net);
	return code;
}

static int make_directory(struct demo *demo)
{
	const char *parent = demo->params->parent ? demo->params->parent : getenv("TMPDIR");

	if (!parent || !*parent)
		parent = "/tmp";
	/* Commas separate the keys of a device string, blanks and quotes the words of debugfs. */
	if (strpbrk(parent, ", \t\"'\\"))
		return complain(
			"%s: blanks, commas and quotes in the path are not supported; give another "
			"with --dir",
			parent);
	if (strlen(parent) > sizeof(demo->dir) / 2)
		return complain("%s: too long; give a shorter path with --dir", parent);
	snprintf(demo->dir, sizeof(demo->dir), "%s/padma-demo-XXXXXX", parent);
	if (!mkdtemp(demo->dir))
		return complain("%s: %s; give another directory with --dir", parent,
				strerror(errno));
	snprintf(demo->tree, sizeof(demo->tree), "%s/tree", demo->dir);
	snprintf(demo->image, sizeof(demo->image), "%s/S.img", demo->dir);
	snprintf(demo->target, sizeof(demo->target), "%s/T.img", demo->dir);
	snprintf(demo->copy, sizeof(demo->copy), "%s/copy", demo->dir);
	snprintf(demo->log, sizeof(demo->log), "%s/log", demo->dir);
	return 0;
}

/* A simulated drive in memory is blank; any other may hold data. */
static int check_overwrite(const struct demo_params *params)
{
	const char *device = params->device;

	if (!device || params->overwrite ||
	    (nvme_session_is_simulated(device) && !strstr(device, ",file=")))
		return 0;
	return complain("%s: all that its namespace 1 holds would be lost; if it may be, give "
			"--overwrite too",
			device);
}

/* An interrupted step may have returned success, which is not a verdict. */
static int run_steps(struct demo *demo)
{
	static int (*const steps[])(struct demo *) = {make_image, write_and_read_back, check_target,
						      measure_submission, exchange_packets};
	int code = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && code == 0; i++)
		code = interrupted() ? EXIT_FAILURE : steps[i](demo);
	return code == 0 && interrupted() ? EXIT_FAILURE : code;
}

int demo_run(const struct demo_params *params, struct demo_report *report)
{
	struct demo demo = {.params = params, .report = report};
	uint64_t start = (padma_clock_init(), padma_ticks());
	int code;

	memset(report, 0, sizeof(*report));
	code = check_overwrite(params);
	if (code == 0)
		code = make_directory(&demo);
	if (code)
		return code;
	say(&demo, "seed       %llu", (unsigned long long)params->seed);
	code = run_steps(&demo);
	report->seconds = (double)padma_ticks_to_ns(padma_ticks() - start) / 1e9;
	if (code == 0)
		say(&demo, "verified   in %.1f s", report->seconds);
	if (params->keep)
		say(&demo, "kept       %s", demo.dir);
	else
		tree_remove(demo.dir);
	return code;
}

void demo_report_free(struct demo_report *report)
{
	dma_report_free(&report->dma);
}
