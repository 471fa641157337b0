// SPDX-License-Identifier: BSD-3-Clause
/*
 * Placing a request with constraints: try an address, and where a run forbids it, go on at the
 * first address that this run does not forbid. So a span is walked once, whatever is asked for.
 */
#include "base/base.h"
#include "memory/heap_place.h"

#include <padma/dma.h>

/* Addresses are known or not known by the granule. */
static uintptr_t next_granule(uintptr_t va)
{
	return align_down(va, PADMA_GRANULE_BYTES) + PADMA_GRANULE_BYTES;
}

/* The run at @va, not beyond the request's end, and not wrapping whatever the source says. */
static struct padma_run run_at(const struct heap_source *source, uintptr_t va, size_t len)
{
	struct padma_run run = source->run(source->ctx, (void *)va, len);

	if (run.len > len)
		run.len = len;
	if (run.dma >> 63)
		run.len = 0;
	return run;
}

/*
 * How far to move up so that [dma, dma + bytes) crosses no multiple of the boundary; 0: it does
 * not.
 */
static size_t boundary_step(padma_dma_t dma, size_t bytes, size_t boundary)
{
	if (!boundary || ((dma ^ (dma + bytes - 1)) & ~((uint64_t)boundary - 1)) == 0)
		return 0;
	return align_up(dma + 1, boundary) - dma;
}

/*
 * Whether the request may start at @va. If not, *next is the first address above that may do, as
 * far as this run tells.
 */
static enum place try_at(const struct heap_source *source, const struct request *request,
			 uintptr_t va, uintptr_t *next)
{
	uintptr_t at = va, end = va + request->bytes;

	while (at < end) {
		struct padma_run run = run_at(source, at, end - at);
		size_t step;

		if (run.len == 0) {
			*next = next_granule(at);
			return PLACE_UNRESOLVED;
		}
		*next = at + run.len;
		/* Any start in this run reaches its last byte, or one higher up. */
		if (run.dma + run.len - 1 > request->mask)
			return PLACE_NONE;
		if (request->one_run && run.len < request->bytes)
			return PLACE_NONE;
		step = boundary_step(run.dma, request->bytes, request->boundary);
		if (step) {
			*next = at + step;
			return PLACE_NONE;
		}
		at = *next;
	}
	return PLACE_FOUND;
}

enum place place_find(const struct heap_source *source, const struct request *request,
		      uintptr_t start, uintptr_t end, uintptr_t *at)
{
	enum place answer = PLACE_NONE;
	uintptr_t va = align_up(start, request->align), next;

	/* va < start: rounding up wrapped. */
	while (va >= start && va < end && end - va >= request->rounded) {
		enum place place = try_at(source, request, va, &next);

		if (place == PLACE_FOUND) {
			*at = va;
			return PLACE_FOUND;
		}
		if (place == PLACE_UNRESOLVED)
			answer = PLACE_UNRESOLVED;
		va = align_up(next, request->align);
	}
	return answer;
}
