// SPDX-License-Identifier: BSD-3-Clause
/* Capability chains of a region: well-formed ones, and any bytes at all. */
#include "test.h"

#include "device/vfio/device.h"

#define PAGE	  4096u
#define BAR_BYTES (16 * PAGE)
#define ROOM	  512u

/* A region's structure with what may follow it, on the heap so that ASan sees its end. */
static struct uapi_vfio_region_info *new_region(void)
{
	struct uapi_vfio_region_info *region = calloc(1, ROOM);

	assert_non_null(region);
	region->argsz = ROOM;
	region->size = BAR_BYTES;
	region->flags = UAPI_VFIO_REGION_READ | UAPI_VFIO_REGION_WRITE | UAPI_VFIO_REGION_MMAP;
	return region;
}

static void *at(struct uapi_vfio_region_info *region, uint32_t offset)
{
	return (char *)region + offset;
}

/* A capability of another kind first, then the areas. */
static struct uapi_vfio_region_info *with_areas(const struct uapi_vfio_area *areas, uint32_t count)
{
	struct uapi_vfio_region_info *region = new_region();
	struct uapi_vfio_cap other = {.id = 3, .version = 1, .next = 48};
	struct uapi_vfio_sparse_mmap sparse = {.header = {1, 1, 0}, .nr_areas = count};

	region->flags |= UAPI_VFIO_REGION_CAPS;
	region->cap_offset = 32;
	memcpy(at(region, 32), &other, sizeof(other));
	memcpy(at(region, 48), &sparse, sizeof(sparse));
	memcpy(at(region, 64), areas, count * sizeof(*areas));
	return region;
}

/* What of @region is mapped, the largest first. */
static void expect_areas(struct uapi_vfio_region_info *region, const struct uapi_vfio_area *want,
			 unsigned int count)
{
	struct uapi_vfio_area areas[VFIO_AREAS];

	assert_int_equal(vfio_mappable(region, PAGE, areas), count);
	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(areas[i].offset, want[i].offset);
		assert_int_equal(areas[i].size, want[i].size);
	}
	free(region);
}

static void expect_mapping(struct uapi_vfio_region_info *region, uint64_t from, uint64_t to)
{
	const struct uapi_vfio_area want = {from, to - from};

	expect_areas(region, &want, to > from);
}

static void test_what_is_mapped(void **state)
{
	/* Those that start at a page and are inside the BAR. */
	static const struct uapi_vfio_area areas[] = {
		{0, PAGE},
		{4 * PAGE, 3 * PAGE},
		{2 * PAGE + 8, 9 * PAGE},
		{15 * PAGE, 2 * PAGE},
		{UINT64_MAX - PAGE + 1, UINT64_MAX},
	};
	static const struct uapi_vfio_area mapped[] = {{4 * PAGE, 3 * PAGE}, {0, PAGE}};
	struct uapi_vfio_region_info *region = new_region();

	(void)state;
	expect_mapping(region, 0, BAR_BYTES);
	region = new_region();
	region->flags &= ~UAPI_VFIO_REGION_MMAP;
	expect_mapping(region, 0, 0);
	expect_areas(with_areas(areas, ARRAY_SIZE(areas)), mapped, ARRAY_SIZE(mapped));
	expect_mapping(with_areas(areas, 1), 0, PAGE);
	/* No area: nothing may be mapped. */
	expect_mapping(with_areas(areas, 0), 0, 0);
}

/* More areas than a BAR has room for: the largest are kept. */
static void test_the_largest_areas(void **state)
{
	struct uapi_vfio_area areas[15], want[VFIO_AREAS];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(areas); i++)
		areas[i] = (struct uapi_vfio_area){i * PAGE, i % 2 ? 8 * i : 8 * (100 + i)};
	for (unsigned int i = 0; i < VFIO_AREAS; i++)
		want[i] = areas[14 - 2 * i];
	expect_areas(with_areas(areas, ARRAY_SIZE(areas)), want, VFIO_AREAS);
}

static void expect_chain(struct uapi_vfio_region_info *region, int rc)
{
	const struct uapi_vfio_area *areas;

	assert_int_equal(vfio_sparse_areas(region, &areas), rc);
	free(region);
}

static void test_broken_chains(void **state)
{
	static const struct uapi_vfio_area area = {0, PAGE};
	struct uapi_vfio_region_info *region = with_areas(&area, 1);
	struct uapi_vfio_cap *cap = at(region, 32);

	(void)state;
	cap->next = 32; /* to itself */
	expect_chain(region, -EPROTO);
	region = with_areas(&area, 1);
	((struct uapi_vfio_cap *)at(region, 32))->next = ROOM - 4;
	expect_chain(region, -EPROTO);
	region = with_areas(&area, 1);
	((struct uapi_vfio_cap *)at(region, 32))->next = UINT32_MAX - 7;
	expect_chain(region, -EPROTO);
	region = with_areas(&area, 1);
	region->cap_offset = 8; /* into the structure itself */
	expect_chain(region, -EPROTO);
	region = with_areas(&area, 1);
	((struct uapi_vfio_sparse_mmap *)at(region, 48))->nr_areas = (ROOM - 64) / 16 + 1;
	expect_chain(region, -EPROTO);
	/* Such a BAR is not mapped: it is not known which parts of it may be. */
	region = with_areas(&area, 1);
	region->cap_offset = 8;
	expect_mapping(region, 0, 0);
	region = with_areas(&area, 1);
	((struct uapi_vfio_cap *)at(region, 32))->next = 0;
	expect_chain(region, -ENOENT);
	expect_chain(new_region(), -ENOENT);
}

/* Any bytes: no access outside of them (ASan), an end, and no mapping outside the BAR. */
static void test_garbage(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct uapi_vfio_region_info *region = new_region();
		struct uapi_vfio_area areas[VFIO_AREAS];
		unsigned int count;

		for (uint32_t i = 32; i + 4 <= ROOM; i += 4) {
			uint32_t word = (uint32_t)test_random(&seed);

			/* Small numbers lead somewhere more often. */
			word &= word >> 30 ? 0x1f8 : UINT32_MAX;
			memcpy(at(region, i), &word, 4);
		}
		region->flags |= UAPI_VFIO_REGION_CAPS;
		region->cap_offset = (uint32_t)test_random(&seed) & 0x1f8;
		count = vfio_mappable(region, PAGE, areas);
		for (unsigned int i = 0; i < count; i++) {
			assert_true(areas[i].offset < BAR_BYTES && areas[i].size > 0);
			assert_true(areas[i].size <= BAR_BYTES - areas[i].offset);
			assert_int_equal(areas[i].offset % PAGE, 0);
		}
		free(region);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_mapped),
		cmocka_unit_test(test_the_largest_areas),
		cmocka_unit_test(test_broken_chains),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
