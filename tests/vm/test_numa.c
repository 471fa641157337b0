// SPDX-License-Identifier: BSD-3-Clause
/*
 * A machine with two NUMA nodes: memory is on the node that the kernel reports for its pages, whichever way
 * they came there, and the low arena is reached by requests that name its node.
 */
#include "vm_fixture.h"

#include <numaif.h>

#define CHUNK ((size_t)2 << 20)

/* The node of one byte, by another system call than the library's. */
static int node_of(const void *va)
{
	int node = -1;

	assert_int_equal(
		get_mempolicy(&node, NULL, 0, (void *)(uintptr_t)va, MPOL_F_NODE | MPOL_F_ADDR), 0);
	return node;
}

static size_t mapped_bytes(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.mapped_bytes;
}

/* Allocate new pages on this node from now on. */
static void prefer_node(int node)
{
	unsigned long mask = 1ul << node;

	assert_int_equal(set_mempolicy(MPOL_BIND, &mask, 8 * sizeof(mask)), 0);
}

static int prefer_none(void **state)
{
	(void)state;
	assert_int_equal(set_mempolicy(MPOL_DEFAULT, NULL, 0), 0);
	return 0;
}

static void each_node_has_its_memory(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE};
	void *va[2], *more;

	(void)state;
	for (opts.node = 0; opts.node < 2; opts.node++) {
		must(padma_space_alloc(space, 4096, &opts, &va[opts.node]));
		assert_int_equal(node_of(va[opts.node]), opts.node);
	}
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	for (opts.node = 0; opts.node < 2; opts.node++) {
		must(padma_space_alloc(space, CHUNK / 2, &opts, &more));
		assert_int_equal(node_of(more), opts.node);
	}
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	opts.node = 2;
	expect_error(padma_space_alloc(space, 64, &opts, &more), EINVAL, "NUMA node 2");
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* The memory was mapped without a node: the kernel chose one, and reports which. */
static void memory_that_named_no_node_is_on_one(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE, .node = 1};
	void *va;

	(void)state;
	prefer_node(1);
	must(padma_space_alloc(space, 4096, NULL, &va));
	assert_int_equal(node_of(va), 1);
	must(padma_space_alloc(space, 4096, &opts, &va));
	assert_int_equal(node_of(va), 1);
	assert_int_equal(mapped_bytes(space), CHUNK);
	opts.node = 0;
	must(padma_space_alloc(space, 4096, &opts, &va));
	assert_int_equal(node_of(va), 0);
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void the_low_arena_is_reached_by_its_node(void **state)
{
	const struct padma_space_params params = {.backend = "noiommu",
						  .chunk_bytes = CHUNK,
						  .low_bytes = 2 * CHUNK,
						  .low_dma_mask = UINT32_MAX};
	struct padma_alloc_params opts = {
		.flags = PADMA_ALLOC_ON_NODE, .node = 1, .dma_mask = UINT32_MAX};
	struct padma_space *space = NULL;
	struct padma_device *device;
	void *va;

	(void)state;
	prefer_node(1);
	must(padma_space_open(&params, &space));
	device = open_device(space, 0);
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	must(padma_space_alloc(space, CHUNK, &opts, &va));
	assert_int_equal(node_of(va), 1);
	assert_int_equal(mapped_bytes(space), 2 * CHUNK);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* One node has no free hugepages: a request for it fails instead of using the other node's. */
static void a_node_that_is_empty(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	struct padma_alloc_params opts = {.flags = PADMA_ALLOC_ON_NODE, .node = 0};
	size_t mapped = 0;
	void *va;
	int rc;

	(void)state;
	while ((rc = padma_space_alloc(space, CHUNK, &opts, &va)) == 0)
		mapped += CHUNK;
	assert_true(mapped > 0);
	assert_int_equal(rc, -ENOMEM);
	assert_non_null(strstr(padma_last_error(), "node0"));
	assert_int_equal(mapped_bytes(space), mapped);
	must(padma_space_alloc(space, CHUNK, NULL, &va));
	assert_int_equal(node_of(va), 1);
	padma_device_close(device);
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_node_has_its_memory, prefer_none),
		cmocka_unit_test_teardown(memory_that_named_no_node_is_on_one, prefer_none),
		cmocka_unit_test_teardown(the_low_arena_is_reached_by_its_node, prefer_none),
		cmocka_unit_test_teardown(a_node_that_is_empty, prefer_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
