/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - running other programs. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

/* Directories that are not in an ordinary user's PATH. */
#define PROGRAM_SBIN "/usr/sbin:/sbin"

/*
 * Run argv[0], searched in PATH and then in @sbin (a list in the same format), with its output in
 * the file @log. Return: its exit code; 127 after complaining if it is not installed (@package is
 * the package that has it); -1 after complaining if it could not be run or was killed; -1 without a
 * message if this process was interrupted (the program has ended by then).
 */
int program_run(const char *const *argv, const char *log, const char *package, const char *sbin);

/* Copy the last line of @log that is not empty to @text. Return: @text. */
const char *program_last_line(const char *log, char *text, int bytes);

#endif
