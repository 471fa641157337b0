// SPDX-License-Identifier: BSD-3-Clause
/*
 * The resolver and the PA cache against a naive per-page oracle, over thousands of random layouts:
 * random physical layouts, both forms of GET_PA, chunks that come and go, registrations of any
 * alignment.
 */
#include "space_fixture.h"

#include <sys/mman.h>

#define ROUNDS	    40
#define STEPS	    60
#define MAX_BUFFERS 24
#define ARENA_PAGES 512

struct buffer {
	char *va;
	size_t bytes;
	bool foreign;
};

/* One page of a buffer: the lookup, and each run that starts in it, must be what the pages say. */
static void check_page(struct padma_space *space, const struct buffer *b, size_t at)
{
	const char *va = b->va + at;
	padma_dma_t dma = oracle_dma(space, va);
	size_t left = b->bytes - at, expected = PAGE - (uintptr_t)va % PAGE;
	struct padma_run run = padma_run(space, va, left);

	assert_int_equal(padma_dma(space, va), dma);
	assert_int_equal(run.dma, dma);
	assert_ptr_equal(run.va, va);
	while (expected < left && oracle_dma(space, va + expected) == dma + expected)
		expected += PAGE;
	if (expected > left)
		expected = left;
	assert_int_equal(run.len, expected);
}

static void check_buffer(struct padma_space *space, const struct buffer *b, uint64_t *seed)
{
	struct padma_run run;
	size_t total = 0;

	padma_for_each_run (run, space, b->va, b->bytes) {
		assert_ptr_equal(run.va, b->va + total);
		total += run.len;
	}
	assert_int_equal(total, b->bytes);
	for (int i = 0; i < 6; i++)
		check_page(space, b, test_random(seed) % b->bytes);
	check_page(space, b, 0);
	check_page(space, b, b->bytes - 1);
}

/* An odd piece of the arena that overlaps no buffer, or false. */
static bool pick_foreign(char *arena, const struct buffer *buffers, size_t count, uint64_t *seed,
			 struct buffer *b)
{
	size_t start = test_random(seed) % (ARENA_PAGES * PAGE);

	b->va = arena + start;
	b->bytes = 1 + test_random(seed) % (ARENA_PAGES * PAGE - start);
	if (b->bytes > 40 * PAGE)
		b->bytes = 1 + b->bytes % (40 * PAGE);
	b->foreign = true;
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].foreign && b->va < buffers[i].va + buffers[i].bytes &&
		    buffers[i].va < b->va + b->bytes)
			return false;
	}
	return true;
}

static void add_buffer(struct padma_space *space, char *arena, struct buffer *buffers,
		       size_t *count, uint64_t *seed)
{
	struct buffer b = {0};
	void *va;

	if (test_random(seed) % 2) {
		if (!pick_foreign(arena, buffers, *count, seed, &b))
			return;
		assert_int_equal(padma_space_register(space, b.va, b.bytes), 0);
	} else {
		b.bytes = 1 + test_random(seed) % (12 << 20);
		assert_int_equal(padma_space_alloc(space, b.bytes, NULL, &va), 0);
		b.va = va;
	}
	buffers[(*count)++] = b;
}

static void drop_buffer(struct padma_space *space, struct buffer *buffers, size_t *count, size_t i)
{
	struct buffer b = buffers[i];

	buffers[i] = buffers[--*count];
	if (b.foreign)
		assert_int_equal(padma_space_unregister(space, b.va, b.bytes), 0);
	else
		assert_int_equal(padma_space_free(space, b.va), 0);
	if (b.foreign) {
		assert_int_equal(padma_dma(space, b.va), PADMA_DMA_NONE);
		assert_int_equal(padma_run(space, b.va, b.bytes).len, 0);
	}
}

/* All of the window, granule by granule: also memory that is not allocated. */
static void check_window(struct padma_space *space)
{
	for (size_t at = 0; at < space->window_bytes; at += PADMA_GRANULE_BYTES) {
		const char *va = (const char *)space->window + at;

		assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	}
}

static void one_layout(char *arena, uint64_t *seed)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct buffer buffers[MAX_BUFFERS];
	struct padma_space *space;
	size_t count = 0;

	params.chunk_bytes = (2 << 20) << test_random(seed) % 4;
	params.guard = test_random(seed) % 2;
	params.sim = &sim;
	sim.layout = (enum padma_sim_layout)(test_random(seed) % 4);
	sim.seed = test_random(seed);
	sim.get_pa = (enum padma_sim_get_pa)(test_random(seed) % 2);
	space = open_space_with(&params);
	for (int step = 0; step < STEPS; step++) {
		uint64_t what = test_random(seed) % 8;

		if (what < 4 && count < MAX_BUFFERS)
			add_buffer(space, arena, buffers, &count, seed);
		else if (what < 7 && count)
			drop_buffer(space, buffers, &count, test_random(seed) % count);
		else
			assert_true(padma_space_trim(space) >= 0);
		if (count)
			check_buffer(space, &buffers[test_random(seed) % count], seed);
	}
	for (size_t i = 0; i < count; i++)
		check_buffer(space, &buffers[i], seed);
	check_window(space);
	while (count)
		drop_buffer(space, buffers, &count, 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_random_layouts(void **state)
{
	uint64_t seed = test_seed();
	char *arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(arena, MAP_FAILED);
	for (int round = 0; round < ROUNDS; round++)
		one_layout(arena, &seed);
	munmap(arena, ARENA_PAGES * PAGE);
}

/* Layouts by the thousand: small spaces of a few frames in a chosen order, every granule checked.
 */
static void test_thousands_of_small_layouts(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct padma_sim_params sim = {0};
		struct padma_space_params params = sim_params();
		struct padma_space *space;
		struct buffer b = {0};
		void *va;

		params.chunk_bytes = 2 << 20;
		params.sim = &sim;
		sim.lazy = true; /* only addresses are looked at */
		sim.layout = (enum padma_sim_layout)(test_random(&seed) % 4);
		sim.seed = test_random(&seed) | 1;
		sim.get_pa = (enum padma_sim_get_pa)(test_random(&seed) % 2);
		space = open_space_with(&params);
		for (int k = 0; k < 4; k++) {
			b.bytes = 1 + test_random(&seed) % (16 << 20);
			assert_int_equal(padma_space_alloc(space, b.bytes, NULL, &va), 0);
			b.va = va;
			check_buffer(space, &b, &seed);
		}
		assert_int_equal(padma_space_close(space), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_layouts),
		cmocka_unit_test(test_thousands_of_small_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
