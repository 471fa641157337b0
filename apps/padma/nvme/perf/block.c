// SPDX-License-Identifier: BSD-3-Clause
/* See block.h. */
#include "nvme/perf/block.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <padma/log.h>

#include "common/command.h"
#include "nvme/session.h"

/* The alignment that O_DIRECT needs depends on the file system; no file system needs more. */
#define FILE_BLOCK_BYTES 4096u

/* io_uring_setup(2): IORING_MAX_ENTRIES. */
#define MOST_ENTRIES	 32768u

static const char *advice(int error)
{
	switch (error) {
	case EBUSY:
		return "it is in use: mounted, swapped to, or part of a RAID or mapped device; "
		       "unmount it or use another";
	case EACCES:
	case EPERM:
		return "permission denied; run as root, or let the user read and write it";
	case EROFS:
		return "it is read-only";
	default:
		return strerror(error);
	}
}

/* O_EXCL of a block device: the kernel refuses what is claimed, and it cannot be mounted until it is closed. */
static int open_file(const char *name, mode_t type, bool write)
{
	int flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | (S_ISBLK(type) ? O_EXCL : 0);
	int fd = open(name, flags | O_DIRECT);

	if (fd < 0 && errno == EINVAL) {
		fd = open(name, flags);
		if (fd >= 0)
			padma_log(PADMA_LOG_WARNING, "perf",
				  "%s does not support O_DIRECT, which is what is measured "
				  "then",
				  name);
	}
	return fd;
}

static int measure_file(struct perf_target *target, int fd, const struct stat *about)
{
	uint64_t bytes = (uint64_t)about->st_size;
	int lba_bytes = FILE_BLOCK_BYTES;

	if (S_ISBLK(about->st_mode) &&
	    (ioctl(fd, BLKGETSIZE64, &bytes) || ioctl(fd, BLKSSZGET, &lba_bytes)))
		return complain("%s: cannot read its size: %s", target->name, strerror(errno));
	if (lba_bytes < 512)
		return complain("%s: logical blocks of %d bytes are invalid", target->name,
				lba_bytes);
	target->lba_bytes = (uint32_t)lba_bytes;
	target->lbas = bytes / (uint32_t)lba_bytes;
	if (target->lbas == 0)
		return complain(
			"%s holds less than a block of %d bytes; give it a size first, as by "
			"truncate -s 1G",
			target->name, lba_bytes);
	target->queues = UINT_MAX;
	target->depth = MOST_ENTRIES;
	return 0;
}

/* Documentation/ABI/stable/sysfs-block: io_poll; a partition uses its disk's. */
static bool polls(dev_t device)
{
	static const char *const places[] = {"queue", "../queue"};
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		char path[64];
		FILE *file;

		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/io_poll", major(device),
			 minor(device), places[i]);
		file = fopen(path, "re");
		found = file && fgetc(file) == '1';
		if (file)
			fclose(file);
	}
	return found;
}

static int check(const char *name, const struct stat *about, const struct perf_options *options)
{
	if (!S_ISBLK(about->st_mode) && !S_ISREG(about->st_mode))
		return complain("%s is neither a block device nor a file; give one as "
				"/dev/nvme0n1, or a PCI address",
				name);
	if (perf_will_write(options) && nvme_session_may_write(name, options->overwrite))
		return EXIT_FAILURE;
	if (options->hipri && !(S_ISBLK(about->st_mode) && polls(about->st_rdev)))
		return complain("--hipri: %s has no polled queues; the kernel's driver creates "
				"some with nvme.poll_queues=N",
				name);
	return 0;
}

/* Whether the opened file is the one that was examined, and not a replacement. */
static bool is_same(int fd, const struct stat *about)
{
	struct stat opened;

	return fstat(fd, &opened) == 0 && opened.st_mode == about->st_mode &&
	       opened.st_rdev == about->st_rdev && opened.st_dev == about->st_dev &&
	       opened.st_ino == about->st_ino;
}

int perf_block_open(struct perf_target *target, const struct perf_options *options)
{
	struct perf_block *block;
	struct stat about;
	int fd;

	if (stat(target->name, &about))
		return complain("%s: %s", target->name, strerror(errno));
	if (check(target->name, &about, options))
		return EXIT_FAILURE;
	fd = open_file(target->name, about.st_mode, perf_will_write(options));
	if (fd < 0)
		return complain("open %s: %s", target->name, advice(errno));
	if (!is_same(fd, &about)) {
		close(fd);
		return complain("%s was replaced while it was opened; try again", target->name);
	}
	block = malloc(sizeof(*block));
	if (!block)
		complain("no memory for the drive");
	if (!block || measure_file(target, fd, &about)) {
		free(block);
		close(fd);
		return EXIT_FAILURE;
	}
	*block = (struct perf_block){.fd = fd, .hipri = options->hipri};
	target->drive = block;
	return 0;
}

int perf_block_close(struct perf_target *target, int status)
{
	struct perf_block *block = target->drive;

	close(block->fd);
	free(block);
	return status;
}
