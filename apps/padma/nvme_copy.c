// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme read and write: logical blocks to a file, and back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/error.h>

#include "command.h"
#include "commands.h"
#include "idle.h"
#include "nvme_session.h"
#include "options.h"

/* One request to the driver; it splits it into as many commands as the controller wants. */
#define CHUNK_BYTES ((size_t)4 << 20)

struct copy_options {
	const char *device;
	const char *file;
	uint64_t lba;
	uint64_t count;
	uint32_t nsid;
	bool write;
	bool lba_given;
	bool pad;
};

/* A copy under way. */
struct copy {
	const struct copy_options *options;
	struct nvme_session session;
	struct padma_nvme_queue *queue;
	void *buffer;
	size_t buffer_bytes; /* a multiple of the logical block */
	int fd;
	const char *fd_name;
};

enum {
	OPTION_LBA = 0x100,
	OPTION_COUNT,
	OPTION_NSID,
	OPTION_PAD,
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct copy_options *options = state->input;

	switch (key) {
	case OPTION_LBA:
		options->lba = option_number(state, "--lba", value, 0, UINT64_MAX);
		options->lba_given = true;
		return 0;
	case OPTION_COUNT:
		options->count = option_number(state, "--count", value, 1, UINT64_MAX);
		return 0;
	case OPTION_NSID:
		options->nsid = (uint32_t)option_number(state, "--nsid", value, 1, 0xfffffffe);
		return 0;
	case OPTION_PAD:
		options->pad = true;
		return 0;
	case 'i':
	case 'o':
		options->file = value;
		return 0;
	case ARGP_KEY_ARG:
		if (options->device)
			command_usage(state, "'%s' is not expected after DEV", value);
		options->device = value;
		return 0;
	case ARGP_KEY_END:
		if (!options->device)
			command_usage(state, "DEV is missing");
		if (!options->lba_given)
			command_usage(state, "--lba is missing");
		if (!options->write && !options->count)
			command_usage(state, "--count is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What the completion said. */
struct outcome {
	bool over;
	int error;
	uint16_t status;
};

static void on_done(void *ctx, int error, uint16_t status)
{
	*(struct outcome *)ctx = (struct outcome){.over = true, .error = error, .status = status};
}

/* Ring the doorbell for one command and wait for it. Return: 0, or the exit code. */
static int finish(struct copy *copy, int error, struct outcome *outcome, const char *what)
{
	unsigned int turns = 0;
	char text[128];

	if (error == 0)
		error = padma_nvme_submit(copy->queue);
	while (error >= 0 && !outcome->over) {
		error = padma_nvme_poll(copy->queue, 0);
		if (error == 0)
			idle_turn(&turns);
	}
	if (outcome->over && outcome->error == -EIO)
		return complain("%s: %s", what,
				padma_nvme_status_text(outcome->status, text, sizeof(text)));
	if (outcome->over && outcome->error)
		return complain("%s: %s", what, strerror(-outcome->error));
	if (error < 0 && !outcome->over)
		return complain("%s: %s", what, padma_last_error());
	return 0;
}

static int transfer(struct copy *copy, uint64_t lba, uint32_t lbas)
{
	struct outcome outcome = {0};
	uint32_t nsid = copy->session.ns->nsid;
	char what[64];
	int error;

	snprintf(what, sizeof(what), "%s block %" PRIu64, copy->options->write ? "write" : "read",
		 lba);
	if (copy->options->write)
		error = padma_nvme_write(copy->queue, nsid, copy->buffer, lba, lbas, on_done,
					 &outcome);
	else
		error = padma_nvme_read(copy->queue, nsid, copy->buffer, lba, lbas, on_done,
					&outcome);
	return finish(copy, error, &outcome, what);
}

static int flush(struct copy *copy)
{
	struct outcome outcome = {0};
	int error = padma_nvme_flush(copy->queue, copy->session.ns->nsid, on_done, &outcome);

	return finish(copy, error, &outcome, "flush");
}

/* write() all of it. Return: 0, or the exit code. */
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

/* read() until the buffer is full or the file at its end. Return: bytes, or -1 with the line. */
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
	const struct padma_nvme_namespace *ns = copy->session.ns;

	return complain("the blocks end beyond namespace %" PRIu32 ", which has %" PRIu64
			" of %" PRIu32 " bytes; give a smaller --lba%s",
			ns->nsid, ns->lbas, ns->lba_bytes,
			copy->options->write ? " or less input" : " or --count");
}

static bool in_range(const struct copy *copy, uint64_t lba, uint64_t count)
{
	uint64_t lbas = copy->session.ns->lbas;

	return lba < lbas && count <= lbas - lba;
}

static int read_blocks(struct copy *copy)
{
	const struct copy_options *options = copy->options;
	uint32_t lba_bytes = copy->session.ns->lba_bytes;
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

/* Fill up the last block with zeros, or say that it is not full. Return: its bytes, or -1. */
static ssize_t fill_up(const struct copy *copy, ssize_t bytes, uint32_t lba_bytes)
{
	size_t short_of = (lba_bytes - (size_t)bytes % lba_bytes) % lba_bytes;

	if (short_of == 0)
		return bytes;
	if (!copy->options->pad) {
		complain("%s is no whole number of blocks of %" PRIu32
			 " bytes; --pad fills the last one with zeros",
			 copy->fd_name, lba_bytes);
		return -1;
	}
	memset((char *)copy->buffer + bytes, 0, short_of);
	return bytes + (ssize_t)short_of;
}

/* Known before anything is written, where the input is a file. */
static int check_input(const struct copy *copy)
{
	uint32_t lba_bytes = copy->session.ns->lba_bytes;
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
	uint32_t lba_bytes = copy->session.ns->lba_bytes;
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

static int copy_blocks(struct copy *copy)
{
	const struct padma_alloc_opts align = {.align_bytes = 4096};
	int status;

	if (!nvme_session_has_namespace(&copy->session))
		return EXIT_FAILURE;
	/* Logical blocks are powers of two up to 64 KiB: a chunk is a multiple of each. */
	copy->buffer_bytes = CHUNK_BYTES;
	if (padma_alloc(copy->session.space, copy->buffer_bytes, &align, &copy->buffer) ||
	    padma_nvme_queue_open(copy->session.nvme, NULL, &copy->queue))
		status = complain("%s", padma_last_error());
	else
		status = copy->options->write ? write_blocks(copy) : read_blocks(copy);
	/* The queue first: until it is closed the controller may write to the buffer. */
	if (padma_nvme_queue_close(copy->queue) && status == 0)
		status = complain("%s", padma_last_error());
	padma_free(copy->session.space, copy->buffer);
	return status;
}

static int open_file(struct copy *copy)
{
	const struct copy_options *options = copy->options;

	if (!options->file || strcmp(options->file, "-") == 0) {
		copy->fd = options->write ? STDIN_FILENO : STDOUT_FILENO;
		copy->fd_name = options->write ? "standard input" : "standard output";
		if (!options->write && isatty(copy->fd))
			return complain("blocks are not for a terminal; give -o FILE");
		return 0;
	}
	copy->fd_name = options->file;
	copy->fd =
		open(options->file,
		     O_CLOEXEC | (options->write ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC), 0666);
	if (copy->fd < 0)
		return complain("open %s: %s", options->file, strerror(errno));
	return 0;
}

/* A full disk may only show when the file is closed. */
static int close_file(struct copy *copy, int status)
{
	if (close(copy->fd) != 0 && status == 0)
		return complain("close %s: %s", copy->fd_name, strerror(errno));
	return status;
}

/* The device first: a wrong name must not cost the user the file that was there before. */
static int run(const struct copy_options *options)
{
	struct copy copy = {.options = options, .fd = -1};
	int status = nvme_session_open(&copy.session, options->device, options->nsid, false);

	if (status)
		return status;
	status = open_file(&copy);
	if (status == 0)
		status = close_file(&copy, copy_blocks(&copy));
	return nvme_session_close(&copy.session, status);
}

int nvme_read_command(int argc, char **argv)
{
	static const struct argp_option option_table[] = {
		{"lba", OPTION_LBA, "N", 0, "first logical block", 0},
		{"count", OPTION_COUNT, "N", 0, "how many logical blocks", 0},
		{"nsid", OPTION_NSID, "N", 0, "namespace (default: the first)", 0},
		{"output", 'o', "FILE", 0, "write them there (default: standard output)", 0},
		{0},
	};
	static const struct argp argp = {option_table,
					 parse,
					 "DEV --lba N --count N",
					 "Read logical blocks to a file.",
					 command_common,
					 NULL,
					 NULL};
	struct copy_options options = {0};

	command_parse(&argp, argc, argv, &options);
	return run(&options);
}

int nvme_write_command(int argc, char **argv)
{
	static const struct argp_option option_table[] = {
		{"lba", OPTION_LBA, "N", 0, "first logical block", 0},
		{"input", 'i', "FILE", 0, "what to write (default: standard input)", 0},
		{"pad", OPTION_PAD, NULL, 0, "fill the last block with zeros", 0},
		{"nsid", OPTION_NSID, "N", 0, "namespace (default: the first)", 0},
		{0},
	};
	static const struct argp argp = {
		option_table,	parse, "DEV --lba N", "Write a file to logical blocks, then flush.",
		command_common, NULL,  NULL};
	struct copy_options options = {.write = true};

	command_parse(&argp, argc, argv, &options);
	return run(&options);
}
