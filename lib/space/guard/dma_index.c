// SPDX-License-Identifier: BSD-3-Clause
/* See dma_index.h. */
#include "space/guard/dma_index.h"

#include <errno.h>
#include <stdlib.h>

void dma_index_clear(struct dma_index *index)
{
	index->count = 0;
}

void dma_index_free(struct dma_index *index)
{
	free(index->spans);
	*index = (struct dma_index){0};
}

int dma_index_add(void *ctx, const struct padma_run *run)
{
	struct dma_index *index = ctx;

	if (index->count == index->capacity) {
		size_t capacity = index->capacity ? 2 * index->capacity : 64;
		struct dma_span *spans = realloc(index->spans, capacity * sizeof(*spans));

		if (!spans)
			return -ENOMEM;
		index->spans = spans;
		index->capacity = capacity;
	}
	index->spans[index->count++] =
		(struct dma_span){.dma = run->dma, .len = run->len, .va = (uintptr_t)run->va};
	return 0;
}

static int by_dma(const void *a, const void *b)
{
	const struct dma_span *x = a, *y = b;

	return x->dma < y->dma ? -1 : x->dma > y->dma;
}

static uint64_t end_of(const struct dma_span *span)
{
	return span->dma + span->len;
}

void dma_index_sort(struct dma_index *index)
{
	uint64_t reach = 0;

	if (index->count)
		qsort(index->spans, index->count, sizeof(*index->spans), by_dma);
	for (size_t i = 0; i < index->count; i++) {
		if (end_of(&index->spans[i]) > reach)
			reach = end_of(&index->spans[i]);
		index->spans[i].reach = reach;
	}
}

/* How many spans begin at or below @dma. */
static size_t count_from(const struct dma_index *index, uint64_t dma)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->spans[middle].dma <= dma)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct dma_span *dma_index_find(const struct dma_index *index, uint64_t dma,
				      const struct dma_span *previous)
{
	size_t i = previous ? (size_t)(previous - index->spans) : count_from(index, dma);

	/* Downwards, as long as any span there reaches so far. */
	while (i-- > 0 && index->spans[i].reach > dma) {
		if (end_of(&index->spans[i]) > dma)
			return &index->spans[i];
	}
	return NULL;
}

const struct dma_span *dma_index_below(const struct dma_index *index, uint64_t dma)
{
	const struct dma_span *nearest = NULL;

	for (size_t i = count_from(index, dma); i-- > 0;) {
		const struct dma_span *span = &index->spans[i];

		if (end_of(span) <= dma && (!nearest || end_of(span) > end_of(nearest)))
			nearest = span;
		if (nearest && span->reach <= end_of(nearest))
			break;
	}
	return nearest;
}

const struct dma_span *dma_index_above(const struct dma_index *index, uint64_t dma)
{
	size_t i = count_from(index, dma);

	return i < index->count ? &index->spans[i] : NULL;
}
