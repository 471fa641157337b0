// SPDX-License-Identifier: BSD-3-Clause
/*
 * Registering while memory runs out: each allocation in turn fails once (the linker gives us the library's calls), and
 * nothing is left half done.
 */
#include "space_fixture.h"

#include <sys/mman.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

static long fail_after = -1; /* allocations that still succeed; -1: all do */

static bool must_fail(void)
{
	if (fail_after < 0)
		return false;
	return fail_after-- == 0;
}

void *__wrap_malloc(size_t bytes)
{
	return must_fail() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return must_fail() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
	return must_fail() ? NULL : __real_realloc(memory, bytes);
}

#define KEPT 40

/* Many registrations are there already, so that tables stand before their growth. */
static void one_round(char *memory, bool guard, size_t kept)
{
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	char *va = memory + KEPT * 2 * PAGE + 100;
	long successes = 0;
	int rc;

	params.guard = guard;
	space = open_space_with(&params);
	for (size_t i = 0; i < kept; i++)
		assert_int_equal(padma_space_register(space, memory + i * 2 * PAGE, PAGE), 0);
	do {
		size_t areas = kernel_of(space)->areas_count;

		fail_after = successes++;
		rc = padma_space_register(space, va, 3 * PAGE);
		fail_after = -1;
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
			assert_int_equal(padma_run(space, va, 1).len, 0);
			assert_int_equal(kernel_of(space)->areas_count, areas);
		}
		for (size_t i = 0; i < kept; i++) {
			char *at = memory + i * 2 * PAGE;

			assert_int_equal(padma_dma(space, at), oracle_dma(space, at));
			assert_true(padma_guard_check(space, padma_dma(space, at), PAGE));
		}
	} while (rc);
	assert_true(successes > 2); /* some did fail */
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	/* Going back needs no memory. */
	fail_after = 0;
	assert_int_equal(padma_space_unregister(space, va, 3 * PAGE), 0);
	fail_after = -1;
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_each_allocation_fails_once(void **state)
{
	char *memory = mmap(NULL, (KEPT * 2 + 8) * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	for (size_t kept = 0; kept <= KEPT; kept++) {
		one_round(memory, false, kept);
		one_round(memory, true, kept);
	}
	munmap(memory, (KEPT * 2 + 8) * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
