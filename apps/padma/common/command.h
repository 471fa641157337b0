/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.h - what all subcommands of the tool share: a table row each, one way to parse, one way
 * to fail.
 *
 * Exit codes: 0; 1 for a failure, with one line on standard error that says what to do; 2 for wrong
 * usage, with one line too.
 */
#ifndef COMMON_COMMAND_H
#define COMMON_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include <padma/export.h>

#define EXIT_USAGE 2

/* One subcommand. run() gets its own argv, whose first string is all that led to it. */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/*
 * Parse options that come before a subcommand, find it in @commands (an empty name ends the table)
 * and run it. @doc is for --help. Return: the exit code.
 */
int command_dispatch(const struct command *commands, const char *doc, int argc, char **argv);

/* The same with more options before the subcommand: @children has one entry, which lists command_common as
 * its own. Its parser may add to @commands. */
int command_dispatch_with(const struct command *commands, const struct argp_child *children,
			  const char *doc, int argc, char **argv);

/* Parse a subcommand's own arguments. Does not return where they are wrong. */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The child that every subcommand's argp lists, for -v. Ends a table of children, as { 0 } does. */
extern const struct argp_child command_common[];

/* Wrong usage, inside of a parser: one line, exit code 2. */
_Noreturn void command_usage(const struct argp_state *state, const char *format, ...)
	PADMA_PRINTF(2, 3);

/* A failure: prints the line. Return: the exit code 1, for `return complain(...)`. */
int complain(const char *format, ...) PADMA_PRINTF(1, 2);

/* How many -v were given. */
unsigned int command_verbosity(void);

/* Warnings are not printed (but with -v they are), until it is called with false. */
void command_hush(bool hush);

/* Everything printed has arrived: the exit code 0, or 1 with a line where it has not. */
int command_finish_output(void);

#endif
