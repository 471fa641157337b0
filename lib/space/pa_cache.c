// SPDX-License-Identifier: BSD-3-Clause
/* See pa_cache.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <sys/mman.h>

#include "space/pa_cache.h"

#define HOLE (1ull << 63)

static uint64_t dma_of(const struct pa_cache *cache, size_t i)
{
	return i < cache->count ? cache->entries[i].dma : HOLE;
}

/* Whether granule i + 1 goes on where granule i ends. */
static bool continues(const struct pa_cache *cache, size_t i)
{
	uint64_t dma = dma_of(cache, i);

	return !(dma & HOLE) && dma_of(cache, i + 1) == dma + PADMA_GRANULE_BYTES;
}

static void store(uint64_t *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

/* The run that starts at granule @end is @run_bytes long: update the granules before it that it continues. */
static void relink_before(struct pa_cache *cache, size_t end, uint64_t run_bytes)
{
	for (size_t i = end; i > 0 && continues(cache, i - 1); i--) {
		run_bytes += PADMA_GRANULE_BYTES;
		store(&cache->entries[i - 1].run_bytes, run_bytes);
	}
}

int pa_cache_open(struct pa_cache *cache, void *window, size_t window_bytes)
{
	cache->count = window_bytes >> PADMA_GRANULE_SHIFT;
	cache->window = (uintptr_t)window;
	cache->entries = mmap(NULL, cache->count * sizeof(*cache->entries), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cache->entries == MAP_FAILED)
		return fail(-ENOMEM, "no memory for a PA cache of %zu entries", cache->count);
	for (size_t i = 0; i < cache->count; i++)
		cache->entries[i].dma = HOLE;
	return 0;
}

void pa_cache_close(struct pa_cache *cache)
{
	munmap(cache->entries, cache->count * sizeof(*cache->entries));
}

int pa_cache_set(struct pa_cache *cache, const struct padma_run *run)
{
	uintptr_t offset = (uintptr_t)run->va - cache->window;
	size_t first = offset >> PADMA_GRANULE_SHIFT;
	size_t n = run->len >> PADMA_GRANULE_SHIFT, end;
	uint64_t tail;

	if ((offset | run->len | run->dma) & (PADMA_GRANULE_BYTES - 1))
		return fail(
			-EIO,
			"the backend resolved %p to dma address 0x%llx, %zu bytes: memory of the "
			"window must be contiguous in aligned 2 MiB frames",
			run->va, (unsigned long long)run->dma, run->len);
	end = first + n;
	tail = dma_of(cache, end) == run->dma + run->len ? cache->entries[end].run_bytes : 0;
	for (size_t i = first; i < end; i++)
		store(&cache->entries[i].run_bytes, ((end - i) << PADMA_GRANULE_SHIFT) + tail);
	/* After the lengths: memory may be in use before it has an address. */
	for (size_t i = 0; i < n; i++)
		__atomic_store_n(&cache->entries[first + i].dma,
				 run->dma + (i << PADMA_GRANULE_SHIFT), __ATOMIC_RELEASE);
	relink_before(cache, first, cache->entries[first].run_bytes);
	return 0;
}

/* The run before granule @first ends there. */
static void cut_before(struct pa_cache *cache, size_t first)
{
	if (first == 0 || dma_of(cache, first - 1) & HOLE)
		return;
	store(&cache->entries[first - 1].run_bytes, PADMA_GRANULE_BYTES);
	relink_before(cache, first - 1, PADMA_GRANULE_BYTES);
}

static size_t granule_of(const struct pa_cache *cache, const void *va)
{
	return ((uintptr_t)va - cache->window) >> PADMA_GRANULE_SHIFT;
}

void pa_cache_clear(struct pa_cache *cache, const void *va, size_t bytes)
{
	size_t first = granule_of(cache, va), n = bytes >> PADMA_GRANULE_SHIFT;

	/* The length stays: a reader that has loaded the address returns the run as it was. */
	for (size_t i = 0; i < n; i++)
		store(&cache->entries[first + i].dma, HOLE);
	cut_before(cache, first);
}

void pa_cache_hide(struct pa_cache *cache, const void *va, size_t bytes)
{
	size_t first = granule_of(cache, va), n = bytes >> PADMA_GRANULE_SHIFT;

	for (size_t i = 0; i < n; i++)
		store(&cache->entries[first + i].dma, dma_of(cache, first + i) | HOLE);
	cut_before(cache, first);
}

void pa_cache_show(struct pa_cache *cache, const void *va, size_t bytes)
{
	size_t first = granule_of(cache, va), n = bytes >> PADMA_GRANULE_SHIFT;

	/* From the last one down, each is joined with what follows it. */
	while (n-- > 0) {
		uint64_t dma = dma_of(cache, first + n);
		struct padma_run run = {
			.va = (void *)(cache->window + ((first + n) << PADMA_GRANULE_SHIFT)),
			.dma = dma & ~HOLE,
			.len = PADMA_GRANULE_BYTES,
		};

		if (dma != HOLE)
			(void)pa_cache_set(cache, &run); /* it was valid before */
	}
}

int pa_cache_each_run(const struct pa_cache *cache,
		      int (*fn)(void *ctx, const struct padma_run *run), void *ctx)
{
	size_t i = 0;

	while (i < cache->count) {
		struct padma_run run;
		int rc;

		if (dma_of(cache, i) & HOLE) {
			i++;
			continue;
		}
		run.va = (void *)(cache->window + (i << PADMA_GRANULE_SHIFT));
		run.dma = dma_of(cache, i);
		run.len = cache->entries[i].run_bytes;
		rc = fn(ctx, &run);
		if (rc)
			return rc;
		i += run.len >> PADMA_GRANULE_SHIFT;
	}
	return 0;
}
