// SPDX-License-Identifier: BSD-3-Clause
/* Structures of another size than the library's: padma/params.h, and calls that take or fill one. */
#include "test.h"

#include <string.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/params.h>
#include <padma/pool.h>
#include <padma/space.h>

struct old {
	uint64_t first;
};

struct known {
	uint64_t first;
	uint64_t second;
};

struct newer {
	struct known known;
	uint64_t third;
};

static void test_same_size(void **state)
{
	const struct known from = {1, 2};
	struct known to = {9, 9};

	(void)state;
	assert_int_equal(padma_params_take(&to, sizeof(to), &from, sizeof(from)), 0);
	assert_memory_equal(&to, &from, sizeof(to));
}

static void test_no_parameters_are_the_defaults(void **state)
{
	static const struct known zero;
	struct known to = {9, 9};

	(void)state;
	assert_int_equal(padma_params_take(&to, sizeof(to), NULL, sizeof(to)), 0);
	assert_memory_equal(&to, &zero, sizeof(to));
}

static void test_a_smaller_one_is_taken(void **state)
{
	const struct old from = {1};
	struct known to = {9, 9};

	(void)state;
	assert_int_equal(padma_params_take(&to, sizeof(to), &from, sizeof(from)), 0);
	assert_int_equal(to.first, 1);
	assert_int_equal(to.second, 0);
}

static void test_a_larger_one_is_taken_if_its_tail_is_zero(void **state)
{
	struct newer from = {.known = {1, 2}};
	struct known to = {9, 9};

	(void)state;
	assert_int_equal(padma_params_take(&to, sizeof(to), &from, sizeof(from)), 0);
	assert_memory_equal(&to, &from.known, sizeof(to));
	to = (struct known){9, 9};
	((unsigned char *)&from)[sizeof(from) - 1] = 1;
	assert_int_equal(padma_params_take(&to, sizeof(to), &from, sizeof(from)), -E2BIG);
	assert_non_null(strstr(padma_last_error(), "24 bytes"));
	assert_int_equal(to.first, 9); /* a failed call changes nothing */
}

static void test_fills_no_more_than_there_is(void **state)
{
	const struct known from = {1, 2};
	struct newer to;

	(void)state;
	memset(&to, 0xa5, sizeof(to));
	padma_params_give(&to, sizeof(struct old), &from, sizeof(from));
	assert_int_equal(to.known.first, 1);
	assert_int_equal(to.known.second, 0xa5a5a5a5a5a5a5a5);
	padma_params_give(&to, sizeof(to), &from, sizeof(from));
	assert_int_equal(to.known.second, 2);
	assert_int_equal(to.third, 0);
	padma_params_give(NULL, sizeof(to), &from, sizeof(from));
}

/* A program of today's headers and one byte more, which is 0, and then is not. */
struct larger_space_params {
	struct padma_space_params params;
	uint64_t later;
};

static void test_a_space_takes_other_sizes(void **state)
{
	struct larger_space_params larger = {.params = {.backend = "sim", .window_bytes = 1 << 30}};
	struct padma_space *space;

	(void)state;
	assert_int_equal(
		padma_space_open_sized(PADMA_SPACE_ABI, sizeof(larger), &larger.params, &space), 0);
	assert_int_equal(padma_space_close(space), 0);
	larger.later = 1;
	assert_int_equal(
		padma_space_open_sized(PADMA_SPACE_ABI, sizeof(larger), &larger.params, &space),
		-E2BIG);
	/* The backend's name alone. */
	assert_int_equal(padma_space_open_sized(PADMA_SPACE_ABI, sizeof(const char *),
						&larger.params, &space),
			 0);
	assert_int_equal(padma_space_close(space), 0);
	/* The inlined lookups are of one version exactly. */
	assert_int_equal(padma_space_open_sized(PADMA_SPACE_ABI + 1, sizeof(larger.params),
						&larger.params, &space),
			 -EPROTO);
}

static void test_figures_of_a_space_of_other_sizes(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1 << 30};
	struct padma_space_info info;
	struct padma_space *space;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	memset(&info, 0xa5, sizeof(info));
	padma_space_info_sized(space, offsetof(struct padma_space_info, why), &info);
	assert_string_equal(info.backend, "sim");
	assert_int_equal((uintptr_t)info.why, 0xa5a5a5a5a5a5a5a5);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_memory_and_pools_of_other_sizes(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1 << 30};
	struct {
		struct padma_alloc_params params;
		uint64_t later;
	} alloc = {.params = {.flags = PADMA_ALLOC_ZERO}, .later = 1};
	struct {
		struct padma_pool_params params;
		uint64_t later;
	} wanted = {.params = {.object_bytes = 64, .count = 8}, .later = 1};
	struct padma_space *space;
	struct padma_pool *pool;
	void *va;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_space_alloc_sized(space, 64, sizeof(alloc), &alloc.params, &va),
			 -E2BIG);
	alloc.later = 0;
	assert_int_equal(padma_space_alloc_sized(space, 64, sizeof(alloc), &alloc.params, &va), 0);
	assert_int_equal(padma_space_free(space, va), 0);
	assert_int_equal(padma_pool_open_sized(space, sizeof(wanted), &wanted.params, &pool),
			 -E2BIG);
	assert_int_equal(padma_pool_open_sized(space, offsetof(struct padma_pool_params, node),
					       &wanted.params, &pool),
			 0);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_size),
		cmocka_unit_test(test_no_parameters_are_the_defaults),
		cmocka_unit_test(test_a_smaller_one_is_taken),
		cmocka_unit_test(test_a_larger_one_is_taken_if_its_tail_is_zero),
		cmocka_unit_test(test_fills_no_more_than_there_is),
		cmocka_unit_test(test_a_space_takes_other_sizes),
		cmocka_unit_test(test_figures_of_a_space_of_other_sizes),
		cmocka_unit_test(test_memory_and_pools_of_other_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
