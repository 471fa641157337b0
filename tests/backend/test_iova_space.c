// SPDX-License-Identifier: BSD-3-Clause
/* IOVAs: case by case, and thousands of random steps against a search of every possible place. */
#include "test.h"

#include <stdbool.h>

#include "backend/iova_space.h"

#define KIB4	 ((uint64_t)4096)
#define MIB2	 ((uint64_t)2 << 20)
#define GIB	 ((uint64_t)1 << 30)
#define ANY	 UINT64_MAX

#define WINDOW	 (100 * GIB)
#define WINDOW_N (4 * GIB)

static int setup(void **state)
{
	static struct iova_space space;

	iova_space_init(&space, WINDOW, WINDOW_N, MIB2);
	*state = &space;
	return 0;
}

static int teardown(void **state)
{
	iova_space_free(*state);
	return 0;
}

/* Note it and place it: the IOVA, or 0 where there is no room. */
static uint64_t place(struct iova_space *space, uint64_t va, uint64_t bytes, uint64_t limit)
{
	struct iova_mapping *mapping;
	int rc;

	assert_int_equal(iova_space_add(space, va, bytes), 0);
	mapping = iova_space_find(space, va);
	assert_non_null(mapping);
	rc = iova_space_place(space, mapping, limit);
	assert_true(rc == 0 || rc == -ENOSPC);
	assert_int_equal(rc == 0, mapping->iovas.start != 0);
	if (rc)
		iova_space_remove(space, va);
	return rc ? 0 : mapping->iovas.start;
}

static void test_the_window_lies_as_it_is(void **state)
{
	struct iova_space *space = *state;

	assert_int_equal(place(space, WINDOW + 16 * MIB2, 8 * MIB2, ANY), 4 * GIB + 16 * MIB2);
	assert_int_equal(place(space, WINDOW, MIB2, ANY), 4 * GIB);
	assert_int_equal(place(space, WINDOW + GIB + MIB2, GIB, ANY), 5 * GIB + MIB2);
	/* Other memory stays out of its part: equal modulo 1 GiB, and side by side. */
	assert_int_equal(place(space, 7 * GIB + 5 * KIB4, KIB4, ANY), 8 * GIB + 5 * KIB4);
	assert_int_equal(place(space, 7 * GIB + 6 * KIB4, 3 * KIB4, ANY), 8 * GIB + 6 * KIB4);
	assert_int_equal(place(space, 7 * GIB + 4 * KIB4, KIB4, ANY), 8 * GIB + 4 * KIB4);
	assert_int_equal(place(space, 9 * GIB + 4 * KIB4, KIB4, ANY), 9 * GIB + 4 * KIB4);
}

static void test_limits(void **state)
{
	struct iova_space *space = *state;

	assert_int_equal(place(space, WINDOW, MIB2, UINT32_MAX), GIB);
	/* The neighbour goes on from there; where that is too high, elsewhere. */
	assert_int_equal(place(space, WINDOW + MIB2, MIB2, GIB + 2 * MIB2 - 1), GIB + MIB2);
	assert_int_equal(place(space, WINDOW + 2 * MIB2, MIB2, GIB + 3 * MIB2 - 2), 2 * MIB2);
	/* 0 is no IOVA, though nothing uses it. */
	assert_int_equal(place(space, WINDOW + 8 * MIB2, 2 * MIB2, 2 * MIB2 - 1), 0);
	assert_int_equal(place(space, WINDOW + 8 * MIB2, MIB2, 2 * MIB2 - 1), MIB2);
	assert_int_equal(place(space, WINDOW + 9 * MIB2, MIB2, 2 * MIB2 - 1), 0);
	assert_int_equal(place(space, GIB, KIB4, KIB4 - 1), 0);
	assert_int_equal(place(space, GIB, KIB4, 2 * KIB4 - 1), KIB4);
}

/* QEMU's intel-iommu: 39 bits, and the MSI window. */
static void test_what_the_kernel_allows(void **state)
{
	static const struct uapi_iova_range intel[] = {{0, 0xfedfffff},
						       {0xfef00000, (1ull << 39) - 1}};
	static const struct uapi_iova_range low = {0, 0x7fffffff};
	static const struct uapi_iova_range odd = {MIB2 + 1, 2 * MIB2 + 2 * KIB4 - 2};
	struct iova_space *space = *state;

	assert_int_equal(iova_space_restrict(space, intel, 2), 0);
	assert_int_equal(place(space, WINDOW, MIB2, ANY), 4 * GIB);
	assert_int_equal(place(space, 200 * GIB, 480 * GIB, ANY), 8 * GIB);
	/* Below 4 GiB the hole is in the way. */
	assert_int_equal(place(space, WINDOW + 3 * GIB + 494 * MIB2, 4 * MIB2, UINT32_MAX),
			 494 * MIB2);
	assert_int_equal(iova_space_restrict(space, &low, 1), 0);
	assert_int_equal(place(space, GIB + 3 * KIB4, KIB4, ANY), 3 * KIB4);
	/* Both count, and only whole pages; what was given stays given. */
	assert_int_equal(iova_space_restrict(space, &odd, 1), 0);
	assert_int_equal(iova_space_restrict(space, intel, 2), 0);
	assert_int_equal(place(space, 7 * GIB + KIB4, KIB4, ANY), MIB2 + KIB4);
	assert_int_equal(place(space, 8 * GIB + KIB4, 512 * KIB4, ANY), 0);
	assert_int_equal(place(space, 8 * GIB + KIB4, 511 * KIB4, ANY), MIB2 + 2 * KIB4);
	assert_int_equal(iova_space_find(space, WINDOW)->iovas.start, 4 * GIB);
	iova_space_forget(space);
	assert_int_equal(iova_space_find(space, WINDOW)->iovas.start, 0);
	assert_int_equal(iova_space_find(space, WINDOW)->memory.len, MIB2);
	assert_int_equal(place(space, WINDOW + MIB2, MIB2, ANY), 4 * GIB + MIB2);
	assert_int_equal(iova_space_restrict(space, NULL, 0), 0);
	assert_int_equal(place(space, WINDOW + 2 * MIB2, MIB2, ANY), 0);
}

static void test_pages_of_a_gigabyte(void **state)
{
	static const struct uapi_iova_range odd = {GIB + KIB4, 3 * GIB - 1};
	struct iova_space *space = *state;

	iova_space_free(space);
	iova_space_init(space, WINDOW, WINDOW_N, GIB);
	assert_int_equal(iova_space_restrict(space, &odd, 1), 0);
	assert_int_equal(place(space, WINDOW, GIB, ANY), 2 * GIB);
	assert_int_equal(place(space, WINDOW + GIB, GIB, ANY), 0);
	/* What is not in the window is content with less. */
	assert_int_equal(place(space, 7 * GIB, GIB - MIB2, ANY), GIB + MIB2);
}

static void test_refused(void **state)
{
	struct iova_space *space = *state;

	assert_int_equal(iova_space_add(space, KIB4 + 1, KIB4), -EINVAL);
	assert_int_equal(iova_space_add(space, KIB4, 100), -EINVAL);
	assert_int_equal(iova_space_add(space, KIB4, 0), -EINVAL);
	assert_int_equal(iova_space_add(space, UINT64_MAX - KIB4 + 1, 2 * KIB4), -EINVAL);
	assert_int_equal(iova_space_add(space, 4 * KIB4, 2 * KIB4), 0);
	assert_int_equal(iova_space_add(space, 3 * KIB4, 2 * KIB4), -EEXIST);
	assert_int_equal(iova_space_add(space, 5 * KIB4, KIB4), -EEXIST);
	assert_int_equal(iova_space_add(space, 2 * KIB4, 9 * KIB4), -EEXIST);
	assert_null(iova_space_find(space, 4 * KIB4 - 1));
	assert_int_equal(iova_space_find(space, 6 * KIB4 - 1)->memory.start, 4 * KIB4);
	assert_null(iova_space_find(space, 6 * KIB4));
	/* Only by its start. */
	iova_space_remove(space, 5 * KIB4);
	assert_non_null(iova_space_find(space, 5 * KIB4));
	iova_space_remove(space, 4 * KIB4);
	assert_null(iova_space_find(space, 5 * KIB4));
}

/* Memory at 100,000 places a gigabyte of which is like the other: none is looked at twice. */
static void test_many(void **state)
{
	enum {
		MANY = 50000
	};
	struct iova_space *space = *state;

	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(place(space, 200 * GIB + i * 2 * KIB4, KIB4, ANY),
				 8 * GIB + i * 2 * KIB4);
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(place(space, 300 * GIB + i * 2 * KIB4, KIB4, ANY),
				 9 * GIB + i * 2 * KIB4);
	assert_int_equal(space->count, 2 * MANY);
	for (uint64_t i = 0; i < MANY; i++) {
		iova_space_remove(space, 200 * GIB + i * 2 * KIB4);
		iova_space_remove(space, 300 * GIB + i * 2 * KIB4);
	}
	assert_int_equal(space->count, 0);
	assert_null(space->used.root);
}

/* The random test's record of what it was given. */
#define MOST 96

struct placed {
	uint64_t va;
	uint64_t bytes;
	uint64_t iova;
};

struct oracle {
	struct iova_space *space;
	uint64_t seed;
	struct placed mappings[MOST];
	size_t count;
	struct uapi_iova_range allowed[4];
	size_t allowed_count;
	unsigned int placed, refused;
};

static bool fits(const struct oracle *o, uint64_t iova, uint64_t bytes)
{
	uint64_t last = iova + bytes - 1;
	bool inside = false;

	for (size_t i = 0; i < o->allowed_count; i++)
		inside |= iova >= o->allowed[i].start && last <= o->allowed[i].last;
	for (size_t i = 0; i < o->count; i++) {
		const struct placed *m = &o->mappings[i];

		inside &= last < m->iova || iova > m->iova + m->bytes - 1;
	}
	return inside && iova != 0;
}

/* Whether there is any free place in [from, limit]. */
static bool any_place(const struct oracle *o, uint64_t va, uint64_t bytes, uint64_t from,
		      uint64_t limit)
{
	uint64_t align = va - WINDOW < WINDOW_N ? MIB2 : KIB4;

	for (size_t i = 0; i < o->allowed_count; i++) {
		uint64_t at = o->allowed[i].start < from ? from : o->allowed[i].start;

		for (at += (va - at) % align; at + bytes - 1 <= o->allowed[i].last; at += align) {
			if (at + bytes - 1 <= limit && fits(o, at, bytes))
				return true;
		}
	}
	return false;
}

static void check_place(struct oracle *o, uint64_t va, uint64_t bytes, uint64_t limit)
{
	uint64_t iova = place(o->space, va, bytes, limit);

	if (iova == 0) {
		assert_false(any_place(o, va, bytes, 0, limit));
		o->refused++;
		return;
	}
	assert_true(fits(o, iova, bytes));
	assert_true(iova + bytes - 1 <= limit);
	assert_int_equal((va - iova) % (va - WINDOW < WINDOW_N ? MIB2 : KIB4), 0);
	/* Low only beside a neighbour, or where there is nothing else. */
	if (iova < 4 * GIB && !iova_space_find(o->space, va - 1) &&
	    !iova_space_find(o->space, va + bytes))
		assert_false(any_place(o, va, bytes, 4 * GIB, limit));
	o->mappings[o->count++] = (struct placed){va, bytes, iova};
	o->placed++;
}

static void add_some(struct oracle *o)
{
	static const uint64_t limits[] = {ANY, ANY, UINT32_MAX, 12 * MIB2 - 1};
	bool window = test_random(&o->seed) % 2;
	uint64_t unit = window ? MIB2 : KIB4;
	uint64_t va = (window ? WINDOW : 7 * GIB) + test_random(&o->seed) % 48 * unit;
	uint64_t bytes = (1 + test_random(&o->seed) % 4) * unit;
	uint64_t limit = limits[test_random(&o->seed) % 4];

	for (size_t i = 0; i < o->count; i++) {
		if (va < o->mappings[i].va + o->mappings[i].bytes &&
		    o->mappings[i].va < va + bytes) {
			assert_int_equal(iova_space_add(o->space, va, bytes), -EEXIST);
			return;
		}
	}
	if (o->count < MOST)
		check_place(o, va, bytes, limit);
}

static void remove_one(struct oracle *o)
{
	size_t i;

	if (o->count == 0)
		return;
	i = test_random(&o->seed) % o->count;
	iova_space_remove(o->space, o->mappings[i].va);
	o->mappings[i] = o->mappings[--o->count];
}

static void check_all(const struct oracle *o)
{
	assert_int_equal(o->space->count, o->count);
	for (size_t i = 0; i < o->count; i++) {
		const struct placed *m = &o->mappings[i];
		const struct iova_mapping *found = iova_space_find(o->space, m->va + m->bytes - 1);

		assert_non_null(found);
		assert_int_equal(found->memory.start, m->va);
		assert_int_equal(found->memory.len, m->bytes);
		assert_int_equal(found->iovas.start, m->iova);
		assert_ptr_equal(range_tree_find(&o->space->used, m->iova), &found->iovas);
	}
}

static void test_random_steps(void **state)
{
	struct oracle o = {.space = *state, .seed = test_seed()};

	for (int round = 0; round < 40; round++) {
		/* Little room, so that it runs out; odd edges, low and high, sometimes none high. */
		o.allowed_count = 0;
		o.allowed[o.allowed_count++] = (struct uapi_iova_range){
			KIB4, (1 + test_random(&o.seed) % 24) * MIB2 + KIB4 - 1};
		o.allowed[o.allowed_count++] = (struct uapi_iova_range){
			GIB + KIB4, GIB + test_random(&o.seed) % 3000 * KIB4 + MIB2 - 1};
		if (round % 3)
			o.allowed[o.allowed_count++] = (struct uapi_iova_range){
				4 * GIB - MIB2,
				4 * GIB + test_random(&o.seed) % 3000 * KIB4 + KIB4 - 1};
		assert_int_equal(iova_space_restrict(o.space, o.allowed, o.allowed_count), 0);
		for (int step = 0; step < 150; step++) {
			if (test_random(&o.seed) % 5 < 3)
				add_some(&o);
			else
				remove_one(&o);
			check_all(&o);
		}
		while (o.count)
			remove_one(&o);
		iova_space_forget(o.space);
	}
	/* Both must have happened, or the test proves nothing. */
	assert_true(o.placed > 1000 && o.refused > 100);
}

/* What no kernel should return; it changes nothing. */
static void test_ranges_that_make_no_sense(void **state)
{
	const struct uapi_iova_range good[] = {{0, 0xfffff}, {0x200000, 0x2fffff}};
	const struct uapi_iova_range backwards[] = {{0x200000, 0x2fffff}, {0, 0xfffff}};
	const struct uapi_iova_range overlapping[] = {{0, 0x2fffff}, {0x200000, 0x3fffff}};
	const struct uapi_iova_range negative[] = {{0x2000, 0x1fff}};
	struct iova_space *space = *state;

	assert_int_equal(iova_space_restrict(space, good, 2), 0);
	assert_int_equal(iova_space_restrict(space, backwards, 2), -EPROTO);
	assert_int_equal(iova_space_restrict(space, overlapping, 2), -EPROTO);
	assert_int_equal(iova_space_restrict(space, negative, 1), -EPROTO);
	assert_int_equal(space->allowed_count, 2);
	assert_int_equal(space->allowed[1].last, 0x2fffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_window_lies_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_the_kernel_allows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ranges_that_make_no_sense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages_of_a_gigabyte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_steps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
