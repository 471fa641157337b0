// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend "pagemap": for kernels whose VFIO has no character device for a device without an
 * IOMMU. Physical addresses come from /proc/self/pagemap, and nothing pins the memory.
 *
 * What can be done for memory without a pin is done by MAP. Each page is there, writable, and the
 * process's own: a page that was never written to is the zero page that all processes share. And it is
 * locked, so that it is not swapped out; hugepages are not swapped anyway. What cannot be done:
 * the kernel may still move a page (compaction, NUMA balancing), a fork() may leave the child with
 * the page and the parent with a copy, and memory of a process that is killed is given to others
 * while its device may still write to it.
 */
#define PADMA_PART "pagemap"
#include "base/base.h"
#include "base/sysfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/mman.h>

#include "base/permission.h"
#include "base/procfs.h"
#include "backend/backends.h"
#include "backend/pagemap.h"
#include "backend/platform.h"
#include "kernel/pagemap.h"
#include "kernel/vma.h"
#include "memory/populate.h"

#define CONTAINER    "/dev/vfio/vfio"
#define GROUPS	     "/dev/vfio"
#define GROUP_PREFIX "noiommu-"
#define UIO_CLASS    "/sys/class/uio"

struct pagemap {
	struct backend backend;
	int fd;
	uint64_t window; /* hugepages, populated when they were mapped */
	uint64_t window_bytes;
};

static struct pagemap *pagemap_of(struct backend *backend)
{
	return container_of(backend, struct pagemap, backend);
}

int pagemap_open_file(const char *path, char *reason)
{
	uint64_t phys, bytes;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return set_reason(-errno, reason, "%s: %s%s", path, strerror(errno),
				  errno == ENOENT
					  ? "; the kernel needs CONFIG_PROC_PAGE_MONITOR, and "
					    "/proc to be mounted"
					  : "");
	reason[0] = '\0'; /* so that its page is there */
	rc = pagemap_lookup(fd, (uintptr_t)reason, 1, &phys, &bytes);
	if (rc == 0)
		return fd;
	close(fd);
	if (rc == -EPERM)
		return set_reason(rc, reason, "%s hides physical addresses: %s", path,
				  permission_advice("", CAP_SYS_ADMIN, "CAP_SYS_ADMIN"));
	return set_reason(rc, reason, "%s does not know the process's own memory: %s", path,
			  strerror(-rc));
}

static bool is_noiommu_group(const char *name, const void *ctx)
{
	(void)ctx;
	return strncmp(name, GROUP_PREFIX, strlen(GROUP_PREFIX)) == 0;
}

static bool is_generic_uio(const char *name, const void *ctx)
{
	char path[PATH_MAX], driver[64];

	(void)ctx;
	snprintf(path, sizeof(path), UIO_CLASS "/%s/device/driver", name);
	return strcmp(sysfs_link(path, driver, sizeof(driver)), UIO_DRIVER) == 0;
}

/* Some device could be had: by its group, or by uio_pci_generic. */
static bool any_device(char *reason)
{
	char name[NAME_MAX + 1];
	bool group = access(CONTAINER, F_OK) == 0 &&
		     sysfs_entry(GROUPS, is_noiommu_group, NULL, name, sizeof(name));

	if ((group && procfs_may("", CAP_SYS_RAWIO)) ||
	    sysfs_entry(UIO_CLASS, is_generic_uio, NULL, name, sizeof(name)))
		return true;
	set_reason(0, reason,
		   group ? "CAP_SYS_RAWIO is needed for the devices of " GROUPS "/" GROUP_PREFIX "*"
			 : "no device is bound to vfio-pci without an IOMMU (" GROUPS
			   "/" GROUP_PREFIX "* and " CONTAINER ") or to " UIO_DRIVER);
	return false;
}

/* The machine's own file, if its addresses are of use to a device. */
static int open_own_file(char *reason)
{
	if (!platform_dma_is_physical("", reason))
		return -EOPNOTSUPP;
	return pagemap_open_file(PAGEMAP_PATH, reason);
}

static bool pagemap_works(char *reason)
{
	int fd = open_own_file(reason);

	if (fd < 0)
		return false;
	close(fd);
	return any_device(reason);
}

int pagemap_backend_over(int fd, const void *window, size_t window_bytes, struct backend **backend)
{
	struct pagemap *pagemap = calloc(1, sizeof(*pagemap));

	if (!pagemap) {
		close(fd);
		return fail(-ENOMEM, "no memory for a backend");
	}
	*pagemap = (struct pagemap){
		.backend = {.ops = &pagemap_backend_ops, .iommufd = -1, .resolves = true},
		.fd = fd,
		.window = (uintptr_t)window,
		.window_bytes = window_bytes,
	};
	*backend = &pagemap->backend;
	return 0;
}

static int pagemap_open(const struct padma_space_params *params, const void *window,
			size_t window_bytes, struct backend **backend)
{
	char reason[BACKEND_REASON_BYTES];
	int fd = open_own_file(reason);

	(void)params;
	if (fd < 0)
		return fail(fd, "the backend pagemap does not work here: %s", reason);
	log_warning("nothing pins this space's memory: the kernel may move its pages, and a device "
		    "may go on writing to those of a process that was killed");
	return pagemap_backend_over(fd, window, window_bytes, backend);
}

static void pagemap_close(struct backend *backend)
{
	struct pagemap *pagemap = pagemap_of(backend);

	close(pagemap->fd);
	free(pagemap);
}

static bool in_window(const struct pagemap *pagemap, uint64_t va)
{
	return va - pagemap->window < pagemap->window_bytes;
}

/*
 * Locks do not nest: the library's ends a lock that the program had. Pages are whole, and no two
 * MAPs share one (space/register.h), so that an UNMAP unlocks nothing that another MAP locked.
 */
static int lock(uint64_t va, uint64_t bytes)
{
	void *memory = (void *)(uintptr_t)va;
	int error;

	if (mlock(memory, bytes) == 0)
		return 0;
	error = errno;
	munlock(memory, bytes);
	/* mlock(2): EPERM is a limit of 0 bytes; EAGAIN, that some pages could not be locked. */
	return error == EPERM || error == EAGAIN ? -ENOMEM : -error;
}

static int pagemap_map(struct backend *backend, struct uapi_ioas_map *map)
{
	int rc;

	if (map->iova != map->user_va)
		return -EOPNOTSUPP;
	rc = populate_write(map->user_va, map->length);
	if (rc || in_window(pagemap_of(backend), map->user_va))
		return rc;
	return lock(map->user_va, map->length);
}

/* Memory that its owner has unmapped meanwhile is no longer locked. */
static int pagemap_unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	if (!in_window(pagemap_of(backend), unmap->iova))
		munlock((void *)(uintptr_t)unmap->iova, unmap->length);
	return 0;
}

static int pagemap_get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	if (get_pa->length == 0)
		return -EINVAL;
	return pagemap_lookup(pagemap_of(backend)->fd, get_pa->iova, get_pa->length,
			      &get_pa->out_phys, &get_pa->length);
}

static void pagemap_page_bytes(struct backend *backend, uint64_t va, uint64_t *page_bytes,
			       uint64_t *end)
{
	(void)backend;
	vma_page_bytes(va, page_bytes, end);
}

static const char *pagemap_query_advice(int error)
{
	switch (error) {
	case -EFAULT:
		return "no page is there; was its memory unmapped?";
	case -EPERM:
		return permission_advice("", CAP_SYS_ADMIN, "CAP_SYS_ADMIN");
	default:
		return PAGEMAP_PATH " has invalid entries";
	}
}

/* No IOMMU and no iommufd is involved: there is nothing to attach. */
static int pagemap_attach(struct backend *backend, const struct space_device *device)
{
	(void)backend;
	(void)device;
	return 0;
}

const struct backend_ops pagemap_backend_ops = {
	.name = "pagemap",
	.what = "physical addresses from " PAGEMAP_PATH "; nothing pins the memory",
	.kinds = BACKEND_TAKES(SPACE_DEVICE_NOIOMMU) | BACKEND_TAKES(SPACE_DEVICE_UIO),
	.accepts = platform_accepts_device,
	.works = pagemap_works,
	.open = pagemap_open,
	.close = pagemap_close,
	.map = pagemap_map,
	.unmap = pagemap_unmap,
	.get_pa = pagemap_get_pa,
	.page_bytes = pagemap_page_bytes,
	.query_advice = pagemap_query_advice,
	.attach = pagemap_attach,
	.detach = pagemap_attach,
};
