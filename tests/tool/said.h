/* SPDX-License-Identifier: BSD-3-Clause */
/* said.h - what a function of the tool says on standard error, in this process. */
#ifndef TESTS_TOOL_SAID_H
#define TESTS_TOOL_SAID_H

/* These assert: call them from the main thread. From here on standard error is kept. */
void said_begin(void);

/* Standard error is the old one again. Return: what was said since, valid until the next call. */
const char *said_end(void);

/* said_end(), and check that it was one line "padma: ..." with @words in it. */
void said_one_line(const char *words);

/* said_end(), and check that nothing was said. */
void said_nothing(void);

#endif
