// SPDX-License-Identifier: BSD-3-Clause
/* What a dma address refers to, and that in words. See exact.h. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <stdio.h>

#include "space/guard/lent.h"
#include "space/space_private.h"

typedef unsigned long long ull;

#define DMA_BITS 52

static bool is_range(padma_dma_t dma, size_t len)
{
	return len && !(dma >> DMA_BITS) && len <= (1ull << DMA_BITS) - dma;
}

/* All runs by dma address. 0, -ENOMEM. */
static int index_runs(struct space *space, struct dma_index *index)
{
	int rc;

	dma_index_clear(index);
	rc = space_each_run(space, dma_index_add, index);
	if (rc == 0)
		dma_index_sort(index);
	return rc;
}

static struct lent registration_at(const struct space *space, uint64_t va)
{
	const struct range_node *node = range_tree_find(&space->registered.tree, va);
	struct lent lent = {.kind = GUARD_OUTSIDE};

	if (node)
		lent = (struct lent){.kind = GUARD_FINE, .start = node->start, .len = node->len};
	return lent;
}

static struct lent lent_at(const struct space *space, uint64_t va)
{
	if (va - space->fast.window < space->fast.window_bytes)
		return guard_lent_at(space->guard.exact, va);
	return registration_at(space, va);
}

/* The reason of a refusal. */
struct finding {
	enum guard_kind kind;
	uint64_t dma; /* the first byte that may not be used */
	uint64_t va;
	struct lent lent;
};

/* The span that has @va at @dma. */
static const struct dma_span *span_of(const struct dma_index *index, uint64_t dma, uint64_t va)
{
	const struct dma_span *span = NULL;

	while ((span = dma_index_find(index, dma, span))) {
		if (span->va + (dma - span->dma) == va)
			return span;
	}
	return NULL;
}

/* Whether the memory from @va on is all in one piece that is handed out. */
static struct finding examine(const struct space *space, uint64_t dma, uint64_t va, uint64_t len)
{
	const struct dma_index *index = &space->guard.exact->index;
	struct finding f = {GUARD_FINE, dma, va, lent_at(space, va)};
	uint64_t left;

	f.kind = f.lent.kind;
	if (f.kind)
		return f;
	left = f.lent.start + f.lent.len - va;
	while (len) {
		const struct dma_span *span = span_of(index, f.dma, f.va);
		uint64_t part = span ? span->dma + span->len - f.dma : 0;

		if (part > len)
			part = len;
		if (part > left)
			part = left;
		if (part == 0) {
			f.kind = left ? GUARD_PAST_RUN : GUARD_PAST_END;
			return f;
		}
		f.dma += part;
		f.va += part;
		left -= part;
		len -= part;
	}
	return f;
}

static void describe_piece(struct sentence *words, const char *before, const struct space *space,
			   const struct lent *lent)
{
	padma_dma_t dma = padma_dma(&space->fast, (void *)(uintptr_t)lent->start);

	if (lent->pool)
		sentence_add(words,
			     "%sobject %zu of the pool %s, %llu bytes at dma 0x%llx (va 0x%llx)",
			     before, lent->index, lent->pool->label, (ull)lent->len, (ull)dma,
			     (ull)lent->start);
	else
		sentence_add(words, "%s%s of %llu bytes at dma 0x%llx (va 0x%llx)", before,
			     lent->start - space->fast.window < space->fast.window_bytes
				     ? "a block"
				     : "a registration",
			     (ull)lent->len, (ull)dma, (ull)lent->start);
}

/* An unallocated address of the heap: the nearest block below it. */
static void describe_neighbour(struct sentence *words, const struct space *space, uint64_t va)
{
	const struct range_tree *tree = &space->guard.exact->lent;
	struct range_node *node, *next, *below = NULL;

	range_tree_for_each(node, next, tree)
	{
		if (node->start > va)
			break;
		below = node;
	}
	if (!below)
		sentence_add(words, "memory of the heap that is not allocated");
	else
		sentence_add(words,
			     "memory of the heap that is not allocated, %llu bytes after a block "
			     "of %llu bytes at va 0x%llx",
			     (ull)(va - below->start - below->len), (ull)below->len,
			     (ull)below->start);
}

static void describe_nearest(struct sentence *words, const struct dma_index *index, uint64_t dma)
{
	const struct dma_span *below = dma_index_below(index, dma);
	const struct dma_span *above = dma_index_above(index, dma);

	if (below && above && above->dma - dma < dma - (below->dma + below->len))
		below = NULL;
	if (below)
		sentence_add(words,
			     "outside all memory of the space: the nearest run ends %llu bytes "
			     "below, at dma 0x%llx",
			     (ull)(dma - (below->dma + below->len)),
			     (ull)(below->dma + below->len));
	else if (above)
		sentence_add(words,
			     "outside all memory of the space: the nearest run begins %llu bytes "
			     "above, at dma 0x%llx",
			     (ull)(above->dma - dma), (ull)above->dma);
	else
		sentence_add(words, "outside all memory of the space, which has none with a dma "
				    "address");
}

static void describe_no_range(struct sentence *words, padma_dma_t dma, size_t len)
{
	if (len == 0)
		sentence_add(words, "no bytes");
	else if (dma == PADMA_DMA_NONE)
		sentence_add(words,
			     "no dma address: the memory that was looked up is not memory of the "
			     "space");
	else
		sentence_add(words, "no processor has such addresses");
}

static void describe(struct sentence *words, const struct space *space, const struct finding *f,
		     uint64_t end)
{
	char before[64];

	switch (f->kind) {
	case GUARD_PAST_END:
		snprintf(before, sizeof(before), "%llu bytes past the end of ",
			 (ull)(end - f->dma));
		describe_piece(words, before, space, &f->lent);
		break;
	case GUARD_PAST_RUN:
		snprintf(before, sizeof(before), "past a run that ends at dma 0x%llx, inside ",
			 (ull)f->dma);
		describe_piece(words, before, space, &f->lent);
		break;
	case GUARD_FREED:
		sentence_add(words, "inside a block of %llu bytes at va 0x%llx that was freed",
			     (ull)f->lent.len, (ull)f->lent.start);
		break;
	case GUARD_NOT_HELD:
		sentence_add(words, "an object of the pool %s that is not lent out (object %zu)",
			     f->lent.pool->label, f->lent.index);
		break;
	case GUARD_NO_OBJECT:
		sentence_add(words, "memory of the pool %s between its objects",
			     f->lent.pool->label);
		break;
	default:
		describe_neighbour(words, space, f->va);
		break;
	}
}

static int refresh(struct space *space)
{
	int rc;

	if (!space->guard.changed)
		return 0;
	rc = index_runs(space, &space->guard.exact->index);
	space->guard.changed = rc != 0;
	return rc;
}

enum guard_kind guard_exact_diagnose(struct space *space, padma_dma_t dma, size_t len,
				     struct sentence *words)
{
	const struct dma_index *index = &space->guard.exact->index;
	struct finding first = {.kind = GUARD_OUTSIDE};
	const struct dma_span *span = NULL;

	if (!is_range(dma, len)) {
		if (words)
			describe_no_range(words, dma, len);
		return GUARD_NO_RANGE;
	}
	if (refresh(space)) {
		if (words)
			sentence_add(words, "unknown: there is no memory for the guard's table");
		return GUARD_UNKNOWN;
	}
	/* Try each virtual address that the memory has. */
	while ((span = dma_index_find(index, dma, span))) {
		struct finding f = examine(space, dma, span->va + (dma - span->dma), len);

		if (f.kind == GUARD_FINE)
			return GUARD_FINE;
		if (first.kind == GUARD_OUTSIDE)
			first = f;
	}
	if (words && first.kind == GUARD_OUTSIDE)
		describe_nearest(words, index, dma);
	else if (words)
		describe(words, space, &first, dma + len);
	return first.kind;
}

/* Where the space's memory ends, from @dma on. */
static uint64_t known_end(const struct dma_index *index, uint64_t dma, uint64_t end)
{
	const struct dma_span *span;

	while (dma < end && (span = dma_index_find(index, dma, NULL)))
		dma = span->dma + span->len;
	return dma;
}

enum guard_kind guard_pages_diagnose(struct space *space, padma_dma_t dma, size_t len,
				     struct sentence *words)
{
	struct dma_index index = {0};
	enum guard_kind kind = GUARD_FINE;
	uint64_t end;

	if (!is_range(dma, len)) {
		describe_no_range(words, dma, len);
		return GUARD_NO_RANGE;
	}
	if (index_runs(space, &index)) {
		sentence_add(words, "unknown: there is no memory for the guard's table");
		dma_index_free(&index);
		return GUARD_UNKNOWN;
	}
	end = known_end(&index, dma, dma + len);
	if (end == dma) {
		describe_nearest(words, &index, dma);
		kind = GUARD_OUTSIDE;
	} else if (end < dma + len) {
		sentence_add(words, "%llu bytes past the end of the space's memory at dma 0x%llx",
			     (ull)(dma + len - end), (ull)end);
		kind = GUARD_PAST_RUN;
	}
	dma_index_free(&index);
	return kind;
}
