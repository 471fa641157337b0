// SPDX-License-Identifier: BSD-3-Clause
/* padma mem: the memory that devices can use here, and which backends work. */
#include <errno.h>
#include <inttypes.h>
#include <liburing.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/hugepages.h>
#include <padma/space.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/json.h"
#include "mem/reserve.h"
#include "common/options.h"

struct mem_options {
	bool json;
	const char *sysfs;
};

/* Something that is usable, or why it is not. */
struct facility {
	const char *name;
	bool works;
	char why[512];
};

/* All names for --backend, in the order of auto; one that this build lacks gives that as the reason. */
static const char *const backends[] = {"noiommu", "iommu", "pagemap", "sim", "vhost"};
#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

struct mem_report {
	struct padma_hugepage_info memory;
	struct facility iommufd;
	struct facility io_uring;
	struct facility backends[BACKENDS];
	struct facility automatic; /* the name is the backend's; the why is always set */
};

enum {
	OPTION_JSON = 0x100,
	OPTION_SYSFS,
};

static const struct argp_option option_table[] = {
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{"sysfs", OPTION_SYSFS, "DIR", 0, "root of sysfs (default /sys)", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct mem_options *options = state->input;

	switch (key) {
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_SYSFS:
		options->sysfs = value;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0 || strcmp(value, "status") != 0)
			command_usage(state, "'%.64s' is not expected; only 'status' is", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void probe_iommufd(struct facility *facility)
{
	facility->name = "/dev/iommu";
	facility->works = access("/dev/iommu", R_OK | W_OK) == 0;
	if (facility->works)
		return;
	/* The remedy is printed with the backends that need it. */
	snprintf(facility->why, sizeof(facility->why), "%s", strerror(errno));
}

/* Containers and hardened kernels refuse it; the simulated drive then works without. */
static void probe_io_uring(struct facility *facility)
{
	struct io_uring ring;
	int error = io_uring_queue_init(1, &ring, 0);

	facility->name = "io_uring";
	facility->works = error == 0;
	if (error == 0)
		io_uring_queue_exit(&ring);
	else
		snprintf(facility->why, sizeof(facility->why), "%s", strerror(-error));
}

/* The only reliable test: whether a space can be opened with the backend. */
static void probe_backend(struct facility *facility, const char *name)
{
	const struct padma_space_params params = {.backend = name, .window_bytes = 1 << 30};
	struct padma_space *space;

	facility->name = name;
	facility->works = padma_space_open(&params, &space) == 0;
	if (facility->works)
		padma_space_close(space);
	else
		snprintf(facility->why, sizeof(facility->why), "%s", padma_last_error());
}

/* The backend of a program that names none. */
static void probe_automatic(struct facility *facility)
{
	const struct padma_space_params params = {.window_bytes = 1 << 30};
	struct padma_space_info info;
	struct padma_space *space;

	facility->name = "none";
	facility->works = padma_space_open(&params, &space) == 0;
	if (!facility->works) {
		snprintf(facility->why, sizeof(facility->why), "%s", padma_last_error());
		return;
	}
	padma_space_info(space, &info);
	facility->name = info.backend;
	snprintf(facility->why, sizeof(facility->why), "%s", info.why);
	padma_space_close(space);
}

static int probe(struct mem_report *report, const char *sysfs)
{
	int error = padma_hugepage_info_get(&(struct padma_hugepage_params){.sysfs = sysfs},
					    &report->memory);

	if (error)
		return error;
	probe_iommufd(&report->iommufd);
	probe_io_uring(&report->io_uring);
	/* Warnings matter only to programs that use the backend. */
	command_hush(true);
	for (size_t i = 0; i < BACKENDS; i++)
		probe_backend(&report->backends[i], backends[i]);
	probe_automatic(&report->automatic);
	command_hush(false);
	return 0;
}

static void print_pages(const struct padma_hugepage_size *pages)
{
	char size[32], name[48];

	snprintf(name, sizeof(name), "%s%s", format_bytes(pages->page_bytes, size, sizeof(size)),
		 pages->is_default ? " *" : "");
	printf("  %-9s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "   %s\n", name,
	       pages->total, pages->free, pages->reserved, pages->obtainable,
	       pages->mount ? pages->mount : "-");
	for (size_t i = 0; i < pages->node_count; i++)
		printf("    node %-2d %10" PRIu64 " %10" PRIu64 "\n", pages->nodes[i].node,
		       pages->nodes[i].total, pages->nodes[i].free);
}

static void print_facility(const struct facility *facility)
{
	printf("  %-11s %s%s\n", facility->name,
	       facility->works ? "works" : "no: ", facility->works ? "" : facility->why);
}

/* The reason without "the backend NAME does not work here: ", which repeats the line's label. */
static const char *reason_of(const struct facility *backend)
{
	char prefix[80];
	size_t bytes = (size_t)snprintf(prefix, sizeof(prefix),
					"the backend %s does not work here: ", backend->name);

	return strncmp(backend->why, prefix, bytes) == 0 ? backend->why + bytes : backend->why;
}

/* A reason that several backends share is printed once. */
static void print_backends(const struct facility *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *reason = reason_of(&list[i]);
		size_t same = 0;

		while (same < i && strcmp(reason, reason_of(&list[same])) != 0)
			same++;
		if (list[i].works)
			printf("  %-11s works\n", list[i].name);
		else if (same < i)
			printf("  %-11s no, as %s\n", list[i].name, list[same].name);
		else
			printf("  %-11s no: %s\n", list[i].name, reason);
	}
}

static void cut_out(char *text, const char *piece)
{
	char *at = strstr(text, piece);

	if (at)
		memmove(at, at + strlen(piece), strlen(at + strlen(piece)) + 1);
}

/* Why auto chose it, without the reasons already printed with the other backends. */
static void print_automatic(const struct mem_report *report)
{
	char why[sizeof(report->automatic.why)], piece[sizeof(why) + 4];

	memcpy(why, report->automatic.why, sizeof(why));
	for (size_t i = 0; i < BACKENDS; i++) {
		snprintf(piece, sizeof(piece), " (%s)", reason_of(&report->backends[i]));
		while (!report->backends[i].works && strstr(why, piece))
			cut_out(why, piece);
	}
	printf("  auto: %s: %s\n", report->automatic.name, why);
}

static int print_text(const struct mem_report *report)
{
	const struct padma_hugepage_info *memory = &report->memory;
	char size[32];

	if (memory->size_count == 0)
		puts("Hugepages: the kernel has none");
	else
		printf("Hugepages%23s %10s %10s   %s\n", "total       free", "reserved",
		       "obtainable", "mount (*: default size)");
	for (size_t i = 0; i < memory->size_count; i++)
		print_pages(&memory->sizes[i]);
	printf("NUMA nodes: %u%s\n", memory->node_count,
	       memory->numa ? "" : " (the kernel does not distinguish them)");
	printf("Memory that may be locked: %s\n",
	       memory->memlock_bytes == PADMA_MEMLOCK_UNLIMITED
		       ? "unlimited"
		       : format_bytes(memory->memlock_bytes, size, sizeof(size)));
	puts("Kernel:");
	print_facility(&report->iommufd);
	print_facility(&report->io_uring);
	puts("Backends, in the order in which they are tried by default:");
	print_backends(report->backends, BACKENDS);
	print_automatic(report);
	return command_finish_output();
}

static json_t *pages_json(const struct padma_hugepage_size *pages)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < pages->node_count; i++) {
		const struct padma_hugepage_node *node = &pages->nodes[i];

		json_array_append_new(nodes, json_pack("{s:i, s:I, s:I, s:I}", "node", node->node,
						       "total", (json_int_t)node->total, "free",
						       (json_int_t)node->free, "surplus",
						       (json_int_t)node->surplus));
	}
	return json_pack("{s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "bytes",
			 (json_int_t)pages->page_bytes, "default", pages->is_default, "total",
			 (json_int_t)pages->total, "free", (json_int_t)pages->free, "reserved",
			 (json_int_t)pages->reserved, "surplus", (json_int_t)pages->surplus,
			 "surplus_limit", (json_int_t)pages->surplus_limit, "obtainable",
			 (json_int_t)pages->obtainable, "mount",
			 json_text_or_null(pages->mount ? pages->mount : ""), "nodes", nodes);
}

static json_t *facility_json(const struct facility *facility)
{
	return json_pack("{s:s, s:b, s:o}", "name", facility->name, "works", facility->works, "why",
			 json_text_or_null(facility->why));
}

static int print_json(const struct mem_report *report)
{
	const struct padma_hugepage_info *memory = &report->memory;
	json_t *sizes = json_array(), *list = json_array();
	bool unlimited = memory->memlock_bytes == PADMA_MEMLOCK_UNLIMITED;

	for (size_t i = 0; i < memory->size_count; i++)
		json_array_append_new(sizes, pages_json(&memory->sizes[i]));
	for (size_t i = 0; i < BACKENDS; i++)
		json_array_append_new(list, facility_json(&report->backends[i]));
	return json_print(
		json_pack("{s:o, s:b, s:i, s:o, s:o, s:o, s:o, s:o}", "hugepages", sizes, "numa",
			  memory->numa, "numa_nodes", (int)memory->node_count, "memlock_bytes",
			  unlimited ? json_null() : json_integer((json_int_t)memory->memlock_bytes),
			  "iommufd", facility_json(&report->iommufd), "io_uring",
			  facility_json(&report->io_uring), "backends", list, "auto",
			  json_pack("{s:s, s:o}", "backend", report->automatic.name, "why",
				    json_text(report->automatic.why))));
}

/* A sysfs may lack hugepages, but never this directory. */
static int check_sysfs(const char *sysfs)
{
	char path[PATH_MAX];
	struct stat about;

	if ((size_t)snprintf(path, sizeof(path), "%s/kernel", sysfs) < sizeof(path) && *sysfs &&
	    stat(path, &about) == 0 && S_ISDIR(about.st_mode))
		return 0;
	return complain("--sysfs: '%.256s' is not the root of a sysfs: it has no directory "
			"'kernel'; give one, or leave it out for /sys",
			sysfs);
}

static int status_command(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[status]",
		"Show hugepages (in total and per NUMA node), hugetlbfs mounts, the limit on "
		"locked "
		"memory, and which ways to get dma addresses work here.\vpadma mem reserve SIZE "
		"and padma "
		"mem release change how many hugepages the kernel keeps.",
		command_common,
		NULL,
		NULL};
	struct mem_options options = {0};
	struct mem_report report = {0};
	int status;

	command_parse(&argp, argc, argv, &options);
	if (options.sysfs && check_sysfs(options.sysfs))
		return EXIT_FAILURE;
	if (probe(&report, options.sysfs))
		return complain("%s", padma_last_error());
	status = options.json ? print_json(&report) : print_text(&report);
	padma_hugepage_info_put(&report.memory);
	return status;
}

/* 'status' may be omitted, also with options; the other two must be the first word. */
int mem_command(int argc, char **argv)
{
	static char reserve_title[] = "padma mem reserve", release_title[] = "padma mem release";

	if (argc > 1 && strcmp(argv[1], "reserve") == 0) {
		argv[1] = reserve_title;
		return mem_reserve_command(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "release") == 0) {
		argv[1] = release_title;
		return mem_release_command(argc - 1, argv + 1);
	}
	return status_command(argc, argv);
}
