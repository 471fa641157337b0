// SPDX-License-Identifier: BSD-3-Clause
/* The simulated machine's memory as its bus sees it: translation, faults, and memory that goes
 * away. */
#include "space/space_fixture.h"

#include "sim/machine/memory.h"

static void test_copies_by_physical_address(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct sim_memory *memory;
	char pattern[10000], back[10000];
	uint64_t fault = 0;
	padma_dma_t dma;
	char *buffer;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_ORDERED;
	space = open_space_with(&params);
	memory = space_sim_memory(space);
	assert_non_null(memory);
	assert_int_equal(padma_space_alloc(space, 4 << 20, NULL, &va), 0);
	buffer = va;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7);
	/* Across a frame's end. */
	dma = padma_dma(space, buffer) + (2 << 20) - 5000;
	assert_int_equal(sim_memory_write(memory, dma, pattern, sizeof(pattern), &fault), 0);
	assert_memory_equal(buffer + (2 << 20) - 5000, pattern, sizeof(pattern));
	assert_int_equal(sim_memory_read(memory, dma, back, sizeof(back), &fault), 0);
	assert_memory_equal(back, pattern, sizeof(pattern));
	assert_int_equal(sim_memory_store(memory, dma, 0x12345678, 4, &fault), 0);
	assert_int_equal(buffer[(2 << 20) - 5000], 0x78);
	assert_int_equal(sim_memory_store(memory, dma + 2, 1, 4, &fault), -EFAULT);
	sim_memory_flush(memory, dma, sizeof(pattern));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_faults_move_nothing(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct sim_memory *memory;
	uint64_t fault = 0;
	padma_dma_t end;
	char bytes[64];
	void *va;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_ORDERED;
	params.chunk_bytes = 2 << 20;
	space = open_space_with(&params);
	memory = space_sim_memory(space);
	assert_int_equal(padma_space_alloc(space, 2 << 20, NULL, &va), 0);
	memset(va, 1, 2 << 20);
	memset(bytes, 2, sizeof(bytes));
	end = padma_dma(space, va) + (2 << 20);
	assert_int_equal(sim_memory_write(memory, end - 32, bytes, 64, &fault), -EFAULT);
	assert_int_equal(fault, end);
	assert_int_equal(((char *)va)[(2 << 20) - 1], 1);
	assert_int_equal(sim_memory_read(memory, 0, bytes, 1, &fault), -EFAULT);
	assert_int_equal(fault, 0);
	assert_int_equal(sim_memory_read(memory, UINT64_MAX - 3, bytes, 64, &fault), -EFAULT);
	assert_int_equal(sim_memory_store(memory, end, 1, 4, &fault), -EFAULT);
	assert_int_equal(padma_space_free(space, va), 0);
	assert_int_equal(sim_memory_write(memory, end - 32, bytes, 32, &fault), 0);
	assert_int_equal(padma_space_trim(space), 2 << 20);
	assert_int_equal(sim_memory_write(memory, end - 32, bytes, 32, &fault), -EFAULT);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_by_physical_address),
		cmocka_unit_test(test_faults_move_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
