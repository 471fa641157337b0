/* SPDX-License-Identifier: BSD-3-Clause */
/* captured.h - capture what a function of the tool writes to standard error, in this process. */
#ifndef TESTS_TOOL_CAPTURED_H
#define TESTS_TOOL_CAPTURED_H

/* These assert: call them in the main thread. Start capturing standard error. */
void capture_begin(void);

/* Restore standard error. Return: the captured text, valid until the next call. */
const char *capture_end(void);

/* capture_end(), and check for one line "padma: ..." that contains @words. */
void capture_one_line(const char *words);

/* capture_end(), and check that nothing was written. */
void capture_nothing(void);

#endif
