// SPDX-License-Identifier: BSD-3-Clause
/* See guard.h. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <padma/space.h>

#include "space/guard.h"

#define DMA_BITS   52
#define FRAMES	   (1ull << (DMA_BITS - PADMA_GRANULE_SHIFT))
#define MAP_BYTES  (FRAMES / 8)
#define FRAME_MASK (PADMA_GRANULE_BYTES - 1)

int guard_open(struct guard *guard, enum padma_guard_mode mode)
{
	guard->frames = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (guard->frames == MAP_FAILED) {
		guard->frames = NULL;
		return fail(-ENOMEM, "no 256 MiB of address space for the guard");
	}
	/* Bits are far apart: a hugepage behind each would be a waste of up to 256 MiB. */
	madvise(guard->frames, MAP_BYTES, MADV_NOHUGEPAGE);
	madvise(guard->frames, MAP_BYTES, MADV_DONTDUMP);
	if (mode != PADMA_GUARD_EXACT)
		return 0;
	guard->exact = guard_exact_new();
	if (guard->exact)
		return 0;
	guard_close(guard);
	return fail(-ENOMEM, "no memory for the guard");
}

void guard_close(struct guard *guard)
{
	if (!guard->frames)
		return;
	munmap(guard->frames, MAP_BYTES);
	guard->frames = NULL;
	guard_exact_delete(guard->exact);
	guard->exact = NULL;
	run_table_free(&guard->foreign);
}

static void set_frames(struct guard *guard, const struct padma_run *run, bool on)
{
	uint64_t frame = run->dma >> PADMA_GRANULE_SHIFT;
	uint64_t last = frame + (run->len >> PADMA_GRANULE_SHIFT);

	guard->changed = true;
	if (guard->exact)
		return;
	for (; frame < last; frame++) {
		uint64_t *word = &guard->frames[frame / 64];
		uint64_t bit = 1ull << (frame % 64);

		if (on)
			__atomic_fetch_or(word, bit, __ATOMIC_RELEASE);
		else
			__atomic_fetch_and(word, ~bit, __ATOMIC_RELEASE);
	}
}

void guard_add_frames(struct guard *guard, const struct padma_run *run)
{
	if (guard->frames)
		set_frames(guard, run, true);
}

void guard_remove_frames(struct guard *guard, const struct padma_run *run)
{
	if (guard->frames)
		set_frames(guard, run, false);
}

static int by_dma(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted ranges made disjoint and as few as can be. Returns how many are left. */
static size_t unite(struct range *ranges, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct range *last = kept ? &ranges[kept - 1] : NULL;
		uint64_t end = ranges[i].start + ranges[i].len;

		if (!last || ranges[i].start > last->start + last->len)
			ranges[kept++] = ranges[i];
		else if (end > last->start + last->len)
			last->len = end - last->start;
	}
	return kept;
}

/* The runs as ranges of dma addresses, in their order. NULL without memory. */
static struct range *sorted_by_dma(const struct range *runs, size_t n)
{
	struct range *sorted = malloc((n + 1) * sizeof(*sorted));

	if (!sorted) {
		fail(-ENOMEM, "no memory for the guard's table of %zu runs", n);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct range){.start = runs[i].value, .len = runs[i].len};
	qsort(sorted, n, sizeof(*sorted), by_dma);
	return sorted;
}

static bool overlap_each_other(const struct range *sorted, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (sorted[i].start < sorted[i - 1].start + sorted[i - 1].len)
			return true;
	}
	return false;
}

int guard_replace_foreign(struct guard *guard, const struct range *all, size_t n)
{
	struct range *sorted;
	bool aliased;
	int rc;

	if (!guard->frames)
		return 0;
	guard->changed = true;
	sorted = sorted_by_dma(all, n);
	if (!sorted)
		return -ENOMEM;
	aliased = overlap_each_other(sorted, n);
	rc = run_table_replace(&guard->foreign, sorted, aliased ? unite(sorted, n) : n);
	if (rc == 0)
		guard->aliased = aliased;
	free(sorted);
	return rc;
}

int guard_add_foreign(struct guard *guard, const struct range *runs, size_t n,
		      const struct range *all, size_t all_n)
{
	struct range *sorted;
	int rc = -EEXIST;

	if (!guard->frames)
		return 0;
	guard->changed = true;
	if (guard->aliased)
		return guard_replace_foreign(guard, all, all_n);
	sorted = sorted_by_dma(runs, n);
	if (!sorted)
		return -ENOMEM;
	if (!overlap_each_other(sorted, n))
		rc = run_table_insert(&guard->foreign, sorted, n);
	free(sorted);
	return rc == -EEXIST ? guard_replace_foreign(guard, all, all_n) : rc;
}

void guard_remove_foreign(struct guard *guard, const struct range *runs, size_t n,
			  const struct range *all, size_t all_n)
{
	struct range *sorted;

	if (!guard->frames)
		return;
	guard->changed = true;
	sorted = guard->aliased ? NULL : sorted_by_dma(runs, n);
	if (sorted) {
		run_table_remove_ranges(&guard->foreign, sorted, n);
		free(sorted);
		return;
	}
	/* Without memory for it the guard goes on allowing too much; nothing else is harmed. */
	if (guard_replace_foreign(guard, all, all_n))
		log_warning("the guard still allows memory that is no longer registered");
}

/* The bytes from @dma on that are known to be the space's, or 0. */
static uint64_t known_from(const struct guard *guard, padma_dma_t dma)
{
	uint64_t frame = dma >> PADMA_GRANULE_SHIFT;
	uint64_t word = __atomic_load_n(&guard->frames[frame / 64], __ATOMIC_ACQUIRE);
	struct range range;

	if (PADMA_LIKELY(word >> (frame % 64) & 1))
		return PADMA_GRANULE_BYTES - (dma & FRAME_MASK);
	if (!guard->exact && run_table_find(&guard->foreign, dma, NULL, &range))
		return range.start + range.len - dma;
	return 0;
}

bool guard_check(const struct guard *guard, padma_dma_t dma, size_t len)
{
	if (dma >> DMA_BITS || len > (1ull << DMA_BITS) - dma || len == 0)
		return false;
	for (;;) {
		uint64_t known = known_from(guard, dma);

		if (known >= len)
			return true;
		/* In exact mode no bit is set, so that it costs the other mode nothing. */
		if (known == 0)
			return guard->exact && guard_exact_allows(guard, dma, len);
		dma += known;
		len -= known;
	}
}
