// SPDX-License-Identifier: BSD-3-Clause
/* The heap, case by case: errors, low memory, what is undone, and blocks of every odd size. */
#include "test.h"

#include <sys/mman.h>

#include <padma/error.h>

#include "memory/heap.h"

#define MIB2   ((size_t)2 << 20)
#define MEMORY (8 * MIB2)

/* Real memory: granule n is at dma (n + 1) * 8 MiB, so that no two are one run. */
struct fixture {
	char *memory;
	size_t added; /* how far alloc() has come */
	bool full;    /* it adds no more */
	bool unresolved;
	struct heap *heap;
};

static padma_dma_t dma_of(const struct fixture *f, const void *va)
{
	size_t offset = (size_t)((const char *)va - f->memory);

	return (offset / MIB2 + 1) * 4 * MIB2 + offset % MIB2;
}

static struct padma_run run(void *ctx, const void *va, size_t len)
{
	struct fixture *f = ctx;
	size_t left = MIB2 - (uintptr_t)va % MIB2;
	struct padma_run answer = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};

	if (!f->unresolved) {
		answer.dma = dma_of(f, va);
		answer.len = left < len ? left : len;
	}
	return answer;
}

static const struct padma_alloc_params none;

/* As the space does: more memory where there is too little, unless the test has it run out. */
static int alloc(struct fixture *f, size_t bytes, const struct padma_alloc_params *opts, void **va)
{
	size_t more;
	int rc = heap_alloc(f->heap, bytes, opts ? opts : &none, va);

	if (rc != -ENOSPC || f->full)
		return rc;
	more = (heap_shortage(bytes, opts ? opts : &none) + MIB2 - 1) & ~(MIB2 - 1);
	if (more > MEMORY - f->added)
		return rc;
	assert_int_equal(heap_add(f->heap, f->memory + f->added, more, 0, false), 0);
	f->added += more;
	rc = heap_alloc(f->heap, bytes, opts ? opts : &none, va);
	assert_int_not_equal(rc, -ENOSPC);
	return rc;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct heap_source source = {.ctx = f, .run = run};

	if (!f || posix_memalign((void **)&f->memory, MIB2, MEMORY))
		return -1;
	f->heap = heap_new(&source, f->memory, MEMORY);
	*state = f;
	return f->heap ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	heap_delete(f->heap);
	free(f->memory);
	free(f);
	return 0;
}

static void bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params opts = {.align_bytes = 96};
	void *va;

	assert_int_equal(alloc(f, 0, NULL, &va), -EINVAL);
	assert_int_equal(alloc(f, 1, &opts, &va), -EINVAL);
	opts = (struct padma_alloc_params){.boundary_bytes = 3000};
	assert_int_equal(alloc(f, 1, &opts, &va), -EINVAL);
	opts.boundary_bytes = 4096;
	assert_int_equal(alloc(f, 4097, &opts, &va), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "boundary"));
	opts = (struct padma_alloc_params){.flags = 1u << 9};
	assert_int_equal(alloc(f, 1, &opts, &va), -EINVAL);
	opts = (struct padma_alloc_params){.flags = PADMA_ALLOC_ON_NODE, .node = -1};
	assert_int_equal(alloc(f, 1, &opts, &va), -EINVAL);
	assert_int_equal(alloc(f, SIZE_MAX, NULL, &va), -ENOMEM);
	opts = (struct padma_alloc_params){.align_bytes = (size_t)1 << 63};
	assert_int_equal(alloc(f, 1, &opts, &va), -ENOMEM);
	assert_int_equal(f->added, 0);
}

static void bad_frees_change_nothing(void **state)
{
	struct fixture *f = *state;
	char *a;
	void *b;

	assert_int_equal(heap_free(f->heap, NULL), 0);
	assert_int_equal(alloc(f, 4096, NULL, (void **)&a), 0);
	assert_int_equal(heap_free(f->heap, a + 64), -EINVAL);
	assert_int_equal(heap_free(f->heap, &f), -EINVAL);
	assert_int_equal(heap_allocated(f->heap), 4096);
	assert_int_equal(heap_free(f->heap, a), 0);
	assert_int_equal(heap_free(f->heap, a), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "freed"));
	/* Nor a free of memory that was joined with its neighbour meanwhile. */
	assert_int_equal(alloc(f, 8192, NULL, &b), 0);
	assert_int_equal(heap_free(f->heap, (char *)b + 4096), -EINVAL);
	assert_int_equal(heap_free(f->heap, b), 0);
}

static void memory_added_twice_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(heap_add(f->heap, f->memory, MIB2, 0, false), 0);
	assert_int_equal(heap_add(f->heap, f->memory, MIB2, 0, false), -EINVAL);
	assert_int_equal(heap_add(f->heap, f->memory + MIB2 - 64, MIB2, 0, false), -EINVAL);
	assert_int_equal(heap_add(f->heap, f->memory + 32, MIB2, 0, false), -EINVAL);
	assert_int_equal(heap_add(f->heap, f->memory + MIB2, 0, 0, false), -EINVAL);
}

static void neighbours_join_and_split(void **state)
{
	struct fixture *f = *state;
	void *va;

	f->full = true;
	assert_int_equal(heap_add(f->heap, f->memory + MIB2, MIB2, 0, false), 0);
	assert_int_equal(heap_add(f->heap, f->memory, MIB2, 0, false), 0);
	assert_int_equal(heap_add(f->heap, f->memory + 2 * MIB2, MIB2, 0, false), 0);
	assert_int_equal(alloc(f, 3 * MIB2, NULL, &va), 0);
	assert_ptr_equal(va, f->memory);
	assert_int_equal(heap_remove(f->heap, f->memory, MIB2), -EBUSY);
	assert_int_equal(heap_free(f->heap, va), 0);
	/* Another node's memory is no part of the same block. */
	assert_int_equal(heap_add(f->heap, f->memory + 3 * MIB2, MIB2, 1, false), 0);
	assert_int_equal(alloc(f, 4 * MIB2, NULL, &va), -ENOSPC);
	/* Taken out of the middle, two pieces stay. */
	assert_int_equal(heap_remove(f->heap, f->memory + MIB2, MIB2), 0);
	assert_int_equal(heap_remove(f->heap, f->memory + MIB2, MIB2), -EBUSY);
	assert_int_equal(alloc(f, MIB2 + 64, NULL, &va), -ENOSPC);
	assert_int_equal(alloc(f, MIB2, NULL, &va), 0);
	assert_int_equal(heap_add(f->heap, f->memory + MIB2, MIB2, 0, false), 0);
}

/* The heap's errno names what is missing; no reason is noted, and nothing changes. */
static void a_heap_without_a_place_says_why(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params one_run = {.flags = PADMA_ALLOC_CONTIGUOUS};
	struct padma_alloc_params aligned = {.align_bytes = 2 * MIB2};
	struct padma_alloc_params on_node = {.flags = PADMA_ALLOC_ON_NODE, .node = 1};
	void *va, *untouched = &va;

	padma_fail(-EINVAL, "test", "nothing yet");
	va = untouched;
	assert_int_equal(heap_alloc(f->heap, 64, &none, &va), -ENOSPC);
	assert_int_equal(heap_shortage(64, &none), 64);
	assert_int_equal(heap_shortage(65, &none), 128);
	assert_int_equal(heap_shortage(65, &aligned), 128 + MIB2);
	assert_int_equal(heap_add(f->heap, f->memory, 2 * MIB2, 0, false), 0);
	assert_int_equal(heap_alloc(f->heap, 2 * MIB2 + 64, &none, &va), -ENOSPC);
	/* Runs are 2 MiB. */
	assert_int_equal(heap_alloc(f->heap, MIB2 + 64, &one_run, &va), -ERANGE);
	assert_int_equal(heap_alloc(f->heap, 2 * MIB2 + 64, &one_run, &va), -ENOSPC);
	assert_int_equal(heap_alloc(f->heap, 64, &on_node, &va), -ENOSPC);
	assert_ptr_equal(va, untouched);
	assert_string_equal(padma_last_error(), "nothing yet");
	assert_int_equal(heap_allocated(f->heap), 0);
	assert_int_equal(heap_alloc(f->heap, 2 * MIB2, &none, &va), 0);
}

static void memory_in_use_is_not_taken_out(void **state)
{
	struct fixture *f = *state;
	void *va;

	assert_int_equal(heap_can_remove(f->heap, f->memory, MIB2), -EBUSY);
	assert_int_equal(heap_add(f->heap, f->memory, 2 * MIB2, 0, false), 0);
	assert_int_equal(heap_can_remove(f->heap, f->memory, 2 * MIB2), 0);
	assert_int_equal(heap_can_remove(f->heap, f->memory + 1, MIB2), -EINVAL);
	f->full = true;
	assert_int_equal(alloc(f, 64, NULL, &va), 0);
	assert_int_equal(heap_can_remove(f->heap, f->memory, MIB2), -EBUSY);
	assert_int_equal(heap_remove(f->heap, f->memory, MIB2), -EBUSY);
	assert_int_equal(heap_can_remove(f->heap, f->memory + MIB2, MIB2), 0);
	assert_int_equal(heap_remove(f->heap, f->memory + MIB2, MIB2), 0);
	assert_int_equal(alloc(f, MIB2, NULL, &va), -ENOSPC);
}

static void unknown_addresses_forbid_constraints_only(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params opts = {.boundary_bytes = 4096};
	void *va;

	f->unresolved = true;
	assert_int_equal(alloc(f, 64, NULL, &va), 0);
	assert_int_equal(alloc(f, 64, &opts, &va), -ENXIO);
	opts = (struct padma_alloc_params){.dma_mask = 0xffffffff};
	assert_int_equal(alloc(f, 64, &opts, &va), -ENXIO);
	assert_int_equal(alloc(f, 3 * MIB2, NULL, &va), 0);
	f->unresolved = false;
	assert_int_equal(alloc(f, 64, &opts, &va), 0);
}

static void low_memory_is_for_masks(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params opts = {.dma_mask = 4 * MIB2 + MIB2 - 1};
	void *low, *va;

	f->full = true;
	f->added = MIB2;
	assert_int_equal(heap_add(f->heap, f->memory, MIB2, 0, true), 0);
	assert_int_equal(alloc(f, 64, NULL, &va), -ENOSPC);
	f->full = false;
	assert_int_equal(alloc(f, 64, NULL, &va), 0);
	assert_true((char *)va >= f->memory + MIB2);
	assert_int_equal(alloc(f, MIB2, &opts, &low), 0);
	assert_ptr_equal(low, f->memory);
	/* It is used up, and the rest is higher. */
	assert_int_equal(alloc(f, 64, &opts, &va), -ERANGE);
	/* Ordinary memory that satisfies a mask will do. */
	opts.dma_mask = 16 * MIB2;
	assert_int_equal(alloc(f, 4096, &opts, &va), 0);
	assert_true(dma_of(f, va) + 4095 <= opts.dma_mask);
	assert_int_equal(heap_free(f->heap, low), 0);
	assert_int_equal(alloc(f, 64, &opts, &va), 0);
	assert_ptr_equal(va, low);
}

/* Free memory that goes on past the end of a run: one run ends where it ends, to the byte. */
static void one_run_is_exact(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_CONTIGUOUS};
	void *first, *va;

	assert_int_equal(heap_add(f->heap, f->memory, 2 * MIB2, 0, false), 0);
	f->added = 2 * MIB2;
	assert_int_equal(alloc(f, MIB2 - 4096, &opts, &first), 0);
	assert_ptr_equal(first, f->memory);
	/* One byte more than is left of the run. */
	assert_int_equal(alloc(f, 4097, &opts, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2);
	assert_int_equal(heap_free(f->heap, va), 0);
	assert_int_equal(alloc(f, 4096, &opts, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2 - 4096);
	/* The same for a boundary: half a page is left before it. */
	opts = (struct padma_alloc_params){.boundary_bytes = 4096};
	assert_int_equal(alloc(f, 2048, NULL, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2);
	assert_int_equal(alloc(f, 2049, &opts, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2 + 4096);
	assert_int_equal(alloc(f, 2048, &opts, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2 + 2048);
	/* And for a mask: the last byte allowed is the last one taken. */
	opts = (struct padma_alloc_params){.dma_mask = dma_of(f, f->memory + MIB2 + 16384 - 1)};
	opts.align_bytes = 4096;
	assert_int_equal(alloc(f, 8193, &opts, &va), -ERANGE);
	assert_int_equal(alloc(f, 8192, &opts, &va), 0);
	assert_ptr_equal(va, f->memory + MIB2 + 8192);
}

static void zeroed_on_request(void **state)
{
	struct fixture *f = *state;
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ZERO};
	char *va;

	assert_int_equal(alloc(f, 100000, NULL, (void **)&va), 0);
	memset(va, 0xa5, 100000);
	assert_int_equal(heap_free(f->heap, va), 0);
	assert_int_equal(alloc(f, 100000, &opts, (void **)&va), 0);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(va[i], 0);
}

#define SMALLS 3000

/* Each block is filled with its own number: an overlap would overwrite a neighbour. */
static void small_blocks_do_not_overlap(void **state)
{
	struct fixture *f = *state;
	uint64_t random = test_seed();
	static struct {
		unsigned char *va;
		size_t bytes;
		unsigned char fill;
	} blocks[SMALLS];

	memset(blocks, 0, sizeof(blocks));
	for (int i = 0; i < 60000; i++) {
		size_t n = test_random(&random) % SMALLS;
		struct padma_alloc_params opts = {.align_bytes = (size_t)1
								 << test_random(&random) % 13};

		if (blocks[n].va) {
			for (size_t b = 0; b < blocks[n].bytes; b++)
				assert_int_equal(blocks[n].va[b], blocks[n].fill);
			/* What is inside it is no block, and neither is it afterwards. */
			if (blocks[n].bytes > 64)
				assert_int_equal(heap_free(f->heap, blocks[n].va + 64), -EINVAL);
			assert_int_equal(heap_free(f->heap, blocks[n].va), 0);
			assert_int_equal(heap_free(f->heap, blocks[n].va), -EINVAL);
			blocks[n].va = NULL;
			continue;
		}
		blocks[n].bytes = 1 + test_random(&random) % (i % 3 ? 4000 : 150);
		blocks[n].fill = (unsigned char)i;
		assert_int_equal(alloc(f, blocks[n].bytes, &opts, (void **)&blocks[n].va), 0);
		assert_int_equal((uintptr_t)blocks[n].va % opts.align_bytes, 0);
		assert_int_equal((uintptr_t)blocks[n].va % 64, 0);
		memset(blocks[n].va, blocks[n].fill, blocks[n].bytes);
	}
	for (size_t n = 0; n < SMALLS; n++)
		assert_int_equal(heap_free(f->heap, blocks[n].va), 0);
	assert_int_equal(heap_allocated(f->heap), 0);
	/* All joined again: what was added is one block. */
	f->full = true;
	assert_int_equal(alloc(f, f->added, NULL, (void **)&blocks[0].va), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(bad_requests_are_refused),
		CASE(bad_frees_change_nothing),
		CASE(memory_added_twice_is_refused),
		CASE(neighbours_join_and_split),
		CASE(a_heap_without_a_place_says_why),
		CASE(memory_in_use_is_not_taken_out),
		CASE(unknown_addresses_forbid_constraints_only),
		CASE(low_memory_is_for_masks),
		CASE(one_run_is_exact),
		CASE(zeroed_on_request),
		CASE(small_blocks_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
