/* SPDX-License-Identifier: BSD-3-Clause */
/* standard.h - standard input, output and error, also where the caller closed them. */
#ifndef COMMON_STANDARD_H
#define COMMON_STANDARD_H

#include <stddef.h>

/*
 * First of all in main(): descriptors 0 to 2 are taken from here on, so that no file, device or
 * socket gets one of them and is written to as if it were the terminal. What was closed stays
 * useless: reading and writing fail. Standard output remembers why it failed.
 *
 * Return: 0, or a negative errno.
 */
int standard_streams_open(void);

/* Write out what was printed. Return: 0, or the errno of the first write that failed. */
int standard_output_flush(void);

/* Copy @text to @line, at most @bytes with the NUL, as one line: control characters become '?'. */
void one_line(char *line, size_t bytes, const char *text);

#endif
