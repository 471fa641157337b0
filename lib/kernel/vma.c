// SPDX-License-Identifier: BSD-3-Clause
/* See vma.h. */
#include "base/base.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "kernel/iommufd_uapi.h"
#include "kernel/vma.h"

#define MAPS_PATH "/proc/self/maps"

/* struct procmap_query of Linux, which Debian 12's headers do not have. */
struct uapi_procmap_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start;
	uint64_t vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t vma_name_size;
	uint32_t build_id_size;
	uint64_t vma_name_addr;
	uint64_t build_id_addr;
};

static_assert(sizeof(struct uapi_procmap_query) == 104, "the kernel's structure");

#define UAPI_PROCMAP_QUERY _IOWR('f', 17, struct uapi_procmap_query)

static int query(uint64_t va, struct uapi_procmap_query *query)
{
	int fd, rc;

	*query = (struct uapi_procmap_query){.size = sizeof(*query), .query_addr = va};
	fd = open(MAPS_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = ioctl(fd, UAPI_PROCMAP_QUERY, query) ? -errno : 0;
	close(fd);
	return rc;
}

/* Whether a size of pages, and of a mapping made of such: every other answer is ignored. */
static bool is_valid(const struct uapi_procmap_query *vma, uint64_t va)
{
	uint64_t page = vma->vma_page_size;

	return is_power_of_two(page) && page >= UAPI_PAGE_BYTES && page <= GIB(1) &&
	       vma->vma_start <= va && va < vma->vma_end && vma->vma_start % page == 0 &&
	       vma->vma_end % page == 0;
}

void vma_page_bytes(uint64_t va, uint64_t *page_bytes, uint64_t *end)
{
	struct uapi_procmap_query vma;

	*page_bytes = UAPI_PAGE_BYTES;
	*end = UINT64_MAX;
	if (query(va, &vma) || !is_valid(&vma, va))
		return;
	*page_bytes = vma.vma_page_size;
	*end = vma.vma_end;
}
