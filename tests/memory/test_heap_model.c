// SPDX-License-Identifier: BSD-3-Clause
/*
 * The heap against a naive model: a table of 4 KiB pages that is searched page by page. Thousands
 * of random operations on random layouts of runs, nodes and low memory; whatever the heap hands out
 * must meet every constraint, and where it refuses the model must find no place either.
 */
#include "test.h"

#include "memory/heap.h"

#define PAGE	      4096u
#define GRANULE	      (2u << 20)
#define GRANULES      12u
#define GRANULE_PAGES (GRANULE / PAGE)
#define PAGES	      (GRANULES * GRANULE_PAGES)
#define BASE	      ((uintptr_t)0x7f0000000000)
#define MOST_ALLOCS   512

struct granule {
	uint64_t dma;
	int node;
	bool present, low, resolved;
};

struct allocation {
	uintptr_t va;
	size_t pages;
};

struct model {
	uint64_t random;
	struct granule granules[GRANULES];
	bool used[PAGES];
	size_t used_pages;
	struct allocation allocs[MOST_ALLOCS];
	size_t count;
	struct heap *heap;
	unsigned int outcomes[5];
};

enum {
	DONE,
	NO_MEMORY,
	NO_PLACE,
	NO_ADDRESS,
	TAKEN_OUT
};

static size_t pick(struct model *model, size_t n)
{
	return test_random(&model->random) % n;
}

static struct padma_run model_run(void *ctx, const void *va, size_t len)
{
	struct model *model = ctx;
	size_t offset = (uintptr_t)va - BASE, g = offset / GRANULE, within = offset % GRANULE;
	struct padma_run run = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};
	uint64_t end;

	if (offset >= GRANULES * (size_t)GRANULE || !model->granules[g].present ||
	    !model->granules[g].resolved)
		return run;
	run.dma = model->granules[g].dma + within;
	run.len = GRANULE - within;
	end = model->granules[g].dma + GRANULE;
	while (++g < GRANULES && model->granules[g].present && model->granules[g].resolved &&
	       model->granules[g].dma == end) {
		run.len += GRANULE;
		end += GRANULE;
	}
	if (run.len > len)
		run.len = len;
	return run;
}

static int add_granules(struct model *model, size_t first, size_t count, int node, bool low)
{
	for (size_t g = first; g < first + count; g++) {
		model->granules[g].present = true;
		model->granules[g].node = node;
		model->granules[g].low = low;
	}
	return heap_add(model->heap, (void *)(BASE + first * GRANULE), count * GRANULE, node, low);
}

/* The first stretch of absent granules that is large enough becomes memory, wherever it is. */
static int model_grow(struct model *model, size_t bytes, int node)
{
	size_t need = (bytes + GRANULE - 1) / GRANULE, free = 0;

	if (pick(model, 3) == 0)
		return -ENOMEM;
	for (size_t g = 0; g < GRANULES; g++) {
		free = model->granules[g].present ? 0 : free + 1;
		if (free == need)
			return add_granules(model, g + 1 - need, need,
					    node >= 0 ? node : (int)pick(model, 2), false);
	}
	return -ENOMEM;
}

static void lay_out(struct model *model)
{
	uint64_t dma = (1 + pick(model, 64)) * GRANULE;
	bool unresolved = pick(model, 4) == 0;

	memset(model->granules, 0, sizeof(model->granules));
	memset(model->used, 0, sizeof(model->used));
	model->used_pages = 0;
	model->count = 0;
	for (size_t g = 0; g < GRANULES; g++) {
		/* Runs of two on average; some jump above 4 GiB. */
		if (pick(model, 2))
			dma = (1 + pick(model, pick(model, 3) ? 512 : 8192)) * GRANULE;
		model->granules[g].dma = dma;
		model->granules[g].resolved = !unresolved || pick(model, 2);
		dma += GRANULE;
	}
	for (size_t g = 0; g < GRANULES; g++)
		if (pick(model, 3) == 0)
			assert_int_equal(
				add_granules(model, g, 1, (int)pick(model, 2), pick(model, 3) == 0),
				0);
}

/* Whether the model could place a request at a page: free, of one kind, and as constrained. */
static bool fits(const struct model *model, size_t page, size_t pages, size_t bytes,
		 const struct padma_alloc_params *opts, bool by_address)
{
	const struct granule *first = &model->granules[page / GRANULE_PAGES];
	uint64_t dma0 = first->dma + page % GRANULE_PAGES * PAGE;
	bool one_run = opts->boundary_bytes || opts->flags & PADMA_ALLOC_CONTIGUOUS;

	if (page + pages > PAGES || (opts->align_bytes && page * PAGE % opts->align_bytes))
		return false;
	if (opts->flags & PADMA_ALLOC_ON_NODE && first->node != opts->node)
		return false;
	if (first->low && !opts->dma_mask)
		return false;
	for (size_t p = page; p < page + pages; p++) {
		const struct granule *granule = &model->granules[p / GRANULE_PAGES];
		uint64_t dma = granule->dma + p % GRANULE_PAGES * PAGE;
		uint64_t last = p + 1 == page + pages ? (bytes - 1) % PAGE : PAGE - 1;

		if (!granule->present || model->used[p] || granule->node != first->node ||
		    granule->low != first->low)
			return false;
		if (!by_address || !(one_run || opts->dma_mask))
			continue;
		if (!granule->resolved || (opts->dma_mask && dma + last > opts->dma_mask) ||
		    (one_run && dma != dma0 + (p - page) * PAGE))
			return false;
	}
	return !by_address || !opts->boundary_bytes ||
	       dma0 / opts->boundary_bytes == (dma0 + bytes - 1) / opts->boundary_bytes;
}

static bool fits_anywhere(const struct model *model, size_t pages, size_t bytes,
			  const struct padma_alloc_params *opts, bool by_address)
{
	for (size_t page = 0; page < PAGES; page++)
		if (fits(model, page, pages, bytes, opts, by_address))
			return true;
	return false;
}

static bool any_unresolved(const struct model *model)
{
	for (size_t g = 0; g < GRANULES; g++)
		if (model->granules[g].present && !model->granules[g].resolved)
			return true;
	return false;
}

static struct padma_alloc_params random_opts(struct model *model, size_t bytes)
{
	struct padma_alloc_params opts = {0};

	if (pick(model, 2))
		opts.align_bytes = (size_t)1 << pick(model, 24);
	if (pick(model, 4) == 0)
		opts.flags |= PADMA_ALLOC_CONTIGUOUS;
	if (pick(model, 4) == 0) {
		opts.flags |= PADMA_ALLOC_ON_NODE;
		opts.node = (int)pick(model, 3);
	}
	if (pick(model, 4) == 0)
		opts.dma_mask = ((padma_dma_t)1 << (28 + pick(model, 7))) - 1;
	if (pick(model, 4) == 0) {
		opts.boundary_bytes = PAGE;
		while (opts.boundary_bytes < bytes)
			opts.boundary_bytes *= 2;
		opts.boundary_bytes <<= pick(model, 3);
	}
	return opts;
}

/* More memory, sometimes in a place that does not help, and sometimes none. */
static int alloc_growing(struct model *model, size_t bytes, const struct padma_alloc_params *opts,
			 void **va)
{
	int node = opts->flags & PADMA_ALLOC_ON_NODE ? opts->node : -1;
	int rc = heap_alloc(model->heap, bytes, opts, va);

	for (int tries = 0; (rc == -ENOSPC || rc == -ERANGE) && tries < 3; tries++) {
		if (model_grow(model, heap_shortage(bytes, opts), node))
			break;
		rc = heap_alloc(model->heap, bytes, opts, va);
	}
	return rc;
}

static void check_alloc(struct model *model)
{
	size_t pages = 1 + pick(model, pick(model, 4) ? 64 : 3 * GRANULE_PAGES);
	/* The last page is not always filled: constraints are about the bytes asked for. */
	size_t bytes = pages * PAGE - pick(model, 64);
	struct padma_alloc_params opts = random_opts(model, bytes);
	void *va = NULL;
	int rc;

	if (model->count == MOST_ALLOCS)
		return;
	rc = alloc_growing(model, bytes, &opts, &va);
	if (rc == 0) {
		size_t page = ((uintptr_t)va - BASE) / PAGE;

		assert_int_equal((uintptr_t)va % PAGE, 0);
		assert_true(fits(model, page, pages, bytes, &opts, true));
		memset(&model->used[page], 1, pages * sizeof(bool));
		model->used_pages += pages;
		model->allocs[model->count++] = (struct allocation){(uintptr_t)va, pages};
		model->outcomes[DONE]++;
		return;
	}
	assert_false(fits_anywhere(model, pages, bytes, &opts, true));
	if (rc == -ENXIO) {
		assert_true(any_unresolved(model));
		model->outcomes[NO_ADDRESS]++;
	} else if (rc == -ERANGE) {
		assert_true(fits_anywhere(model, pages, bytes, &opts, false));
		model->outcomes[NO_PLACE]++;
	} else {
		assert_int_equal(rc, -ENOSPC);
		assert_false(fits_anywhere(model, pages, bytes, &opts, false));
		model->outcomes[NO_MEMORY]++;
	}
}

static void check_free(struct model *model)
{
	struct allocation *victim;

	if (!model->count)
		return;
	victim = &model->allocs[pick(model, model->count)];
	assert_int_equal(heap_free(model->heap, (void *)victim->va), 0);
	assert_int_equal(heap_free(model->heap, (void *)victim->va), -EINVAL);
	memset(&model->used[(victim->va - BASE) / PAGE], 0, victim->pages * sizeof(bool));
	model->used_pages -= victim->pages;
	*victim = model->allocs[--model->count];
}

static void check_remove(struct model *model)
{
	size_t g = pick(model, GRANULES);
	bool idle = model->granules[g].present;

	for (size_t p = g * GRANULE_PAGES; p < (g + 1) * GRANULE_PAGES; p++)
		idle = idle && !model->used[p];
	assert_int_equal(heap_remove(model->heap, (void *)(BASE + g * GRANULE), GRANULE),
			 idle ? 0 : -EBUSY);
	if (idle) {
		model->granules[g].present = false;
		model->outcomes[TAKEN_OUT]++;
	}
}

/* Requests are at most 63 bytes short of whole pages. */
static void check_allocated(const struct model *model)
{
	size_t bytes = model->used_pages * PAGE;

	assert_in_range(heap_allocated(model->heap), bytes - model->count * 64, bytes);
}

static void random_operations_agree_with_the_model(void **state)
{
	static struct model model;
	struct heap_source source = {.ctx = &model, .run = model_run};

	(void)state;
	model.random = test_seed();
	for (int layout = 0; layout < 30; layout++) {
		model.heap = heap_new(&source, (void *)BASE, GRANULES * (size_t)GRANULE);
		assert_non_null(model.heap);
		lay_out(&model);
		for (int i = 0; i < 300; i++) {
			size_t what = pick(&model, 16);

			if (what < 9)
				check_alloc(&model);
			else if (what < 15)
				check_free(&model);
			else
				check_remove(&model);
			check_allocated(&model);
		}
		while (model.count)
			check_free(&model);
		assert_int_equal(heap_allocated(model.heap), 0);
		heap_delete(model.heap);
	}
	/* Each outcome occurred, or the test covers less than it claims. */
	for (size_t i = 0; i < ARRAY_SIZE(model.outcomes); i++) {
		printf("outcome %zu: %u times\n", i, model.outcomes[i]);
		assert_true(model.outcomes[i] > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
