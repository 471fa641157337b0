// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench map: the cost of mapping memory into a space and resolving its dma addresses.
 *
 * Each hugepage is queried by itself: it is contiguous by definition, while the kernel walks a range
 * in steps of 4 KiB. On a real device, registering hugepages of the program is measured as well.
 */
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/options.h"

/* 0 if unknown. */
static uint64_t available_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	}
	fclose(file);
	return (uint64_t)kib << 10;
}

int bench_check_memory(const char *option, uint64_t bytes)
{
	uint64_t available = available_bytes();
	char want[32], have[32];

	if (available == 0 || bytes <= available)
		return 0;
	return complain("%s: %s wanted, but only %s of memory are available; give less", option,
			format_bytes(bytes, want, sizeof(want)),
			format_bytes(available, have, sizeof(have)));
}

/*
 * Hugepages are reserved when they are mapped, so a shortage is an error then. A shortage of the
 * ordinary pages that replace them shows only on first touch, when the kernel kills the process.
 */
static int check_memory(struct padma_space *space, uint64_t bytes)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.page_bytes > 4096 ? 0 : bench_check_memory("--size", bytes);
}

static int map_window(struct padma_space *space, uint64_t bytes, struct figures *figures)
{
	struct padma_space_info info;
	void *buffer;

	if (padma_space_alloc(space, bytes, NULL, &buffer))
		return complain("%s", padma_last_error());
	padma_space_info(space, &info);
	figures_add_count(figures, "bytes", "memory mapped", "bytes", info.mapped_bytes);
	figures_add_count(figures, "page_bytes", "page size", "bytes", info.page_bytes);
	figures_add_count(figures, "runs", "contiguous runs in it", "", info.runs);
	figures_add_count(figures, "queries", "GET_PA calls", "", info.queries);
	figures_add(figures, "map_ms", "MAP", "ms", (double)info.map_ns / 1e6);
	figures_add(figures, "resolve_ms", "GET_PA and the PA cache", "ms",
		    (double)info.resolve_ns / 1e6);
	padma_space_free(space, buffer);
	/* Free the pages for the next measurement. */
	return padma_space_trim(space) < 0 ? complain("%s", padma_last_error()) : 0;
}

static int register_at(struct padma_space *space, void *memory, uint64_t bytes,
		       struct figures *figures)
{
	struct padma_space_info before, after;

	padma_space_info(space, &before);
	if (padma_space_register(space, memory, bytes))
		return complain("%s", padma_last_error());
	padma_space_info(space, &after);
	figures_add_count(figures, "registered_runs", "registered: contiguous runs", "",
			  after.registered_runs);
	figures_add_count(figures, "registered_queries", "registered: GET_PA calls", "",
			  after.queries - before.queries);
	figures_add(figures, "registered_map_ms", "registered: MAP", "ms",
		    (double)(after.map_ns - before.map_ns) / 1e6);
	figures_add(figures, "registered_resolve_ms", "registered: GET_PA and the map", "ms",
		    (double)(after.resolve_ns - before.resolve_ns) / 1e6);
	return padma_space_unregister(space, memory, bytes) ? complain("%s", padma_last_error())
							    : 0;
}

static int map_registered(struct padma_space *space, uint64_t bytes, struct figures *figures)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	int code;

	if (memory == MAP_FAILED)
		return complain("no hugepages for the second measurement: %s", strerror(errno));
	code = register_at(space, memory, bytes, figures);
	munmap(memory, bytes);
	return code;
}

static int map_on_device(struct padma_space *space, const char *name, uint64_t bytes,
			 struct figures *figures)
{
	struct padma_device *device;
	int code;

	/* GET_PA works only while a device is attached. */
	if (padma_device_open(space, name, &device))
		return complain("%s", padma_last_error());
	code = map_window(space, bytes, figures);
	if (code == 0)
		code = map_registered(space, bytes, figures);
	if (padma_device_close(device) && code == 0)
		code = complain("%s", padma_last_error());
	return code;
}

static struct padma_space *space_for(const char *device, uint64_t bytes, struct figures *figures)
{
	const struct padma_space_params params = {.backend = backend_option(),
						  .chunk_bytes = bytes};
	struct padma_space *space;

	if (padma_space_open_for(device, &params, &space)) {
		complain("%s", padma_last_error());
		return NULL;
	}
	backend_note(&figures->backend, space);
	return space;
}

int bench_map(uint64_t bytes, const char *device, struct figures *figures)
{
	struct padma_space_params params = bench_params();
	struct padma_space *space;
	int code;

	params.chunk_bytes = bytes;
	if (device)
		space = space_for(device, bytes, figures);
	else
		space = bench_space(&params);
	if (!space)
		return EXIT_FAILURE;
	code = check_memory(space, bytes);
	if (code == 0)
		code = device ? map_on_device(space, device, bytes, figures)
			      : map_window(space, bytes, figures);
	padma_space_close(space);
	return code;
}
