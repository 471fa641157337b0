// SPDX-License-Identifier: BSD-3-Clause
/* See standard.h. */
#include "common/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int first_error;

/*
 * A FILE does not keep the errno of a failed write, and output longer than its buffer is written
 * before the final flush, so the errno is kept here.
 */
static ssize_t write_output(void *cookie, const char *data, size_t bytes)
{
	size_t done = 0;

	(void)cookie;
	while (done < bytes) {
		ssize_t written = write(STDOUT_FILENO, data + done, bytes - done);

		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			if (!first_error)
				first_error = errno;
			break;
		}
	}
	return (ssize_t)done;
}

/* An O_PATH descriptor can neither be read nor written, and the root directory always exists. */
static int take_descriptor(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return 0;
	/* open() returns the lowest free descriptor; those below are taken already. */
	return open("/", O_PATH) == fd ? 0 : -errno;
}

int standard_streams_open(void)
{
	const cookie_io_functions_t functions = {.write = write_output};
	FILE *output;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int error = take_descriptor(fd);

		if (error)
			return error;
	}
	output = fopencookie(NULL, "w", functions);
	if (!output)
		return -ENOMEM;
	/* This FILE has no descriptor, so stdio cannot check for a terminal. */
	setvbuf(output, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
	stdout = output;
	return 0;
}

int standard_output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return first_error ? first_error : EIO;
}

void one_line(char *line, size_t bytes, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < bytes && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		line[i] = c < ' ' || c == 0x7f ? '?' : text[i];
	}
	line[i] = '\0';
}
