// SPDX-License-Identifier: BSD-3-Clause
/*
 * What padma assumes of the kernel beyond GET_PA's answers: what pins memory and how long, what is
 * refused or allowed for a device without an IOMMU, and which process may open it.
 * docs/kernel-interface.md lists each claim.
 */
#include "raw_iommufd.h"

#include <linux/memfd.h>
#include <signal.h>
#include <sys/wait.h>

#define BUS_MASTER 4
#define IOVA	   0x40000000ull

static uint64_t free_hugepages(void)
{
	FILE *file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned long long count = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &count), 1);
	fclose(file);
	return count;
}

/* The page table that the kernel makes for an IOAS goes with the last device, and so do its pins. */
static void test_automatic_page_table_and_pins(void **state)
{
	uint64_t before = free_hugepages();
	char *va = raw_hugepage();

	(void)state;
	must(raw_map(va, IOVA, HUGE));
	must(vfio_attach(raw.cdev, raw.ioas));
	must(raw_get_pa(IOVA, 4096, NULL, NULL));
	munmap(va, HUGE);
	assert_int_equal(free_hugepages(),
			 before - 1); /* pinned: not free, though it is not mapped */
	must(vfio_detach(raw.cdev));
	assert_int_equal(free_hugepages(), before);
	assert_int_equal(raw_get_pa(IOVA, 4096, NULL, NULL), -EOPNOTSUPP);
}

/* A page table made by the program stays, attached or not, and cannot be destroyed while in use. */
static void test_own_page_table_and_pins(void **state)
{
	uint64_t before = free_hugepages(), pa, again;
	char *va = raw_hugepage();
	uint32_t hwpt;

	(void)state;
	must(raw_map(va, IOVA, HUGE));
	assert_int_equal(raw_get_pa(IOVA, 4096, NULL, NULL), -EOPNOTSUPP);
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	must(raw_get_pa(IOVA, 4096, &pa, NULL));
	assert_int_equal(pa, pagemap_phys(va));
	must(vfio_attach(raw.cdev, hwpt));
	assert_int_equal(iommufd_destroy(raw.iommufd, hwpt), -EBUSY);
	must(vfio_detach(raw.cdev));
	munmap(va, HUGE);
	assert_int_equal(free_hugepages(), before - 1);
	must(raw_get_pa(IOVA, 4096, &again, NULL));
	assert_int_equal(again, pa);
	must(iommufd_destroy(raw.iommufd, hwpt));
	assert_int_equal(free_hugepages(), before);
}

/* The bound device keeps the iommufd, and all that it pins, until the device's last close. */
static void test_the_device_holds_the_iommufd(void **state)
{
	uint64_t before = free_hugepages();
	char *va = raw_hugepage();
	uint32_t hwpt;

	(void)state;
	must(raw_map(va, IOVA, HUGE));
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	must(vfio_attach(raw.cdev, hwpt));
	munmap(va, HUGE);
	close(raw.iommufd);
	assert_int_equal(free_hugepages(), before - 1);
	close(raw.cdev);
	assert_int_equal(free_hugepages(), before);
	raw_setup(NULL);
}

static void set_bus_master(void)
{
	uint16_t command = command_register(0) | BUS_MASTER;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf(0));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &command, 2, 4), 2);
	close(fd);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
}

static void test_bus_mastering_is_off_after_the_bind_and_the_close(void **state)
{
	(void)state;
	close(raw.cdev);
	set_bus_master();
	raw.cdev = raw_open_cdev(0);
	must(vfio_bind(raw.cdev, raw.iommufd, &raw.devid));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	set_bus_master();
	close(raw.cdev);
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	raw.cdev = raw_open_cdev(0);
	must(vfio_bind(raw.cdev, raw.iommufd, &raw.devid));
}

static int hwpt_alloc(uint32_t flags, uint32_t data_type, const void *data, uint32_t data_len)
{
	struct uapi_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = flags,
		.dev_id = raw.devid,
		.pt_id = raw.ioas,
		.data_type = data_type,
		.data_len = data_len,
		.data_uptr = (uintptr_t)data,
	};

	return raw_iommu(UAPI_IOMMU_HWPT_ALLOC, &alloc);
}

static void test_page_tables_that_are_refused(void **state)
{
	uint64_t data[2] = {0};

	(void)state;
	assert_int_equal(hwpt_alloc(1u << 0, 0, NULL, 0), -EOPNOTSUPP); /* parent of nested ones */
	assert_int_equal(hwpt_alloc(1u << 1, 0, NULL, 0), -EOPNOTSUPP); /* dirty tracking */
	assert_int_equal(hwpt_alloc(1u << 3, 0, NULL, 0), -EOPNOTSUPP); /* for PASIDs */
	assert_int_equal(hwpt_alloc(0, 1, data, sizeof(data)), -EOPNOTSUPP); /* a driver's data */
	must(hwpt_alloc(0, 0, NULL, 0));
}

static void test_calls_that_are_refused(void **state)
{
	struct raw_hw_info info = {.size = sizeof(info), .dev_id = raw.devid};
	struct raw_viommu_alloc viommu = {.size = sizeof(viommu), .type = 1, .dev_id = raw.devid};
	struct raw_set_dirty dirty = {.size = sizeof(dirty), .flags = 1};
	struct raw_attach attach = {.argsz = sizeof(attach), .flags = 1, .pasid = 1};
	uint32_t hwpt;

	(void)state;
	assert_int_equal(raw_iommu(RAW_HW_INFO, &info), -EOPNOTSUPP);
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	viommu.hwpt_id = hwpt;
	assert_int_equal(raw_iommu(RAW_VIOMMU_ALLOC, &viommu), -EOPNOTSUPP);
	dirty.hwpt_id = hwpt;
	assert_int_equal(raw_iommu(RAW_SET_DIRTY, &dirty), -EOPNOTSUPP);
	attach.pt_id = hwpt;
	assert_int_equal(raw_vfio(UAPI_VFIO_ATTACH_PT, &attach), -EINVAL);
	attach.flags = 0;
	must(raw_vfio(UAPI_VFIO_ATTACH_PT, &attach));
}

/* Memory by its file, and a MAP copied to another IOVA: the same physical address. */
static void test_map_file_and_copy(void **state)
{
	int fd = memfd_create("pages", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);
	struct raw_map_file map = {.size = sizeof(map), .flags = RW, .ioas_id = raw.ioas, .fd = fd};
	struct raw_copy copy = {.size = sizeof(copy), .flags = RW, .from_ioas = raw.ioas};
	uint64_t pa, length;
	uint32_t hwpt;
	char *va;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, 2 * HUGE) == 0);
	va = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	assert_ptr_not_equal(va, MAP_FAILED);
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	map.start = HUGE;
	map.length = HUGE;
	map.iova = IOVA;
	must(raw_iommu(RAW_MAP_FILE, &map));
	must(raw_get_pa(IOVA, HUGE, &pa, &length));
	assert_int_equal(pa, pagemap_phys(va + HUGE));
	assert_int_equal(length, HUGE);
	copy.to_ioas = raw.ioas;
	copy.length = HUGE;
	copy.from_iova = IOVA;
	copy.to_iova = 4 * IOVA;
	must(raw_iommu(RAW_COPY, &copy));
	must(raw_unmap(IOVA, HUGE));
	must(raw_get_pa(4 * IOVA, HUGE, &pa, NULL));
	assert_int_equal(pa, pagemap_phys(va + HUGE));
	munmap(va, 2 * HUGE);
	close(fd);
}

static void test_iova_ranges(void **state)
{
	struct uapi_iova_range range = {0}, allowed = {IOVA, IOVA + HUGE - 1};
	struct raw_allow_iovas allow = {.size = sizeof(allow),
					.ioas_id = raw.ioas,
					.count = 1,
					.ranges = (uintptr_t)&allowed};
	uint64_t alignment = 0;
	uint32_t count = 0, hwpt;
	char *va = raw_hugepage();

	(void)state;
	must(raw_iommu(RAW_ALLOW_IOVAS, &allow));
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &hwpt));
	assert_int_equal(iommufd_iova_ranges(raw.iommufd, raw.ioas, NULL, &count, &alignment),
			 -EMSGSIZE);
	assert_int_equal(count, 1);
	must(iommufd_iova_ranges(raw.iommufd, raw.ioas, &range, &count, &alignment));
	/* The whole range: allowed ranges only guide the kernel's choice. */
	assert_int_equal(range.start, 0);
	assert_int_equal(range.last, UINT64_MAX);
	assert_int_equal(alignment, 4096);
	must(raw_map(va, 8 * IOVA, HUGE));
	must(raw_unmap(8 * IOVA, HUGE));
	munmap(va, HUGE);
}

static void attach(uint32_t to, uint32_t *page_table)
{
	struct uapi_vfio_attach call = {.argsz = sizeof(call), .pt_id = to};

	must(raw_vfio(UAPI_VFIO_ATTACH_PT, &call));
	*page_table = call.pt_id;
}

/* Attaching to the IOAS makes a page table of the kernel's, besides the program's; attaching again without
 * a detach replaces it. */
static void test_attach_and_replace(void **state)
{
	uint64_t before = free_hugepages(), pa;
	uint32_t own, other, automatic, now;
	char *va = raw_hugepage();

	(void)state;
	must(raw_map(va, IOVA, HUGE));
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &own));
	attach(raw.ioas, &automatic);
	assert_int_not_equal(automatic, own);
	attach(own, &now);
	assert_int_equal(now, own);
	/* That has destroyed the kernel's page table; the program's holds the pins. */
	assert_int_equal(iommufd_destroy(raw.iommufd, automatic), -ENOENT);
	must(iommufd_hwpt_alloc(raw.iommufd, raw.devid, raw.ioas, &other));
	attach(other, &now);
	must(iommufd_destroy(raw.iommufd, own));
	must(raw_get_pa(IOVA, 4096, &pa, NULL));
	assert_int_equal(pa, pagemap_phys(va));
	munmap(va, HUGE);
	assert_int_equal(free_hugepages(), before - 1);
}

static void test_one_owner(void **state)
{
	int again = raw_open_cdev(0);
	uint32_t devid;

	(void)state;
	assert_int_equal(vfio_bind(raw.cdev, raw.iommufd, &devid), -EINVAL);
	assert_true(again >= 0); /* the bind claims the device, not the open */
	assert_int_equal(vfio_bind(again, raw.iommufd, &devid), -EINVAL);
	close(raw.cdev);
	must(vfio_bind(again, raw.iommufd, &devid));
	close(again);
	raw.cdev = raw_open_cdev(0);
}

/* The device's group, "/dev/vfio/noiommu-0". */
static int open_group(void)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf(0));
	length = readlink(path, target, sizeof(target) - 1);
	assert_true(length > 0);
	target[length] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%.20s", strrchr(target, '/') + 1);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void test_group_or_cdev(void **state)
{
	int group;

	(void)state;
	assert_int_equal(open_group(), -1);
	assert_int_equal(errno, EBUSY);
	close(raw.cdev);
	group = open_group();
	assert_true(group >= 0);
	raw.cdev = raw_open_cdev(0);
	assert_int_equal(vfio_bind(raw.cdev, raw.iommufd, &raw.devid), -EBUSY);
	close(group);
	must(vfio_bind(raw.cdev, raw.iommufd, &raw.devid));
}

/* TAINT_USER (Documentation/admin-guide/tainted-kernels.rst): bit 6. */
static void test_taint(void **state)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long long taint = 0;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &taint), 1);
	fclose(file);
	assert_int_equal(taint & 64, 64);
}

/* A child that resets the function in a loop: the kernel holds its lock meanwhile. */
static pid_t keep_resetting(void)
{
	pid_t pid = fork();
	char path[128];
	int fd;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	close(raw.cdev);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", bdf(0));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	while (fd >= 0 && write(fd, "1", 1) == 1)
		usleep(20000);
	_exit(1);
}

/* While the function is being reset it cannot be bound; padma tries again. */
static void test_a_reset_under_way(void **state)
{
	struct padma_space *space;
	struct padma_device *device;
	int tries = 0, rc = 0;
	pid_t resetter;

	(void)state;
	close(raw.cdev);
	resetter = keep_resetting();
	while (rc == 0 && tries++ < 200) {
		raw.cdev = raw_open_cdev(0);
		assert_true(raw.cdev >= 0);
		rc = vfio_bind(raw.cdev, raw.iommufd, &raw.devid);
		close(raw.cdev);
	}
	assert_int_equal(rc, -EAGAIN);
	space = open_space();
	for (int i = 0; i < 10; i++) {
		device = open_device(space, 0);
		padma_device_close(device);
	}
	must(padma_space_close(space));
	kill(resetter, SIGKILL);
	assert_int_equal(waitpid(resetter, NULL, 0), resetter);
	raw.cdev = raw_open_cdev(0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, raw_setup, raw_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_automatic_page_table_and_pins),
		TEST(test_own_page_table_and_pins),
		TEST(test_the_device_holds_the_iommufd),
		TEST(test_bus_mastering_is_off_after_the_bind_and_the_close),
		TEST(test_page_tables_that_are_refused),
		TEST(test_calls_that_are_refused),
		TEST(test_map_file_and_copy),
		TEST(test_iova_ranges),
		TEST(test_attach_and_replace),
		TEST(test_one_owner),
		TEST(test_group_or_cdev),
		TEST(test_taint),
		TEST(test_a_reset_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
