// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend "noiommu": the kernel pins, IOMMU_IOAS_NOIOMMU_GET_PA gives physical addresses.
 *
 * Devices are attached to a page table of the space's own (IOMMU_HWPT_ALLOC), never to the IOAS:
 * the page table that the kernel makes by itself goes with the last device, and the pins with it,
 * so that every address the PA cache holds would be stale. Ours lives as long as the space. It
 * needs a bound device to be made, so it comes with the first one; a MAP before that succeeds and
 * pins nothing, and what is wrong with its memory shows when the page table is made.
 *
 * GET_PA needs CAP_SYS_RAWIO, and no device to find out whether the kernel has it: on an IOAS in which
 * nothing is mapped the answer of a kernel that would serve us is ENOENT.
 */
#define PADMA_PART "noiommu"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "kernel/iommufd.h"
#include "kernel/vfio.h"
#include "kernel/vma.h"
#include "backend/backends.h"
#include "backend/platform.h"
#include "backend/iommufd_node.h"

struct noiommu {
	struct backend backend;
	uint32_t hwpt_id; /* the page table, if backend.resolves */
};

static struct noiommu *noiommu_of(struct backend *backend)
{
	return container_of(backend, struct noiommu, backend);
}

/* See above: ENOENT is the good answer. */
static int ask_for_get_pa(const struct backend *backend, char *reason)
{
	struct uapi_ioas_get_pa get_pa = {
		.ioas_id = backend->ioas_id,
		.iova = 0,
		.length = UAPI_PAGE_BYTES,
	};
	int rc = iommufd_get_pa(backend->iommufd, &get_pa);

	switch (rc) {
	case -ENOENT:
		return 0;
	case -ENOTTY:
		return set_reason(
			rc, reason,
			"this kernel has no IOMMU_IOAS_NOIOMMU_GET_PA; Linux 7.3 or later is "
			"needed");
	case -EOPNOTSUPP:
		return set_reason(rc, reason, "the kernel lacks CONFIG_IOMMUFD_NOIOMMU");
	case -EPERM:
		return set_reason(rc, reason, "GET_PA is not permitted: %s",
				  permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO"));
	default:
		return set_reason(rc < 0 ? rc : -EIO, reason,
				  "the kernel answers %s to GET_PA of what is not mapped",
				  rc < 0 ? strerror(-rc) : "an address");
	}
}

static int open_kernel(struct backend *backend, char *reason)
{
	int rc;

	if (!platform_dma_is_physical("", reason))
		return -EOPNOTSUPP;
	rc = iommufd_node_open(backend, reason);
	if (rc)
		return rc;
	rc = ask_for_get_pa(backend, reason);
	if (rc)
		close(backend->iommufd);
	return rc;
}

static bool noiommu_works(char *reason)
{
	struct backend backend;

	if (open_kernel(&backend, reason))
		return false;
	close(backend.iommufd);
	return iommufd_node_has_device(false, reason);
}

static int noiommu_open(const struct padma_space_params *params, const void *window,
			size_t window_bytes, struct backend **backend)
{
	struct noiommu *noiommu = calloc(1, sizeof(*noiommu));
	char reason[BACKEND_REASON_BYTES];
	int rc;

	(void)params;
	(void)window;
	(void)window_bytes;
	if (!noiommu)
		return fail(-ENOMEM, "no memory for a backend");
	noiommu->backend.ops = &noiommu_backend_ops;
	rc = open_kernel(&noiommu->backend, reason);
	if (rc) {
		free(noiommu);
		return fail(rc, "the backend noiommu does not work here: %s", reason);
	}
	*backend = &noiommu->backend;
	return 0;
}

/* All memory was unmapped and all devices are gone; closing the descriptor would do it, too. */
static void noiommu_close(struct backend *backend)
{
	struct noiommu *noiommu = noiommu_of(backend);
	int rc = backend->resolves ? iommufd_destroy(backend->iommufd, noiommu->hwpt_id) : 0;

	if (rc == 0)
		rc = iommufd_destroy(backend->iommufd, backend->ioas_id);
	if (rc)
		log_warning("the address space is not destroyed but closed: %s", strerror(-rc));
	close(backend->iommufd);
	free(noiommu);
}

static int noiommu_map(struct backend *backend, struct uapi_ioas_map *map)
{
	return iommufd_ioas_map(backend->iommufd, map);
}

static int noiommu_unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	return iommufd_ioas_unmap(backend->iommufd, unmap);
}

static int noiommu_get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	return iommufd_get_pa(backend->iommufd, get_pa);
}

static int noiommu_attach(struct backend *backend, const struct space_device *device)
{
	struct noiommu *noiommu = noiommu_of(backend);
	bool first = !backend->resolves;
	int rc = 0;

	if (first)
		rc = iommufd_hwpt_alloc(backend->iommufd, device->devid, backend->ioas_id,
					&noiommu->hwpt_id);
	if (rc)
		return rc;
	rc = vfio_attach(device->fd, noiommu->hwpt_id);
	/* A page table that no device uses need not suit the next one. */
	if (rc && first)
		iommufd_destroy(backend->iommufd, noiommu->hwpt_id);
	else if (first)
		backend->resolves = true;
	return rc;
}

static int noiommu_detach(struct backend *backend, const struct space_device *device)
{
	(void)backend;
	return vfio_detach(device->fd);
}

static void noiommu_page_bytes(struct backend *backend, uint64_t va, uint64_t *page_bytes,
			       uint64_t *end)
{
	(void)backend;
	vma_page_bytes(va, page_bytes, end);
}

static const char *noiommu_advice(int error)
{
	switch (error) {
	case -EPERM:
		return permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO");
	case -EOPNOTSUPP:
		return "the kernel has no page table for a device without an IOMMU; it needs "
		       "CONFIG_IOMMUFD_NOIOMMU (Linux 7.3 or later)";
	default:
		return NULL;
	}
}

const struct backend_ops noiommu_backend_ops = {
	.name = "noiommu",
	.what = "the kernel pins memory and gives its physical addresses (GET_PA)",
	.kinds = BACKEND_TAKES(SPACE_DEVICE_NOIOMMU),
	.accepts = platform_accepts_device,
	.works = noiommu_works,
	.open = noiommu_open,
	.close = noiommu_close,
	.map = noiommu_map,
	.unmap = noiommu_unmap,
	.get_pa = noiommu_get_pa,
	.page_bytes = noiommu_page_bytes,
	.attach = noiommu_attach,
	.detach = noiommu_detach,
	.advice = noiommu_advice,
};
