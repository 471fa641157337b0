// SPDX-License-Identifier: BSD-3-Clause
/* A space over a backend that fails where the test chooses: what is undone, and what is retried. */
#include "space/space_fixture.h"

#include <limits.h>

#include "sim/machine/machine.h"
#include "space/attach.h"

#define CHUNK PADMA_GRANULE_BYTES

static const struct space_device simulated = {.kind = SPACE_DEVICE_SIMULATED, .fd = -1};

/* The simulated backend but for this; the answer of the real one while the count lasts. */
static struct {
	struct backend_ops ops;
	unsigned int maps; /* that still succeed */
	bool unmap_fails;
} fake;

static int map(struct backend *backend, struct uapi_ioas_map *map)
{
	if (fake.maps == 0)
		return -ENOMEM;
	fake.maps--;
	return sim_backend_ops.map(backend, map);
}

static int unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	return fake.unmap_fails ? -EBUSY : sim_backend_ops.unmap(backend, unmap);
}

static struct padma_space *open_faulty_space(const struct padma_space_params *params)
{
	struct padma_space *space = open_space_with(params);

	fake.ops = sim_backend_ops;
	fake.ops.map = map;
	fake.ops.unmap = unmap;
	fake.maps = UINT_MAX;
	fake.unmap_fails = false;
	space_of(space)->backend->ops = &fake.ops;
	return space;
}

static size_t mapped_bytes(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.mapped_bytes;
}

/* Memory that the kernel does not unmap stays as it was: known, checked, and available. */
static void test_a_trim_that_fails(void **state)
{
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	void *va, *again;

	(void)state;
	params.guard = PADMA_GUARD_PAGES;
	params.chunk_bytes = CHUNK;
	space = open_faulty_space(&params);
	assert_int_equal(padma_space_alloc(space, CHUNK, NULL, &va), 0);
	assert_int_equal(padma_space_free(space, va), 0);
	fake.unmap_fails = true;
	assert_int_equal(padma_space_trim(space), 0);
	assert_int_equal(mapped_bytes(space), CHUNK);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_true(padma_guard_check(space, padma_dma(space, va), CHUNK));
	assert_int_equal(padma_space_alloc(space, CHUNK, NULL, &again), 0);
	assert_ptr_equal(again, va);
	assert_int_equal(padma_space_free(space, va), 0);
	fake.unmap_fails = false;
	assert_int_equal(padma_space_trim(space), CHUNK);
	assert_int_equal(padma_space_close(space), 0);
}

/* The last close of the backend unmaps what could not be unmapped before. */
static void test_a_close_that_cannot_unmap(void **state)
{
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	void *va;

	(void)state;
	params.chunk_bytes = CHUNK;
	space = open_faulty_space(&params);
	for (int i = 0; i < 3; i++)
		assert_int_equal(padma_space_alloc(space, CHUNK, NULL, &va), 0);
	fake.unmap_fails = true;
	assert_int_equal(padma_space_close(space), 0);
}

/* A failed attempt keeps nothing; the next one starts over. */
static void test_a_low_arena_found_in_two_attempts(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_alloc_params low = {.dma_mask = UINT32_MAX};
	struct padma_space *space;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	sim.layout = PADMA_SIM_ORDERED;
	params.low_bytes = 4 * CHUNK;
	params.low_dma_mask = UINT32_MAX;
	space = open_faulty_space(&params);
	fake.maps = 3;
	assert_int_equal(space_attach(space, &simulated), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "6291456"));
	assert_int_equal(mapped_bytes(space), 0);
	fake.maps = UINT_MAX;
	assert_int_equal(space_attach(space, &simulated), 0);
	assert_int_equal(mapped_bytes(space), 4 * CHUNK);
	assert_int_equal(padma_space_alloc(space, 4 * CHUNK, &low, &va), 0);
	assert_int_equal(mapped_bytes(space), 4 * CHUNK);
	space_detach(space, &simulated);
	assert_int_equal(padma_space_close(space), 0);
}

/* Where addresses are chosen, and not before the first device: low memory cannot be set aside then,
 * and what was mapped for the attempt is ordinary memory. */
static void test_low_memory_before_the_first_device(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_alloc_params low = {.dma_mask = UINT32_MAX};
	struct padma_space *space;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	params.chunk_bytes = CHUNK;
	space = open_faulty_space(&params);
	fake.ops.chooses_dma = true;
	assert_int_equal(padma_space_alloc(space, 100, &low, &va), -ENXIO);
	assert_int_equal(padma_space_alloc(space, CHUNK, NULL, &va), 0);
	assert_int_equal(mapped_bytes(space), CHUNK);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_trim_that_fails),
		cmocka_unit_test(test_a_close_that_cannot_unmap),
		cmocka_unit_test(test_a_low_arena_found_in_two_attempts),
		cmocka_unit_test(test_low_memory_before_the_first_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
