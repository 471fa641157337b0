/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - running other programs. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

/* Where an ordinary user's PATH does not lead. */
#define PROGRAM_SBIN "/usr/sbin:/sbin"

/*
 * Run argv[0], looked for in PATH and then in @sbin (a list of that form too), with its output in
 * the file @log. Return: its exit code; 127 after complaining where there is no such program
 * (@package is where it comes from), -1 after complaining where it could not be run or was killed,
 * -1 without a word where this process was interrupted (the program has ended by then).
 */
int program_run(const char *const *argv, const char *log, const char *package, const char *sbin);

/* The last line of @log that is not empty, in @text. Return: @text. */
const char *program_last_line(const char *log, char *text, int bytes);

#endif
