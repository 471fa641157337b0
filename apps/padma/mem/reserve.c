// SPDX-License-Identifier: BSD-3-Clause
/* padma mem reserve, release: the kernel's hugepage pool, in total or per NUMA node. */
#include "mem/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/command.h"
#include "common/options.h"

#define PAGE_MIN       4096u
#define SIZE_MAX_BYTES ((uint64_t)1 << 50)

struct reserve_options {
	bool has_size;
	uint64_t bytes;
	uint64_t page_bytes;
	int node; /* -1: all of them */
	const char *sysfs;
};

/* The kernel's counts (Documentation/admin-guide/mm/hugetlbpage.rst). */
struct pool {
	char path[PATH_MAX / 2];
	uint64_t total;
	uint64_t free;
};

enum {
	OPTION_PAGE = 0x100,
	OPTION_NODE,
	OPTION_SYSFS,
};

static const struct argp_option option_table[] = {
	{"page", OPTION_PAGE, "SIZE", 0, "size of a hugepage: 2M (default) or 1G", 0},
	{"node", OPTION_NODE, "N", 0, "on this NUMA node (default: any node with memory)", 0},
	{"sysfs", OPTION_SYSFS, "DIR", 0, "root of sysfs (default /sys)", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct reserve_options *options = state->input;

	switch (key) {
	case OPTION_PAGE:
		options->page_bytes = option_size(state, "--page", value, PAGE_MIN, SIZE_MAX_BYTES);
		return 0;
	case OPTION_NODE:
		options->node = (int)option_number(state, "--node", value, 0, 1023);
		return 0;
	case OPTION_SYSFS:
		options->sysfs = value;
		return 0;
	case ARGP_KEY_ARG:
		if (options->has_size)
			command_usage(state, "'%.64s' is not expected after SIZE", value);
		options->bytes = option_size(state, "SIZE", value, 1, SIZE_MAX_BYTES);
		options->has_size = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool read_count(const struct pool *pool, const char *name, uint64_t *count)
{
	char path[PATH_MAX];
	bool read_it;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", pool->path, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	read_it = fscanf(file, "%" SCNu64, count) == 1;
	fclose(file);
	return read_it;
}

/* Return: whether the kernel has such pages there; complains if not. */
static bool read_pool(const struct reserve_options *options, struct pool *pool)
{
	char where[64] = "kernel/mm";
	char size[32];

	if (options->node >= 0)
		snprintf(where, sizeof(where), "devices/system/node/node%d", options->node);
	snprintf(pool->path, sizeof(pool->path), "%s/%s/hugepages/hugepages-%" PRIu64 "kB",
		 options->sysfs, where, options->page_bytes / 1024);
	if (read_count(pool, "nr_hugepages", &pool->total) &&
	    read_count(pool, "free_hugepages", &pool->free))
		return true;
	complain("the kernel has no hugepages of %s here: no counts in %s; padma mem lists what "
		 "there is",
		 format_bytes(options->page_bytes, size, sizeof(size)), pool->path);
	return false;
}

/* Return: 0, or the errno of the write. */
static int write_total(const struct pool *pool, uint64_t total)
{
	char path[PATH_MAX], text[32];
	int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", total);
	int fd, error = 0;

	snprintf(path, sizeof(path), "%s/nr_hugepages", pool->path);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, text, (size_t)length) != length)
		error = errno;
	close(fd);
	return error;
}

static int print_pool(const struct reserve_options *options, const struct pool *pool)
{
	char size[32];

	printf("%" PRIu64 " hugepages of %s, %" PRIu64 " free\n", pool->total,
	       format_bytes(options->page_bytes, size, sizeof(size)), pool->free);
	return command_finish_output();
}

/*
 * The kernel would try to reach the count at any cost, even by killing processes, so never request
 * more than is available. Return: whether it is available; complains if not.
 */
static bool is_available(uint64_t bytes)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128], there[32], wanted[32];
	uint64_t kib = 0;

	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "MemAvailable: %" SCNu64, &kib) != 1)
		;
	if (file)
		fclose(file);
	if (bytes / 1024 <= kib)
		return true;
	complain("%s more are needed and %s are available; give a smaller SIZE",
		 format_bytes(bytes, wanted, sizeof(wanted)),
		 format_bytes(kib * 1024, there, sizeof(there)));
	return false;
}

/* The kernel reports no shortfall: read the new count back, and undo a partial reservation. */
static int change(const struct reserve_options *options, struct pool *pool, uint64_t total)
{
	uint64_t before = pool->total;
	int error;

	if (total > before && !is_available((total - before) * options->page_bytes))
		return EXIT_FAILURE;
	error = write_total(pool, total);
	if (error)
		return complain("write %s/nr_hugepages: %s%s", pool->path, strerror(error),
				error == EACCES ? "; be root" : "");
	if (!read_pool(options, pool))
		return EXIT_FAILURE;
	if (pool->total < total) {
		write_total(pool, before);
		return complain(
			"only %" PRIu64 " of %" PRIu64 " hugepages were allocated, so it is "
			"left at %" PRIu64 "; free memory is short or fragmented: try after "
			"echo 1 >/proc/sys/vm/compact_memory, or reserve at boot",
			pool->total, total, before);
	}
	return print_pool(options, pool);
}

static int run(const struct argp *argp, int argc, char **argv, bool reserve)
{
	struct reserve_options options = {.page_bytes = 2 << 20, .node = -1, .sysfs = "/sys"};
	struct pool pool;
	uint64_t pages;

	command_parse(argp, argc, argv, &options);
	if (reserve && !options.has_size) {
		complain("SIZE is missing; give one like 512M; see %s --help", argv[0]);
		return EXIT_USAGE;
	}
	if (!read_pool(&options, &pool))
		return EXIT_FAILURE;
	pages = (options.bytes + options.page_bytes - 1) / options.page_bytes;
	if (reserve)
		return change(&options, &pool,
			      pool.total + (pages > pool.free ? pages - pool.free : 0));
	if (!options.has_size || pages > pool.free)
		pages = pool.free;
	return change(&options, &pool, pages > pool.total ? 0 : pool.total - pages);
}

int mem_reserve_command(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"SIZE",
		"Reserve hugepages in the kernel so that SIZE of them is free. All or nothing; "
		"until they are released, or the machine restarts.",
		command_common,
		NULL,
		NULL};

	return run(&argp, argc, argv, true);
}

int mem_release_command(int argc, char **argv)
{
	static const struct argp argp = {option_table,
					 parse,
					 "[SIZE]",
					 "Give free hugepages back to the rest of the machine: all "
					 "of them, or SIZE of them. "
					 "Pages in use stay.",
					 command_common,
					 NULL,
					 NULL};

	return run(&argp, argc, argv, false);
}
