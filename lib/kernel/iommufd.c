// SPDX-License-Identifier: BSD-3-Clause
/* See iommufd.h. */
#include "kernel/iommufd.h"

#include <fcntl.h>

#include "kernel/call.h"

static int iommu(int iommufd, unsigned int number, void *arg)
{
	return call_plain(iommufd, _IO(UAPI_IOMMU_TYPE, number), arg);
}

int iommufd_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int iommufd_destroy(int iommufd, uint32_t id)
{
	struct uapi_destroy destroy = {.size = sizeof(destroy), .id = id};

	return iommu(iommufd, UAPI_IOMMU_DESTROY, &destroy);
}

int iommufd_ioas_alloc(int iommufd, uint32_t *ioas_id)
{
	struct uapi_ioas_alloc alloc = {.size = sizeof(alloc)};
	int rc = iommu(iommufd, UAPI_IOMMU_IOAS_ALLOC, &alloc);

	if (rc == 0)
		*ioas_id = alloc.out_ioas_id;
	return rc;
}

int iommufd_iova_ranges(int iommufd, uint32_t ioas_id, struct uapi_iova_range *ranges,
			uint32_t *count, uint64_t *alignment)
{
	struct uapi_ioas_iova_ranges query = {
		.size = sizeof(query),
		.ioas_id = ioas_id,
		.num_iovas = *count,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int rc = iommu(iommufd, UAPI_IOMMU_IOVA_RANGES, &query);

	if (rc == 0 || rc == -EMSGSIZE) {
		*count = query.num_iovas;
		*alignment = query.out_iova_alignment;
	}
	return rc;
}

int iommufd_ioas_map(int iommufd, struct uapi_ioas_map *map)
{
	map->size = sizeof(*map);
	return iommu(iommufd, UAPI_IOMMU_IOAS_MAP, map);
}

int iommufd_ioas_unmap(int iommufd, struct uapi_ioas_unmap *unmap)
{
	unmap->size = sizeof(*unmap);
	return iommu(iommufd, UAPI_IOMMU_IOAS_UNMAP, unmap);
}

int iommufd_get_pa(int iommufd, struct uapi_ioas_get_pa *get_pa)
{
	get_pa->size = sizeof(*get_pa);
	return iommu(iommufd, UAPI_IOMMU_GET_PA, get_pa);
}

int iommufd_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t *hwpt_id)
{
	struct uapi_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = dev_id,
		.pt_id = ioas_id,
	};
	int rc = iommu(iommufd, UAPI_IOMMU_HWPT_ALLOC, &alloc);

	if (rc == 0)
		*hwpt_id = alloc.out_hwpt_id;
	return rc;
}
