// SPDX-License-Identifier: BSD-3-Clause
/* The radix of registered memory by itself: its three levels against a plain array, lookups while its tables are
 * recycled. */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "space/register/map.h"

#define PAGE	((uint64_t)UAPI_PAGE_BYTES)
#define GRANULE ((uint64_t)PADMA_GRANULE_BYTES)
#define GIB	(1ull << 30)

static struct registered_map map;

static int setup(void **state)
{
	(void)state;
	return registered_map_open(&map);
}

static int teardown(void **state)
{
	(void)state;
	registered_map_close(&map);
	return 0;
}

/* The inlined part of a lookup reads the map through this. */
static padma_dma_t inlined(uint64_t va)
{
	const struct padma_space fast = {.registered = map.root};

	return va >> PADMA_REGISTERED_BITS || map.root[va >> PADMA_REGISTERED_SHIFT] == NULL ||
			       (int64_t)map.root[va >> PADMA_REGISTERED_SHIFT][va / GRANULE % 512]
					       .dma <= 0
		       ? registered_map_dma(&map, va)
		       : padma_dma(&fast, (const void *)(uintptr_t)va);
}

/* Runs of two granules and a page around the end of a GiB, each with a dma address of its own. */
#define PAGES 1025u
#define START (7 * GIB - GRANULE)

struct piece {
	uint64_t first; /* page */
	uint64_t pages;
	uint64_t dma;
};

static void check_piece(const struct piece *p, uint64_t page)
{
	uint64_t va = START + page * PAGE + 9, within = (page - p->first) * PAGE + 9;
	struct padma_run run = registered_map_run(&map, va, SIZE_MAX);

	assert_int_equal(registered_map_dma(&map, va), p->dma + within);
	assert_int_equal(inlined(va), p->dma + within);
	assert_int_equal(run.dma, p->dma + within);
	assert_int_equal(run.len, p->pages * PAGE - within);
	assert_int_equal(registered_map_run(&map, va, 5).len, 5);
}

static bool free_pages(struct piece *const *owner, uint64_t first, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		if (owner[first + i])
			return false;
	}
	return true;
}

static void test_random_runs(void **state)
{
	static struct piece pieces[40], *owner[PAGES];
	uint64_t seed = test_seed();

	(void)state;
	for (int step = 0; step < 3000; step++) {
		struct piece *p = &pieces[test_random(&seed) % 40];
		uint64_t first = p->first, pages = p->pages;

		if (pages) {
			registered_map_clear(&map, START + first * PAGE, pages * PAGE);
			p->pages = 0;
		} else {
			first = test_random(&seed) % 3 ? test_random(&seed) % PAGES : 0;
			pages = 1 + test_random(&seed) % (test_random(&seed) % 4 ? 20 : PAGES);
			if (first + pages > PAGES)
				pages = PAGES - first;
			if (!free_pages(owner, first, pages))
				continue;
			/* Never one behind the other: pieces do not join. */
			*p = (struct piece){first, pages, (uint64_t)(step + 1) * 16 * GRANULE};
			assert_int_equal(registered_map_set(&map, START + first * PAGE, p->dma,
							    pages * PAGE, true),
					 0);
		}
		for (uint64_t i = 0; i < pages; i++)
			owner[first + i] = p->pages ? p : NULL;
		for (int i = 0; i < 20; i++) {
			uint64_t page = test_random(&seed) % PAGES;

			if (owner[page])
				check_piece(owner[page], page);
			else
				assert_int_equal(inlined(START + page * PAGE), PADMA_DMA_NONE);
		}
	}
	for (size_t i = 0; i < 40; i++)
		registered_map_clear(&map, START + pieces[i].first * PAGE, pieces[i].pages * PAGE);
	for (uint64_t page = 0; page < PAGES; page++)
		assert_int_equal(registered_map_dma(&map, START + page * PAGE), PADMA_DMA_NONE);
}

/* What was set as one run and what follows it at its end is one run, where it is said to go on. */
static void test_runs_go_on(void **state)
{
	struct partial_page *page;

	(void)state;
	assert_int_equal(registered_map_set(&map, GIB, GIB, GRANULE, true), 0);
	assert_int_equal(registered_map_set(&map, GIB + GRANULE, GIB + GRANULE, 3 * PAGE, true), 0);
	page = registered_map_add_page(&map, GIB + GRANULE + 3 * PAGE);
	assert_non_null(page);
	assert_int_equal(registered_map_run(&map, GIB, SIZE_MAX).len, GRANULE + 3 * PAGE);
	page->dma = GIB + GRANULE + 3 * PAGE;
	page_bits_set(&page->bits, 0, 70);
	page_bits_set(&page->bits, 71, PAGE - 71);
	assert_int_equal(registered_map_run(&map, GIB + 5, SIZE_MAX).len,
			 GRANULE + 3 * PAGE + 70 - 5);
	assert_int_equal(registered_map_set(&map, GIB + GRANULE + 4 * PAGE, 5, PAGE, false), 0);
	assert_int_equal(registered_map_run(&map, GIB + GRANULE + 3 * PAGE + 80, SIZE_MAX).len,
			 PAGE - 80);
	registered_map_clear(&map, GIB + GRANULE + 4 * PAGE, PAGE);
	assert_int_equal(registered_map_set(&map, GIB + GRANULE + 4 * PAGE,
					    GIB + GRANULE + 4 * PAGE, PAGE, false),
			 0);
	assert_int_equal(registered_map_run(&map, GIB + GRANULE + 3 * PAGE + 80, SIZE_MAX).len,
			 2 * PAGE - 80);
	assert_int_equal(registered_map_run(&map, GIB + GRANULE + 3 * PAGE + 70, 1).len, 0);
	assert_ptr_equal(registered_map_page(&map, GIB + GRANULE + 3 * PAGE), page);
	page_bits_clear(&page->bits, 0, PAGE);
	registered_map_drop_page(&map, GIB + GRANULE + 3 * PAGE);
	assert_null(registered_map_page(&map, GIB + GRANULE + 3 * PAGE));
	registered_map_clear(&map, GIB, 2 * GRANULE);
}

static void test_the_highest_addresses(void **state)
{
	uint64_t end = 1ull << PADMA_REGISTERED_BITS;

	(void)state;
	assert_true(registered_map_reaches(end));
	assert_false(registered_map_reaches(end + 1));
	assert_int_equal(registered_map_set(&map, end - PAGE, PAGE, PAGE, true), 0);
	assert_int_equal(registered_map_run(&map, end - 10, 100).len, 10);
	assert_int_equal(inlined(end), PADMA_DMA_NONE);
	assert_int_equal(inlined(UINT64_MAX), PADMA_DMA_NONE);
	registered_map_clear(&map, end - PAGE, PAGE);
}

/*
 * One page of each of many granules comes and goes, whole, in part, or all of its granule, so that tables and partial
 * pages are recycled from one granule to the other all the time. Whatever a lookup returns, it is right for its
 * address: each page has a different dma address.
 */
#define SLOTS  64u
#define OFFSET (1ull << 45)
#define PART   100u /* bytes 100 to 299 of a page that is partial */
#define PART_N 200u

struct look {
	bool stop;
	uint64_t found; /* lookups that found something */
	uint64_t wrong;
};

static uint64_t slot_va(uint64_t slot)
{
	return 64 * GIB + slot * 3 * GRANULE + slot * PAGE;
}

static void *look(void *arg)
{
	struct look *l = arg;
	uint64_t seed = 9;

	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		uint64_t slot = test_random(&seed) % SLOTS;
		uint64_t va = slot_va(slot) + test_random(&seed) % (3 * PAGE);
		uint64_t granule_end = (va / GRANULE + 1) * GRANULE;
		padma_dma_t dma = registered_map_dma(&map, va);
		struct padma_run run = registered_map_run(&map, va, GRANULE);

		if (dma != PADMA_DMA_NONE && dma != va + OFFSET)
			l->wrong++;
		if (run.len && (run.dma != va + OFFSET || va + run.len > granule_end))
			l->wrong++;
		/* Slot 0 and its part stay. */
		if (registered_map_dma(&map, slot_va(0) + PART) != slot_va(0) + PART + OFFSET ||
		    registered_map_run(&map, slot_va(0) + PART + 1, PAGE).len != PART_N - 1)
			l->wrong++;
		__atomic_fetch_add(&l->found, run.len != 0, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void add(uint64_t slot, unsigned int kind)
{
	uint64_t va = kind == 1 ? slot_va(slot) / GRANULE * GRANULE : slot_va(slot);
	struct partial_page *page;

	if (kind < 2) {
		assert_int_equal(
			registered_map_set(&map, va, va + OFFSET, kind ? GRANULE : PAGE, false), 0);
		return;
	}
	page = registered_map_add_page(&map, va);
	assert_non_null(page);
	__atomic_store_n(&page->dma, va + OFFSET, __ATOMIC_RELEASE);
	page_bits_set(&page->bits, PART, PART_N);
}

static void drop(uint64_t slot, unsigned int kind)
{
	uint64_t va = slot_va(slot);

	if (kind < 2) {
		registered_map_clear(&map, kind ? va / GRANULE * GRANULE : va,
				     kind ? GRANULE : PAGE);
		return;
	}
	page_bits_clear(&registered_map_page(&map, va)->bits, PART, PART_N);
	registered_map_drop_page(&map, va);
}

#define FOUND 20000

static uint64_t found(const struct look *look)
{
	return __atomic_load_n(&look->found, __ATOMIC_RELAXED);
}

static void test_lookups_while_tables_are_recycled(void **state)
{
	unsigned int kinds[SLOTS];
	bool there[SLOTS] = {true};
	struct look looks[2] = {{0}};
	pthread_t threads[2];
	uint64_t seed = test_seed();

	(void)state;
	kinds[0] = 2;
	add(0, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, &looks[i]), 0);
	/* As long as both need to find something. */
	for (int step = 0; step < 60000 || found(&looks[0]) < FOUND || found(&looks[1]) < FOUND;
	     step++) {
		uint64_t slot = 1 + test_random(&seed) % (SLOTS - 1);

		if (there[slot]) {
			drop(slot, kinds[slot]);
		} else {
			kinds[slot] = test_random(&seed) % 3;
			add(slot, kinds[slot]);
		}
		there[slot] = !there[slot];
	}
	for (int i = 0; i < 2; i++) {
		__atomic_store_n(&looks[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(looks[i].wrong, 0);
	}
	for (uint64_t slot = 0; slot < SLOTS; slot++) {
		if (there[slot])
			drop(slot, kinds[slot]);
	}
}

/*
 * The worst moment, provoked: a reader that has found a table of pages faults when it looks into it, and before it
 * goes on, the writer takes the table out and uses it for another granule.
 */
#define FIRST  (90 * GIB + 5 * PAGE)
#define SECOND (90 * GIB + 7 * GRANULE + 5 * PAGE)

static void *faulting; /* the page of the table that holds the reader's entry */
static unsigned int faults;

static void recycle_meanwhile(int signal)
{
	(void)signal;
	faults++;
	mprotect(faulting, PAGE, PROT_READ | PROT_WRITE);
	registered_map_clear(&map, FIRST, PAGE);
	(void)registered_map_set(&map, SECOND, SECOND + OFFSET, PAGE, false);
}

/* The reader of FIRST faults at its page's entry. */
static void prepare_fault(void)
{
	const char *table;

	registered_map_clear(&map, SECOND, PAGE);
	assert_int_equal(registered_map_set(&map, FIRST, FIRST + OFFSET, PAGE, false), 0);
	table = recycled_at(map.root[FIRST / GIB][FIRST / GRANULE % 512].dma);
	/* Entries of 16 bytes behind a head of 64. */
	faulting = (void *)((uintptr_t)(table + RECYCLED_ALIGN + FIRST / PAGE % 512 * 16) &
			    ~(uintptr_t)(PAGE - 1));
	assert_int_equal(mprotect(faulting, PAGE, PROT_NONE), 0);
}

static void test_a_table_recycled_below_a_reader(void **state)
{
	const struct sigaction recycle = {.sa_handler = recycle_meanwhile};
	struct sigaction before;

	(void)state;
	/* Another page, so that the tables of granules are there, and in no page that faults. */
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(
			registered_map_set(&map, FIRST + (20 + i) * GRANULE, PAGE, PAGE, false), 0);
	assert_int_equal(sigaction(SIGSEGV, &recycle, &before), 0);
	prepare_fault();
	assert_int_equal(registered_map_dma(&map, FIRST), PADMA_DMA_NONE);
	assert_int_equal(faults, 1);
	assert_int_equal(registered_map_dma(&map, SECOND), SECOND + OFFSET);
	prepare_fault();
	assert_int_equal(registered_map_run(&map, FIRST, PAGE).len, 0);
	assert_int_equal(faults, 2);
	assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
}

/* Each link of an object is different. */
static void test_links(void **state)
{
	struct recycler recycler;
	uint64_t before;
	void *object;

	(void)state;
	recycler_open(&recycler, 100);
	object = recycler_get(&recycler);
	assert_non_null(object);
	before = recycler_link(object);
	for (int i = 0; i < 1000; i++) {
		uint64_t link;

		recycler_put(&recycler, object);
		assert_ptr_equal(recycler_get(&recycler), object);
		link = recycler_link(object);
		assert_int_not_equal(link, before);
		assert_ptr_equal(recycled_at(link), object);
		assert_true(link & RECYCLED_LINK);
		before = link;
	}
	recycler_close(&recycler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_runs_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_highest_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lookups_while_tables_are_recycled, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_table_recycled_below_a_reader, setup,
						teardown),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
