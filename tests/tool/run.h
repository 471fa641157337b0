/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - run the built tool as a user would, and keep its output. */
#ifndef TESTS_TOOL_RUN_H
#define TESTS_TOOL_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct run {
	int status; /* exit code, or 128 + the signal that ended it */
	char *out;  /* standard output, with a NUL after it */
	size_t out_bytes;
	char *err;
};

/*
 * Run padma with the words of @command, split at blanks; standard input is /dev/null unless the
 * command ends in "< FILE", output is kept unless it ends in "> FILE" (input first). The words
 * "<&-", ">&-" and "2>&-" close a stream, as in a shell. Asserts that it could be run: call it in
 * the main thread.
 */
void run_padma(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void run_free(struct run *run);

/* Run it and check the result; print its output if the check fails. Exit code 0, no errors: */
void expect_ok(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Exit code @status, nothing on standard output, one line "padma: ..." that contains @words. */
void expect_failure(int status, const char *words, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Exit code 0 and JSON, which the caller releases with json_decref(). */
json_t *expect_json(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
