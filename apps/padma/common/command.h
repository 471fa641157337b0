/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.h - shared by all subcommands of the tool: the table, argument parsing, error reporting.
 *
 * Exit codes: 0; 1 for a failure, with one line on standard error that includes the remedy; 2 for
 * wrong usage, also with one line.
 */
#ifndef COMMON_COMMAND_H
#define COMMON_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include <padma/export.h>

#define EXIT_USAGE 2

/* One subcommand. run() gets an argv whose first string is the full name, such as "padma nvme". */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/*
 * Parse the options before the subcommand, find it in @commands (an empty name ends the table)
 * and run it. @doc is for --help. Return: the exit code.
 */
int command_dispatch(const struct command *commands, const char *doc, int argc, char **argv);

/* The same with more options before the subcommand: @children has one entry, which lists command_common as
 * its own. Its parser may add to @commands. */
int command_dispatch_with(const struct command *commands, const struct argp_child *children,
			  const char *doc, int argc, char **argv);

/* Parse a subcommand's arguments. Does not return if they are wrong. */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The child that every subcommand's argp lists, for -v. Ends a table of children, like { 0 }. */
extern const struct argp_child command_common[];

/* Report wrong usage from a parser: one line, exit code 2. */
_Noreturn void command_usage(const struct argp_state *state, const char *format, ...)
	PADMA_PRINTF(2, 3);

/* Report a failure in one line. Return: the exit code 1, for `return complain(...)`. */
int complain(const char *format, ...) PADMA_PRINTF(1, 2);

/* How often -v was given. */
unsigned int command_verbosity(void);

/* Suppress warnings (unless -v was given) until called with false. */
void command_hush(bool hush);

/* Flush standard output. Return: the exit code; 1 after complaining if output was lost. */
int command_finish_output(void);

#endif
