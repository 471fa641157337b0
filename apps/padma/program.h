/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - running other programs. */
#ifndef APPS_PADMA_PROGRAM_H
#define APPS_PADMA_PROGRAM_H

/*
 * Run argv[0], looked for in PATH and then in /usr/sbin and /sbin (where an ordinary user's PATH
 * does not lead), with its output in the file @log. Return: its exit code; 127 after complaining
 * where there is no such program (@package is where it comes from), -1 after complaining where it
 * could not be run or was killed.
 */
int program_run(const char *const *argv, const char *log, const char *package);

/* The last line of @log that is not empty, in @text. Return: @text. */
const char *program_last_line(const char *log, char *text, int bytes);

#endif
