// SPDX-License-Identifier: BSD-3-Clause
/* See guard.h. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <string.h>
#include <sys/mman.h>

#include <padma/space.h>

#include "space/guard/guard.h"

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
	/* Bits are far apart: a hugepage for each would waste up to 256 MiB. */
	madvise(guard->frames, MAP_BYTES, MADV_NOHUGEPAGE);
	madvise(guard->frames, MAP_BYTES, MADV_DONTDUMP);
	if (mode == PADMA_GUARD_EXACT) {
		guard->exact = guard_exact_new();
		if (guard->exact)
			return 0;
		fail(-ENOMEM, "no memory for the guard");
	} else if (guard_registered_open(&guard->registered) == 0) {
		return 0;
	}
	guard_close(guard);
	return -ENOMEM;
}

void guard_close(struct guard *guard)
{
	if (!guard->frames)
		return;
	munmap(guard->frames, MAP_BYTES);
	guard->frames = NULL;
	guard_exact_delete(guard->exact);
	guard->exact = NULL;
	guard_registered_close(&guard->registered);
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

int guard_add_registered(struct guard *guard, const struct padma_run *run)
{
	if (!guard->frames)
		return 0;
	guard->changed = true;
	return guard->exact ? 0 : guard_registered_add(&guard->registered, run);
}

void guard_remove_registered(struct guard *guard, const struct padma_run *run)
{
	if (!guard->frames)
		return;
	guard->changed = true;
	if (!guard->exact)
		guard_registered_remove(&guard->registered, run);
}

/* How many bytes from @dma on are known to be the space's, or 0; @len matter. */
static uint64_t known_from(const struct guard *guard, padma_dma_t dma, size_t len)
{
	uint64_t frame = dma >> PADMA_GRANULE_SHIFT;
	uint64_t word = __atomic_load_n(&guard->frames[frame / 64], __ATOMIC_ACQUIRE);

	if (PADMA_LIKELY(word >> (frame % 64) & 1))
		return PADMA_GRANULE_BYTES - (dma & FRAME_MASK);
	return guard->exact ? 0 : guard_registered_from(&guard->registered, dma, len);
}

bool guard_check(const struct guard *guard, padma_dma_t dma, size_t len)
{
	if (dma >> DMA_BITS || len > (1ull << DMA_BITS) - dma || len == 0)
		return false;
	for (;;) {
		uint64_t known = known_from(guard, dma, len);

		if (known >= len)
			return true;
		/* In exact mode no bit is set: it costs the other mode nothing. */
		if (known == 0)
			return guard->exact && guard_exact_allows(guard, dma, len);
		dma += known;
		len -= known;
	}
}
