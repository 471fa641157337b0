// SPDX-License-Identifier: BSD-3-Clause
/* The guard: exact for the window's frames and for registered memory, also where two addresses are
 * one page. */
#include "space_fixture.h"

#include <sys/mman.h>
#include <unistd.h>

#define GRANULE PADMA_GRANULE_BYTES

static struct padma_space *open_guarded(enum padma_sim_layout layout)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();

	params.guard = PADMA_GUARD_PAGES;
	params.chunk_bytes = 4 << 20;
	params.sim = &sim;
	sim.layout = layout;
	return open_space_with(&params);
}

static void test_without_a_guard_everything_passes(void **state)
{
	struct padma_space *space = open_sim_space();

	(void)state;
	assert_int_equal(padma_guard_mode(space), PADMA_GUARD_OFF);
	assert_true(padma_guard_check(space, 12345, 1));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_frames_of_the_window(void **state)
{
	struct padma_space *space = open_guarded(PADMA_SIM_ORDERED);
	padma_dma_t dma;
	void *va;

	(void)state;
	assert_int_equal(padma_guard_mode(space), PADMA_GUARD_PAGES);
	assert_int_equal(padma_space_alloc(space, 4 << 20, NULL, &va), 0);
	dma = padma_dma(space, va);
	assert_true(padma_guard_check(space, dma, 1));
	assert_true(padma_guard_check(space, dma, 4 << 20));
	assert_true(padma_guard_check(space, dma + (4 << 20) - 1, 1));
	assert_false(padma_guard_check(space, dma - 1, 1));
	assert_false(padma_guard_check(space, dma - 1, 2));
	assert_false(padma_guard_check(space, dma + (4 << 20), 1));
	assert_false(padma_guard_check(space, dma, (4 << 20) + 1));
	assert_false(padma_guard_check(space, dma, 0));
	assert_false(padma_guard_check(space, PADMA_DMA_NONE, 1));
	assert_false(padma_guard_check(space, UINT64_MAX - 10, 100));
	assert_false(padma_guard_check(space, 1ull << 52, 1));
	assert_false(padma_guard_check(space, dma, SIZE_MAX));
	assert_false(padma_guard_check(space, 0, 1));
	assert_int_equal(padma_space_free(space, va), 0);
	assert_int_equal(padma_space_trim(space), 4 << 20);
	assert_false(padma_guard_check(space, dma, 1));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_registered_bytes(void **state)
{
	struct padma_space *space = open_guarded(PADMA_SIM_ORDERED);
	char *memory =
		mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *va = memory + 300;
	padma_dma_t dma;

	(void)state;
	assert_int_equal(padma_space_register(space, va, 2 * PAGE), 0);
	dma = padma_dma(space, va);
	assert_true(padma_guard_check(space, dma, 2 * PAGE)); /* ordered: three pages, one run */
	assert_false(padma_guard_check(space, dma - 1, 1));
	assert_false(padma_guard_check(space, dma, 2 * PAGE + 1));
	/* The gap between two registrations of a page is not registered. */
	assert_int_equal(padma_space_register(space, memory + 100, 100), 0);
	assert_true(padma_guard_check(space, dma - 200, 100));
	assert_false(padma_guard_check(space, dma - 200, 101));
	assert_false(padma_guard_check(space, dma - 100, 100));
	assert_int_equal(padma_space_unregister(space, va, 2 * PAGE), 0);
	assert_false(padma_guard_check(space, dma, 1));
	assert_true(padma_guard_check(space, dma - 200, 100));
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 8 * PAGE);
}

/* Random registrations against a byte map of two dozen pages. */
static void test_random_registrations(void **state)
{
	enum {
		PAGES = 24,
		SLOT = 1024,
		SLOTS = PAGES * 4
	};
	struct padma_space *space = open_guarded(PADMA_SIM_RANDOM);
	char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	size_t lens[SLOTS] = {0};
	uint64_t seed = test_seed();

	(void)state;
	/* All pages stay mapped by a registration of their last 64 bytes, so that the oracle knows
	 * them. */
	for (size_t page = 0; page < PAGES; page++)
		assert_int_equal(padma_space_register(space, memory + (page + 1) * PAGE - 64, 64),
				 0);
	for (int step = 0; step < 1500; step++) {
		size_t slot = test_random(&seed) % SLOTS;
		char *va = memory + slot * SLOT;
		padma_dma_t dma = oracle_dma(space, va);
		size_t at = test_random(&seed) % 900;

		if (lens[slot]) {
			assert_int_equal(padma_space_unregister(space, va, lens[slot]), 0);
			lens[slot] = 0;
		} else {
			lens[slot] = 1 + test_random(&seed) % 900;
			assert_int_equal(padma_space_register(space, va, lens[slot]), 0);
		}
		assert_int_equal(padma_guard_check(space, dma + at, 1), at < lens[slot]);
		assert_int_equal(padma_guard_check(space, dma, at + 1), at < lens[slot]);
	}
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_guard_everything_passes),
		cmocka_unit_test(test_frames_of_the_window),
		cmocka_unit_test(test_registered_bytes),
		cmocka_unit_test(test_random_registrations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
