// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guard's exact mode: memory that is lent passes to its last byte, and nothing else; and how the
 * guard reports a refusal, in both modes.
 */
#include "space_fixture.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <padma/log.h>
#include <padma/pool.h>

#include "space/attach.h"

static struct padma_space *open_guarded(enum padma_guard_mode mode)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();

	params.guard = mode;
	params.chunk_bytes = 4 << 20;
	params.sim = &sim;
	sim.layout = PADMA_SIM_ORDERED;
	return open_space_with(&params);
}

static void *alloc_bytes(struct padma_space *space, size_t bytes)
{
	void *va = NULL;

	assert_int_equal(padma_space_alloc(space, bytes, NULL, &va), 0);
	return va;
}

/* The sentence about a range that the guard refuses. */
static const char *refusal(struct padma_space *space, padma_dma_t dma, size_t len)
{
	const struct padma_guard_entry entry = {"nvme sim:nvme", 3, 17, dma, len};

	assert_false(padma_guard_check(space, dma, len));
	assert_int_equal(padma_guard_refuse(space, &entry), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "queue 3, entry 17"));
	return padma_last_error();
}

/* The keys, separated by '|', are all in the text: numbers and names, not the wording. */
static void says(const char *text, const char *keys)
{
	char list[128], *rest = list, *key;

	snprintf(list, sizeof(list), "%s", keys);
	while ((key = strsep(&rest, "|"))) {
		if (!strstr(text, key))
			fail_msg("'%s' is not in: %s", key, text);
	}
}

static void test_blocks(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	char *first = alloc_bytes(space, 4096), *second = alloc_bytes(space, 100);
	padma_dma_t dma = padma_dma(space, first), other = padma_dma(space, second);
	char words[128];

	(void)state;
	assert_int_equal(padma_guard_mode(space), PADMA_GUARD_EXACT);
	assert_true(padma_guard_check(space, dma, 1));
	assert_true(padma_guard_check(space, dma, 4096));
	assert_true(padma_guard_check(space, dma + 4095, 1));
	assert_true(padma_guard_check(space, other, 100));
	/* The heap rounds up; the rest of its unit is not allocated. */
	assert_false(padma_guard_check(space, other, 101));
	assert_false(padma_guard_check(space, other + 100, 1));
	snprintf(words, sizeof(words), "64 bytes|past|4096 bytes|dma 0x%llx|va 0x%llx",
		 (unsigned long long)dma, (unsigned long long)(uintptr_t)first);
	says(refusal(space, dma, 4160), words);
	says(refusal(space, dma + 4095, 65), words);
	/* The neighbour's bytes are its own. */
	if (second == first + 4096)
		assert_false(padma_guard_check(space, dma + 4000, 100));
	assert_int_equal(padma_space_free(space, first), 0);
	says(refusal(space, dma + 5, 10), "4096 bytes|freed");
	assert_true(padma_guard_check(space, other, 100));
	assert_int_equal(padma_space_free(space, second), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A block that was freed and is lent again, smaller, is distinguished from the rest of the old one. */
static void test_lent_again(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	char *va = alloc_bytes(space, 1 << 20), *again;
	padma_dma_t dma = padma_dma(space, va);

	(void)state;
	assert_int_equal(padma_space_free(space, va), 0);
	again = alloc_bytes(space, 4096);
	assert_ptr_equal(again, va);
	assert_true(padma_guard_check(space, dma, 4096));
	says(refusal(space, dma, 4097), "1 bytes|past|4096 bytes");
	says(refusal(space, dma + 8192, 8), "not allocated|4096 bytes after|4096 bytes");
	assert_int_equal(padma_space_free(space, again), 0);
	assert_int_equal(padma_space_trim(space), 4 << 20);
	says(refusal(space, dma, 1), "outside");
	assert_int_equal(padma_space_close(space), 0);
}

static void test_objects_of_pools(void **state)
{
	const struct padma_pool_params params = {
		.object_bytes = 2000, .count = 64, .align_bytes = 2048, .name = "rx"};
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	struct padma_pool_object *held, *other;
	struct padma_pool_cache *cache;
	struct padma_pool *pool;
	padma_dma_t dma;

	(void)state;
	assert_int_equal(padma_pool_open(space, &params, &pool), 0);
	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	held = padma_pool_get(cache);
	other = padma_pool_get(cache);
	dma = held->dma;
	assert_true(padma_guard_check(space, dma, 2000));
	says(refusal(space, dma, 2001), "1 bytes|past|object 0|pool rx");
	says(refusal(space, dma + 2000, 1), "pool rx|between");
	padma_pool_put(cache, other);
	says(refusal(space, other->dma, 1), "pool rx|not lent out|object 1");
	assert_true(padma_guard_check(space, dma, 2000));
	padma_pool_put(cache, held);
	says(refusal(space, dma + 1999, 1), "not lent out|object 0");
	/* Held again, by a bulk call. */
	assert_int_equal(padma_pool_get_bulk(cache, &held, 1), 1);
	assert_true(padma_guard_check(space, held->dma, 2000));
	padma_pool_put_bulk(cache, &held, 1);
	/* Such pools check what is put, whatever the parameter. */
	padma_pool_put(cache, held);
	says(padma_last_error(), "put twice");
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
	says(refusal(space, dma, 1), "freed");
	assert_int_equal(padma_space_close(space), 0);
}

static void test_registrations(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	char *memory =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	padma_dma_t dma;

	(void)state;
	/* Side by side in memory that is one run: each is its own. */
	assert_int_equal(padma_space_register(space, memory + 100, 2 * PAGE - 100), 0);
	assert_int_equal(padma_space_register(space, memory + 2 * PAGE, PAGE), 0);
	dma = padma_dma(space, memory + 100);
	assert_true(padma_guard_check(space, dma, 2 * PAGE - 100));
	assert_true(padma_guard_check(space, dma + 2 * PAGE - 100, PAGE));
	assert_int_equal(padma_dma(space, memory + 2 * PAGE), dma + 2 * PAGE - 100);
	says(refusal(space, dma + 2 * PAGE - 101, 2), "1 bytes|past|registration|8092 bytes");
	says(refusal(space, dma - 50, 10), "outside|50 bytes above");
	assert_int_equal(padma_space_unregister(space, memory + 100, 2 * PAGE - 100), 0);
	assert_false(padma_guard_check(space, dma, 1));
	assert_true(padma_guard_check(space, dma + 2 * PAGE - 100, PAGE));
	assert_int_equal(padma_space_unregister(space, memory + 2 * PAGE, PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 4 * PAGE);
}

/* One page at two virtual addresses: memory lent by either is lent. */
static void test_one_page_twice(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	int fd = memfd_create("test", 0);
	char *a, *b;
	padma_dma_t dma;

	(void)state;
	assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
	a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(padma_space_register(space, a, 100), 0);
	assert_int_equal(padma_space_register(space, b, 2 * PAGE), 0);
	dma = padma_dma(space, b);
	if (padma_dma(space, a) == dma) {
		assert_true(padma_guard_check(space, dma, 200));
		assert_int_equal(padma_space_unregister(space, b, 2 * PAGE), 0);
		assert_false(padma_guard_check(space, dma, 200));
		assert_true(padma_guard_check(space, dma, 100));
	}
	assert_int_equal(padma_space_close(space), 0);
	munmap(a, 2 * PAGE);
	munmap(b, 2 * PAGE);
	close(fd);
}

static void test_no_ranges(void **state)
{
	static const enum padma_guard_mode modes[] = {PADMA_GUARD_PAGES, PADMA_GUARD_EXACT};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct padma_space *space = open_guarded(modes[i]);
		char *va = alloc_bytes(space, 4 << 20);
		padma_dma_t dma = padma_dma(space, va);

		says(refusal(space, PADMA_DMA_NONE, 512), "no dma address");
		says(refusal(space, dma, 0), "no bytes");
		says(refusal(space, 1ull << 52, 1), "no processor");
		says(refusal(space, UINT64_MAX - 10, 100), "no processor");
		says(refusal(space, dma + (4 << 20) + 64, 1), "64 bytes below");
		says(refusal(space, 0, 1), "begins");
		assert_int_equal(padma_space_close(space), 0);
	}
}

static void test_pages_mode_speaks(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_PAGES);
	char *va = alloc_bytes(space, 4096);
	padma_dma_t dma = padma_dma(space, va);

	(void)state;
	/* Pages are known, not blocks. */
	assert_true(padma_guard_check(space, dma, 8192));
	says(refusal(space, dma, (4 << 20) + 100), "100 bytes|past");
	assert_int_equal(padma_space_close(space), 0);
}

/* Addresses are known only when the first device is there. */
static void test_late_addresses(void **state)
{
	static const struct space_device device = {.kind = SPACE_DEVICE_SIMULATED, .fd = -1};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	char *va;

	(void)state;
	params.guard = PADMA_GUARD_EXACT;
	params.sim = &sim;
	sim.late_attach = true;
	space = open_space_with(&params);
	va = alloc_bytes(space, 4096);
	assert_false(padma_guard_check(space, 0x40000000, 1));
	assert_int_equal(space_attach(space, &device), 0);
	assert_true(padma_guard_check(space, padma_dma(space, va), 4096));
	assert_false(padma_guard_check(space, padma_dma(space, va), 4097));
	space_detach(space, &device);
	assert_int_equal(padma_space_close(space), 0);
}

static void count_lines(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)part, (void)text;
	if (level == PADMA_LOG_ERROR)
		++*(unsigned int *)ctx;
}

/* All are counted, few are logged, of each kind. */
static void test_counted_and_logged(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	struct padma_space_info info;
	char *va = alloc_bytes(space, 4096);
	padma_dma_t dma = padma_dma(space, va);
	unsigned int lines = 0;

	(void)state;
	padma_log_to(count_lines, &lines, PADMA_LOG_ERROR);
	for (int i = 0; i < 1000; i++)
		refusal(space, dma, 5000);
	assert_int_equal(lines, 10); /* the 1st, 2nd, 4th, ... 512th */
	refusal(space, dma, 0);
	assert_int_equal(lines, 11);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	padma_space_info(space, &info);
	assert_int_equal(info.guard, PADMA_GUARD_EXACT);
	assert_int_equal(info.guard_refused, 1001);
	assert_int_equal(padma_space_close(space), 0);
}

/* Random blocks, against a map of bytes: a range passes where all of it is one block's. */
static void test_random_blocks(void **state)
{
	enum {
		SLOTS = 48,
		STEPS = 4000,
		SPAN = 4 << 20,
	};
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	uint8_t *owner = calloc(1, SPAN); /* of each byte of the first chunk: slot + 1 */
	char *va[SLOTS] = {0}, *base = alloc_bytes(space, 64);
	size_t bytes[SLOTS] = {0};
	uint64_t seed = test_seed();

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		size_t slot = test_random(&seed) % SLOTS, offset, len;
		bool fine;

		if (va[slot]) {
			memset(owner + (va[slot] - base), 0, bytes[slot]);
			assert_int_equal(padma_space_free(space, va[slot]), 0);
			va[slot] = NULL;
		} else {
			bytes[slot] = 1 + test_random(&seed) % 40000;
			va[slot] = alloc_bytes(space, bytes[slot]);
			assert_in_range(va[slot] - base, 0, SPAN - bytes[slot]);
			memset(owner + (va[slot] - base), (int)slot + 1, bytes[slot]);
		}
		offset = 64 + test_random(&seed) % (SPAN / 4);
		len = 1 + test_random(&seed) % 3000;
		fine = owner[offset];
		for (size_t i = 1; i < len; i++)
			fine = fine && owner[offset + i] == owner[offset];
		assert_int_equal(padma_guard_check(space, padma_dma(space, base) + offset, len),
				 fine);
	}
	free(owner);
	assert_int_equal(padma_space_close(space), 0);
}

struct worker {
	pthread_t thread;
	struct padma_space *space;
	uint64_t seed;
	unsigned int wrong;
};

/* Each thread's own blocks pass, whatever the others do to the heap. */
static void *work(void *ctx)
{
	struct worker *w = ctx;

	for (int i = 0; i < 500; i++) {
		size_t bytes = 1 + test_random(&w->seed) % 9000;
		padma_dma_t dma;
		void *va;

		if (padma_space_alloc(w->space, bytes, NULL, &va)) {
			w->wrong++;
			continue;
		}
		dma = padma_dma(w->space, va);
		w->wrong += !padma_guard_check(w->space, dma, bytes);
		w->wrong += padma_guard_check(w->space, dma, bytes + 1);
		w->wrong += padma_space_free(w->space, va) != 0;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct padma_space *space = open_guarded(PADMA_GUARD_EXACT);
	struct worker workers[4];
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		workers[i] = (struct worker){.space = space, .seed = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		wrong += workers[i].wrong;
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_modes(void **state)
{
	struct padma_space_params params = sim_params();
	struct padma_space *space = NULL;

	(void)state;
	params.guard = (enum padma_guard_mode)3;
	assert_int_equal(padma_space_open(&params, &space), -EINVAL);
	assert_null(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_lent_again),
		cmocka_unit_test(test_objects_of_pools),
		cmocka_unit_test(test_registrations),
		cmocka_unit_test(test_one_page_twice),
		cmocka_unit_test(test_no_ranges),
		cmocka_unit_test(test_pages_mode_speaks),
		cmocka_unit_test(test_late_addresses),
		cmocka_unit_test(test_counted_and_logged),
		cmocka_unit_test(test_random_blocks),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
