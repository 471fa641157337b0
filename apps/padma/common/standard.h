/* SPDX-License-Identifier: BSD-3-Clause */
/* standard.h - standard input, output and error, even if the caller closed them. */
#ifndef COMMON_STANDARD_H
#define COMMON_STANDARD_H

#include <stddef.h>

/*
 * Call this first in main(). It occupies descriptors 0 to 2, so that no file, device or socket gets
 * one of them and is written to as if it were the terminal. Reads and writes on a descriptor that
 * was closed still fail. Standard output remembers the error.
 *
 * Return: 0, or a negative errno.
 */
int standard_streams_open(void);

/* Write out what was printed. Return: 0, or the errno of the first write that failed. */
int standard_output_flush(void);

/* Copy @text to @line, at most @bytes with the NUL, as one line: control characters become '?'. */
void one_line(char *line, size_t bytes, const char *text);

#endif
