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
	assert_int_equal(padma_space_register(space, va, 3 * PAGE), 0);
	assert_int_equal(padma_dma(space, va - 1), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_int_equal(padma_dma(space, va + 3 * PAGE - 1), oracle_dma(space, va + 3 * PAGE - 1));
	assert_int_equal(padma_dma(space, va + 3 * PAGE), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, va - 1, 10).len, 0);
	assert_int_equal(padma_space_unregister(space, va, 3 * PAGE), 0);
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
	assert_int_equal(padma_space_register(space, memory + 10, 10), 0);
	assert_int_equal(padma_space_register(space, memory + 20, 4980), 0);
	assert_int_equal(padma_space_register(space, memory + 5000, 1), 0);
	assert_int_equal(kernel_of(space)->areas_count, 2);
	/* Neighbours are one run as far as the frames allow. */
	assert_int_equal(padma_run(space, memory + 15, 1000).len, 1000);
	assert_int_equal(padma_run(space, memory + 4999, 10).len, 2);
	assert_int_equal(padma_space_unregister(space, memory + 20, 4980), 0);
	assert_int_equal(padma_dma(space, memory + 15), oracle_dma(space, memory + 15));
	assert_int_equal(padma_dma(space, memory + 25), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, memory + 15, 1000).len, 5);
	assert_int_equal(padma_space_unregister(space, memory + 10, 10), 0);
	assert_int_equal(padma_space_unregister(space, memory + 5000, 1), 0);
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
	assert_int_equal(padma_space_register(space, memory, 0), -EINVAL);
	assert_int_equal(padma_space_register(space, memory, SIZE_MAX), -EINVAL);
	/* What a failed malloc() gave, also where only part of its page is meant. */
	assert_int_equal(padma_space_register(space, NULL, 100), -EFAULT);
	assert_int_equal(padma_space_register(space, NULL, 2 * PAGE), -EFAULT);
	assert_int_equal(padma_space_register(space, (void *)100, 2 * PAGE), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "allocation"));
	assert_int_equal(padma_space_alloc(space, PAGE, NULL, &inside), 0);
	assert_int_equal(padma_space_register(space, inside, PAGE), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "window"));
	assert_int_equal(padma_space_register(space, memory + 10, 5 * PAGE), 0);
	assert_int_equal(padma_space_register(space, memory, 11), -EEXIST);
	assert_int_equal(padma_space_register(space, memory + 5 * PAGE + 9, 1), -EEXIST);
	assert_int_equal(padma_space_register(space, memory, 6 * PAGE), -EEXIST);
	assert_int_equal(padma_space_unregister(space, memory + 10, 5 * PAGE - 1), -ENOENT);
	assert_int_equal(padma_space_unregister(space, memory + 11, 5 * PAGE), -ENOENT);
	assert_int_equal(padma_space_unregister(space, memory + 10, 5 * PAGE), 0);
	assert_int_equal(padma_space_unregister(space, memory + 10, 5 * PAGE), -ENOENT);

	/* A hole behind the head, in the middle, in the tail. */
	assert_int_equal(munmap(memory + 20 * PAGE, PAGE), 0);
	for (int pages = 1; pages <= 3; pages++) {
		char *va = memory + (20 - pages) * PAGE + 7;

		assert_int_equal(padma_space_register(space, va, 3 * PAGE), -EFAULT);
		assert_non_null(strstr(padma_last_error(), "nothing is mapped"));
		assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	}
	assert_int_equal(mprotect(memory + 30 * PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(padma_space_register(space, memory + 30 * PAGE, PAGE), -EFAULT);
	assert_int_equal(space_of(space)->registered.count, 0);
	assert_int_equal(kernel_of(space)->areas_count, 1); /* the window's */
	assert_int_equal(kernel_of(space)->memory->small_frames.in_use, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, PAGES * PAGE);
}

/* A hugepage is queried once, whatever part of it is registered, and ordinary pages beside it in ranges. */
#define HUGE (2ull << 20)

static size_t queries_to_register(struct padma_space *space, char *va, size_t bytes)
{
	struct padma_space_info before, after;

	padma_space_info(space, &before);
	assert_int_equal(padma_space_register(space, va, bytes), 0);
	padma_space_info(space, &after);
	assert_int_equal(after.registered_bytes - before.registered_bytes, bytes);
	return after.queries - before.queries;
}

static void check_bytes(struct padma_space *space, const char *va, size_t bytes)
{
	struct padma_run run;
	size_t total = 0;

	for (size_t at = 0; at < bytes; at += at + 1000 < bytes ? 1000 : 1)
		assert_int_equal(padma_dma(space, va + at), oracle_dma(space, va + at));
	padma_for_each_run (run, space, va, bytes)
		total += run.len;
	assert_int_equal(total, bytes);
	assert_int_equal(padma_dma(space, va - 1), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, va + bytes), PADMA_DMA_NONE);
}

static void hugepages_of(enum padma_sim_layout layout, enum padma_sim_get_pa form)
{
	static const struct {
		size_t first;
		size_t bytes;
		size_t queries;
	} cases[] = {
		{0, HUGE, 1},
		{0, 3 * HUGE, 3},
		{HUGE / 2, HUGE, 2},
		{3 * PAGE, HUGE - 3 * PAGE, 1},
		{3 * PAGE + 5, 2 * HUGE, 2 + 3}, /* a partial page at either end */
		{5 * PAGE, PAGE, 1},
		{5 * PAGE + 5, 10, 1},
	};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	char *memory, *huge;

	params.sim = &sim;
	sim.layout = layout;
	sim.get_pa = form;
	space = open_space_with(&params);
	memory = map_pages(5 * HUGE / PAGE);
	huge = (char *)(((uintptr_t)memory + HUGE) & ~(uintptr_t)(HUGE - 1));
	kernel_of(space)->huge_from = (uintptr_t)huge;
	kernel_of(space)->huge_to = (uintptr_t)huge + 3 * HUGE;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *va = huge + cases[i].first;
		size_t queries = queries_to_register(space, va, cases[i].bytes);

		/* A longer answer than asked for, which the V4 form gives, may save queries. */
		assert_true(form == PADMA_SIM_GET_PA_V4 ? queries <= cases[i].queries
							: queries == cases[i].queries);
		check_bytes(space, va, cases[i].bytes);
		assert_int_equal(padma_space_unregister(space, va, cases[i].bytes), 0);
	}
	assert_int_equal(kernel_of(space)->memory->large_frames.in_use, 0);
	/* From ordinary pages into hugepages and out again. */
	assert_true(queries_to_register(space, huge - 64 * PAGE, 3 * HUGE + 128 * PAGE) >=
		    (form == PADMA_SIM_GET_PA_V4 ? 1 : 5));
	check_bytes(space, huge - 64 * PAGE, 3 * HUGE + 128 * PAGE);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 5 * HUGE);
}

static void test_hugepages(void **state)
{
	(void)state;
	for (int layout = PADMA_SIM_SCATTERED; layout <= PADMA_SIM_RANDOM; layout++) {
		hugepages_of((enum padma_sim_layout)layout, PADMA_SIM_GET_PA_MERGED);
		hugepages_of((enum padma_sim_layout)layout, PADMA_SIM_GET_PA_V4);
	}
}

/* Memory that is reported as hugepages and is not: its addresses show it. */
static void test_memory_that_is_not_of_hugepages(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	char *memory, *huge;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_RANDOM;
	sim.late_attach = true;
	space = open_space_with(&params);
	memory = map_pages(3 * HUGE / PAGE);
	huge = (char *)(((uintptr_t)memory + HUGE) & ~(uintptr_t)(HUGE - 1));
	assert_int_equal(padma_space_register(space, huge, HUGE), 0);
	/* Pinned as ordinary pages, and reported as hugepages when it is queried. */
	assert_int_equal(sim_kernel_attach(kernel_of(space)), 0);
	kernel_of(space)->huge_from = (uintptr_t)huge;
	kernel_of(space)->huge_to = (uintptr_t)huge + HUGE;
	assert_int_equal(registrations_resolve(&space_of(space)->registered), -EIO);
	assert_non_null(strstr(padma_last_error(), "aligned"));
	assert_int_equal(padma_dma(space, huge), PADMA_DMA_NONE);
	kernel_of(space)->huge_from = kernel_of(space)->huge_to = 0;
	assert_int_equal(registrations_resolve(&space_of(space)->registered), 0);
	check_bytes(space, huge, HUGE);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 3 * HUGE);
}

/* As many as a program may have: each costs one MAP, one query and one UNMAP, whatever else there is. */
#define MANY 100000u

static unsigned int depth(const struct range_node *node)
{
	unsigned int below = node ? depth(node->below) : 0, above = node ? depth(node->above) : 0;

	return node ? 1 + (below > above ? below : above) : 0;
}

/* In an order that is neither up nor down. */
static char *nth_buffer(char *memory, size_t i)
{
	return memory + i * 40503u % MANY * 2 * PAGE;
}

static void test_a_hundred_thousand(void **state)
{
	struct padma_space *space = open_sim_space();
	const struct registrations *all = &space_of(space)->registered;
	char *memory = mmap(NULL, MANY * 2 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct padma_space_info info;

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	kernel_of(space)->lazy = true; /* the memory is not accessed */
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(padma_space_register(space, nth_buffer(memory, i), PAGE), 0);
	padma_space_info(space, &info);
	assert_int_equal(info.registered_bytes, MANY * PAGE);
	assert_int_equal(info.registered_runs, MANY);
	assert_int_equal(info.queries, MANY);
	assert_int_equal(kernel_of(space)->areas_count, MANY);
	/* The searches that a change makes: of 2^17 they need 17 steps at least. */
	assert_true(depth(all->tree.root) < 64);
	assert_true(depth(kernel_of(space)->areas.root) < 64);
	for (size_t i = 0; i < MANY; i++) {
		char *va = nth_buffer(memory, i);
		struct padma_run run = padma_run(space, va, 2 * PAGE);

		assert_int_equal(run.len, PAGE);
		assert_int_equal(run.dma, oracle_dma(space, va));
		assert_int_equal(padma_dma(space, va + PAGE), PADMA_DMA_NONE);
	}
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(padma_space_unregister(space, memory + i * 2 * PAGE, PAGE), 0);
	assert_int_equal(all->count, 0);
	assert_int_equal(kernel_of(space)->areas_count, 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, MANY * 2 * PAGE);
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

		if (padma_space_alloc(l->space, bytes, NULL, &va) ||
		    padma_dma(l->space, va) == PADMA_DMA_NONE || padma_space_free(l->space, va) ||
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

		assert_int_equal(padma_space_register(proto.space, va, PAGE), 0);
		proto.truth[page] = oracle_dma(proto.space, va);
	}
	assert_int_equal(padma_space_alloc(proto.space, 100, NULL, &proto.allocated), 0);
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
			assert_int_equal(padma_space_unregister(proto.space, va, PAGE), 0);
		else
			assert_int_equal(padma_space_register(proto.space, va, PAGE), 0);
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
		cmocka_unit_test(test_hugepages),
		cmocka_unit_test(test_memory_that_is_not_of_hugepages),
		cmocka_unit_test(test_a_hundred_thousand),
		cmocka_unit_test(test_lookups_while_others_register_and_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
