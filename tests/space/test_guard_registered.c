// SPDX-License-Identifier: BSD-3-Clause
/* Registered memory as the guard has it: bytes counted one by one, also where runs are the same memory,
 * and checks beside a writer. */
#include "test.h"

#include <pthread.h>

#include "kernel/iommufd_uapi.h"
#include "space/guard/registered.h"

#define PAGE	   ((uint64_t)UAPI_PAGE_BYTES)
#define GRANULE	   ((uint64_t)PADMA_GRANULE_BYTES)

/* Eight pages around the end of a GiB, so of a granule and of a slot of the root, too. */
#define AREA_BYTES (8 * PAGE)
#define AREA	   ((5ull << 30) - AREA_BYTES / 2)
#define RUNS	   64u

static uint64_t expected_from(const unsigned char *counts, uint64_t at)
{
	uint64_t end = at < AREA_BYTES / 2 ? AREA_BYTES / 2 : AREA_BYTES, i = at;

	while (i < end && counts[i])
		i++;
	return i - at;
}

static void check_area(const struct guard_registered *guard, const unsigned char *counts,
		       uint64_t *seed)
{
	for (int i = 0; i < 30; i++) {
		uint64_t at = test_random(seed) % AREA_BYTES, len = 1 + test_random(seed) % 9000;
		uint64_t known = guard_registered_from(guard, AREA + at, len);
		uint64_t expected = expected_from(counts, at);

		/* Everything that was asked for; what is beyond it may be left out, but not invented. */
		assert_true(known <= expected);
		assert_true(known >= (expected < len ? expected : len));
	}
}

static void count(unsigned char *counts, const struct padma_run *run, int by)
{
	for (uint64_t i = 0; i < run->len; i++)
		counts[run->dma - AREA + i] += (unsigned char)by;
}

static struct padma_run random_run(uint64_t *seed)
{
	uint64_t at = test_random(seed) % AREA_BYTES, len = 1 + test_random(seed) % (3 * PAGE);

	if (test_random(seed) % 3 == 0) { /* whole pages */
		at = at / PAGE * PAGE;
		len = PAGE * (1 + len / PAGE);
	}
	if (len > AREA_BYTES - at)
		len = AREA_BYTES - at;
	return (struct padma_run){.dma = AREA + at, .len = len};
}

/* Runs overlap as they like: registered by several addresses of one memory. */
static void test_random_runs(void **state)
{
	static unsigned char counts[AREA_BYTES];
	struct padma_run runs[RUNS] = {0};
	struct guard_registered guard;
	uint64_t seed = test_seed();

	(void)state;
	assert_int_equal(guard_registered_open(&guard), 0);
	for (int step = 0; step < 4000; step++) {
		/* Few at a time now and then, so that tables and pages go and come back. */
		struct padma_run *run = &runs[test_random(&seed) % (step % 400 < 200 ? 3 : RUNS)];

		if (run->len) {
			count(counts, run, -1);
			guard_registered_remove(&guard, run);
			run->len = 0;
		} else {
			*run = random_run(&seed);
			count(counts, run, 1);
			assert_int_equal(guard_registered_add(&guard, run), 0);
		}
		check_area(&guard, counts, &seed);
	}
	for (size_t i = 0; i < RUNS; i++) {
		if (runs[i].len)
			guard_registered_remove(&guard, &runs[i]);
	}
	for (uint64_t at = 0; at < AREA_BYTES; at += 64)
		assert_int_equal(guard_registered_from(&guard, AREA + at, 1), 0);
	guard_registered_close(&guard);
}

/* One page of each granule comes and goes, whole or in part, so that its table is taken from the next
 * one's; a page that stays is between them. */
struct watch {
	struct guard_registered *guard;
	bool stop;
	uint64_t turns;
	uint64_t wrong;
};

#define GRANULES 8u
#define STAYS	 (3 * GRANULE + 5 * PAGE)

static padma_dma_t page_of(uint64_t granule)
{
	return (granule * 2 + 16) * GRANULE + granule * 7 * PAGE;
}

static void *look(void *arg)
{
	struct watch *w = arg;
	uint64_t seed = 5;

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		uint64_t page = page_of(test_random(&seed) % GRANULES);
		uint64_t at = test_random(&seed) % PAGE;

		/* The part is its bytes 100 to 199, the page behind it is never there. */
		if (guard_registered_from(w->guard, page + at, PAGE) > PAGE - at ||
		    guard_registered_from(w->guard, page + PAGE + at, 1) ||
		    guard_registered_from(w->guard, page + 4 * PAGE + at, 1) ||
		    guard_registered_from(w->guard, STAYS, 2 * PAGE) != PAGE + 10)
			w->wrong++;
		__atomic_fetch_add(&w->turns, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

#define TURNS 20000

static uint64_t turns(const struct watch *watch)
{
	return __atomic_load_n(&watch->turns, __ATOMIC_RELAXED);
}

static void test_checks_beside_a_writer(void **state)
{
	const struct padma_run stays = {.dma = STAYS, .len = PAGE + 10};
	struct padma_run runs[GRANULES] = {0};
	struct guard_registered guard;
	struct watch watches[2];
	pthread_t threads[2];
	uint64_t seed = test_seed();

	(void)state;
	assert_int_equal(guard_registered_open(&guard), 0);
	assert_int_equal(guard_registered_add(&guard, &stays), 0);
	for (int i = 0; i < 2; i++) {
		watches[i] = (struct watch){.guard = &guard};
		assert_int_equal(pthread_create(&threads[i], NULL, look, &watches[i]), 0);
	}
	/* As long as both need to see something. */
	for (int step = 0; step < 20000 || turns(&watches[0]) < TURNS || turns(&watches[1]) < TURNS;
	     step++) {
		uint64_t i = test_random(&seed) % GRANULES;
		bool part = test_random(&seed) % 2;

		if (runs[i].len) {
			guard_registered_remove(&guard, &runs[i]);
			runs[i].len = 0;
			continue;
		}
		runs[i] = (struct padma_run){.dma = page_of(i) + (part ? 100 : 0),
					     .len = part ? 100 : PAGE};
		assert_int_equal(guard_registered_add(&guard, &runs[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		__atomic_store_n(&watches[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(watches[i].wrong, 0);
	}
	for (uint64_t i = 0; i < GRANULES; i++) {
		if (runs[i].len)
			guard_registered_remove(&guard, &runs[i]);
	}
	guard_registered_remove(&guard, &stays);
	guard_registered_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_runs),
		cmocka_unit_test(test_checks_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
