// SPDX-License-Identifier: BSD-3-Clause
/* padma bench map: what it costs to map memory into a space and to learn where it is. */
#include "bench.h"

#include <stdlib.h>

#include <padma/alloc.h>
#include <padma/error.h>

#include "command.h"

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
	if (padma_alloc(space, bytes, NULL, &buffer)) {
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
