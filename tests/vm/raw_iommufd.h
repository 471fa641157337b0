/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raw_iommufd.h - the kernel interface without padma: a device, an iommufd, an IOAS, and calls that
 * padma does not use. The structures are redefined from include/uapi/linux/iommufd.h, vfio.h and
 * drivers/iommu/iommufd/iommufd_test.h of Linux 7.3.
 */
#ifndef TESTS_VM_RAW_IOMMUFD_H
#define TESTS_VM_RAW_IOMMUFD_H

#include "vm_fixture.h"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kernel/iommufd.h"
#include "kernel/vfio.h"

#define HUGE ((size_t)2 << 20)

/* What iommufd has beyond lib/kernel/iommufd_uapi.h. */
enum {
	RAW_ALLOW_IOVAS = 0x82,
	RAW_COPY = 0x83,
	RAW_HW_INFO = 0x8a,
	RAW_SET_DIRTY = 0x8b,
	RAW_MAP_FILE = 0x8f,
	RAW_VIOMMU_ALLOC = 0x90,
	RAW_TEST = 0xa0, /* CONFIG_IOMMUFD_TEST */
};

struct raw_allow_iovas {
	uint32_t size;
	uint32_t ioas_id;
	uint32_t count;
	uint32_t reserved;
	uint64_t ranges; /* address of struct uapi_iova_range */
};

struct raw_copy {
	uint32_t size;
	uint32_t flags;
	uint32_t to_ioas;
	uint32_t from_ioas;
	uint64_t length;
	uint64_t to_iova;
	uint64_t from_iova;
};

struct raw_hw_info {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t data_len;
	uint64_t data;
	uint32_t type;
	uint8_t pasid_bits;
	uint8_t reserved[3];
	uint64_t capabilities;
};

struct raw_set_dirty {
	uint32_t size;
	uint32_t flags; /* 1: on */
	uint32_t hwpt_id;
	uint32_t reserved;
};

struct raw_map_file {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	int32_t fd;
	uint64_t start;
	uint64_t length;
	uint64_t iova;
};

struct raw_viommu_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	uint64_t data;
};

/* The calls of the mock devices: an operation, an object, 12 words whose meaning depends on it. */
enum {
	RAW_TEST_ADD_RESERVED = 1, /* words: start, length, of 64 bits each */
	RAW_TEST_MOCK_DEVICE = 2,  /* id: an IOAS or page table. Answers a device, attached to it */
	RAW_TEST_DMABUF_GET = 22,  /* words: length, flags of the descriptor */
	RAW_TEST_DMABUF_REVOKE = 23, /* words: descriptor, whether */
};

struct raw_test {
	uint32_t size;
	uint32_t operation;
	uint32_t id;
	uint32_t reserved;
	uint32_t words[12];
	uint32_t last;
	uint32_t pad;
};

/* VFIO_DEVICE_ATTACH_IOMMUFD_PT with its PASID */
struct raw_attach {
	uint32_t argsz;
	uint32_t flags; /* 1: pasid counts */
	uint32_t pt_id;
	uint32_t pasid;
};

static_assert(sizeof(struct raw_hw_info) == 40, "as the kernel has it");
static_assert(sizeof(struct raw_map_file) == 40, "as the kernel has it");
static_assert(sizeof(struct raw_viommu_alloc) == 40, "as the kernel has it");
static_assert(sizeof(struct raw_test) == 72, "as the kernel has it");

#define RW (UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE)

/* What each test has: made by raw_setup(), gone with raw_teardown(). */
static struct {
	int iommufd;
	int cdev;
	uint32_t ioas;
	uint32_t devid; /* where the device is bound */
} raw;

/* 0 or the result of the call, or a negative errno. */
static inline int raw_iommu(unsigned int number, void *arg)
{
	int rc = ioctl(raw.iommufd, _IO(UAPI_IOMMU_TYPE, number), arg);

	return rc < 0 ? -errno : rc;
}

static inline int raw_vfio(unsigned int number, void *arg)
{
	int rc = ioctl(raw.cdev, _IO(UAPI_VFIO_TYPE, number), arg);

	return rc < 0 ? -errno : rc;
}

static inline int raw_open_cdev(unsigned int index)
{
	char path[300];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf(index));
	dir = opendir(path);
	assert_non_null(dir);
	do {
		entry = readdir(dir);
		assert_non_null(entry);
	} while (strncmp(entry->d_name, "noiommu-vfio", 12) != 0);
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
	closedir(dir);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* An open device, not bound. */
static inline int raw_setup_open(void **state)
{
	(void)state;
	raw.iommufd = iommufd_open("/dev/iommu");
	raw.cdev = raw_open_cdev(0);
	assert_true(raw.iommufd >= 0 && raw.cdev >= 0);
	must(iommufd_ioas_alloc(raw.iommufd, &raw.ioas));
	return 0;
}

static inline int raw_setup(void **state)
{
	raw_setup_open(state);
	must(vfio_bind(raw.cdev, raw.iommufd, &raw.devid));
	return 0;
}

static inline int raw_teardown(void **state)
{
	(void)state;
	close(raw.cdev);
	close(raw.iommufd);
	return 0;
}

static inline char *raw_hugepage(void)
{
	char *va = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);

	assert_ptr_not_equal(va, MAP_FAILED);
	return va;
}

static inline int raw_map(const void *va, uint64_t iova, uint64_t bytes)
{
	struct uapi_ioas_map map = {
		.flags = RW,
		.ioas_id = raw.ioas,
		.user_va = (uintptr_t)va,
		.iova = iova,
		.length = bytes,
	};

	return iommufd_ioas_map(raw.iommufd, &map);
}

static inline int raw_unmap(uint64_t iova, uint64_t bytes)
{
	struct uapi_ioas_unmap unmap = {.ioas_id = raw.ioas, .iova = iova, .length = bytes};

	return iommufd_ioas_unmap(raw.iommufd, &unmap);
}

/* Either of @pa and @length may be NULL. */
static inline int raw_get_pa(uint64_t iova, uint64_t most, uint64_t *pa, uint64_t *length)
{
	struct uapi_ioas_get_pa get_pa = {.ioas_id = raw.ioas, .iova = iova, .length = most};
	int rc = iommufd_get_pa(raw.iommufd, &get_pa);

	if (pa)
		*pa = get_pa.out_phys;
	if (length)
		*length = get_pa.length;
	return rc;
}

#endif
