/* SPDX-License-Identifier: BSD-3-Clause */
/* blocks.h - logical blocks of a namespace to a file descriptor, and back. */
#ifndef NVME_BLOCKS_H
#define NVME_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvme/session.h"

struct copy_options {
	const char *device;
	const char *file;
	uint64_t lba;
	uint64_t count; /* of blocks to read; a write ends with its input */
	uint32_t nsid;
	bool write;
	bool lba_given;
	bool pad;	/* fill the last block with zeros */
	bool overwrite; /* a drive that is not simulated may be written to */
};

/*
 * A copy in progress. The state that its commands complete into is here, not on the stack: a command
 * that the controller never completes stays in flight until the queue is closed.
 */
struct copy {
	const struct copy_options *options;
	struct nvme_session session;
	int fd;
	const char *fd_name;
	/* Private to copy_blocks(). */
	struct padma_nvme_queue *queue;
	void *buffer;
	size_t buffer_bytes; /* a multiple of the logical block */
	struct padma_nvme_wait wait;
};

/* Check early whether the blocks are in the namespace. Returns as copy_blocks(). */
int copy_check(const struct copy *copy);

/*
 * Copy between the session's namespace and the file, as the options specify; flush after a write.
 * Return: 0, or the exit code after complaining; no command is in flight then.
 */
int copy_blocks(struct copy *copy);

#endif
