/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * iommufd_uapi.h - the part of the iommufd uAPI that padma speaks, in its own words.
 *
 * Debian 12's kernel headers know no iommufd at all, and no released header knows the V4 form of
 * GET_PA. The numbers and layouts are the kernel's (include/uapi/linux/iommufd.h, Linux 7.3) and
 * never change.
 */
#ifndef KERNEL_IOMMUFD_UAPI_H
#define KERNEL_IOMMUFD_UAPI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__has_include)
#if __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h>
#define UAPI_HAS_IOMMUFD_H 1
#endif
#endif

/* Every ioctl of iommufd is _IO(';', number): its structure says its own size. */
#define UAPI_IOMMU_TYPE		 ';'
#define UAPI_IOMMU_DESTROY	 0x80
#define UAPI_IOMMU_IOAS_ALLOC	 0x81
#define UAPI_IOMMU_IOVA_RANGES	 0x84
#define UAPI_IOMMU_IOAS_MAP	 0x85
#define UAPI_IOMMU_IOAS_UNMAP	 0x86
#define UAPI_IOMMU_HWPT_ALLOC	 0x89
#define UAPI_IOMMU_GET_PA	 0x95

/* The page that MAP and GET_PA count in. */
#define UAPI_PAGE_BYTES		 4096u

#define UAPI_IOAS_MAP_FIXED_IOVA (1u << 0)
#define UAPI_IOAS_MAP_WRITEABLE	 (1u << 1)
#define UAPI_IOAS_MAP_READABLE	 (1u << 2)

/* struct iommu_destroy */
struct uapi_destroy {
	uint32_t size;
	uint32_t id;
};

/* struct iommu_ioas_alloc */
struct uapi_ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

/* struct iommu_iova_range: both ends belong to it */
struct uapi_iova_range {
	uint64_t start;
	uint64_t last;
};

/* struct iommu_ioas_iova_ranges */
struct uapi_ioas_iova_ranges {
	uint32_t size;
	uint32_t ioas_id;
	uint32_t num_iovas; /* in: room; out: how many there are */
	uint32_t reserved;
	uint64_t allowed_iovas; /* address of num_iovas ranges */
	uint64_t out_iova_alignment;
};

/* struct iommu_hwpt_alloc: a page table for one device's kind, over an IOAS */
struct uapi_hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t fault_id;
	uint32_t reserved2;
};

/* struct iommu_ioas_map */
struct uapi_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

/* struct iommu_ioas_unmap */
struct uapi_ioas_unmap {
	uint32_t size;
	uint32_t ioas_id;
	uint64_t iova;
	uint64_t length; /* out: bytes unmapped */
};

/*
 * struct iommu_ioas_noiommu_get_pa; the V4 series' struct iommu_ioas_get_pa has the same layout and
 * number, but its length (out_length there) is only written.
 */
struct uapi_ioas_get_pa {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t iova;
	uint64_t length; /* in: the most to look at, not 0; out: contiguous bytes */
	uint64_t out_phys;
};

static_assert(sizeof(struct uapi_destroy) == 8, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_alloc) == 12, "as the kernel has it");
static_assert(sizeof(struct uapi_iova_range) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_iova_ranges) == 32, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_iova_ranges, allowed_iovas) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_hwpt_alloc) == 48, "as the kernel has it");
static_assert(offsetof(struct uapi_hwpt_alloc, out_hwpt_id) == 16, "as the kernel has it");
static_assert(offsetof(struct uapi_hwpt_alloc, data_uptr) == 32, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_map) == 40, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_map, iova) == 32, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_unmap) == 24, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_unmap, length) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_get_pa) == 40, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_get_pa, out_phys) == 32, "as the kernel has it");
#ifdef UAPI_HAS_IOMMUFD_H
static_assert(sizeof(struct uapi_ioas_map) == sizeof(struct iommu_ioas_map), "one layout");
static_assert(sizeof(struct uapi_ioas_unmap) == sizeof(struct iommu_ioas_unmap), "one layout");
static_assert(sizeof(struct uapi_ioas_alloc) == sizeof(struct iommu_ioas_alloc), "one layout");
static_assert(sizeof(struct uapi_ioas_iova_ranges) == sizeof(struct iommu_ioas_iova_ranges),
	      "one layout");
static_assert(_IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_DESTROY) == IOMMU_DESTROY, "one number");
static_assert(_IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_IOAS_ALLOC) == IOMMU_IOAS_ALLOC, "one number");
static_assert(_IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_IOVA_RANGES) == IOMMU_IOAS_IOVA_RANGES, "one number");
static_assert(_IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_IOAS_MAP) == IOMMU_IOAS_MAP, "one number");
static_assert(_IO(UAPI_IOMMU_TYPE, UAPI_IOMMU_IOAS_UNMAP) == IOMMU_IOAS_UNMAP, "one number");
static_assert(UAPI_IOAS_MAP_FIXED_IOVA == IOMMU_IOAS_MAP_FIXED_IOVA, "one number");
static_assert(UAPI_IOAS_MAP_WRITEABLE == IOMMU_IOAS_MAP_WRITEABLE, "one number");
static_assert(UAPI_IOAS_MAP_READABLE == IOMMU_IOAS_MAP_READABLE, "one number");
#endif

#endif
