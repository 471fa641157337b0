// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend "iommu": an IOMMU translates, and the dma address is the IOVA that padma chose.
 *
 * Where IOVAs may lie is known when a device is attached: then the kernel reserves what lies
 * outside the IOMMU's aperture and what the platform needs for the device (its MSI window, for
 * one). So memory that comes before the first device is noted and mapped with that device, and its
 * errors are that device's. The kernel gives a device's ranges free when the device leaves; here
 * they stay out of use, so that it can come back.
 *
 * A device that needs a range in which memory is mapped is refused by the kernel (EADDRINUSE):
 * addresses that were handed out do not change.
 *
 * Devices are attached to page tables of the space's own, as in the backend noiommu: memory stays
 * mapped, and pinned, while devices come and go. One page table is enough for most machines; a
 * device behind an IOMMU that it does not suit (EINVAL) gets another, over the same memory.
 */
#define PADMA_PART "iommu"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/iommufd.h"
#include "kernel/vfio.h"
#include "backend/backends.h"
#include "backend/iommufd_node.h"
#include "backend/iova_space.h"

/* Room for ranges at first, and the most that is accepted: a real device reserves a handful. */
#define RANGES_AT_FIRST 64u
#define RANGES_AT_MOST	65536u

struct iommu {
	struct backend backend;
	struct iova_space iovas;
	uint32_t *hwpts; /* its page tables; all hold the same */
	size_t hwpt_count;
};

static struct iommu *iommu_of(struct backend *backend)
{
	return container_of(backend, struct iommu, backend);
}

static bool iommu_works(char *reason)
{
	struct backend backend;

	if (iommufd_node_open(&backend, reason))
		return false;
	close(backend.iommufd);
	return iommufd_node_has_device(true, reason);
}

static int iommu_open(const struct padma_space_params *params, const void *window,
		      size_t window_bytes, struct backend **backend)
{
	struct iommu *iommu = calloc(1, sizeof(*iommu));
	char reason[BACKEND_REASON_BYTES];
	int rc;

	if (!iommu)
		return fail(-ENOMEM, "no memory for a backend");
	iommu->backend.ops = &iommu_backend_ops;
	rc = iommufd_node_open(&iommu->backend, reason);
	if (rc) {
		free(iommu);
		return fail(rc, "the backend iommu does not work here: %s", reason);
	}
	iova_space_init(&iommu->iovas, (uintptr_t)window, window_bytes,
			params->page_bytes > MIB(2) ? params->page_bytes : MIB(2));
	*backend = &iommu->backend;
	return 0;
}

/* All page tables but the first @kept go. */
static int drop_page_tables(struct iommu *iommu, size_t kept)
{
	int rc = 0;

	while (rc == 0 && iommu->hwpt_count > kept) {
		rc = iommufd_destroy(iommu->backend.iommufd, iommu->hwpts[iommu->hwpt_count - 1]);
		if (rc == 0)
			iommu->hwpt_count--;
	}
	return rc;
}

/* All memory was unmapped and all devices are gone; closing the descriptor would do it, too. */
static void iommu_close(struct backend *backend)
{
	struct iommu *iommu = iommu_of(backend);
	int rc = drop_page_tables(iommu, 0);

	if (rc == 0)
		rc = iommufd_destroy(backend->iommufd, backend->ioas_id);
	if (rc)
		log_warning("the address space is not destroyed but closed: %s", strerror(-rc));
	close(backend->iommufd);
	iova_space_free(&iommu->iovas);
	free(iommu->hwpts);
	free(iommu);
}

/* A mapping of the table into the IOAS, at an IOVA chosen now. */
static int map_now(struct iommu *iommu, struct iova_mapping *mapping)
{
	padma_dma_t limit = iommu->backend.map_limit;
	struct uapi_ioas_map map = {
		.flags =
			UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE,
		.ioas_id = iommu->backend.ioas_id,
		.user_va = mapping->memory.start,
		.length = mapping->memory.len,
	};
	int rc = iova_space_place(&iommu->iovas, mapping, limit ? limit : UINT64_MAX);

	if (rc)
		return rc;
	map.iova = mapping->iovas.start;
	rc = iommufd_ioas_map(iommu->backend.iommufd, &map);
	if (rc)
		iova_space_unplace(&iommu->iovas, mapping);
	return rc;
}

static int unmap_now(struct iommu *iommu, struct iova_mapping *mapping)
{
	struct uapi_ioas_unmap unmap = {
		.ioas_id = iommu->backend.ioas_id,
		.iova = mapping->iovas.start,
		.length = mapping->iovas.len,
	};
	int rc = iommufd_ioas_unmap(iommu->backend.iommufd, &unmap);

	if (rc == 0)
		iova_space_unplace(&iommu->iovas, mapping);
	return rc;
}

static int iommu_map(struct backend *backend, struct uapi_ioas_map *map)
{
	struct iommu *iommu = iommu_of(backend);
	int rc = iova_space_add(&iommu->iovas, map->user_va, map->length);

	if (rc || !backend->resolves)
		return rc;
	rc = map_now(iommu, iova_space_find(&iommu->iovas, map->user_va));
	if (rc)
		iova_space_remove(&iommu->iovas, map->user_va);
	return rc;
}

static int iommu_unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	struct iommu *iommu = iommu_of(backend);
	struct iova_mapping *mapping = iova_space_find(&iommu->iovas, unmap->iova);
	int rc;

	if (!mapping || mapping->memory.start != unmap->iova ||
	    mapping->memory.len != unmap->length)
		return -ENOENT;
	rc = mapping->iovas.start ? unmap_now(iommu, mapping) : 0;
	if (rc == 0)
		iova_space_remove(&iommu->iovas, unmap->iova);
	return rc;
}

/* From the table, with the errnos of the merged form. */
static int iommu_get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	const struct iova_mapping *mapping =
		iova_space_find(&iommu_of(backend)->iovas, get_pa->iova);
	uint64_t within, left;

	if (get_pa->length == 0)
		return -EINVAL;
	if (!mapping)
		return -ENOENT;
	if (!mapping->iovas.start)
		return -EOPNOTSUPP;
	within = get_pa->iova - mapping->memory.start;
	left = mapping->memory.len - within;
	get_pa->out_phys = mapping->iovas.start + within;
	if (get_pa->length > left)
		get_pa->length = left;
	return 0;
}

/* The kernel's ranges, in memory that the caller frees. 0, -ENOMEM, the errno of the query, or -EPROTO
 * if it reports more than fit, or not more. */
static int query_ranges(const struct backend *backend, struct uapi_iova_range **ranges,
			uint32_t *count)
{
	uint32_t room = RANGES_AT_FIRST;
	uint64_t alignment;
	int rc;

	for (;;) {
		struct uapi_iova_range *more = realloc(*ranges, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		*ranges = more;
		*count = room;
		rc = iommufd_iova_ranges(backend->iommufd, backend->ioas_id, more, count,
					 &alignment);
		if (rc == 0)
			return *count <= room ? 0 : -EPROTO;
		if (rc != -EMSGSIZE)
			return rc;
		if (*count <= room || *count > RANGES_AT_MOST)
			return -EPROTO;
		room = *count > 2 * room ? *count : 2 * room;
	}
}

/* Keep to what the kernel allows with the devices that are attached now. */
static int read_ranges(struct iommu *iommu)
{
	struct uapi_iova_range *ranges = NULL;
	uint32_t count;
	int rc = query_ranges(&iommu->backend, &ranges, &count);

	if (rc == 0)
		rc = iova_space_restrict(&iommu->iovas, ranges, count);
	free(ranges);
	return rc;
}

/*
 * All that was noted before there was a device; or nothing of it. What an earlier device left mapped,
 * since UNMAP or its detach failed, has its address.
 */
static int map_noted(struct iommu *iommu)
{
	struct iova_mapping *mapping = NULL, *failed = NULL;
	int rc = 0;

	while (rc == 0 && (mapping = iova_space_next(&iommu->iovas, mapping))) {
		if (!mapping->iovas.start)
			rc = map_now(iommu, mapping);
		failed = mapping;
	}
	if (rc == 0)
		return 0;
	for (mapping = NULL; (mapping = iova_space_next(&iommu->iovas, mapping)) != failed;) {
		if (unmap_now(iommu, mapping))
			log_warning("%llu bytes stay mapped until the space is closed",
				    (unsigned long long)mapping->memory.len);
	}
	return rc;
}

/* The device needs a new page table: the last of them from here on. */
static int attach_to_new(struct iommu *iommu, const struct space_device *device)
{
	uint32_t *hwpts = realloc(iommu->hwpts, (iommu->hwpt_count + 1) * sizeof(*hwpts));
	uint32_t hwpt;
	int rc;

	if (!hwpts)
		return -ENOMEM;
	iommu->hwpts = hwpts;
	rc = iommufd_hwpt_alloc(iommu->backend.iommufd, device->devid, iommu->backend.ioas_id,
				&hwpt);
	if (rc)
		return rc;
	rc = vfio_attach(device->fd, hwpt);
	if (rc) {
		iommufd_destroy(iommu->backend.iommufd, hwpt);
		return rc;
	}
	hwpts[iommu->hwpt_count++] = hwpt;
	return 0;
}

static int attach_to_some(struct iommu *iommu, const struct space_device *device)
{
	/* EINVAL: made for another IOMMU (iommu_attach_device(), Linux, drivers/iommu/iommu.c). */
	int rc = -EINVAL;

	for (size_t i = 0; i < iommu->hwpt_count && rc == -EINVAL; i++)
		rc = vfio_attach(device->fd, iommu->hwpts[i]);
	return rc == -EINVAL ? attach_to_new(iommu, device) : rc;
}

static int iommu_attach(struct backend *backend, const struct space_device *device)
{
	struct iommu *iommu = iommu_of(backend);
	bool first = !backend->resolves;
	size_t hwpts_before = iommu->hwpt_count;
	int rc = attach_to_some(iommu, device);

	if (rc)
		return rc;
	rc = read_ranges(iommu);
	if (rc == 0 && first)
		rc = map_noted(iommu);
	if (rc == 0) {
		backend->resolves = true;
		return 0;
	}
	if (vfio_detach(device->fd)) {
		log_warning("the device stays attached until it is closed");
		return rc;
	}
	/* Its page table would limit the others; without a first device nothing is known of the
	 * IOMMU. */
	(void)drop_page_tables(iommu, hwpts_before);
	if (first)
		iova_space_forget(&iommu->iovas);
	return rc;
}

static int iommu_detach(struct backend *backend, const struct space_device *device)
{
	(void)backend;
	return vfio_detach(device->fd);
}

static const char *iommu_advice(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "memory of the space lies at dma addresses that the IOMMU reserves for this "
		       "device; open this device before the others, and before memory is allocated "
		       "or registered";
	case -ENOSPC:
		return "the IOMMU allows no more dma addresses, or none that are low enough; give "
		       "memory back, or use a smaller window";
	case -EPROTO:
		return "the kernel's list of the dma addresses that the IOMMU allows makes no "
		       "sense";
	case -EPERM:
		return "it is not permitted: the platform's firmware keeps memory of this device "
		       "mapped for itself (RMRR)";
	default:
		return NULL;
	}
}

const struct backend_ops iommu_backend_ops = {
	.name = "iommu",
	.what = "an IOMMU translates the addresses that padma gives out",
	.chooses_dma = true,
	.kinds = BACKEND_TAKES(SPACE_DEVICE_IOMMU),
	.works = iommu_works,
	.open = iommu_open,
	.close = iommu_close,
	.map = iommu_map,
	.unmap = iommu_unmap,
	.get_pa = iommu_get_pa,
	.attach = iommu_attach,
	.detach = iommu_detach,
	.advice = iommu_advice,
};
