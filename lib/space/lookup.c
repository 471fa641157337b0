// SPDX-License-Identifier: BSD-3-Clause
/* Lookups that are not inlined: registered memory. */
#include "base/base.h"

#include "space/space_private.h"

struct padma_run padma_run_hinted(const struct padma_space *space, const void *va, size_t len,
				  size_t *hint)
{
	const struct run_table *runs = &space_of(space)->foreign.runs;
	struct padma_run run = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};
	uint64_t at = (uintptr_t)va, end;
	struct range range;

	if ((uintptr_t)va - space->window < space->window_bytes)
		return padma_run(space, va, len);
	if (!run_table_find(runs, at, hint, &range))
		return run;
	run.dma = range.value + (at - range.start);
	end = range.start + range.len;
	/* Two registrations side by side may be one run. */
	while (end - at < len && run_table_find(runs, end, hint, &range) && range.start == end &&
	       range.value == run.dma + (end - at))
		end += range.len;
	run.len = end - at < len ? end - at : len;
	return run;
}

struct padma_run padma_run_foreign(const struct padma_space *space, const void *va, size_t len)
{
	size_t hint = SIZE_MAX;

	return padma_run_hinted(space, va, len, &hint);
}

padma_dma_t padma_dma_foreign(const struct padma_space *space, const void *va)
{
	struct range range;

	if (!run_table_find(&space_of(space)->foreign.runs, (uintptr_t)va, NULL, &range))
		return PADMA_DMA_NONE;
	return range.value + ((uintptr_t)va - range.start);
}
