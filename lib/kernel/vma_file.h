/* SPDX-License-Identifier: BSD-3-Clause */
/* vma_file.h - of which file a part of the process's memory is a mapping. */
#ifndef KERNEL_VMA_FILE_H
#define KERNEL_VMA_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A stretch of mappings of one file, in which addresses and the file's bytes continue. */
struct vma_file {
	uint64_t start, end;
	uint64_t offset; /* of @start in the file */
	bool shared;	 /* stores reach the file: MAP_SHARED */
	bool writable;
	bool is_memfd;
	dev_t device;
	ino_t inode; /* 0: it is no file's */
};

/* The stretch that holds @va, from /proc/self/maps. 0, -EFAULT (nothing is mapped there), -errno. */
int vma_file_at(uint64_t va, struct vma_file *file);

/* A descriptor of that file, a duplicate of one that the process has open. The descriptor, or -EBADF if it has none. */
int vma_file_open(const struct vma_file *file);

#endif
