// SPDX-License-Identifier: BSD-3-Clause
/*
 * GET_PA's errnos on the kernel itself, in the order in which it checks: what the simulated kernel
 * (lib/space/sim_kernel.c) claims about it is true. Without CONFIG_IOMMUFD_NOIOMMU, and on kernels
 * without the call, only the simulated one can answer: tests/space/test_sim_kernel.c.
 */
#include "vm_fixture.h"

#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "device/vfio_find.h"
#include "iommufd/iommufd.h"
#include "iommufd/vfio.h"

#define HUGE	((size_t)2 << 20)
#define REQUEST _IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_GET_PA)

static int iommufd, cdev;
static uint32_t ioas, devid;

static int setup(void **state)
{
	struct vfio_node node;
	char path[128];

	(void)state;
	must(vfio_find("/sys", bdf(0), &node));
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", node.cdev);
	iommufd = iommufd_open("/dev/iommu");
	cdev = open(path, O_RDWR | O_CLOEXEC);
	assert_true(iommufd >= 0 && cdev >= 0);
	must(iommufd_ioas_alloc(iommufd, &ioas));
	must(vfio_bind(cdev, iommufd, &devid));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(cdev);
	close(iommufd);
	return 0;
}

/* A hugepage, mapped at its own address. */
static char *map_page(void)
{
	char *va = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	struct uapi_ioas_map map = {
		.flags =
			UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)va,
		.iova = (uintptr_t)va,
		.length = HUGE,
	};

	assert_ptr_not_equal(va, MAP_FAILED);
	must(iommufd_ioas_map(iommufd, &map));
	return va;
}

static struct uapi_ioas_get_pa query(const void *va, uint64_t length)
{
	return (struct uapi_ioas_get_pa){
		.size = sizeof(struct uapi_ioas_get_pa),
		.ioas_id = ioas,
		.iova = (uintptr_t)va,
		.length = length,
	};
}

static int raw(void *arg)
{
	return ioctl(iommufd, REQUEST, arg) ? -errno : 0;
}

static void test_errnos(void **state)
{
	char *va = map_page();
	struct {
		struct uapi_ioas_get_pa get_pa;
		uint64_t tail;
	} long_form = {query(va, 4096), 0};
	struct uapi_ioas_get_pa q = query(va, 4096);

	(void)state;
	assert_int_equal(raw(NULL), -EFAULT);
	q.size = 32;
	assert_int_equal(raw(&q), -EINVAL);
	long_form.get_pa.size = sizeof(long_form);
	long_form.tail = 1;
	assert_int_equal(raw(&long_form), -E2BIG);
	q = query(va, 4096);
	q.flags = 1;
	assert_int_equal(raw(&q), -EOPNOTSUPP);
	q = query(va, 4096);
	q.reserved = 1;
	assert_int_equal(raw(&q), -EOPNOTSUPP);
	q = query(va, 0);
	assert_int_equal(raw(&q), -EINVAL);
	q = query((void *)UINTPTR_MAX, 4096);
	assert_int_equal(raw(&q), -EOVERFLOW);
	q = query(va, 4096);
	q.ioas_id = 12345;
	assert_int_equal(raw(&q), -ENOENT);
	q = query(va + HUGE, 4096);
	assert_int_equal(raw(&q), -ENOENT);
	/* Mapped, and no page table: nothing is pinned. */
	q = query(va, 4096);
	assert_int_equal(raw(&q), -EOPNOTSUPP);
	munmap(va, HUGE);
}

/* A page table of one's own pins, attached or not; the kernel's goes with the last device. */
static void test_pins(void **state)
{
	char *va = map_page();
	struct uapi_ioas_get_pa q = query(va, 4096);
	uint32_t hwpt;

	(void)state;
	must(vfio_attach(cdev, ioas));
	must(raw(&q));
	assert_int_equal(q.out_phys, pagemap_phys(va));
	must(vfio_detach(cdev));
	q = query(va, 4096);
	assert_int_equal(raw(&q), -EOPNOTSUPP);
	must(iommufd_hwpt_alloc(iommufd, devid, ioas, &hwpt));
	q = query(va, 4096);
	must(raw(&q));
	must(vfio_attach(cdev, hwpt));
	assert_int_equal(iommufd_destroy(iommufd, hwpt), -EBUSY);
	must(vfio_detach(cdev));
	q = query(va, 4096);
	must(raw(&q));
	assert_int_equal(q.out_phys, pagemap_phys(va));
	must(iommufd_destroy(iommufd, hwpt));
	munmap(va, HUGE);
}

static void test_lengths(void **state)
{
	char *va = map_page();
	struct uapi_ioas_get_pa q;
	uint32_t hwpt;

	(void)state;
	must(iommufd_hwpt_alloc(iommufd, devid, ioas, &hwpt));
	/* Not more than was asked for, not past the mapping, from any byte on. */
	q = query(va, 1);
	must(raw(&q));
	assert_int_equal(q.length, 1);
	q = query(va + 4097, 10000);
	must(raw(&q));
	assert_int_equal(q.length, 10000);
	assert_int_equal(q.out_phys, pagemap_phys(va + 4097));
	q = query(va, UINT64_MAX);
	must(raw(&q));
	assert_int_equal(q.length, HUGE);
	q = query(va + HUGE - 1, HUGE);
	must(raw(&q));
	assert_int_equal(q.length, 1);
	must(iommufd_destroy(iommufd, hwpt));
	munmap(va, HUGE);
}

static void test_iova_ranges(void **state)
{
	struct uapi_iova_range range = {0};
	uint64_t alignment = 0;
	uint32_t count = 0, hwpt;

	(void)state;
	must(iommufd_hwpt_alloc(iommufd, devid, ioas, &hwpt));
	assert_int_equal(iommufd_iova_ranges(iommufd, ioas, NULL, &count, &alignment), -EMSGSIZE);
	assert_int_equal(count, 1);
	must(iommufd_iova_ranges(iommufd, ioas, &range, &count, &alignment));
	assert_int_equal(range.start, 0);
	assert_int_equal(range.last, UINT64_MAX);
	assert_int_equal(alignment, 4096);
	must(iommufd_destroy(iommufd, hwpt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_errnos, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iova_ranges, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
