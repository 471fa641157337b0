/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * iommufd.h - the ioctls of /dev/iommu, one function each.
 *
 * They fill in what every call has in common (the structure's size, reserved fields), repeat a call
 * that a signal interrupted, and give back 0 or a negative errno: the caller knows what it was
 * about and says so. Any thread; the kernel locks.
 */
#ifndef KERNEL_IOMMUFD_H
#define KERNEL_IOMMUFD_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/iommufd_uapi.h"

/* Open an iommufd: the descriptor (close-on-exec), or a negative errno. @path: "/dev/iommu". */
int iommufd_open(const char *path);

/* IOMMU_DESTROY: an IOAS or a page table that nothing uses; -EBUSY while something does. */
int iommufd_destroy(int iommufd, uint32_t id);

/* IOMMU_IOAS_ALLOC: an empty address space. */
int iommufd_ioas_alloc(int iommufd, uint32_t *ioas_id);

/*
 * IOMMU_IOAS_IOVA_RANGES: where IOVAs may lie, with what is attached now. *count: room in @ranges,
 * then how many there are; -EMSGSIZE if that is more than there was room for.
 */
int iommufd_iova_ranges(int iommufd, uint32_t ioas_id, struct uapi_iova_range *ranges,
			uint32_t *count, uint64_t *alignment);

/* IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP: as the structure says; it is filled but for its size. */
int iommufd_ioas_map(int iommufd, struct uapi_ioas_map *map);
int iommufd_ioas_unmap(int iommufd, struct uapi_ioas_unmap *unmap);

/*
 * IOMMU_IOAS_NOIOMMU_GET_PA of Linux 7.3, and IOMMU_IOAS_GET_PA of the series before it: one number
 * and one layout. The merged form needs a length and answers at most that; the older one ignores it
 * and may answer more, so the answer is to be clamped.
 */
int iommufd_get_pa(int iommufd, struct uapi_ioas_get_pa *get_pa);

/*
 * IOMMU_HWPT_ALLOC without flags or data: a page table over @ioas_id that fits the bound device
 * @dev_id. All that the IOAS maps is pinned from here on until it is destroyed, whether devices are
 * attached or not.
 */
int iommufd_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t *hwpt_id);

#endif
