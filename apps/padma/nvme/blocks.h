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
	uint64_t count; /* of blocks to read; what is written ends with its input */
	uint32_t nsid;
	bool write;
	bool lba_given;
	bool pad;	/* fill the last block with zeros */
	bool overwrite; /* a drive that is not simulated may be written to */
};

/*
 * A copy under way. What its commands are waited for by is here, not on a stack: one that the
 * controller would not let go of is over only when the queue is closed.
 */
struct copy {
	const struct copy_options *options;
	struct nvme_session session;
	int fd;
	const char *fd_name;
	/* The rest is copy_blocks()'s own. */
	struct padma_nvme_queue *queue;
	void *buffer;
	size_t buffer_bytes; /* a multiple of the logical block */
	struct padma_nvme_wait wait;
};

/* Whether the blocks are in the namespace, as far as it is known before. Return: as copy_blocks(). */
int copy_check(const struct copy *copy);

/*
 * Copy between the session's namespace and the file, as the options specify; what was written is
 * flushed. Return: 0, or the exit code, with the line printed; nothing is outstanding then.
 */
int copy_blocks(struct copy *copy);

#endif
