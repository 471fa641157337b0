// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme read and write: arguments and files; blocks.c does the rest. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "nvme/blocks.h"
#include "common/options.h"

enum {
	OPTION_LBA = 0x100,
	OPTION_COUNT,
	OPTION_NSID,
	OPTION_PAD,
	OPTION_OVERWRITE,
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
	case OPTION_OVERWRITE:
		options->overwrite = true;
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

/*
 * An existing file is truncated only now, after all other checks, and never if it is in use: a
 * simulated drive locks its file.
 */
static int empty_file(struct copy *copy)
{
	struct stat file;
	int status = 0;

	if (fstat(copy->fd, &file) || !S_ISREG(file.st_mode))
		return 0;
	if (flock(copy->fd, LOCK_EX | LOCK_NB))
		status = complain(
			"%s is locked, perhaps by the simulated drive itself; give another "
			"file",
			copy->fd_name);
	else if (ftruncate(copy->fd, 0))
		status = complain("%s: %s", copy->fd_name, strerror(errno));
	if (status)
		close(copy->fd);
	return status;
}

static int open_file(struct copy *copy)
{
	const struct copy_options *options = copy->options;

	if (!options->file || strcmp(options->file, "-") == 0) {
		copy->fd = options->write ? STDIN_FILENO : STDOUT_FILENO;
		copy->fd_name = options->write ? "standard input" : "standard output";
		if (!options->write && isatty(copy->fd))
			return complain("standard output is a terminal; give -o FILE");
		return 0;
	}
	copy->fd_name = options->file;
	copy->fd = open(options->file, O_CLOEXEC | (options->write ? O_RDONLY : O_WRONLY | O_CREAT),
			0666);
	if (copy->fd < 0)
		return complain("open %s: %s", options->file, strerror(errno));
	return options->write ? 0 : empty_file(copy);
}

/* A full disk may only show when the file is closed. */
static int close_file(struct copy *copy, int status)
{
	if (close(copy->fd) != 0 && status == 0)
		return complain("close %s: %s", copy->fd_name, strerror(errno));
	return status;
}

/* Check device and range first: an error there must not cost the user an existing file. */
static int run(const struct copy_options *options)
{
	struct copy copy = {.options = options, .fd = -1};
	int status = 0;

	if (options->write)
		status = nvme_session_may_write(options->device, options->overwrite);
	if (status == 0)
		status = nvme_session_open(&copy.session, options->device, options->nsid,
					   PADMA_GUARD_OFF);
	if (status)
		return status;
	status = copy_check(&copy);
	if (status == 0)
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
		{"output", 'o', "FILE", 0, "output file (default: standard output)", 0},
		{0},
	};
	static const struct argp argp = {option_table,
					 parse,
					 "DEV --lba N --count N",
					 "Read logical blocks to a file.",
					 command_backend,
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
		{"input", 'i', "FILE", 0, "input file (default: standard input)", 0},
		{"pad", OPTION_PAD, NULL, 0, "fill the last block with zeros", 0},
		{"nsid", OPTION_NSID, "N", 0, "namespace (default: the first)", 0},
		{"overwrite", OPTION_OVERWRITE, NULL, 0,
		 "allow writing to a drive that is not simulated; those blocks are overwritten", 0},
		{0},
	};
	static const struct argp argp = {option_table,
					 parse,
					 "DEV --lba N",
					 "Write a file to logical blocks, then flush. A drive that "
					 "is not simulated needs --overwrite.",
					 command_backend,
					 NULL,
					 NULL};
	struct copy_options options = {.write = true};

	command_parse(&argp, argc, argv, &options);
	return run(&options);
}
