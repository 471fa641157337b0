// SPDX-License-Identifier: BSD-3-Clause
/* See blocks.h. */
#include "nvme/blocks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/error.h>

#include "common/command.h"

/* One request to the driver, which splits it into as many commands as the controller needs. */
#define CHUNK_BYTES ((size_t)4 << 20)

/* Ring the doorbell for one command and wait for it. Return: 0, or the exit code. */
static int finish(struct copy *copy, int error, const char *what)
{
	char text[128];

	if (error == 0)
		error = padma_nvme_wait(copy->queue, &copy->wait);
	if (error == -EIO && copy->wait.status)
		return complain("%s: %s", what,
				padma_nvme_status_text(copy->wait.status, text, sizeof(text)));
	return error ? complain("%s: %s", what, padma_last_error()) : 0;
}

static int transfer(struct copy *copy, uint64_t lba, uint32_t lbas)
{
	uint32_t nsid = copy->session.ns.nsid;
	char what[64];
	int error;

	snprintf(what, sizeof(what), "%s block %" PRIu64, copy->options->write ? "write" : "read",
		 lba);
	copy->wait = (struct padma_nvme_wait){0};
	if (copy->options->write)
		error = padma_nvme_write(copy->queue, nsid, copy->buffer, lba, lbas,
					 padma_nvme_wait_done, &copy->wait);
	else
		error = padma_nvme_read(copy->queue, nsid, copy->buffer, lba, lbas,
					padma_nvme_wait_done, &copy->wait);
	return finish(copy, error, what);
}

static int flush(struct copy *copy)
{
	int error;

	copy->wait = (struct padma_nvme_wait){0};
	error = padma_nvme_flush(copy->queue, copy->session.ns.nsid, padma_nvme_wait_done,
				 &copy->wait);
	return finish(copy, error, "flush");
}

/* write() all of it. Return: 0, or the exit code after complaining. */
static int write_out(const struct copy *copy, size_t bytes)
{
	const char *from = copy->buffer;

	while (bytes > 0) {
		ssize_t written = write(copy->fd, from, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return complain("write %s: %s", copy->fd_name, strerror(errno));
		from += written;
		bytes -= (size_t)written;
	}
	return 0;
}

/* read() until the buffer is full or the file ends. Return: bytes, or -1 after complaining. */
static ssize_t read_in(const struct copy *copy)
{
	size_t filled = 0;

	while (filled < copy->buffer_bytes) {
		ssize_t got =
			read(copy->fd, (char *)copy->buffer + filled, copy->buffer_bytes - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			complain("read %s: %s", copy->fd_name, strerror(errno));
			return -1;
		}
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

static int beyond_end(const struct copy *copy)
{
	const struct padma_nvme_namespace *ns = &copy->session.ns;

	return complain("the blocks end beyond namespace %" PRIu32 ", which has %" PRIu64
			" of %" PRIu32 " bytes; give a smaller --lba%s",
			ns->nsid, ns->lbas, ns->lba_bytes,
			copy->options->write ? " or less input" : " or --count");
}

static bool in_range(const struct copy *copy, uint64_t lba, uint64_t count)
{
	uint64_t lbas = copy->session.ns.lbas;

	return lba < lbas && count <= lbas - lba;
}

int copy_check(const struct copy *copy)
{
	const struct copy_options *options = copy->options;

	return in_range(copy, options->lba, options->write ? 0 : options->count) ? 0
										 : beyond_end(copy);
}

static int read_blocks(struct copy *copy)
{
	const struct copy_options *options = copy->options;
	uint32_t lba_bytes = copy->session.ns.lba_bytes;
	uint64_t lba = options->lba, left = options->count;
	int status = 0;

	if (!in_range(copy, lba, left))
		return beyond_end(copy);
	while (left > 0 && status == 0) {
		uint64_t most = copy->buffer_bytes / lba_bytes;
		uint32_t lbas = (uint32_t)(left < most ? left : most);

		status = transfer(copy, lba, lbas);
		if (status == 0)
			status = write_out(copy, (size_t)lbas * lba_bytes);
		lba += lbas;
		left -= lbas;
	}
	return status;
}

/* Pad the last block with zeros, or complain that it is not full. Return: its bytes, or -1. */
static ssize_t fill_up(const struct copy *copy, ssize_t bytes, uint32_t lba_bytes)
{
	size_t short_of = (lba_bytes - (size_t)bytes % lba_bytes) % lba_bytes;

	if (short_of == 0)
		return bytes;
	if (!copy->options->pad) {
		complain("%s is not a whole number of blocks of %" PRIu32
			 " bytes; --pad fills the last one with zeros",
			 copy->fd_name, lba_bytes);
		return -1;
	}
	memset((char *)copy->buffer + bytes, 0, short_of);
	return bytes + (ssize_t)short_of;
}

/* If the input is a file, its size is checked before anything is written. */
static int check_input(const struct copy *copy)
{
	uint32_t lba_bytes = copy->session.ns.lba_bytes;
	struct stat about;

	if (!in_range(copy, copy->options->lba, 0))
		return beyond_end(copy);
	if (fstat(copy->fd, &about) != 0 || !S_ISREG(about.st_mode))
		return 0;
	if (!in_range(copy, copy->options->lba,
		      ((uint64_t)about.st_size + lba_bytes - 1) / lba_bytes))
		return beyond_end(copy);
	return fill_up(copy, about.st_size % lba_bytes, lba_bytes) < 0 ? EXIT_FAILURE : 0;
}

static int write_blocks(struct copy *copy)
{
	uint32_t lba_bytes = copy->session.ns.lba_bytes;
	uint64_t lba = copy->options->lba;
	int status = check_input(copy);

	while (status == 0) {
		ssize_t bytes = read_in(copy);
		uint32_t lbas;

		if (bytes > 0)
			bytes = fill_up(copy, bytes, lba_bytes);
		if (bytes < 0)
			return EXIT_FAILURE;
		if (bytes == 0)
			break;
		lbas = (uint32_t)((size_t)bytes / lba_bytes);
		if (!in_range(copy, lba, lbas))
			return beyond_end(copy);
		status = transfer(copy, lba, lbas);
		lba += lbas;
	}
	return status ? status : flush(copy);
}

int copy_blocks(struct copy *copy)
{
	const struct padma_alloc_params align = {.align_bytes = 4096};
	int status;

	if (!nvme_session_has_namespace(&copy->session))
		return EXIT_FAILURE;
	/* Logical blocks are powers of two up to 64 KiB: a chunk is a multiple of each. */
	copy->buffer_bytes = CHUNK_BYTES;
	if (padma_space_alloc(copy->session.space, copy->buffer_bytes, &align, &copy->buffer) ||
	    padma_nvme_queue_open(copy->session.nvme, NULL, &copy->queue))
		status = complain("%s", padma_last_error());
	else
		status = copy->options->write ? write_blocks(copy) : read_blocks(copy);
	/*
	 * Until the queue is closed the controller may write to the buffer. If closing fails the
	 * space takes the buffer back, after the device has been stopped.
	 */
	if (padma_nvme_queue_close(copy->queue) == 0)
		padma_space_free(copy->session.space, copy->buffer);
	else if (status == 0)
		status = complain("%s", padma_last_error());
	copy->queue = NULL;
	copy->buffer = NULL;
	return status;
}
