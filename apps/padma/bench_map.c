// SPDX-License-Identifier: BSD-3-Clause
/* padma bench map: what it costs to map memory into a space and to learn where it is. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <padma/alloc.h>
#include <padma/error.h>

#include "command.h"
#include "options.h"

/* 0 where the kernel does not tell. */
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

/*
 * Hugepages are reserved when they are mapped, and a shortage is told then. Ordinary pages that
 * stand in for them would be missed only when they are touched, by a process that is killed.
 */
static int check_memory(struct padma_space *space, uint64_t bytes)
{
	uint64_t available = available_bytes();
	char want[32], have[32];
	struct padma_space_info info;

	padma_space_info(space, &info);
	if (info.page_bytes > 4096 || available == 0 || bytes <= available)
		return 0;
	return complain("--size: %s wanted, but only %s of memory are available; give less",
			format_bytes(bytes, want, sizeof(want)),
			format_bytes(available, have, sizeof(have)));
}

int bench_map(uint64_t bytes, struct figures *figures)
{
	struct padma_space_params params = bench_params();
	struct padma_space_info info;
	struct padma_space *space;
	void *buffer;
	int code = 0;

	params.chunk_bytes = bytes;
	space = bench_space(&params);
	if (!space)
		return EXIT_FAILURE;
	if (check_memory(space, bytes)) {
		code = EXIT_FAILURE;
	} else if (padma_alloc(space, bytes, NULL, &buffer)) {
		code = complain("%s", padma_last_error());
	} else {
		padma_space_info(space, &info);
		figures_add_count(figures, "bytes", "memory mapped", "bytes", info.mapped_bytes);
		figures_add_count(figures, "page_bytes", "page size", "bytes", info.page_bytes);
		figures_add_count(figures, "runs", "contiguous runs in it", "", info.runs);
		figures_add_count(figures, "queries", "GET_PA calls", "", info.queries);
		figures_add(figures, "map_ms", "MAP", "ms", (double)info.map_ns / 1e6);
		figures_add(figures, "resolve_ms", "GET_PA and the PA cache", "ms",
			    (double)info.resolve_ns / 1e6);
	}
	padma_space_close(space);
	return code;
}
