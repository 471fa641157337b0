// SPDX-License-Identifier: BSD-3-Clause
/* The lifetime of a space: parameters, growth, trimming, devices, late attachment, the low arena. */
#include "space_fixture.h"

#include <pthread.h>
#include <sys/mman.h>

#include <padma/pool.h>

#include "space/attach.h"

static const struct space_device simulated = {.kind = SPACE_DEVICE_SIMULATED, .fd = -1};

static void test_bad_parameters(void **state)
{
	struct padma_space *space = NULL;
	struct padma_sim_params sim = {0};
	struct padma_space_params params;

	(void)state;
	params = sim_params();
	params.backend = "vfio";
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "noiommu, iommu, pagemap, sim"));
	params = sim_params();
	params.page_bytes = 8192;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "page size"));
	params = sim_params();
	params.window_bytes = 1ull << 47;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	params = sim_params();
	params.chunk_bytes = 1ull << 40;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	params = sim_params();
	params.low_bytes = 1 << 20;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	params = sim_params();
	params.sim = &sim;
	sim.layout = (enum padma_sim_layout)99;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	sim = (struct padma_sim_params){.lowest_dma = 12345};
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	sim = (struct padma_sim_params){.reserved[3] = 1};
	assert_int_equal(padma_space_open(&params, &space), -E2BIG);
	params = sim_params();
	assert_int_equal(padma_space_open(&params, NULL), -EINVAL);
	assert_null(space);
	assert_int_equal(padma_space_close(NULL), 0);
}

static void test_defaults(void **state)
{
	const struct padma_space_params params = {.backend = "sim"};
	struct padma_space_info info;
	struct padma_space *space;
	void *va;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "sim");
	assert_true(info.window_bytes >= 1 << 30);
	assert_int_equal((uintptr_t)info.window % (1 << 30), 0);
	assert_int_equal(info.mapped_bytes, 0);
	assert_int_equal(padma_space_alloc(space, 1, NULL, &va), 0);
	memset(va, 0xff, 1);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_hole_is_no_address(void **state)
{
	struct padma_space *space = open_sim_space();
	const char *window = (const char *)space->window;

	(void)state;
	for (size_t at = 0; at < space->window_bytes; at += 999983) {
		assert_int_equal(padma_dma(space, window + at), PADMA_DMA_NONE);
		assert_int_equal(padma_run(space, window + at, 100).len, 0);
		assert_int_equal(padma_run(space, window + at, 100).dma, PADMA_DMA_NONE);
	}
	assert_int_equal(padma_dma(space, window - 1), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, window + space->window_bytes), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, NULL), PADMA_DMA_NONE);
	assert_int_equal(padma_run(space, NULL, SIZE_MAX).len, 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_the_window_fills_up(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	void *all, *va;

	(void)state;
	params.sim = &sim;
	sim.lazy = true;
	space = open_space_with(&params);
	assert_int_equal(padma_space_alloc(space, (1u << 30) + 1, NULL, &va), -ENOMEM);
	assert_int_equal(padma_space_alloc(space, 1 << 30, NULL, &all), 0);
	assert_ptr_equal(all, (void *)space->window);
	assert_int_equal(padma_space_alloc(space, 1, NULL, &va), -ENOMEM);
	assert_non_null(strstr(padma_last_error(), "window"));
	assert_int_equal(padma_space_free(space, all), 0);
	assert_int_equal(padma_space_alloc(space, 1, NULL, &va), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_trim(void **state)
{
	struct padma_space *space = open_sim_space();
	struct padma_space_info info;
	void *a, *b;

	(void)state;
	assert_int_equal(padma_space_trim(space), 0);
	assert_int_equal(padma_space_alloc(space, 16 << 20, NULL, &a), 0);
	assert_int_equal(padma_space_alloc(space, 16 << 20, NULL, &b), 0);
	memset(a, 1, 16 << 20);
	memset(b, 2, 16 << 20);
	assert_int_equal(padma_space_trim(space), 0);
	assert_int_equal(padma_space_free(space, a), 0);
	/* A device that may still write to it holds it. */
	space_bus_master(space, true);
	assert_int_equal(padma_space_trim(space), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "bus mastering"));
	space_bus_master(space, false);
	assert_int_equal(padma_space_trim(space), 16 << 20);
	padma_space_info(space, &info);
	assert_int_equal(info.mapped_bytes, 16 << 20);
	assert_int_equal(padma_dma(space, a), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, b), oracle_dma(space, b));
	assert_int_equal(((char *)b)[12345], 2);
	/* The place is used again. */
	assert_int_equal(padma_space_alloc(space, 16 << 20, NULL, &a), 0);
	assert_int_equal(padma_dma(space, a), oracle_dma(space, a));
	assert_int_equal(((char *)a)[12345], 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_devices_keep_a_space_open(void **state)
{
	struct padma_space *space = open_sim_space();

	(void)state;
	assert_int_equal(space_attach(space, &simulated), 0);
	assert_int_equal(padma_space_close(space), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "(1)"));
	/* It could not be quiesced, and its provider has not closed it yet. */
	space_bus_master(space, true);
	space_detach(space, &simulated);
	assert_int_equal(padma_space_close(space), -EBUSY);
	space_bus_master(space, false);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_late_attachment(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_alloc_params constrained = {.flags = PADMA_ALLOC_CONTIGUOUS};
	char *foreign =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_space *space;
	void *va, *late;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	params.guard = PADMA_GUARD_PAGES;
	space = open_space_with(&params);
	/* Memory can be allocated, but its dma address is not known. */
	assert_int_equal(padma_space_alloc(space, 5 << 20, NULL, &va), 0);
	assert_int_equal(padma_space_register(space, foreign + 10, PAGE), 0);
	assert_int_equal(padma_dma(space, va), PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, foreign + 10), PADMA_DMA_NONE);
	assert_int_equal(padma_space_alloc(space, 64, &constrained, &late), -ENXIO);
	assert_int_equal(space_attach(space, &simulated), 0);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_true(padma_dma(space, va) != PADMA_DMA_NONE);
	assert_int_equal(padma_dma(space, foreign + 10), oracle_dma(space, foreign + 10));
	assert_true(padma_guard_check(space, padma_dma(space, foreign + 10), 1));
	assert_int_equal(padma_space_alloc(space, 64, &constrained, &late), 0);
	/* The page table is the space's own: addresses stay when the device leaves, and when it
	 * comes again. */
	space_detach(space, &simulated);
	assert_int_equal(padma_dma(space, va), oracle_dma(space, va));
	assert_int_equal(space_attach(space, &simulated), 0);
	assert_int_equal(padma_dma(space, foreign + 10), oracle_dma(space, foreign + 10));
	space_detach(space, &simulated);
	assert_int_equal(padma_space_unregister(space, foreign + 10, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(foreign, 4 * PAGE);
}

static void test_pin_errors_at_the_first_attach(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	char *foreign =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_space *space;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	space = open_space_with(&params);
	assert_int_equal(padma_space_register(space, foreign, PAGE), 0);
	munmap(foreign, PAGE);
	assert_int_equal(space_attach(space, &simulated), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "registered"));
	assert_int_equal(padma_space_unregister(space, foreign, PAGE), 0);
	assert_int_equal(space_attach(space, &simulated), 0);
	space_detach(space, &simulated);
	assert_int_equal(padma_space_close(space), 0);
}

/* A kernel that fails in the middle of a chunk leaves no half-known memory. */
static void test_a_failing_query_undoes_the_chunk(void **state)
{
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct padma_space_info info;
	void *va;

	(void)state;
	params.guard = PADMA_GUARD_PAGES;
	space = open_space_with(&params);
	kernel_of(space)->zero_pa = true;
	assert_int_equal(padma_space_alloc(space, 100, NULL, &va), -EIO);
	assert_non_null(strstr(padma_last_error(), "address 0"));
	kernel_of(space)->zero_pa = false;
	kernel_of(space)->rawio = false;
	assert_int_equal(padma_space_alloc(space, 100, NULL, &va), -EPERM);
	assert_non_null(strstr(padma_last_error(), "CAP_SYS_RAWIO"));
	padma_space_info(space, &info);
	assert_int_equal(info.mapped_bytes, 0);
	assert_int_equal(kernel_of(space)->areas_count, 0);
	kernel_of(space)->rawio = true;
	assert_int_equal(padma_space_alloc(space, 100, NULL, &va), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_low_arena(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	const struct padma_alloc_params none = {.dma_mask = (1ull << 31) - 1};
	struct padma_alloc_params low = {.dma_mask = UINT32_MAX};
	struct padma_space *space;
	void *va[5];
	int rc = 0, n;

	(void)state;
	/* Scattered over 4 GiB from 2 GiB on: about half of the frames are low. */
	params.sim = &sim;
	sim.lowest_dma = 2ull << 30;
	params.low_bytes = 8 << 20;
	params.low_dma_mask = UINT32_MAX;
	space = open_space_with(&params);
	/* Ordinary allocations do not eat it. */
	assert_int_equal(padma_space_alloc(space, 64 << 20, NULL, &va[0]), 0);
	for (n = 0; n < 4; n++) {
		assert_int_equal(padma_space_alloc(space, 2 << 20, &low, &va[n]), 0);
		assert_true(padma_dma(space, va[n]) + (2 << 20) - 1 <= UINT32_MAX);
	}
	for (n = 0; n < 4; n++)
		assert_int_equal(padma_space_free(space, va[n]), 0);
	/* Trimming leaves it alone. */
	assert_true(padma_space_trim(space) >= 0);
	assert_int_equal(padma_space_alloc(space, 2 << 20, &low, &va[0]), 0);
	/* Some was set aside, and it is not enough: setting some aside is not the remedy. */
	assert_int_equal(padma_space_alloc(space, 64, &none, &va[1]), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "low_bytes"));
	assert_int_equal(padma_space_close(space), 0);

	/* There is none so low: a clear message. */
	params.low_dma_mask = (1ull << 31) - 1;
	rc = padma_space_open(&params, &space);
	assert_int_equal(rc, -ERANGE);
	assert_non_null(strstr(padma_last_error(), "0x7fffffff"));

	/* Without an arena a mask is met by chance or not at all. */
	params.low_bytes = 0;
	space = open_space_with(&params);
	low.dma_mask = (1ull << 31) - 1;
	assert_int_equal(padma_space_alloc(space, 64, &low, &va[0]), -ERANGE);
	assert_non_null(strstr(padma_last_error(), "low_bytes"));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_low_arena_that_was_not_found_is_looked_for_again(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	sim.lowest_dma = 2ull << 30;
	params.low_bytes = 2 << 20;
	params.low_dma_mask = (1ull << 31) - 1;
	space = open_space_with(&params);
	assert_int_equal(space_attach(space, &simulated), -ERANGE);
	assert_int_equal(space_attach(space, &simulated), -ERANGE);
	assert_int_equal(padma_space_close(space), 0);
}

struct watcher {
	struct padma_space *space;
	char *va;
	char *foreign;
	size_t bytes;
	bool stop;
	uint64_t wrong;
};

/* Before the first device is there an address is not known; afterwards it is right, with its length. */
static void *watch(void *arg)
{
	struct watcher *w = arg;
	uint64_t seed = 9;

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		size_t at = test_random(&seed) % w->bytes;
		struct padma_run run = padma_run(w->space, w->va + at, w->bytes - at);
		padma_dma_t dma = padma_dma(w->space, w->foreign + 5);

		if ((run.dma == PADMA_DMA_NONE) != (run.len == 0) || run.len > w->bytes - at)
			w->wrong++;
		/* Reversed frames: no run is longer than what is left of its frame. */
		if (run.len > PADMA_GRANULE_BYTES - at % PADMA_GRANULE_BYTES)
			w->wrong++;
		if (dma != PADMA_DMA_NONE && (dma - 5) % PAGE)
			w->wrong++;
	}
	return NULL;
}

static void test_lookups_during_the_first_attach(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_alloc_params opts = {.align_bytes = PADMA_GRANULE_BYTES};
	char *foreign =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_REVERSED;
	sim.lazy = true;
	params.chunk_bytes = 64 << 20;
	for (int round = 0; round < 30; round++) {
		struct watcher watcher = {.foreign = foreign, .bytes = 64 << 20};
		pthread_t thread;
		void *va;

		sim.late_attach = round % 3 != 0;
		watcher.space = open_space_with(&params);
		assert_int_equal(padma_space_alloc(watcher.space, watcher.bytes, &opts, &va), 0);
		watcher.va = va;
		assert_int_equal(padma_space_register(watcher.space, foreign, PAGE), 0);
		assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
		assert_int_equal(space_attach(watcher.space, &simulated), 0);
		__atomic_store_n(&watcher.stop, true, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		assert_int_equal(watcher.wrong, 0);
		space_detach(watcher.space, &simulated);
		assert_int_equal(padma_space_close(watcher.space), 0);
	}
	munmap(foreign, PAGE);
}

/* A simulated machine that resolves from the start: a device that joins changes nothing. */
static void test_a_device_does_not_disturb_registered_memory(void **state)
{
	struct padma_space *space = open_sim_space();
	char *foreign =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_space_info before, after;

	(void)state;
	assert_int_equal(padma_space_register(space, foreign, PAGE), 0);
	padma_space_info(space, &before);
	assert_int_equal(space_attach(space, &simulated), 0);
	padma_space_info(space, &after);
	assert_int_equal(after.queries, before.queries);
	assert_int_equal(padma_dma(space, foreign), oracle_dma(space, foreign));
	space_detach(space, &simulated);
	assert_int_equal(padma_space_close(space), 0);
	munmap(foreign, PAGE);
}

static void test_large_pages_are_contiguous(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	struct padma_space_info info;
	struct sim_kernel *kernel;

	(void)state;
	/* No gigabyte page can be allocated here, but its frame can be simulated: what the kernel returns for one. */
	params.page_bytes = 1 << 30;
	params.sim = &sim;
	sim.lazy = true;
	space = open_space_with(&params);
	kernel = kernel_of(space);
	assert_int_equal(kernel->memory->large_frames.frame_bytes, 1 << 30);
	padma_space_info(space, &info);
	assert_int_equal(info.page_bytes, 1 << 30);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_info_counts(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	char *foreign =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct padma_space_info info;
	struct padma_space *space;
	void *va;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_REVERSED;
	params.chunk_bytes = 8 << 20;
	space = open_space_with(&params);
	assert_int_equal(padma_space_alloc(space, 100, NULL, &va), 0);
	assert_int_equal(padma_space_register(space, foreign, 3 * PAGE), 0);
	padma_space_info(space, &info);
	assert_int_equal(info.mapped_bytes, 8 << 20);
	assert_true(info.allocated_bytes >= 100 && info.allocated_bytes <= 256);
	assert_int_equal(info.runs, 4);
	assert_int_equal(info.registered_runs, 3);
	assert_int_equal(info.registered_bytes, 3 * PAGE);
	assert_int_equal(info.queries, 7);
	assert_int_equal(padma_space_unregister(space, foreign, 3 * PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(foreign, 4 * PAGE);
}

struct walk {
	struct padma_space *space;
	struct padma_run runs[16];
	size_t count;
	size_t stop_at; /* 0: never */
};

static int visit(void *ctx, const struct padma_run *run)
{
	struct walk *walk = ctx;

	assert_true(walk->count < ARRAY_SIZE(walk->runs));
	/* Looking addresses up is what it may do. */
	assert_int_equal(padma_dma(walk->space, run->va), run->dma);
	walk->runs[walk->count++] = *run;
	return walk->count == walk->stop_at ? 42 : 0;
}

/* Window first, joined, then registered memory; the callback may end it. */
static void test_each_run_is_visited(void **state)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	char *foreign =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct walk walk = {0};
	void *va;

	(void)state;
	params.sim = &sim;
	sim.layout = PADMA_SIM_REVERSED;
	params.chunk_bytes = 6 << 20;
	walk.space = open_space_with(&params);
	assert_int_equal(padma_space_each_run(walk.space, visit, &walk), 0);
	assert_int_equal(walk.count, 0);
	assert_int_equal(padma_space_alloc(walk.space, 100, NULL, &va), 0);
	assert_int_equal(padma_space_register(walk.space, foreign + 10, 2 * PAGE), 0);
	assert_int_equal(padma_space_each_run(walk.space, visit, &walk), 0);
	assert_int_equal(walk.count, 3 + 3);
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(walk.runs[i].va,
				 (char *)walk.space->window + i * PADMA_GRANULE_BYTES);
		assert_int_equal(walk.runs[i].len, PADMA_GRANULE_BYTES);
	}
	assert_ptr_equal(walk.runs[3].va, foreign + 10);
	assert_int_equal(walk.runs[3].len + walk.runs[4].len + walk.runs[5].len, 2 * PAGE);
	walk.count = 0;
	walk.stop_at = 4;
	assert_int_equal(padma_space_each_run(walk.space, visit, &walk), 42);
	assert_int_equal(walk.count, 4);
	assert_int_equal(padma_space_unregister(walk.space, foreign + 10, 2 * PAGE), 0);
	assert_int_equal(padma_space_close(walk.space), 0);
	munmap(foreign, 4 * PAGE);
}

static void test_pools_stand_on_the_space(void **state)
{
	struct padma_space *space = open_sim_space();
	struct padma_pool_params params = {.object_bytes = 2048, .count = 3000};
	struct padma_pool_object *object;
	struct padma_pool_cache *cache;
	struct padma_pool *pool;

	(void)state;
	assert_int_equal(padma_pool_open(space, NULL, &pool), -EINVAL);
	assert_int_equal(padma_pool_open(space, &params, &pool), 0);
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	for (int i = 0; i < 3000; i++) {
		object = padma_pool_get(cache);
		assert_non_null(object);
		assert_int_equal(object->dma, oracle_dma(space, object->va));
		assert_int_equal(padma_run(space, object->va, 2048).len, 2048);
		padma_pool_put(cache, object);
	}
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A pool's objects are the space's memory: it stays while a pool is open. */
static void test_pools_keep_a_space_open(void **state)
{
	const char *const names[] = {"rx", "tx", NULL};
	struct padma_space *space = open_sim_space();
	struct padma_pool *pools[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct padma_pool_params params = {
			.object_bytes = 2048, .count = 8, .name = names[i]};

		assert_int_equal(padma_pool_open(space, &params, &pools[i]), 0);
	}
	assert_int_equal(padma_space_close(space), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "8 objects of 2048 bytes"));
	assert_int_equal(padma_pool_close(pools[2]), 0);
	/* From the middle, the end and the beginning of the list. */
	assert_int_equal(padma_pool_close(pools[0]), 0);
	assert_int_equal(padma_space_close(space), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "tx"));
	assert_int_equal(padma_pool_close(pools[1]), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_parameters),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_a_hole_is_no_address),
		cmocka_unit_test(test_the_window_fills_up),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_devices_keep_a_space_open),
		cmocka_unit_test(test_late_attachment),
		cmocka_unit_test(test_pin_errors_at_the_first_attach),
		cmocka_unit_test(test_a_failing_query_undoes_the_chunk),
		cmocka_unit_test(test_low_arena),
		cmocka_unit_test(test_a_low_arena_that_was_not_found_is_looked_for_again),
		cmocka_unit_test(test_lookups_during_the_first_attach),
		cmocka_unit_test(test_a_device_does_not_disturb_registered_memory),
		cmocka_unit_test(test_large_pages_are_contiguous),
		cmocka_unit_test(test_info_counts),
		cmocka_unit_test(test_each_run_is_visited),
		cmocka_unit_test(test_pools_stand_on_the_space),
		cmocka_unit_test(test_pools_keep_a_space_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
