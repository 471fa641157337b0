// SPDX-License-Identifier: BSD-3-Clause
/* The window: pages come and go inside a reservation that stays whole. */
#include "test.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <padma/error.h>

#include "memory/window.h"

#define MIB2 ((size_t)2 << 20)
#define GIB1 ((size_t)1 << 30)

static struct page_source ordinary_pages(void)
{
	return (struct page_source){.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
}

/*
 * What /proc/self/maps lists for [start, start + bytes): true when all of it is mapped, and exactly
 * the parts outside [pages, pages + page_bytes) are without any access.
 */
static bool reservation_is_whole(const char *start, size_t bytes, const char *pages,
				 size_t page_bytes)
{
	uintptr_t at = (uintptr_t)start, end = at + bytes, low, high;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], access[5];
	bool whole = true;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		assert_int_equal(sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &low, &high, access),
				 3);
		if (high <= at || low >= end)
			continue;
		if (low > at)
			whole = false;
		if (low >= (uintptr_t)pages && low < (uintptr_t)pages + page_bytes)
			whole = whole && strcmp(access, "rw-s") == 0 &&
				high <= (uintptr_t)pages + page_bytes;
		else
			whole = whole && strcmp(access, "---p") == 0;
		at = high;
	}
	fclose(maps);
	return whole && at >= end;
}

static void opens_aligned_and_reserved(void **state)
{
	struct window window;

	(void)state;
	assert_int_equal(window_open(&window, 2 * GIB1, true), 0);
	assert_int_equal((uintptr_t)window.start % GIB1, 0);
	assert_int_equal(window.bytes, 2 * GIB1);
	assert_true(reservation_is_whole(window.start, window.bytes, NULL, 0));
	window_close(&window);
	assert_null(window.start);
	assert_int_equal(window_open(&window, GIB1 + MIB2, true), -EINVAL);
	assert_int_equal(window_open(&window, 0, false), -EINVAL);
}

static void too_large_is_halved_or_refused(void **state)
{
	size_t huge = (size_t)1 << 50; /* beyond what x86-64 and arm64 give a process */
	struct window window;

	(void)state;
	assert_int_equal(window_open(&window, huge, true), -ENOMEM);
	assert_non_null(strstr(padma_last_error(), "smaller"));
	assert_null(window.start);
	assert_int_equal(window_open(&window, huge, false), 0);
	assert_true(window.bytes >= GIB1 && window.bytes < huge);
	window_close(&window);
}

static void pages_come_and_go(void **state)
{
	struct page_source source = ordinary_pages();
	struct window window;
	void *first, *second, *again;

	(void)state;
	assert_int_equal(window_open(&window, GIB1, true), 0);
	assert_int_equal(window_map(&window, 2 * MIB2, &source, -1, true, &first), 0);
	assert_ptr_equal(first, window.start);
	assert_int_equal(window_map(&window, MIB2, &source, 0, true, &second), 0);
	assert_ptr_equal(second, window.start + 2 * MIB2);
	memset(first, 0x5a, 2 * MIB2);
	assert_true(reservation_is_whole(window.start, window.bytes, first, 3 * MIB2));

	assert_int_equal(window_unmap(&window, first, 2 * MIB2), 0);
	assert_true(reservation_is_whole(window.start, window.bytes, second, MIB2));
	/* The hole of two granules is not taken for three, but is for two; the pages are new. */
	assert_int_equal(window_map(&window, 3 * MIB2, &source, -1, true, &again), 0);
	assert_ptr_equal(again, window.start + 3 * MIB2);
	assert_int_equal(window_map(&window, 2 * MIB2, &source, -1, true, &again), 0);
	assert_ptr_equal(again, first);
	assert_int_equal(*(char *)again, 0);
	window_close(&window);
}

static void unmap_of_what_is_not_inside_is_refused(void **state)
{
	struct window window;

	(void)state;
	assert_int_equal(window_open(&window, GIB1, true), 0);
	assert_int_equal(window_unmap(&window, window.start - MIB2, MIB2), -EINVAL);
	assert_int_equal(window_unmap(&window, window.start, GIB1 + MIB2), -EINVAL);
	assert_int_equal(window_unmap(&window, window.start + 4096, MIB2), -EINVAL);
	window_close(&window);
}

static void full_says_so(void **state)
{
	struct page_source source = ordinary_pages();
	struct window window;
	void *va, *hole;

	(void)state;
	assert_int_equal(window_open(&window, GIB1, true), 0);
	/* Not populated: a GiB of addresses, no memory. */
	assert_int_equal(window_map(&window, GIB1 - MIB2, &source, -1, false, &va), 0);
	assert_int_equal(window_map(&window, 2 * MIB2, &source, -1, false, &va), -ENOSPC);
	assert_non_null(strstr(padma_last_error(), "larger"));
	assert_int_equal(window_map(&window, MIB2, &source, -1, false, &va), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, false, &va), -ENOSPC);
	hole = window.start + 300 * MIB2;
	assert_int_equal(window_unmap(&window, hole, MIB2), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, false, &va), 0);
	assert_ptr_equal(va, hole);
	assert_int_equal(window_map(&window, MIB2 + 4096, &source, -1, false, &va), -EINVAL);
	window_close(&window);
}

static void missing_hugepages_leave_the_reservation(void **state)
{
	struct page_source source = {.page_bytes = MIB2};
	struct window window;
	void *va;

	(void)state;
	/* As many addresses as there are; a sanitizer leaves less of them. */
	assert_int_equal(window_open(&window, (size_t)1 << 46, false), 0);
	if (window.bytes < GIB1 << 10) {
		window_close(&window);
		skip(); /* so much memory may really be there */
	}
	assert_int_equal(window_map(&window, window.bytes, &source, -1, true, &va), -ENOMEM);
	assert_non_null(strstr(padma_last_error(), "2048 KiB"));
	assert_true(reservation_is_whole(window.start, window.bytes, NULL, 0));
	/* And the place is still free. */
	source = ordinary_pages();
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), 0);
	assert_ptr_equal(va, window.start);
	window_close(&window);
}

static void not_a_hugetlbfs_mount(void **state)
{
	struct page_source source = {.page_bytes = MIB2, .mount = "/tmp"};
	struct window window;
	void *va;

	(void)state;
	assert_int_equal(window_open(&window, GIB1, true), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "not a hugetlbfs mount"));
	source.mount = "/nonexistent/hugepages";
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), -ENOENT);
	assert_true(reservation_is_whole(window.start, window.bytes, NULL, 0));
	window_close(&window);
}

static void bad_pages_are_refused(void **state)
{
	struct page_source source = {.page_bytes = 3 * MIB2};
	struct window window;
	void *va;

	(void)state;
	assert_int_equal(window_open(&window, GIB1, true), 0);
	assert_int_equal(window_map(&window, 3 * MIB2, &source, -1, true, &va), -EINVAL);
	source.page_bytes = (size_t)64 << 20; /* no architecture's */
	assert_int_equal(window_map(&window, source.page_bytes, &source, -1, true, &va), -EINVAL);
	source.page_bytes = 512;
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), -EINVAL);
	source = ordinary_pages();
	assert_int_equal(window_map(&window, MIB2, &source, 4095, true, &va), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "NUMA node"));
	assert_int_equal(pages_map(window.start, MIB2 + 1, &source, -1, true), -EINVAL);
	assert_true(reservation_is_whole(window.start, window.bytes, NULL, 0));
	window_close(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_aligned_and_reserved),
		cmocka_unit_test(too_large_is_halved_or_refused),
		cmocka_unit_test(pages_come_and_go),
		cmocka_unit_test(unmap_of_what_is_not_inside_is_refused),
		cmocka_unit_test(full_says_so),
		cmocka_unit_test(missing_hugepages_leave_the_reservation),
		cmocka_unit_test(not_a_hugetlbfs_mount),
		cmocka_unit_test(bad_pages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
