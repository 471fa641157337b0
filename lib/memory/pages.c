// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pages at an address: a file without a name (memfd, or on a hugetlbfs mount) is mapped over the
 * reservation, bound to its node, populated and then closed, unless the caller wants it: the mapping alone holds the
 * pages.
 */
#define PADMA_PART "memory"
#include "base/base.h"
#include "memory/pages.h"

#include <fcntl.h>
#include <limits.h>
#include <numa.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/shortage.h"
#include "memory/hugepage_shortage.h"
#include "memory/hugepages.h"
#include "memory/populate.h"

/* Linux uAPI linux/magic.h and linux/memfd.h. */
#define HUGETLBFS_SUPER_MAGIC 0x958458f6
#define HUGE_SIZE_SHIFT	      26 /* MFD_HUGE_SHIFT: log2 of the page size from this bit on */

static bool ordinary(const struct page_source *source)
{
	return !source->mount && source->page_bytes == (size_t)sysconf(_SC_PAGESIZE);
}

static int check_map(const void *va, size_t bytes, const struct page_source *source, int node)
{
	size_t page = source->page_bytes;

	if (!is_power_of_two(page) || bytes == 0 || bytes % page || (uintptr_t)va % page)
		return fail(-EINVAL,
			    "mapping %zu bytes at %p: both must be multiples of the page size %zu",
			    bytes, va, page);
	if (page < (size_t)sysconf(_SC_PAGESIZE))
		return fail(-EINVAL, "there are no pages of %zu bytes; give 2 MiB or 1 GiB", page);
	if (node > 0 && (numa_available() < 0 || node > numa_max_node()))
		return fail(-EINVAL, "there is no NUMA node %d here; the highest is %d", node,
			    numa_available() < 0 ? 0 : numa_max_node());
	return 0;
}

/* What the system is short of. The pages of the failed attempt have been released. */
static int no_pages(size_t bytes, const struct page_source *source, int node, int error)
{
	struct sentence why = {""};

	switch (error) {
	case EACCES:
	case EPERM:
		return fail(-EACCES, "mapping %zu bytes of pages: %s", bytes, strerror(error));
	case EFBIG:
		return fail(-ENOMEM,
			    "%zu bytes are more than a file of this process may have; raise that "
			    "limit (ulimit -f)",
			    bytes);
	case EHWPOISON:
		return fail(-ENOMEM, "the machine's memory has a fault in one of %zu bytes", bytes);
	default:
		break;
	}
	/* The addresses are reserved already: only the number of mappings can be short. */
	shortage_of_addresses("", 0, &why);
	if (ordinary(source))
		shortage_of_memory("", bytes, &why);
	if (!*why.text && !ordinary(source)) {
		const struct hugepage_request request = {"", bytes / source->page_bytes,
							 source->page_bytes, node, source->mount};

		hugepage_shortage(&request, &why);
		return fail(-ENOMEM, "%s", why.text);
	}
	return fail(-ENOMEM, "cannot allocate %zu bytes of pages: %s", bytes,
		    *why.text ? why.text : strerror(error));
}

/* hugetlbfs has O_TMPFILE since Linux 5.1. */
static int open_unlinked(const char *directory)
{
	char path[PATH_MAX];
	int fd = open(directory, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (snprintf(path, sizeof(path), "%s/padma-XXXXXX", directory) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int no_file(const char *mount, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return fail(-ENOENT, "%s: %s; give a hugetlbfs directory", mount, strerror(error));
	case EACCES:
	case EPERM:
	case EROFS:
		return fail(-EACCES,
			    "making a file in %s: %s; give a hugetlbfs directory that you may "
			    "write to",
			    mount, strerror(error));
	case ENOSPC:
		return fail(-ENOMEM,
			    "the mount %s may hold no more files (its nr_inodes=); mount it with "
			    "more",
			    mount);
	default:
		return fail(-error, "making a file in %s: %s", mount, strerror(error));
	}
}

static int open_on_mount(const struct page_source *source)
{
	int fd = open_unlinked(source->mount);
	struct statfs fs;

	if (fd < 0)
		return no_file(source->mount, errno);
	/* On any other file system the pages would be ordinary ones, or a disk's. */
	if (fstatfs(fd, &fs) || (uint64_t)fs.f_type != HUGETLBFS_SUPER_MAGIC ||
	    (size_t)fs.f_bsize != source->page_bytes) {
		close(fd);
		return fail(-EINVAL, "%s is not a hugetlbfs mount with pages of %zu KiB",
			    source->mount, source->page_bytes >> 10);
	}
	return fd;
}

static int open_memfd(const struct page_source *source)
{
	unsigned int flags = MFD_CLOEXEC;
	int fd;

	if (!ordinary(source))
		flags |= MFD_HUGETLB | (unsigned int)__builtin_ctzll(source->page_bytes)
					       << HUGE_SIZE_SHIFT;
	fd = memfd_create("padma", flags);
	if (fd >= 0)
		return fd;
	if (errno == ENODEV || errno == EINVAL)
		return fail(-EINVAL,
			    "the kernel has no hugepages of %zu KiB; give a page size that "
			    "/sys/kernel/mm/hugepages lists",
			    source->page_bytes >> 10);
	return fail(errno == EPERM ? -EACCES : -errno, "memfd_create: %s", strerror(errno));
}

/* The policy of a shared mapping belongs to its file, so that it holds however pages come in. */
static int bind_to_node(void *va, size_t bytes, int node)
{
	struct bitmask *nodes;
	char allowed[128];
	long bad;
	int error;

	if (node < 0 || numa_available() < 0)
		return 0;
	nodes = numa_allocate_nodemask();
	if (!nodes)
		return fail(-ENOMEM, "no memory for a node mask");
	numa_bitmask_setbit(nodes, (unsigned int)node);
	bad = mbind(va, bytes, MPOL_BIND, nodes->maskp, nodes->size + 1, 0);
	numa_bitmask_free(nodes);
	if (!bad)
		return 0;
	error = errno;
	if (procfs_field("", "/proc/self/status", "Mems_allowed_list:", allowed, sizeof(allowed)) &&
	    !procfs_list_holds(allowed, (unsigned int)node))
		return fail(-EINVAL,
			    "this process's cpuset allows memory of the NUMA nodes %s only, not of "
			    "node %d",
			    allowed, node);
	return fail(error == EPERM ? -EACCES : -EINVAL, "binding memory to NUMA node %d: %s", node,
		    strerror(error));
}

/* Neither a child nor a core dump gets device memory. */
static int keep_private(void *va, size_t bytes)
{
	if (madvise(va, bytes, MADV_DONTFORK) || madvise(va, bytes, MADV_DONTDUMP))
		return fail(-ENOMEM, "madvise of %zu bytes: %s", bytes, strerror(errno));
	return 0;
}

/* 0; a negative errno with the reason noted; or the positive errno of what the system lacks. */
static int map_file(int fd, void *va, size_t bytes, int node, bool populate)
{
	int flags = MAP_SHARED | MAP_FIXED | (populate ? 0 : MAP_NORESERVE);
	int rc;

	if (ftruncate(fd, (off_t)bytes))
		return errno;
	/* For hugepages this reserves them all: most shortages end here. */
	if (mmap(va, bytes, PROT_READ | PROT_WRITE, flags, fd, 0) == MAP_FAILED)
		return errno;
	rc = keep_private(va, bytes);
	if (rc == 0)
		rc = bind_to_node(va, bytes, node);
	if (rc || !populate)
		return rc;
	return -populate_write((uintptr_t)va, bytes);
}

int pages_map(void *va, size_t bytes, const struct page_source *source, int node, bool populate)
{
	int rc = check_map(va, bytes, source, node);
	int fd;

	if (rc)
		return rc;
	fd = source->mount ? open_on_mount(source) : open_memfd(source);
	if (fd < 0)
		return fd;
	rc = map_file(fd, va, bytes, node, populate);
	if (rc == 0 && source->file)
		*source->file = fd;
	else
		close(fd);
	if (rc && pages_reserve_at(va, bytes))
		log_warning("a hole is left at %p, %zu bytes", va, bytes);
	return rc > 0 ? no_pages(bytes, source, node, rc) : rc;
}

int pages_reserve_at(void *va, size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;

	if (mmap(va, bytes, PROT_NONE, flags, -1, 0) == MAP_FAILED)
		return fail(-ENOMEM, "reserving %zu bytes of addresses: %s", bytes,
			    strerror(errno));
	/* It holds nothing of use to a child or a core dump. */
	madvise(va, bytes, MADV_DONTFORK);
	madvise(va, bytes, MADV_DONTDUMP);
	return 0;
}

int pages_drop(void *va, size_t bytes)
{
	/* A hole in the file, as by fallocate(2); hugetlbfs has it since Linux 4.3. */
	if (madvise(va, bytes, MADV_REMOVE))
		return fail(-ENOMEM, "giving %zu bytes of pages back: %s", bytes, strerror(errno));
	return 0;
}

size_t pages_best_size(const char *sysfs_root)
{
	struct hugepage_counts counts;

	if (hugepages_count(sysfs_root, MIB(2), -1, &counts))
		return 0;
	return hugepages_obtainable(&counts) ? MIB(2) : 0;
}
