// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma demo: the main job on real input.
 *
 * A tree made from a seed becomes a file system image; all of the image goes through padma's
 * buffers, descriptors and a controller's DMA to a blank namespace and back; then programs that
 * know nothing of padma judge the result.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <padma/time.h>

#include "bench.h"
#include "command.h"
#include "commands.h"
#include "demo_dma.h"
#include "demo_tree.h"
#include "json.h"
#include "options.h"
#include "program.h"

#define TREE_BYTES  (64ull << 20)
#define IMAGE_BYTES (112ull << 20)

struct demo {
	uint64_t seed;
	const char *parent;
	bool keep_files;
	bool json;
	char dir[PATH_MAX / 4];
	char tree_path[PATH_MAX / 2];
	char image[PATH_MAX / 2];  /* S */
	char target[PATH_MAX / 2]; /* T */
	char copy[PATH_MAX / 2];
	char log[PATH_MAX / 2];
	struct tree tree;
	struct dma_report dma;
	struct figures submit;
	double seconds;
};

static PADMA_PRINTF(2, 3) void say(const struct demo *demo, const char *format, ...)
{
	va_list args;

	if (demo->json)
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
	int code = program_run(argv, demo->log, "e2fsprogs");

	if (code == 127 || code < 0)
		return EXIT_FAILURE;
	if (code)
		return complain("%s failed with exit code %d: %s", argv[0], code,
				program_last_line(demo->log, line, sizeof(line)));
	return 0;
}

static int make_image(struct demo *demo)
{
	char size[32];
	const char *const argv[] = {"mkfs.ext4",     "-q",	  "-F", "-b", "4096", "-d",
				    demo->tree_path, demo->image, size, NULL};
	int code = tree_make(demo->tree_path, demo->seed, TREE_BYTES, &demo->tree);

	if (code)
		return code;
	say(demo, "tree       %u files, %u directories, %u links, %u levels deep, %llu MiB",
	    demo->tree.files, demo->tree.directories, demo->tree.links, demo->tree.depth,
	    (unsigned long long)demo->tree.bytes >> 20);
	snprintf(size, sizeof(size), "%lluk", IMAGE_BYTES >> 10);
	return run_program(demo, argv);
}

static int write_and_read_back(struct demo *demo)
{
	char device[PATH_MAX];
	int code;

	snprintf(device, sizeof(device), "sim:nvme,file=%s,size=%lluM", demo->target,
		 IMAGE_BYTES >> 20);
	code = dma_round_trip(demo->image, device, demo->seed, &demo->dma);
	if (code)
		return code;
	say(demo,
	    "memory     two buffers of %zu MiB on %zu KiB pages: %zu runs of %zu to %zu KiB, "
	    "%llu GET_PA queries",
	    demo->dma.bytes >> 20, demo->dma.page_bytes >> 10, demo->dma.runs,
	    demo->dma.shortest_run >> 10, demo->dma.longest_run >> 10,
	    (unsigned long long)demo->dma.queries);
	say(demo, "write      %zu MiB by DMA and flush: %.0f MiB/s", demo->dma.bytes >> 20,
	    demo->dma.write_mib_s);
	say(demo, "read       %zu MiB by DMA into other buffers: %.0f MiB/s, every byte the same",
	    demo->dma.bytes >> 20, demo->dma.read_mib_s);
	return 0;
}

/* Programs that never heard of padma look at the namespace's file. */
static int judge(struct demo *demo)
{
	char request[PATH_MAX];
	const char *const check[] = {"e2fsck", "-fn", demo->target, NULL};
	const char *const extract[] = {"debugfs", "-R", request, demo->target, NULL};
	int code = run_program(demo, check);

	if (code)
		return code;
	say(demo, "e2fsck     accepts the namespace's file");
	if (mkdir(demo->copy, 0755))
		return complain("%s: %s", demo->copy, strerror(errno));
	snprintf(request, sizeof(request), "rdump / %s", demo->copy);
	code = run_program(demo, extract);
	if (code == 0)
		code = tree_compare(demo->tree_path, demo->copy);
	if (code == 0)
		say(demo, "debugfs    extracts the same tree from it");
	return code;
}

static double figure(const struct figures *figures, const char *key)
{
	for (unsigned int i = 0; i < figures->count; i++) {
		if (strcmp(figures->list[i].key, key) == 0)
			return figures->list[i].value;
	}
	return 0;
}

static int measure_submission(struct demo *demo)
{
	struct bench_submit_options options = {.bs = 4096, .qd = 128, .batch = 32};
	int code = bench_submit(&options, &demo->submit);

	if (code == 0)
		say(demo,
		    "submission %.1f ns to submit and %.1f ns to complete a 4 KiB command: "
		    "%.1f million commands/s on one core",
		    figure(&demo->submit, "submit_ns"), figure(&demo->submit, "complete_ns"),
		    figure(&demo->submit, "commands_per_s") / 1e6);
	return code;
}

static int make_directory(struct demo *demo)
{
	const char *parent = demo->parent ? demo->parent : getenv("TMPDIR");

	if (!parent || !*parent)
		parent = "/tmp";
	/* The device string has commas of its own, debugfs its blanks and quotes. */
	if (strpbrk(parent, ", \t\"'\\"))
		return complain("%s: a path without blanks, commas and quotes is needed; give one "
				"with --dir",
				parent);
	if (strlen(parent) > sizeof(demo->dir) / 2)
		return complain("%s: too long; give a shorter path with --dir", parent);
	snprintf(demo->dir, sizeof(demo->dir), "%s/padma-demo-XXXXXX", parent);
	if (!mkdtemp(demo->dir))
		return complain("%s: %s; give another directory with --dir", demo->dir,
				strerror(errno));
	snprintf(demo->tree_path, sizeof(demo->tree_path), "%s/tree", demo->dir);
	snprintf(demo->image, sizeof(demo->image), "%s/S.img", demo->dir);
	snprintf(demo->target, sizeof(demo->target), "%s/T.img", demo->dir);
	snprintf(demo->copy, sizeof(demo->copy), "%s/copy", demo->dir);
	snprintf(demo->log, sizeof(demo->log), "%s/log", demo->dir);
	return 0;
}

static int run_demo(struct demo *demo)
{
	uint64_t start = (padma_clock_init(), padma_ticks());
	int code;

	say(demo, "seed       %llu", (unsigned long long)demo->seed);
	code = make_image(demo);
	if (code == 0)
		code = write_and_read_back(demo);
	if (code == 0)
		code = judge(demo);
	if (code == 0)
		code = measure_submission(demo);
	demo->seconds = (double)padma_ticks_to_ns(padma_ticks() - start) / 1e9;
	if (code == 0)
		say(demo, "verified   in %.1f s", demo->seconds);
	return code;
}

static json_t *to_json(const struct demo *d)
{
	return json_pack(
		"{s:I, s:b, s:f, s:{s:I, s:i, s:i, s:i, s:i}, s:{s:I, s:I, s:I, s:I, s:I, "
		"s:I}, s:f, s:f, s:f, s:f, s:I}",
		"seed", (json_int_t)d->seed, "verified", 1, "seconds", d->seconds, "tree", "bytes",
		(json_int_t)d->tree.bytes, "files", (int)d->tree.files, "directories",
		(int)d->tree.directories, "links", (int)d->tree.links, "depth", (int)d->tree.depth,
		"memory", "bytes", (json_int_t)d->dma.bytes * 2, "page_bytes",
		(json_int_t)d->dma.page_bytes, "runs", (json_int_t)d->dma.runs, "shortest_run",
		(json_int_t)d->dma.shortest_run, "longest_run", (json_int_t)d->dma.longest_run,
		"queries", (json_int_t)d->dma.queries, "write_mib_s", d->dma.write_mib_s,
		"read_mib_s", d->dma.read_mib_s, "submit_ns", figure(&d->submit, "submit_ns"),
		"complete_ns", figure(&d->submit, "complete_ns"), "commands_per_s",
		(json_int_t)figure(&d->submit, "commands_per_s"));
}

enum {
	OPTION_JSON = 0x100,
	OPTION_SEED,
	OPTION_DIR,
	OPTION_KEEP,
};

static const struct argp_option rows[] = {
	{"seed", OPTION_SEED, "N", 0,
	 "make the tree and the memory's layout from N (default: the time)", 0},
	{"dir", OPTION_DIR, "DIR", 0, "work in a new directory below DIR (default $TMPDIR or /tmp)",
	 0},
	{"keep", OPTION_KEEP, NULL, 0, "keep that directory", 0},
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct demo *demo = state->input;

	switch (key) {
	case OPTION_SEED:
		demo->seed = option_number(state, "--seed", value, 1, INT64_MAX);
		return 0;
	case OPTION_DIR:
		demo->parent = value;
		return 0;
	case OPTION_KEEP:
		demo->keep_files = true;
		return 0;
	case OPTION_JSON:
		demo->json = true;
		return 0;
	case ARGP_KEY_ARG:
		command_usage(state, "'%s' is not expected", value);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int demo_command(int argc, char **argv)
{
	static const struct argp argp = {.options = rows,
					 .parser = parse,
					 .doc = "The main job on real input, without hardware or "
						"privileges: a file system image "
						"goes by DMA through padma's buffers to a "
						"simulated NVMe controller and back, and "
						"every byte is verified.",
					 .children = command_common};
	static struct demo demo;
	int code;

	demo.seed = (uint64_t)time(NULL);
	command_parse(&argp, argc, argv, &demo);
	code = make_directory(&demo);
	if (code)
		return code;
	code = run_demo(&demo);
	if (demo.keep_files)
		say(&demo, "kept       %s", demo.dir);
	else
		tree_remove(demo.dir);
	if (code == 0 && demo.json)
		return json_print(to_json(&demo));
	return code ? code : command_finish_output();
}
