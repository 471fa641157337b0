// SPDX-License-Identifier: BSD-3-Clause
/* Registered memory: any alignment, shared pages, errors that leave nothing behind, lookups beside
 * a writer. */
#include "space_fixture.h"

#include <pthread.h>
#include <sys/mman.h>

#define PAGES 64

static char *map_pages(size_t pages)
{
	char *va = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	assert_ptr_not_equal(va, MAP_FAILED);
	return va;
}

static void test_exact_bytes(void **state)
{
	struct padma_space *space = open_sim_space();
	char *memory = map_pages(PAGES);
	char *va = memory + 100;

	(void)state;
	assert_int_equal(padma_register(space, va, 3 * PAGE), 0);
	assert_int_equal(padma_dma(space, va - 1), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_int_equal(padma_dma(space, va + 3 * PAGE - 1), oracle_dma(space, va + 3 * PAGE - 1));
	assert_int_equal(padma_dma(space, va + 3 * PAGE), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, va - 1, 10).len, 0);
	assert_int_equal(padma_unregister(space, va, 3 * PAGE), 0);
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	assert_int_equal(kernel_of(space)->areas_count, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

static void test_registrations_may_share_a_page(void **state)
{
	struct padma_space *space = open_sim_space();
	char *memory = map_pages(PAGES);

	(void)state;
	/* [10, 20) and [20, 5000) and [5000, 5001): three that touch, on two pages. */
	assert_int_equal(padma_register(space, memory + 10, 10), 0);
	assert_int_equal(padma_register(space, memory + 20, 4980), 0);
	assert_int_equal(padma_register(space, memory + 5000, 1), 0);
	assert_int_equal(kernel_of(space)->areas_count, 2);
	/* Neighbours are one run as far as the frames allow. */
	assert_int_equal(padma_run(space, memory + 15, 1000).len, 1000);
	assert_int_equal(padma_run(space, memory + 4999, 10).len, 2);
	assert_int_equal(padma_unregister(space, memory + 20, 4980), 0);
	assert_int_equal(padma_dma(space, memory + 15), oracle_dma(space, memory + 15));
	assert_int_equal(padma_dma(space, memory + 25), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, memory + 15, 1000).len, 5);
	assert_int_equal(padma_unregister(space, memory + 10, 10), 0);
	assert_int_equal(padma_unregister(space, memory + 5000, 1), 0);
	assert_int_equal(kernel_of(space)->areas_count, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

static void test_errors_leave_nothing_behind(void **state)
{
	struct padma_space *space = open_sim_space();
	char *memory = map_pages(PAGES);
	void *inside;

	(void)state;
	assert_int_equal(padma_register(space, memory, 0), -EINVAL);
	assert_int_equal(padma_register(space, memory, SIZE_MAX), -EINVAL);
	/* What a failed malloc() gave, also where only part of its page is meant. */
	assert_int_equal(padma_register(space, NULL, 100), -EFAULT);
	assert_int_equal(padma_register(space, NULL, 2 * PAGE), -EFAULT);
	assert_int_equal(padma_register(space, (void *)100, 2 * PAGE), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "are no memory"));
	assert_int_equal(padma_alloc(space, PAGE, NULL, &inside), 0);
	assert_int_equal(padma_register(space, inside, PAGE), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "window"));
	assert_int_equal(padma_register(space, memory + 10, 5 * PAGE), 0);
	assert_int_equal(padma_register(space, memory, 11), -EEXIST);
	assert_int_equal(padma_register(space, memory + 5 * PAGE + 9, 1), -EEXIST);
	assert_int_equal(padma_register(space, memory, 6 * PAGE), -EEXIST);
	assert_int_equal(padma_unregister(space, memory + 10, 5 * PAGE - 1), -ENOENT);
	assert_int_equal(padma_unregister(space, memory + 11, 5 * PAGE), -ENOENT);
	assert_int_equal(padma_unregister(space, memory + 10, 5 * PAGE), 0);
	assert_int_equal(padma_unregister(space, memory + 10, 5 * PAGE), -ENOENT);

	/* A hole behind the head, in the middle, in the tail. */
	assert_int_equal(munmap(memory + 20 * PAGE, PAGE), 0);
	for (int pages = 1; pages <= 3; pages++) {
		char *va = memory + (20 - pages) * PAGE + 7;

		assert_int_equal(padma_register(space, va, 3 * PAGE), -EFAULT);
		assert_non_null(strstr(padma_last_error(), "nothing is mapped"));
		assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	}
	assert_int_equal(mprotect(memory + 30 * PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(padma_register(space, memory + 30 * PAGE, PAGE), -EFAULT);
	assert_int_equal(space_of(space)->foreign.pages_count, 0);
	assert_int_equal(space_of(space)->foreign.areas_count, 0);
	assert_int_equal(kernel_of(space)->memory->small_frames.in_use, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

static void test_hints(void **state)
{
	struct padma_space *space = open_sim_space();
	char *memory = map_pages(PAGES);
	size_t hint = 0, wild = 1u << 30;

	(void)state;
	assert_int_equal(padma_register(space, memory, PAGES * PAGE), 0);
	for (size_t at = 0; at < PAGES * PAGE; at += 512) {
		struct padma_run run = padma_run(space, memory + at, PAGE);
		struct padma_run with_hint = padma_run_hinted(space, memory + at, PAGE, &hint);
		struct padma_run with_wild = padma_run_hinted(space, memory + at, PAGE, &wild);

		assert_memory_equal(&run, &with_hint, sizeof(run));
		assert_memory_equal(&run, &with_wild, sizeof(run));
		wild = at;
	}
	assert_int_equal(padma_unregister(space, memory, PAGES * PAGE), 0);
	assert_int_equal(padma_run_hinted(space, memory, PAGE, &hint).len, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

struct looker {
	struct padma_space *space;
	char *memory;
	padma_dma_t truth[PAGES];
	void *allocated;
	padma_dma_t allocated_dma;
	bool stop;
	uint64_t wrong;
};

/* Pages 0, 4, 8, ... stay registered while the others come and go. */
static void *look(void *arg)
{
	struct looker *l = arg;
	uint64_t seed = 3;

	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		size_t page = test_random(&seed) % PAGES;
		padma_dma_t dma = padma_dma(l->space, l->memory + page * PAGE + 5);
		struct padma_run run = padma_run(l->space, l->memory + page * PAGE, PAGE);

		if (page % 4 == 0 && (dma != l->truth[page] + 5 || run.len != PAGE))
			l->wrong++;
		if (run.len && run.dma % PAGE)
			l->wrong++;
		if (padma_dma(l->space, l->allocated) != l->allocated_dma)
			l->wrong++;
	}
	return NULL;
}

/* The other writer: memory comes and goes in the window. */
static void *allocate(void *arg)
{
	struct looker *l = arg;
	uint64_t seed = 4;

	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		size_t bytes = 1 + test_random(&seed) % (4 << 20);
		void *va;

		if (padma_alloc(l->space, bytes, NULL, &va) ||
		    padma_dma(l->space, va) == PADMA_DMA_NONE || padma_free(l->space, va) ||
		    padma_space_trim(l->space) < 0)
			l->wrong++;
	}
	return NULL;
}

static void test_lookups_while_others_register_and_free(void **state)
{
	struct looker lookers[3];
	pthread_t threads[3];
	struct looker proto = {.space = open_sim_space(), .memory = map_pages(PAGES)};
	bool there[PAGES] = {false};
	uint64_t seed = test_seed();

	(void)state;
	for (size_t page = 0; page < PAGES; page += 4) {
		char *va = proto.memory + page * PAGE;

		assert_int_equal(padma_register(proto.space, va, PAGE), 0);
		proto.truth[page] = oracle_dma(proto.space, va);
	}
	assert_int_equal(padma_alloc(proto.space, 100, NULL, &proto.allocated), 0);
	proto.allocated_dma = oracle_dma(proto.space, proto.allocated);
	for (int i = 0; i < 3; i++) {
		lookers[i] = proto;
		assert_int_equal(
			pthread_create(&threads[i], NULL, i == 2 ? allocate : look, &lookers[i]),
			0);
	}
	for (int step = 0; step < 2000; step++) {
		size_t page = test_random(&seed) % PAGES;
		char *va = proto.memory + page * PAGE;

		if (page % 4 == 0)
			continue;
		if (there[page])
			assert_int_equal(padma_unregister(proto.space, va, PAGE), 0);
		else
			assert_int_equal(padma_register(proto.space, va, PAGE), 0);
		there[page] = !there[page];
	}
	for (int i = 0; i < 3; i++) {
		__atomic_store_n(&lookers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(lookers[i].wrong, 0);
	}
	assert_int_equal(padma_space_close(proto.space), 0);
	munmap(proto.memory, PAGES * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_bytes),
		cmocka_unit_test(test_registrations_may_share_a_page),
		cmocka_unit_test(test_errors_leave_nothing_behind),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_lookups_while_others_register_and_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
