// SPDX-License-Identifier: BSD-3-Clause
/*
 * The cases of the self-test in the patch series of April 2026 (V4), under the same names, rewritten for
 * the merged kernel. Where that test accepts any errno, or does not check a result, these check the
 * exact one.
 */
#include "raw_iommufd.h"

#define PAGE	   4096ull
#define VGA_REGION 8 /* VFIO_PCI_VGA_REGION_INDEX */

static void bind_it(void)
{
	must(vfio_bind(raw.cdev, raw.iommufd, &raw.devid));
}

static void device_cdev_open(void **state)
{
	int flags;

	(void)state;
	assert_true(raw.cdev >= 0);
	flags = fcntl(raw.cdev, F_GETFL);
	assert_true(flags >= 0);
	assert_int_equal(flags & O_ACCMODE, O_RDWR);
}

static void device_bind_iommufd(void **state)
{
	(void)state;
	bind_it();
	assert_int_not_equal(raw.devid, 0);
}

static void device_get_info_after_bind(void **state)
{
	struct uapi_vfio_device_info info;

	(void)state;
	bind_it();
	must(vfio_device_info(raw.cdev, &info));
	assert_int_equal(info.flags & UAPI_VFIO_FLAG_PCI, UAPI_VFIO_FLAG_PCI);
	assert_int_equal(info.flags & UAPI_VFIO_FLAG_RESET, UAPI_VFIO_FLAG_RESET);
	assert_true(info.num_regions > UAPI_VFIO_PCI_CONFIG_REGION);
	assert_true(info.num_irqs > UAPI_VFIO_PCI_REQ_IRQ);
}

/* Until it is bound, an open device refuses all calls and accesses. */
static void device_get_info_without_bind_fails(void **state)
{
	struct uapi_vfio_device_info info;
	uint32_t id;

	(void)state;
	assert_int_equal(vfio_device_info(raw.cdev, &info), -EINVAL);
	assert_int_equal(pread(raw.cdev, &id, sizeof(id), 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, raw.cdev, 0), MAP_FAILED);
}

static void device_bind_bad_iommufd_fails(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(null >= 0);
	assert_int_equal(vfio_bind(raw.cdev, -2, &raw.devid), -EINVAL);
	assert_int_equal(vfio_bind(raw.cdev, 987654, &raw.devid), -EBADF);
	assert_int_equal(vfio_bind(raw.cdev, null, &raw.devid), -EBADFD);
	close(null);
	/* None of that has changed anything. */
	bind_it();
}

static void device_repeated_bind_fails(void **state)
{
	uint32_t devid = 0;

	(void)state;
	bind_it();
	assert_int_equal(vfio_bind(raw.cdev, raw.iommufd, &devid), -EINVAL);
	assert_int_equal(devid, 0);
}

static void ioas_alloc(void **state)
{
	uint32_t id = 0;

	(void)state;
	must(iommufd_ioas_alloc(raw.iommufd, &id));
	assert_int_not_equal(id, 0);
}

static void ioas_destroy(void **state)
{
	(void)state;
	must(iommufd_destroy(raw.iommufd, raw.ioas));
	assert_int_equal(iommufd_destroy(raw.iommufd, raw.ioas), -ENOENT);
}

static void device_attach_to_ioas(void **state)
{
	(void)state;
	bind_it();
	must(vfio_attach(raw.cdev, raw.ioas));
	assert_int_equal(iommufd_destroy(raw.iommufd, raw.ioas), -EBUSY);
}

static void device_attach_invalid_ioas_fails(void **state)
{
	(void)state;
	bind_it();
	assert_int_equal(vfio_attach(raw.cdev, UINT32_MAX), -ENOENT);
	assert_int_equal(vfio_attach(raw.cdev, raw.devid), -EINVAL); /* an object, but a device */
	must(vfio_attach(raw.cdev, raw.ioas));
}

static void device_detach_from_ioas(void **state)
{
	(void)state;
	bind_it();
	must(vfio_attach(raw.cdev, raw.ioas));
	must(vfio_detach(raw.cdev));
	must(iommufd_destroy(raw.iommufd, raw.ioas));
}

static void device_lifecycle(void **state)
{
	struct uapi_vfio_device_info info;

	(void)state;
	bind_it();
	for (int round = 0; round < 2; round++) {
		must(vfio_attach(raw.cdev, raw.ioas));
		must(vfio_device_info(raw.cdev, &info));
		must(vfio_detach(raw.cdev));
		must(vfio_reset(raw.cdev));
	}
}

/* Every region it reports: BAR 0 holds the controller's registers, the last one the ids. */
static void device_get_region_info(void **state)
{
	static uint64_t room[VFIO_REGION_BYTES / sizeof(uint64_t)];
	struct uapi_vfio_region_info *region = (void *)room;
	struct uapi_vfio_device_info info;
	uint16_t vendor = 0;

	(void)state;
	bind_it();
	must(vfio_device_info(raw.cdev, &info));
	for (uint32_t i = 0; i < info.num_regions; i++) {
		int rc = vfio_region_info(raw.cdev, i, region);

		if (i == VGA_REGION)
			assert_int_equal(rc, -EINVAL); /* not a graphics card */
		else
			must(rc);
		if (i == 0)
			assert_true(region->size >= 0x2000 &&
				    (region->flags & UAPI_VFIO_REGION_MMAP));
		if (i == UAPI_VFIO_PCI_CONFIG_REGION)
			assert_int_equal(pread(raw.cdev, &vendor, 2, (off_t)region->offset), 2);
	}
	assert_int_equal(vendor, 0x1b36);
	assert_int_equal(vfio_region_info(raw.cdev, info.num_regions, region), -EINVAL);
}

static void device_reset(void **state)
{
	(void)state;
	bind_it();
	must(vfio_reset(raw.cdev));
}

/* Without a device or page table, the IOAS accepts any mapping of the process's memory in range. */
static void ioas_map_pages(void **state)
{
	char *pages =
		mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	for (uint64_t count = 1; count <= 8; count *= 2)
		must(raw_map(pages, count << 20, count * PAGE));
	assert_int_equal(raw_map(pages, 8ull << 20, PAGE), -EEXIST);
	assert_int_equal(raw_map(pages, UINT64_MAX - PAGE + 2, PAGE), -EOVERFLOW);
	assert_int_equal(raw_map(pages, 16ull << 20, 0), -EINVAL);
	for (uint64_t count = 1; count <= 8; count *= 2)
		must(raw_unmap(count << 20, count * PAGE));
	assert_int_equal(raw_unmap(1ull << 20, PAGE), -ENOENT);
	munmap(pages, 8 * PAGE);
}

static void multiple_ioas_alloc(void **state)
{
	uint32_t ids[3] = {raw.ioas};

	(void)state;
	must(iommufd_ioas_alloc(raw.iommufd, &ids[1]));
	must(iommufd_ioas_alloc(raw.iommufd, &ids[2]));
	assert_true(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

/* Part of a hugepage, from its start and from a byte inside: its address, up to the end of the MAP. */
static void ioas_get_pa_mapped(void **state)
{
	const uint64_t bytes = 32 * PAGE, iova = HUGE;
	char *va = raw_hugepage();
	uint64_t pa, length;

	(void)state;
	bind_it();
	must(vfio_attach(raw.cdev, raw.ioas));
	must(raw_map(va, iova, bytes));
	must(raw_get_pa(iova, UINT64_MAX, &pa, &length));
	assert_int_equal(pa, pagemap_phys(va));
	assert_int_equal(length, bytes);
	must(raw_get_pa(iova + 0x80, UINT64_MAX, &pa, &length));
	assert_int_equal(pa, pagemap_phys(va + 0x80));
	assert_int_equal(length, bytes - 0x80);
	munmap(va, HUGE);
}

static void ioas_get_pa_unmapped_fails(void **state)
{
	(void)state;
	assert_int_equal(raw_get_pa(0x10000, PAGE, NULL, NULL), -ENOENT);
	/* The same with a device. */
	bind_it();
	must(vfio_attach(raw.cdev, raw.ioas));
	assert_int_equal(raw_get_pa(0x10000, PAGE, NULL, NULL), -ENOENT);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, raw_setup_open, raw_teardown)
	const struct CMUnitTest tests[] = {
		CASE(device_cdev_open),
		CASE(device_bind_iommufd),
		CASE(device_get_info_after_bind),
		CASE(device_get_info_without_bind_fails),
		CASE(device_bind_bad_iommufd_fails),
		CASE(device_repeated_bind_fails),
		CASE(ioas_alloc),
		CASE(ioas_destroy),
		CASE(device_attach_to_ioas),
		CASE(device_attach_invalid_ioas_fails),
		CASE(device_detach_from_ioas),
		CASE(device_lifecycle),
		CASE(device_get_region_info),
		CASE(device_reset),
		CASE(ioas_map_pages),
		CASE(multiple_ioas_alloc),
		CASE(ioas_get_pa_mapped),
		CASE(ioas_get_pa_unmapped_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
