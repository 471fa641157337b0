// SPDX-License-Identifier: BSD-3-Clause
/* See vma_file.h. */
#include "base/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/vma_file.h"

#define MAPS_PATH	   "/proc/self/maps"
#define DESCRIPTORS_PATH   "/proc/self/fd"
/* What the kernel calls a file of memfd_create() (mm/memfd.c). */
#define MEMFD_PREFIX	   "/memfd:"
#define FIRST_FREE_FD_FROM 3

/* proc_pid_maps(5): "start-end perms offset major:minor inode path". */
static bool parse(const char *line, struct vma_file *file)
{
	unsigned long long start, end, offset, inode;
	unsigned int major_number, minor_number;
	char permissions[5];
	int path = 0;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &start, &end, permissions, &offset,
		   &major_number, &minor_number, &inode, &path) < 7)
		return false;
	*file = (struct vma_file){
		.start = start,
		.end = end,
		.offset = offset,
		.writable = permissions[1] == 'w',
		.shared = permissions[3] == 's',
		.is_memfd = strncmp(line + path, MEMFD_PREFIX, strlen(MEMFD_PREFIX)) == 0,
		.device = makedev(major_number, minor_number),
		.inode = inode,
	};
	return true;
}

static bool continues(const struct vma_file *stretch, const struct vma_file *next)
{
	return next->start == stretch->end && next->inode && next->inode == stretch->inode &&
	       next->device == stretch->device && next->shared == stretch->shared &&
	       next->writable == stretch->writable &&
	       next->offset == stretch->offset + (stretch->end - stretch->start);
}

static bool holds(const struct vma_file *file, uint64_t va)
{
	return va >= file->start && va < file->end;
}

int vma_file_at(uint64_t va, struct vma_file *file)
{
	FILE *maps = fopen(MAPS_PATH, "re");
	struct vma_file next;
	char *line = NULL;
	size_t bytes = 0;

	if (!maps)
		return -errno;
	*file = (struct vma_file){0};
	while (getline(&line, &bytes, maps) > 0) {
		if (!parse(line, &next))
			continue;
		if (continues(file, &next))
			file->end = next.end;
		else if (holds(file, va))
			break;
		else
			*file = next;
	}
	free(line);
	fclose(maps);
	return holds(file, va) ? 0 : -EFAULT;
}

static int duplicate_if_same(const struct vma_file *file, int fd)
{
	struct stat status;

	if (fstat(fd, &status) || status.st_dev != file->device || status.st_ino != file->inode)
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD_FROM);
}

int vma_file_open(const struct vma_file *file)
{
	DIR *directory = opendir(DESCRIPTORS_PATH);
	struct dirent *entry;
	int fd = -1;

	if (!directory)
		return -errno;
	while (fd < 0 && (entry = readdir(directory))) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && end != entry->d_name)
			fd = duplicate_if_same(file, (int)number);
	}
	closedir(directory);
	return fd >= 0 ? fd : -EBADF;
}
