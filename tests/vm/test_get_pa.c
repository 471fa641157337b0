// SPDX-License-Identifier: BSD-3-Clause
/*
 * GET_PA on a real kernel: its errnos, in the order of its checks, and its runs. This validates the
 * simulated kernel (lib/sim/machine/kernel.c). docs/kernel-interface.md lists the cases that no test
 * here can reach.
 */
#include "child.h"
#include "raw_iommufd.h"

#include <sched.h>

/* Where the mock IOMMU of iommufd's own tests translates: 16 MiB to 2 GiB. */
#define MOCK_IOVA 0x10000000ull

static char *va;

static int setup(void **state)
{
	raw_setup(state);
	va = raw_hugepage();
	return 0;
}

static int teardown(void **state)
{
	munmap(va, HUGE);
	return raw_teardown(state);
}

static struct uapi_ioas_get_pa query(const void *address, uint64_t length)
{
	return (struct uapi_ioas_get_pa){
		.size = sizeof(struct uapi_ioas_get_pa),
		.ioas_id = raw.ioas,
		.iova = (uintptr_t)address,
		.length = length,
	};
}

static int get_pa(void *arg)
{
	return raw_iommu(UAPI_IOMMU_GET_PA, arg);
}

static void map_at_its_address(void)
{
	must(raw_map(va, (uintptr_t)va, HUGE));
}

/* Without the capability: checked first, before any fault of the query. */
static int without_rawio(void)
{
	struct uapi_ioas_get_pa q = query(va, 0);

	q.flags = 1;
	CHECK(drop(CAP_SYS_RAWIO));
	CHECK(get_pa(&q) == -EPERM);
	q = query(va, 4096);
	CHECK(get_pa(&q) == -EPERM);
	q.size = 32;
	CHECK(get_pa(&q) == -EINVAL);
	CHECK(raw_open_cdev(1) < 0 && errno == EPERM);
	return 0;
}

/* All capabilities, but in a user namespace other than the initial one. */
static int in_a_user_namespace(void)
{
	struct uapi_ioas_get_pa q = query(va, 4096);

	CHECK(unshare(CLONE_NEWUSER) == 0);
	CHECK(get_pa(&q) == -EPERM);
	CHECK(raw_open_cdev(1) < 0 && errno == EPERM);
	return 0;
}

static void test_capability(void **state)
{
	uint32_t hwpt;

	(void)state;
	map_at_its_address();
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	must(raw_get_pa((uintptr_t)va, 4096, NULL, NULL));
	in_a_child(without_rawio);
	in_a_child(in_a_user_namespace);
}

/* The structure itself: where it is, and how long. */
static void test_structure(void **state)
{
	struct {
		struct uapi_ioas_get_pa get_pa;
		uint64_t tail;
	} longer = {query(va, 4096), 1};
	struct uapi_ioas_get_pa q = query(va, 4096);
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	munmap(pages + 4096, 4096);
	assert_int_equal(get_pa(NULL), -EFAULT);
	memcpy(pages + 4096 - 16, &q, 16); /* its size can be read, its end not */
	assert_int_equal(get_pa(pages + 4096 - 16), -EFAULT);
	q.size = 39;
	assert_int_equal(get_pa(&q), -EINVAL);
	longer.get_pa.size = sizeof(longer);
	assert_int_equal(get_pa(&longer), -E2BIG);
	longer.tail = 0;
	assert_int_equal(get_pa(&longer), -ENOENT); /* taken, and nothing is mapped */
	munmap(pages, 4096);
}

/* Each query has all the faults of those after it, so the order shows. */
static void test_order(void **state)
{
	struct uapi_ioas_get_pa q = query((void *)UINTPTR_MAX, 0);

	(void)state;
	map_at_its_address();
	q.ioas_id = 12345;
	q.flags = 1;
	assert_int_equal(get_pa(&q), -EOPNOTSUPP);
	q.flags = 0;
	q.reserved = 1;
	assert_int_equal(get_pa(&q), -EOPNOTSUPP);
	q.reserved = 0;
	assert_int_equal(get_pa(&q), -EINVAL); /* length 0 */
	q.length = 4096;
	assert_int_equal(get_pa(&q), -EOVERFLOW);
	q.iova = (uintptr_t)va + HUGE;
	assert_int_equal(get_pa(&q), -ENOENT); /* no such IOAS */
	q.ioas_id = raw.devid;
	assert_int_equal(get_pa(&q), -ENOENT); /* not an IOAS */
	q.ioas_id = raw.ioas;
	assert_int_equal(get_pa(&q), -ENOENT); /* not mapped */
	q.iova = (uintptr_t)va;
	assert_int_equal(get_pa(&q), -EOPNOTSUPP); /* mapped, and no page table: not pinned */
	must(vfio_attach(raw.cdev, raw.ioas));
	must(get_pa(&q));
	assert_int_equal(q.out_phys, pagemap_phys(va));
}

/* A dma-buf of the mock exporter. The call of 7.3.4 answers 0, not its descriptor, which is the
 * lowest that was free. */
static int get_dmabuf(uint32_t bytes)
{
	struct raw_test get = {
		.size = sizeof(get), .operation = RAW_TEST_DMABUF_GET, .words = {bytes}};
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC), rc;

	assert_true(lowest > 0);
	close(lowest);
	rc = raw_iommu(RAW_TEST, &get);
	assert_true(rc >= 0);
	return rc ? rc : lowest;
}

/* The memory of a dma-buf, until its owner takes it back. */
static void test_revoked_dmabuf(void **state)
{
	struct raw_test revoke = {.size = sizeof(revoke), .operation = RAW_TEST_DMABUF_REVOKE};
	struct raw_map_file map = {.size = sizeof(map), .flags = RW, .ioas_id = raw.ioas};
	uint64_t pa, length;
	uint32_t hwpt;

	(void)state;
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	map.fd = get_dmabuf(8192);
	map.length = 8192;
	map.iova = MOCK_IOVA;
	must(raw_iommu(RAW_MAP_FILE, &map));
	must(raw_get_pa(MOCK_IOVA, 65536, &pa, &length));
	assert_true(pa != 0 && pa % 4096 == 0);
	assert_int_equal(length, 8192);
	revoke.words[0] = (uint32_t)map.fd;
	revoke.words[1] = 1;
	must(raw_iommu(RAW_TEST, &revoke));
	assert_int_equal(raw_get_pa(MOCK_IOVA, 4096, NULL, NULL), -EINVAL);
	must(raw_unmap(MOCK_IOVA, 8192));
	assert_int_equal(raw_get_pa(MOCK_IOVA, 4096, NULL, NULL), -ENOENT);
	close(map.fd);
	must(iommufd_destroy(raw.iommufd, hwpt));
}

static void attach_mock_device(void)
{
	struct raw_test mock = {
		.size = sizeof(mock), .operation = RAW_TEST_MOCK_DEVICE, .id = raw.ioas};

	must(raw_iommu(RAW_TEST, &mock));
}

/*
 * A device behind an IOMMU and one without in one IOAS: the first one decides whether GET_PA
 * works. That is why padma refuses to mix the two kinds.
 */
static void test_mix_with_the_iommu_first(void **state)
{
	(void)state;
	attach_mock_device();
	must(raw_map(va, MOCK_IOVA, HUGE));
	assert_int_equal(raw_get_pa(MOCK_IOVA, 4096, NULL, NULL), -EOPNOTSUPP);
	must(vfio_attach(raw.cdev, raw.ioas));
	assert_int_equal(raw_get_pa(MOCK_IOVA, 4096, NULL, NULL), -EOPNOTSUPP);
}

static void test_mix_with_the_iommu_second(void **state)
{
	uint64_t pa;

	(void)state;
	must(vfio_attach(raw.cdev, raw.ioas));
	must(raw_map(va, MOCK_IOVA, HUGE));
	attach_mock_device();
	must(raw_get_pa(MOCK_IOVA, 4096, &pa, NULL));
	assert_int_equal(pa, pagemap_phys(va));
}

static void test_lengths(void **state)
{
	const uintptr_t at = (uintptr_t)va;
	uint64_t pa, length;
	uint32_t hwpt;

	(void)state;
	map_at_its_address();
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	/* Not more than requested, not past the mapping, from any byte on. */
	must(raw_get_pa(at, 1, NULL, &length));
	assert_int_equal(length, 1);
	must(raw_get_pa(at + 4097, 10000, &pa, &length));
	assert_int_equal(length, 10000);
	assert_int_equal(pa, pagemap_phys(va + 4097));
	must(raw_get_pa(at, UINT64_MAX, NULL, &length));
	assert_int_equal(length, HUGE);
	must(raw_get_pa(at + HUGE - 1, HUGE, NULL, &length));
	assert_int_equal(length, 1);
}

/* Contiguous memory in two MAPs, side by side: two runs. */
static void test_runs_end_with_their_map(void **state)
{
	const uintptr_t at = (uintptr_t)va;
	uint64_t first, second, length;
	uint32_t hwpt;

	(void)state;
	must(raw_map(va, at, HUGE / 2));
	must(raw_map(va + HUGE / 2, at + HUGE / 2, HUGE / 2));
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	must(raw_get_pa(at, HUGE, &first, &length));
	assert_int_equal(length, HUGE / 2);
	must(raw_get_pa(at + HUGE / 2, HUGE, &second, &length));
	assert_int_equal(length, HUGE / 2);
	assert_int_equal(second, first + HUGE / 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_capability),
		TEST(test_structure),
		TEST(test_order),
		TEST(test_revoked_dmabuf),
		TEST(test_mix_with_the_iommu_first),
		TEST(test_mix_with_the_iommu_second),
		TEST(test_lengths),
		TEST(test_runs_end_with_their_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
