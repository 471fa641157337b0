// SPDX-License-Identifier: BSD-3-Clause
/* Rings, their wrap, and buffers as pieces, in a simulated space. */
#include "test.h"

#include <sys/mman.h>

#include <padma/alloc.h>

#include <padma/pmd/ring.h>
#include <padma/pmd/scatter.h>

static struct padma_space *open_space(void)
{
	const struct padma_space_params params = {
		.backend = "sim",
		.window_bytes = (size_t)1 << 30,
		.page_bytes = 4096,
		.guard = PADMA_GUARD_PAGES,
	};
	struct padma_space *space;

	assert_int_equal(padma_space_open(&params, &space), 0);
	return space;
}

static void test_a_ring_is_zero_contiguous_and_known(void **state)
{
	struct padma_space *space = open_space();
	struct padma_ring ring = {0};
	struct padma_run run;

	(void)state;
	assert_int_equal(padma_ring_open(&ring, space, 1024, 64, NULL), 0);
	assert_int_equal(ring.bytes, 65536);
	assert_int_equal(ring.mask, 1023);
	assert_int_equal(ring.dma & 4095, 0);
	run = padma_run(space, ring.va, ring.bytes);
	assert_int_equal(run.len, ring.bytes);
	assert_int_equal(run.dma, ring.dma);
	for (size_t i = 0; i < ring.bytes; i++)
		assert_int_equal(((unsigned char *)ring.va)[i], 0);
	padma_ring_close(&ring);
	assert_null(ring.va);
	assert_int_equal(padma_ring_open(&ring, space, 1000, 64, NULL), -EINVAL);
	padma_ring_close(&ring);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_ring_meets_its_constraints(void **state)
{
	const struct padma_alloc_params params = {
		.align_bytes = 65536, .boundary_bytes = 65536, .dma_mask = UINT32_MAX};
	struct padma_space *space = open_space();
	struct padma_ring ring = {0}, untouched = {0};

	(void)state;
	assert_int_equal(padma_ring_open(&ring, space, 256, 16, &params), 0);
	assert_int_equal(ring.dma % 65536, 0);
	assert_true(ring.dma <= UINT32_MAX);
	assert_int_equal(((unsigned char *)ring.va)[4095], 0);
	padma_ring_close(&ring);
	/* Closed and never opened are the same. */
	padma_ring_close(&ring);
	/* A ring larger than its boundary, no entries, too many bytes. */
	assert_int_equal(padma_ring_open(&ring, space, 8192, 16, &params), -EINVAL);
	assert_int_equal(padma_ring_open(&ring, space, 0, 16, NULL), -EINVAL);
	assert_int_equal(padma_ring_open(&ring, space, 4, 0, NULL), -EINVAL);
	assert_int_equal(padma_ring_open(&ring, space, 1u << 31, SIZE_MAX / 4, NULL), -EINVAL);
	assert_memory_equal(&ring, &untouched, sizeof(ring));
	assert_int_equal(padma_space_close(space), 0);
}

/* Programs that were built against older and newer headers. */
static void test_parameters_of_other_sizes(void **state)
{
	struct {
		struct padma_alloc_params known;
		uint64_t later;
	} params = {.known = {.align_bytes = 16384}};
	struct padma_space *space = open_space();
	struct padma_ring ring = {0};

	(void)state;
	assert_int_equal(padma_ring_open_sized(&ring, space, 4, 64, sizeof(params), &params.known),
			 0);
	assert_int_equal(ring.dma % 16384, 0);
	padma_ring_close(&ring);
	params.later = 1;
	assert_int_equal(padma_ring_open_sized(&ring, space, 4, 64, sizeof(params), &params.known),
			 -E2BIG);
	params.known.dma_mask = 1;
	assert_int_equal(padma_ring_open_sized(&ring, space, 4, 64, sizeof(size_t), &params.known),
			 0);
	padma_ring_close(&ring);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_indices_wrap(void **state)
{
	(void)state;
	assert_int_equal(padma_ring_next(6, 7), 7);
	assert_int_equal(padma_ring_next(7, 7), 0);
	assert_int_equal(padma_ring_distance(2, 5, 7), 3);
	assert_int_equal(padma_ring_distance(6, 1, 7), 3);
	assert_int_equal(padma_ring_distance(3, 3, 7), 0);
}

/* Two registrations that meet in the middle of a page are one piece there. */
static void test_pieces_join_and_cover(void **state)
{
	const size_t bytes = 64 * 4096, cut = 10 * 4096 + 100;
	struct padma_space *space = open_space();
	unsigned char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_scatter pieces;
	struct padma_run run;
	size_t covered = 0;

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(padma_space_register(space, memory, cut), 0);
	assert_int_equal(padma_space_register(space, memory + cut, bytes - cut), 0);
	pieces = padma_scatter_of(space, memory, bytes);
	while (padma_scatter_next(&pieces, &run)) {
		assert_ptr_equal(run.va, memory + covered);
		assert_int_equal(run.dma, padma_dma(space, run.va));
		covered += run.len;
		/* A piece ends where a page ends. */
		assert_int_equal(covered % 4096, 0);
	}
	assert_true(padma_scatter_complete(&pieces));
	assert_int_equal(covered, bytes);
	assert_int_equal(padma_space_unregister(space, memory, cut), 0);
	assert_int_equal(padma_space_unregister(space, memory + cut, bytes - cut), 0);
	munmap(memory, bytes);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_pieces_stop_at_unknown_memory(void **state)
{
	const size_t bytes = 8 * 4096;
	struct padma_space *space = open_space();
	unsigned char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_scatter pieces;
	struct padma_run run;
	size_t covered = 0;

	(void)state;
	assert_int_equal(padma_space_register(space, memory, bytes / 2), 0);
	pieces = padma_scatter_of(space, memory, bytes);
	while (padma_scatter_next(&pieces, &run))
		covered += run.len;
	assert_false(padma_scatter_complete(&pieces));
	assert_int_equal(covered, bytes / 2);
	assert_ptr_equal(pieces.at, memory + bytes / 2);
	pieces = padma_scatter_of(space, "static", 4);
	assert_false(padma_scatter_next(&pieces, &run));
	assert_false(padma_scatter_complete(&pieces));
	assert_int_equal(padma_space_unregister(space, memory, bytes / 2), 0);
	munmap(memory, bytes);
	assert_int_equal(padma_space_close(space), 0);
}

/* What a device that takes one address may be given, and what not. */
static void test_a_buffer_as_one_address(void **state)
{
	const struct padma_alloc_params one = {.flags = PADMA_ALLOC_CONTIGUOUS};
	struct padma_space *space = open_space();
	padma_dma_t dma = 1;
	char other;
	void *va;

	(void)state;
	assert_int_equal(padma_space_alloc(space, 8192, &one, &va), 0);
	assert_int_equal(padma_scatter_single(space, &other, 1, 0, "test", &dma), -EFAULT);
	assert_int_equal(padma_scatter_single(space, NULL, 1, 0, "test", &dma), -EFAULT);
	assert_int_equal(padma_scatter_single(space, va, 0, 0, "test", &dma), -EINVAL);
	assert_int_equal(padma_scatter_single(space, va, (size_t)1 << 30, 0, "test", &dma),
			 -EFAULT);
	assert_int_equal(
		padma_scatter_single(space, va, 8192, padma_dma(space, va) + 8190, "test", &dma),
		-ERANGE);
	assert_int_equal(dma, 1);
	assert_int_equal(
		padma_scatter_single(space, va, 8192, padma_dma(space, va) + 8191, "test", &dma),
		0);
	assert_int_equal(dma, padma_dma(space, va));
	assert_int_equal(padma_scatter_single(space, (char *)va + 1, 8191, 0, "test", &dma), 0);
	assert_int_equal(dma, padma_dma(space, va) + 1);
	assert_int_equal(padma_space_free(space, va), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ring_is_zero_contiguous_and_known),
		cmocka_unit_test(test_a_ring_meets_its_constraints),
		cmocka_unit_test(test_parameters_of_other_sizes),
		cmocka_unit_test(test_indices_wrap),
		cmocka_unit_test(test_pieces_join_and_cover),
		cmocka_unit_test(test_pieces_stop_at_unknown_memory),
		cmocka_unit_test(test_a_buffer_as_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
