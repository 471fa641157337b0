// SPDX-License-Identifier: BSD-3-Clause
/*
 * The simulated kernel answers MAP, UNMAP and GET_PA as Linux 7.3 does: each row of the errno
 * table, in the order in which the kernel checks, and the runs of both forms of GET_PA.
 */
#include "test.h"

#include <sys/mman.h>

#include "sim/machine/kernel.h"

#define PAGE  4096ull
#define LARGE (2ull << 20)
#define RW    (UAPI_IOAS_MAP_READABLE | UAPI_IOAS_MAP_WRITEABLE)
#define IOVA  0x10000000ull

struct fixture {
	struct sim_kernel kernel;
	char *memory; /* 16 MiB, aligned to 2 MiB */
};

static struct fixture open_kernel(struct padma_sim_params params)
{
	struct fixture f;
	char *raw =
		mmap(NULL, 18 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(raw, MAP_FAILED);
	f.memory = (char *)(((uintptr_t)raw + LARGE - 1) & ~(LARGE - 1));
	assert_int_equal(sim_kernel_open(&f.kernel, &params, LARGE, 4ull << 30), 0);
	return f;
}

static void close_kernel(struct fixture *f)
{
	sim_kernel_close(&f->kernel);
	munmap(f->memory, 16 << 20);
}

static struct uapi_ioas_map map_of(const struct fixture *f, uint64_t iova, uint64_t offset,
				   uint64_t bytes)
{
	struct uapi_ioas_map map = {
		.size = sizeof(map),
		.flags = RW | UAPI_IOAS_MAP_FIXED_IOVA,
		.ioas_id = SIM_IOAS_ID,
		.user_va = (uintptr_t)f->memory + offset,
		.length = bytes,
		.iova = iova,
	};

	return map;
}

static int do_map(struct fixture *f, uint64_t iova, uint64_t offset, uint64_t bytes)
{
	struct uapi_ioas_map map = map_of(f, iova, offset, bytes);

	return sim_kernel_map(&f->kernel, &map);
}

static int do_unmap(struct fixture *f, uint64_t iova, uint64_t *length)
{
	struct uapi_ioas_unmap unmap = {
		.size = sizeof(unmap), .ioas_id = SIM_IOAS_ID, .iova = iova, .length = *length};
	int rc = sim_kernel_unmap(&f->kernel, &unmap);

	*length = unmap.length;
	return rc;
}

static struct uapi_ioas_get_pa query_of(uint64_t iova, uint64_t length)
{
	struct uapi_ioas_get_pa query = {
		.size = sizeof(query), .ioas_id = SIM_IOAS_ID, .iova = iova, .length = length};

	return query;
}

static int get_pa(struct fixture *f, uint64_t iova, uint64_t *length, uint64_t *pa)
{
	struct uapi_ioas_get_pa query = query_of(iova, *length);
	int rc = sim_kernel_get_pa(&f->kernel, &query);

	*length = query.length;
	*pa = query.out_phys;
	return rc;
}

static int answer(struct fixture *f, struct uapi_ioas_get_pa query)
{
	return sim_kernel_get_pa(&f->kernel, &query);
}

static void test_get_pa_errnos_merged(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){.late_attach = true});
	struct uapi_ioas_get_pa q;
	struct {
		struct uapi_ioas_get_pa query;
		uint32_t tail;
	} longer;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, LARGE), 0);

	f.kernel.has_get_pa = false;
	assert_int_equal(answer(&f, query_of(IOVA, PAGE)), -ENOTTY);
	f.kernel.has_get_pa = true;
	assert_int_equal(sim_kernel_get_pa(&f.kernel, NULL), -EFAULT);
	q = query_of(IOVA, PAGE);
	q.size = 39;
	assert_int_equal(answer(&f, q), -EINVAL);
	longer.query = query_of(IOVA, PAGE);
	longer.query.size = sizeof(q) + 4;
	longer.tail = 1;
	assert_int_equal(sim_kernel_get_pa(&f.kernel, &longer), -E2BIG);

	/* Every later check fails too: the order decides. */
	q = query_of(UINT64_MAX, 0);
	q.flags = 1;
	q.ioas_id = 99;
	f.kernel.has_noiommu = false;
	f.kernel.rawio = false;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	f.kernel.has_noiommu = true;
	assert_int_equal(answer(&f, q), -EPERM);
	f.kernel.rawio = true;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	q.flags = 0;
	q.reserved = 1;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	q.reserved = 0;
	assert_int_equal(answer(&f, q), -EINVAL);
	q.length = PAGE;
	assert_int_equal(answer(&f, q), -EOVERFLOW);
	q.iova = IOVA + LARGE;
	assert_int_equal(answer(&f, q), -ENOENT); /* no such IOAS */
	q.ioas_id = SIM_IOAS_ID;
	assert_int_equal(answer(&f, q), -ENOENT); /* not mapped */
	q.iova = IOVA;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP); /* no device attached */
	assert_int_equal(sim_kernel_attach(&f.kernel), 0);
	assert_int_equal(answer(&f, q), 0);
	longer.tail = 0;
	assert_int_equal(sim_kernel_get_pa(&f.kernel, &longer), 0);
	close_kernel(&f);
}

static void test_get_pa_errnos_v4(void **state)
{
	struct fixture f = open_kernel(
		(struct padma_sim_params){.late_attach = true, .get_pa = PADMA_SIM_GET_PA_V4});
	struct uapi_ioas_get_pa q = query_of(IOVA + LARGE, 0);

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, LARGE), 0);
	f.kernel.has_get_pa = false;
	assert_int_equal(answer(&f, q), -ENOTTY);
	f.kernel.has_get_pa = true;
	assert_int_equal(sim_kernel_get_pa(&f.kernel, NULL), -EFAULT);
	q.size = 39;
	assert_int_equal(answer(&f, q), -EINVAL);
	q.size = sizeof(q);
	q.flags = 1;
	q.ioas_id = 99;
	f.kernel.rawio = false; /* the V4 form asks for no capability */
	f.kernel.has_noiommu = false;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	q.flags = 0;
	assert_int_equal(answer(&f, q), -ENOENT);
	q.ioas_id = SIM_IOAS_ID;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	f.kernel.has_noiommu = true;
	assert_int_equal(answer(&f, q), -ENOENT);
	q.iova = IOVA;
	assert_int_equal(answer(&f, q), -EOPNOTSUPP);
	assert_int_equal(sim_kernel_attach(&f.kernel), 0);
	assert_int_equal(answer(&f, q), 0); /* length 0 is no error: it is only written */
	f.kernel.zero_pa = true;
	assert_int_equal(answer(&f, q), -EINVAL);
	close_kernel(&f);
}

static void test_zero_pa_is_reported_as_success_when_merged(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){0});
	uint64_t length = PAGE, pa = 1;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, LARGE), 0);
	f.kernel.zero_pa = true;
	assert_int_equal(get_pa(&f, IOVA, &length, &pa), 0);
	assert_int_equal(pa, 0);
	close_kernel(&f);
}

static void test_runs_end_with_their_map_when_merged(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){.layout = PADMA_SIM_ORDERED});
	uint64_t pa0, pa1, length = 64 << 20;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, 2 * LARGE), 0);
	assert_int_equal(do_map(&f, IOVA + 2 * LARGE, 2 * LARGE, LARGE), 0);
	assert_int_equal(get_pa(&f, IOVA, &length, &pa0), 0);
	assert_int_equal(length, 2 * LARGE);
	length = 64 << 20;
	assert_int_equal(get_pa(&f, IOVA + 2 * LARGE, &length, &pa1), 0);
	assert_int_equal(length, LARGE);
	assert_int_equal(pa1, pa0 + 2 * LARGE); /* contiguous, and yet two runs */

	/* Capped by what was asked for; unaligned addresses give unaligned answers. */
	length = PAGE;
	assert_int_equal(get_pa(&f, IOVA + 0x80, &length, &pa1), 0);
	assert_int_equal(length, PAGE);
	assert_int_equal(pa1, pa0 + 0x80);
	length = UINT64_MAX;
	assert_int_equal(get_pa(&f, IOVA + 0x80, &length, &pa1), 0);
	assert_int_equal(length, 2 * LARGE - 0x80);
	close_kernel(&f);
}

static void test_runs_may_pass_their_map_in_v4(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){.layout = PADMA_SIM_ORDERED,
								 .get_pa = PADMA_SIM_GET_PA_V4});
	uint64_t pa, length = 1;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, LARGE), 0);
	assert_int_equal(get_pa(&f, IOVA, &length, &pa), 0);
	assert_int_equal(length, LARGE);
	assert_int_equal(do_map(&f, IOVA + LARGE, LARGE, LARGE), 0);
	assert_int_equal(get_pa(&f, IOVA, &length, &pa), 0);
	assert_int_equal(length, LARGE + PAGE); /* one page past the end */
	assert_int_equal(get_pa(&f, IOVA + 0x80, &length, &pa), 0);
	assert_int_equal(length, LARGE + PAGE - 0x80);
	assert_int_equal(get_pa(&f, IOVA + LARGE - PAGE, &length, &pa), 0);
	assert_int_equal(length, 2 * PAGE);
	/* From the last byte the loop does not start. */
	assert_int_equal(get_pa(&f, IOVA + LARGE - 1, &length, &pa), 0);
	assert_int_equal(length, 1);
	close_kernel(&f);
}

static void test_small_pages(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){.layout = PADMA_SIM_REVERSED});
	uint64_t pa0, pa1, length;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, PAGE, 4 * PAGE), 0);
	for (uint64_t i = 0; i < 4; i++) {
		length = 64 << 20;
		assert_int_equal(get_pa(&f, IOVA + i * PAGE, &length, &pa1), 0);
		assert_int_equal(length, PAGE);
		if (i)
			assert_int_equal(pa1, pa0 - PAGE);
		pa0 = pa1;
	}
	close_kernel(&f);
}

static void test_map_errnos(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){0});
	struct uapi_ioas_map map = map_of(&f, UINT64_MAX, 1, 0);

	(void)state;
	map.flags = 1u << 7;
	map.reserved = 1;
	map.ioas_id = 99;
	map.size = 39;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL);
	map.size = sizeof(map);
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EOPNOTSUPP);
	map.flags = UAPI_IOAS_MAP_FIXED_IOVA;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EOPNOTSUPP);
	map.reserved = 0;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EOVERFLOW);
	map.iova = IOVA + 1;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL); /* neither read nor write */
	map.flags |= RW;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -ENOENT);
	map.ioas_id = SIM_IOAS_ID;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL); /* empty */
	map.length = PAGE + 1;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL);
	map.length = PAGE;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL); /* IOVA not aligned */
	map.iova = IOVA;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EINVAL); /* address not aligned */
	map.user_va--;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), 0);
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EEXIST);
	map.iova = 0x0ull - PAGE;
	map.length = 2 * PAGE;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EOVERFLOW);
	map.iova = IOVA - PAGE;
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EEXIST);
	map.user_va = UINT64_MAX & ~(PAGE - 1);
	assert_int_equal(sim_kernel_map(&f.kernel, &map), -EOVERFLOW);
	close_kernel(&f);
}

static void test_pin_errors_come_with_the_attach(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){.late_attach = true});
	uint64_t length = PAGE;

	(void)state;
	/* Nothing is pinned yet, so nothing fails: neither a hole nor an odd alignment. */
	assert_int_equal(mprotect(f.memory, PAGE, PROT_READ), 0);
	assert_int_equal(do_map(&f, IOVA, 0, PAGE), 0);
	assert_int_equal(do_map(&f, IOVA + PAGE + 1, PAGE + 1, 7), 0);
	assert_int_equal(sim_kernel_attach(&f.kernel), -EFAULT);
	assert_int_equal(do_unmap(&f, IOVA, &length), 0);
	assert_int_equal(sim_kernel_attach(&f.kernel), -EADDRINUSE);
	length = 7;
	assert_int_equal(do_unmap(&f, IOVA + PAGE + 1, &length), 0);
	assert_int_equal(sim_kernel_attach(&f.kernel), 0);
	/* Now both fail at once. */
	assert_int_equal(do_map(&f, IOVA, 0, PAGE), -EFAULT);
	assert_int_equal(do_map(&f, IOVA + PAGE + 1, PAGE + 1, 7), -EINVAL);
	munmap(f.memory + 4 * PAGE, PAGE);
	assert_int_equal(do_map(&f, IOVA, 2 * PAGE, 4 * PAGE), -EFAULT);
	assert_int_equal(f.kernel.areas_count, 0);
	close_kernel(&f);
}

static void test_unmap_errnos(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){0});
	struct uapi_ioas_unmap unmap = {.size = 23};
	uint64_t length;

	(void)state;
	assert_int_equal(sim_kernel_unmap(&f.kernel, &unmap), -EINVAL);
	unmap.size = sizeof(unmap);
	assert_int_equal(sim_kernel_unmap(&f.kernel, &unmap), -ENOENT);
	length = 0;
	assert_int_equal(do_unmap(&f, IOVA, &length), -EINVAL);
	length = UINT64_MAX;
	assert_int_equal(do_unmap(&f, IOVA, &length), -EOVERFLOW);
	length = UINT64_MAX - 1;
	assert_int_equal(do_unmap(&f, IOVA, &length), -EOVERFLOW);
	length = LARGE;
	assert_int_equal(do_unmap(&f, IOVA, &length), -ENOENT);

	for (int i = 0; i < 3; i++)
		assert_int_equal(do_map(&f, IOVA + i * LARGE, i * LARGE, LARGE), 0);
	length = LARGE - PAGE; /* no area is cut */
	assert_int_equal(do_unmap(&f, IOVA, &length), -ENOENT);
	length = LARGE;
	assert_int_equal(do_unmap(&f, IOVA + PAGE, &length), -ENOENT);
	/* The whole area in front of the one that would be cut is gone, as in the kernel. */
	length = LARGE + PAGE;
	assert_int_equal(do_unmap(&f, IOVA, &length), -ENOENT);
	length = 3 * LARGE;
	assert_int_equal(do_unmap(&f, IOVA, &length), 0);
	assert_int_equal(length, 2 * LARGE);
	/* All of an empty IOAS: success, nothing unmapped. */
	length = UINT64_MAX;
	assert_int_equal(do_unmap(&f, 0, &length), 0);
	assert_int_equal(length, 0);
	close_kernel(&f);
}

static void test_one_page_has_one_address(void **state)
{
	struct fixture f = open_kernel((struct padma_sim_params){0});
	uint64_t pa0, pa1, length = PAGE, all = LARGE;

	(void)state;
	assert_int_equal(do_map(&f, IOVA, 0, LARGE), 0);
	assert_int_equal(do_map(&f, 2 * IOVA, PAGE, 2 * PAGE), 0);
	assert_int_equal(get_pa(&f, IOVA + PAGE, &length, &pa0), 0);
	assert_int_equal(get_pa(&f, 2 * IOVA, &length, &pa1), 0);
	assert_int_equal(pa0, pa1);
	/* The frame lives as long as one of its two MAPs. */
	assert_int_equal(do_unmap(&f, IOVA, &all), 0);
	assert_int_equal(get_pa(&f, 2 * IOVA, &length, &pa1), 0);
	assert_int_equal(pa0, pa1);
	close_kernel(&f);
}

static void test_layouts(void **state)
{
	static const enum padma_sim_layout layouts[] = {PADMA_SIM_ORDERED, PADMA_SIM_REVERSED,
							PADMA_SIM_SCATTERED, PADMA_SIM_RANDOM};

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(layouts); l++) {
		struct fixture f = open_kernel((struct padma_sim_params){
			.layout = layouts[l], .seed = 7, .lowest_dma = 64 * LARGE});
		uint64_t pa[8], length, up = 0, down = 0;

		assert_int_equal(do_map(&f, IOVA, 0, 8 * LARGE), 0);
		for (uint64_t i = 0; i < 8; i++) {
			length = LARGE;
			assert_int_equal(get_pa(&f, IOVA + i * LARGE, &length, &pa[i]), 0);
			assert_int_equal(length, LARGE);
			assert_int_equal(pa[i] % LARGE, 0);
			assert_true(pa[i] >= 64 * LARGE);
			up += i && pa[i] == pa[i - 1] + LARGE;
			down += i && pa[i] == pa[i - 1] - LARGE;
			for (uint64_t k = 0; k < i; k++)
				assert_true(pa[i] != pa[k]);
		}
		if (layouts[l] == PADMA_SIM_ORDERED)
			assert_int_equal(up, 7);
		else if (layouts[l] == PADMA_SIM_REVERSED)
			assert_int_equal(down, 7);
		else
			assert_true(up < 7 && down < 7);
		close_kernel(&f);
	}
}

static void test_a_full_machine(void **state)
{
	struct padma_sim_params params = {.lazy = true};
	struct fixture f = {.memory = (char *)(64 * LARGE)};
	uint64_t length = 4 * LARGE;

	(void)state;
	assert_int_equal(sim_kernel_open(&f.kernel, &params, LARGE, 4 * LARGE), 0);
	assert_int_equal(do_map(&f, IOVA, 0, 5 * LARGE), -ENOMEM);
	assert_int_equal(f.kernel.memory->large_frames.in_use, 0);
	assert_int_equal(do_map(&f, IOVA, 0, 4 * LARGE), 0);
	assert_int_equal(do_map(&f, 2 * IOVA, 8 * LARGE, LARGE), -ENOMEM);
	assert_int_equal(do_unmap(&f, IOVA, &length), 0);
	assert_int_equal(do_map(&f, 2 * IOVA, 8 * LARGE, LARGE), 0);
	sim_kernel_close(&f.kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_pa_errnos_merged),
		cmocka_unit_test(test_get_pa_errnos_v4),
		cmocka_unit_test(test_zero_pa_is_reported_as_success_when_merged),
		cmocka_unit_test(test_runs_end_with_their_map_when_merged),
		cmocka_unit_test(test_runs_may_pass_their_map_in_v4),
		cmocka_unit_test(test_small_pages),
		cmocka_unit_test(test_map_errnos),
		cmocka_unit_test(test_pin_errors_come_with_the_attach),
		cmocka_unit_test(test_unmap_errnos),
		cmocka_unit_test(test_one_page_has_one_address),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_a_full_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
