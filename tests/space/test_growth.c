// SPDX-License-Identifier: BSD-3-Clause
/* How a space grows for an allocation: once, on the right node, and not at all if the call fails. */
#include "space_fixture.h"

#include <numa.h>
#include <numaif.h>

#include <padma/log.h>
#include <padma/pool.h>

/* The test provides the machine's NUMA nodes (--wrap). */
static struct {
	int highest;	 /* node of the machine */
	int first_nodes; /* of the pages that are queried next, alternating with ... */
	int other_nodes;
	int error; /* of the query, 0: it succeeds */
	unsigned int questions;
} machine;

int __wrap_numa_max_node(void);
long __wrap_move_pages(int pid, unsigned long count, void **pages, const int *nodes, int *status,
		       int flags);
long __wrap_mbind(void *start, unsigned long len, int mode, const unsigned long *nmask,
		  unsigned long maxnode, unsigned int flags);

int __wrap_numa_max_node(void)
{
	return machine.highest;
}

long __wrap_move_pages(int pid, unsigned long count, void **pages, const int *nodes, int *status,
		       int flags)
{
	(void)pid;
	(void)pages;
	(void)flags;
	assert_null(nodes);
	machine.questions++;
	if (machine.error) {
		errno = machine.error;
		return -1;
	}
	for (unsigned long i = 0; i < count; i++)
		status[i] = i % 2 ? machine.other_nodes : machine.first_nodes;
	return 0;
}

long __wrap_mbind(void *start, unsigned long len, int mode, const unsigned long *nmask,
		  unsigned long maxnode, unsigned int flags)
{
	(void)start;
	(void)len;
	(void)mode;
	(void)nmask;
	(void)maxnode;
	(void)flags;
	return 0;
}

static void set_nodes(int highest, int first_nodes, int other_nodes)
{
	machine.highest = highest;
	machine.first_nodes = first_nodes;
	machine.other_nodes = other_nodes;
	machine.error = 0;
	machine.questions = 0;
}

static int reset_machine(void **state)
{
	(void)state;
	set_nodes(0, 0, 0);
	return 0;
}

static struct padma_space_info info_of(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info;
}

static void check_memory(struct padma_space *space, size_t mapped, size_t allocated)
{
	assert_int_equal(info_of(space).mapped_bytes, mapped);
	assert_int_equal(info_of(space).allocated_bytes, allocated);
	assert_int_equal(kernel_of(space)->areas_count, space_of(space)->chunks ? 1 : 0);
}

/* Reversed frames: nothing larger than a frame is contiguous, however much there is of it. */
static struct padma_space_params reversed(void)
{
	static const struct padma_sim_params sim = {.layout = PADMA_SIM_REVERSED, .lazy = true};
	struct padma_space_params params = sim_params();

	params.sim = &sim;
	return params;
}

static void test_a_failed_allocation_keeps_no_growth(void **state)
{
	const struct padma_alloc_params impossible[] = {
		{.flags = PADMA_ALLOC_CONTIGUOUS},
		{.boundary_bytes = 4 << 20},
		{.dma_mask = 0xffffff}, /* the simulated memory begins at 16 MiB */
		{.dma_mask = 0xffffff, .align_bytes = 1 << 20},
	};
	struct padma_space_params params = reversed();
	struct padma_space *space = open_space_with(&params);
	void *va, *kept;

	(void)state;
	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(impossible); i++)
			assert_int_equal(padma_space_alloc(space, 4 << 20, &impossible[i], &va),
					 -ERANGE);
		check_memory(space, 0, 0);
	}
	/* Beside memory that is in use, and with free memory that has no such address. */
	assert_int_equal(padma_space_alloc(space, 3 << 20, NULL, &kept), 0);
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++)
		assert_int_equal(padma_space_alloc(space, 4 << 20, &impossible[i], &va), -ERANGE);
	check_memory(space, 16 << 20, 3 << 20);
	assert_int_equal(padma_dma(space, kept), oracle_dma(space, kept));
	assert_int_equal(padma_space_free(space, kept), 0);
	assert_int_equal(padma_space_trim(space), 16 << 20);
	check_memory(space, 0, 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_failed_pool_keeps_no_growth(void **state)
{
	const struct padma_pool_params impossible[] = {
		{.object_bytes = 4 << 20, .count = 256},
		{.object_bytes = 4 << 20, .count = 1},
		{.object_bytes = 1 << 20, .count = 8, .dma_mask = 0xffffff},
		{.object_bytes = 3 << 19,
		 .count = 64,
		 .boundary_bytes = 2 << 20,
		 .dma_mask = 0x1ffffff},
	};
	struct padma_space_params params = reversed();
	struct padma_space *space = open_space_with(&params);
	struct padma_pool *pool;
	void *kept;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++) {
		assert_int_equal(padma_pool_open(space, &impossible[i], &pool), -ERANGE);
		check_memory(space, 0, 0);
	}
	assert_int_equal(padma_space_alloc(space, 64, NULL, &kept), 0);
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++) {
		assert_int_equal(padma_pool_open(space, &impossible[i], &pool), -ERANGE);
		check_memory(space, 16 << 20, 64);
	}
	assert_int_equal(padma_space_close(space), 0);
}

/* An impossible pool is refused at its first object, not after as much memory as all would take. */
static void test_an_impossible_pool_is_refused_early(void **state)
{
	const struct padma_pool_params params = {.object_bytes = 4 << 20, .count = 1 << 20};
	struct padma_space_params space_params = reversed();
	struct padma_space *space = open_space_with(&space_params);
	struct padma_pool *pool;

	(void)state;
	assert_int_equal(padma_pool_open(space, &params, &pool), -ERANGE);
	assert_true(info_of(space).queries < 256);
	assert_int_equal(padma_space_close(space), 0);
}

/* Growth that did not help is undone when a later one succeeds. */
static void test_luck_at_the_second_try_keeps_one_chunk(void **state)
{
	struct padma_alloc_params opts = {0};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct padma_run run;
	void *first, *va;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_REVERSED;
	params.chunk_bytes = 2 << 20;
	space = open_space_with(&params);
	assert_int_equal(padma_space_alloc(space, 2 << 20, NULL, &first), 0);
	run = padma_run(space, first, 1);
	/* Each frame is below the one before: the third from here is the first that is low enough. */
	opts.dma_mask = run.dma - 2 * PADMA_GRANULE_BYTES - 1;
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), 0);
	assert_true(padma_dma(space, va) + 4095 <= opts.dma_mask);
	assert_int_equal(info_of(space).mapped_bytes, 4 << 20);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_int_equal(padma_space_close(space), 0);
}

/* Without addresses there is nothing to choose from: no attempt is made. */
static void test_unknown_addresses_map_nothing(void **state)
{
	const struct padma_alloc_params opts = {.dma_mask = UINT32_MAX};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	space = open_space_with(&params);
	assert_int_equal(padma_space_alloc(space, 64, &opts, &va), -ENXIO);
	check_memory(space, 0, 0);
	assert_int_equal(padma_space_close(space), 0);
}

static struct padma_space *open_low_space(void)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();

	params.low_bytes = 8 << 20;
	params.low_dma_mask = (24 << 20) - 1;
	params.sim = &sim;
	sim.layout = PADMA_SIM_ORDERED;
	return open_space_with(&params);
}

/* Memory is on the node that its pages are on, whether or not a node was asked for. */
static void test_the_low_arena_is_on_its_node(void **state)
{
	struct padma_alloc_params opts = {
		.dma_mask = (24 << 20) - 1, .flags = PADMA_ALLOC_ON_NODE, .node = 0};
	struct padma_space *space = open_low_space();
	void *va;

	(void)state;
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), 0);
	assert_true(padma_dma(space, va) + 4095 <= opts.dma_mask);
	assert_int_equal(info_of(space).mapped_bytes, 8 << 20);
	assert_int_equal(padma_space_close(space), 0);

	set_nodes(1, 1, 1);
	space = open_low_space();
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), -ENOMEM);
	opts.node = 1;
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), 0);
	assert_int_equal(info_of(space).mapped_bytes, 8 << 20);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_ordinary_memory_is_on_its_node(void **state)
{
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE, .node = 1};
	struct padma_space *space = open_sim_space();
	void *va;

	(void)state;
	set_nodes(1, 1, 1);
	assert_int_equal(padma_space_alloc(space, 4096, NULL, &va), 0);
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), 0);
	check_memory(space, 16 << 20, 8192);
	/* Bound to node 0, and found on node 1: not what was requested, and not kept. */
	opts.node = 0;
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), -ENOMEM);
	assert_non_null(strstr(padma_last_error(), "node 0"));
	check_memory(space, 16 << 20, 8192);
	assert_int_equal(padma_space_close(space), 0);
}

/* Pages of one chunk on two nodes: it belongs to none, and serves requests without a node. */
static void test_a_chunk_on_two_nodes(void **state)
{
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE};
	struct padma_space *space = open_sim_space();
	void *va;

	(void)state;
	set_nodes(1, 0, 1);
	assert_int_equal(padma_space_alloc(space, 12 << 20, NULL, &va), 0);
	for (opts.node = 0; opts.node < 2; opts.node++)
		assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), -ENOMEM);
	check_memory(space, 16 << 20, 12 << 20);
	assert_int_equal(padma_space_close(space), 0);
}

/* A kernel that does not report nodes: with a single node the answer is clear; otherwise it is unknown. */
static void test_a_kernel_that_does_not_say_the_node(void **state)
{
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE};
	struct padma_space *space = open_sim_space();
	void *va;

	(void)state;
	assert_int_equal(padma_space_alloc(space, 4096, NULL, &va), 0);
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), 0);
	assert_int_equal(machine.questions, 0);
	check_memory(space, 16 << 20, 8192);
	assert_int_equal(padma_space_close(space), 0);
	space = open_sim_space();
	set_nodes(1, 0, 0);
	machine.error = EPERM;
	assert_int_equal(padma_space_alloc(space, 4096, NULL, &va), 0);
	assert_int_equal(padma_space_alloc(space, 4096, &opts, &va), -ENOMEM);
	assert_true(machine.questions > 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void count_error(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)part;
	(void)text;
	*(unsigned int *)ctx += level == PADMA_LOG_ERROR;
}

/* Attempts are not errors: a failing call logs one, and a successful call none. */
static void test_one_line_per_failed_call(void **state)
{
	const struct padma_pool_params pool_params = {.object_bytes = 4096, .count = 1 << 18};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct padma_pool *pool;
	unsigned int errors = 0;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.lazy = true;
	space = open_space_with(&params);
	padma_log_to(count_error, &errors, PADMA_LOG_ERROR);
	/* The window has 1 GiB, of which 1 MiB is taken. */
	assert_int_equal(padma_space_alloc(space, 1 << 20, NULL, &va), 0);
	assert_int_equal(errors, 0);
	assert_int_equal(padma_pool_open(space, &pool_params, &pool), -ENOMEM);
	assert_int_equal(errors, 1);
	assert_non_null(strstr(padma_last_error(), "262144 objects"));
	assert_int_equal(padma_space_alloc(space, 1 << 30, NULL, &va), -ENOMEM);
	assert_int_equal(errors, 2);
	check_memory(space, 16 << 20, 1 << 20);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_failed_allocation_keeps_no_growth, reset_machine),
		cmocka_unit_test_setup(test_a_failed_pool_keeps_no_growth, reset_machine),
		cmocka_unit_test_setup(test_an_impossible_pool_is_refused_early, reset_machine),
		cmocka_unit_test_setup(test_luck_at_the_second_try_keeps_one_chunk, reset_machine),
		cmocka_unit_test_setup(test_unknown_addresses_map_nothing, reset_machine),
		cmocka_unit_test_setup(test_the_low_arena_is_on_its_node, reset_machine),
		cmocka_unit_test_setup(test_ordinary_memory_is_on_its_node, reset_machine),
		cmocka_unit_test_setup(test_a_chunk_on_two_nodes, reset_machine),
		cmocka_unit_test_setup(test_a_kernel_that_does_not_say_the_node, reset_machine),
		cmocka_unit_test_setup(test_one_line_per_failed_call, reset_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
