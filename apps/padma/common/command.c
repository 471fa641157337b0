// SPDX-License-Identifier: BSD-3-Clause
/* Subcommands by argp: dispatch, usage errors, -v. */
#include "common/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/log.h>

#include "common/standard.h"

static unsigned int verbosity;

unsigned int command_verbosity(void)
{
	return verbosity;
}

/*
 * One line in one write: messages come from several threads, and quoted text may contain
 * newlines.
 */
static PADMA_PRINTF(1, 0) void print_line(const char *format, va_list args)
{
	char text[1024], line[1024];

	vsnprintf(text, sizeof(text), format, args);
	one_line(line, sizeof(line), text);
	fprintf(stderr, "padma: %s\n", line);
}

static PADMA_PRINTF(1, 2) void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
}

int complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	print_line(format, args);
	va_end(args);
	return EXIT_FAILURE;
}

void command_usage(const struct argp_state *state, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print("%s; see %s --help", text, state->argv[0]);
	exit(EXIT_USAGE);
}

/* Without -v, complain() reports a failed call; its error is not logged as well. */
static void on_log(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	if (level == PADMA_LOG_ERROR && verbosity == 0)
		return;
	print("%s: %s: %s", part, padma_log_level_name(level), text);
}

static void set_log_level(void)
{
	static const enum padma_log_level levels[] = {PADMA_LOG_WARNING, PADMA_LOG_INFO,
						      PADMA_LOG_DEBUG};

	padma_log_to(on_log, NULL, levels[verbosity < 2 ? verbosity : 2]);
}

void command_hush(bool hush)
{
	set_log_level();
	if (hush && verbosity == 0)
		padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

/*
 * An unknown option. argp would print getopt's message and a pointer to --help: two lines. A single
 * line needs the string that getopt stopped at: the one before optind, or the one at optind if getopt
 * stopped inside a cluster of short options.
 */
static _Noreturn void refuse_option(const struct argp_state *state)
{
	int at = state->next - 1;

	if ((at < 1 || state->argv[at][0] != '-') && state->next < state->argc)
		at = state->next;
	command_usage(state,
		      "'%.64s' is not an option here, or its value is missing or not allowed",
		      state->argv[at]);
}

enum {
	OPTION_USAGE = 0x1000,
	OPTION_VERSION,
};

/*
 * Errors of argp are off here, which silences its --help too, so this turns them on for the help
 * text. argp would also exit without checking that the text was written.
 */
static _Noreturn void help(struct argp_state *state, unsigned int what)
{
	state->flags &= ~(unsigned int)ARGP_NO_ERRS;
	state->flags |= ARGP_NO_EXIT;
	argp_state_help(state, stdout, what);
	exit(command_finish_output());
}

static error_t parse_common(int key, char *value, struct argp_state *state)
{
	(void)value;
	switch (key) {
	case 'v':
		verbosity++;
		set_log_level();
		return 0;
	case '?':
		help(state, ARGP_HELP_STD_HELP);
	case OPTION_USAGE:
		help(state, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
	case OPTION_VERSION:
		puts("padma " PADMA_VERSION);
		exit(command_finish_output());
	case ARGP_KEY_ERROR:
		refuse_option(state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{"verbose", 'v', NULL, 0, "report what is done (twice: each step)", -1},
	{"help", '?', NULL, 0, "print this help", -1},
	{"usage", OPTION_USAGE, NULL, 0, "print a short usage message", -1},
	{"version", OPTION_VERSION, NULL, 0, "print the version", -1},
	{0},
};
static const struct argp common_argp = {.options = common_options, .parser = parse_common};
const struct argp_child command_common[] = {{.argp = &common_argp}, {0}};

void command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	error_t error;

	set_log_level();
	/* In order: arguments after a subcommand's name belong to the subcommand. */
	error = argp_parse(argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_ERRS | ARGP_NO_HELP, NULL,
			   input);
	if (error)
		exit(complain("parse the arguments: %s", strerror(error)));
}

struct dispatch {
	const struct command *commands;
	const struct command *chosen;
	int at;
};

static void names_of(const struct command *commands, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (const struct command *c = commands; c->name && used < bytes; c++)
		used += (size_t)snprintf(text + used, bytes - used, "%s%s",
					 c == commands ? "" : ", ", c->name);
}

static error_t parse_dispatch(int key, char *value, struct argp_state *state)
{
	struct dispatch *dispatch = state->input;
	char names[256];

	names_of(dispatch->commands, names, sizeof(names));
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case ARGP_KEY_ARG:
		for (const struct command *c = dispatch->commands; c->name; c++) {
			if (strcmp(c->name, value) != 0)
				continue;
			dispatch->chosen = c;
			dispatch->at = state->next - 1;
			state->next = state->argc;
			return 0;
		}
		command_usage(state, "unknown command '%.64s'; use one of: %s", value, names);
	case ARGP_KEY_NO_ARGS:
		command_usage(state, "a command is missing; use one of: %s", names);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* argp asks for more text after the options: the commands. */
static char *help_commands(int key, const char *text, void *input)
{
	const struct dispatch *dispatch = input;
	size_t bytes;
	char *list;
	FILE *out;

	if (key != ARGP_KEY_HELP_EXTRA || !dispatch)
		return (char *)text;
	out = open_memstream(&list, &bytes);
	if (!out)
		return NULL;
	fputs("Commands:\n", out);
	for (const struct command *c = dispatch->commands; c->name; c++)
		fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fputs("\nEach command has its own --help.", out);
	fclose(out);
	return list;
}

int command_dispatch(const struct command *commands, const char *doc, int argc, char **argv)
{
	return command_dispatch_with(commands, command_common, doc, argc, argv);
}

int command_dispatch_with(const struct command *commands, const struct argp_child *children,
			  const char *doc, int argc, char **argv)
{
	const struct argp argp = {.parser = parse_dispatch,
				  .args_doc = "COMMAND [ARGUMENT...]",
				  .doc = doc,
				  .children = children,
				  .help_filter = help_commands};
	struct dispatch dispatch = {.commands = commands};
	char title[64];

	command_parse(&argp, argc, argv, &dispatch);
	snprintf(title, sizeof(title), "%s %s", argv[0], dispatch.chosen->name);
	argv[dispatch.at] = title;
	return dispatch.chosen->run(argc - dispatch.at, argv + dispatch.at);
}

int command_finish_output(void)
{
	int error = standard_output_flush();

	if (error == 0)
		return EXIT_SUCCESS;
	/* The reader closed the pipe (as head does): not worth a message. */
	if (error == EPIPE)
		return EXIT_FAILURE;
	return complain("write standard output: %s", strerror(error));
}
