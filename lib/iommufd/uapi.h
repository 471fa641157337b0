/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uapi.h - the part of the iommufd uAPI that padma speaks, in its own words.
 *
 * Debian 12's kernel headers know no iommufd at all, and no released header knows the V4 form of
 * GET_PA. The numbers and layouts are the kernel's (include/uapi/linux/iommufd.h, Linux 7.3) and
 * never change.
 */
#ifndef IOMMUFD_UAPI_H
#define IOMMUFD_UAPI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__has_include)
#if __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h>
#define UAPI_HAS_IOMMUFD_H 1
#endif
#endif

/* The page that MAP and GET_PA count in. */
#define UAPI_PAGE_BYTES		 4096u

#define UAPI_IOAS_MAP_FIXED_IOVA (1u << 0)
#define UAPI_IOAS_MAP_WRITEABLE	 (1u << 1)
#define UAPI_IOAS_MAP_READABLE	 (1u << 2)

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

static_assert(sizeof(struct uapi_ioas_map) == 40, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_map, iova) == 32, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_unmap) == 24, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_unmap, length) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_ioas_get_pa) == 40, "as the kernel has it");
static_assert(offsetof(struct uapi_ioas_get_pa, out_phys) == 32, "as the kernel has it");
#ifdef UAPI_HAS_IOMMUFD_H
static_assert(sizeof(struct uapi_ioas_map) == sizeof(struct iommu_ioas_map), "one layout");
static_assert(sizeof(struct uapi_ioas_unmap) == sizeof(struct iommu_ioas_unmap), "one layout");
static_assert(UAPI_IOAS_MAP_FIXED_IOVA == IOMMU_IOAS_MAP_FIXED_IOVA, "one number");
static_assert(UAPI_IOAS_MAP_WRITEABLE == IOMMU_IOAS_MAP_WRITEABLE, "one number");
static_assert(UAPI_IOAS_MAP_READABLE == IOMMU_IOAS_MAP_READABLE, "one number");
#endif

#endif
