// SPDX-License-Identifier: BSD-3-Clause
/* padma stats: the counters of running processes. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/json.h"
#include "common/options.h"
#include "common/standard.h"
#include "stats/client.h"

struct options {
	bool all;
	bool json;
	uint64_t pid; /* 0: none was given */
};

enum {
	OPTION_ALL = 0x100,
	OPTION_JSON,
};

static const struct argp_option rows[] = {
	{"all", OPTION_ALL, NULL, 0, "of all processes", 0},
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPTION_ALL:
		o->all = true;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->pid)
			command_usage(state, "'%.64s' is not expected", value);
		o->pid = option_number(state, "PID", value, 1, INT32_MAX);
		return 0;
	case ARGP_KEY_END:
		if (o->all && o->pid)
			command_usage(state, "give a process or --all, not both");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Text of another process may contain control characters. */
static void print_clean(const char *before, const char *text, int width)
{
	char line[256];

	one_line(line, sizeof(line), text);
	printf("%s%-*s", before, width, line);
}

static void print_text(const struct stats_answer *answer)
{
	const char *set = "";

	printf("%ld", answer->pid);
	print_clean(" ", answer->program, 0);
	putchar('\n');
	for (size_t i = 0; i < answer->count; i++) {
		const struct stats_counter *counter = &answer->counters[i];

		if (strcmp(set, counter->set) != 0) {
			print_clean("  ", counter->set, 0);
			putchar('\n');
		}
		set = counter->set;
		print_clean("    ", counter->name, 24);
		printf(" %20" PRIu64 "\n", counter->value);
	}
}

/*
 * The JSON object of a set's counters. A counter name that the current set has already starts
 * another set of the same name. NULL: no memory.
 */
static json_t *set_object(json_t *sets, const struct stats_counter *counter)
{
	json_t *last = json_array_get(sets, json_array_size(sets) - 1), *counters;
	const char *name = json_string_value(json_object_get(last, "name"));

	counters = json_object_get(last, "counters");
	if (name && !strcmp(name, counter->set) && !json_object_get(counters, counter->name))
		return counters;
	counters = json_object();
	if (json_array_append_new(sets, json_pack("{so so}", "name", json_text(counter->set),
						  "counters", counters)))
		return NULL;
	return counters;
}

static json_t *to_json(const struct stats_answer *answer)
{
	json_t *sets = json_array();

	for (size_t i = 0; i < answer->count; i++) {
		const struct stats_counter *counter = &answer->counters[i];
		json_t *counters = set_object(sets, counter);

		if (json_object_set_new(counters, counter->name,
					json_integer((json_int_t)counter->value))) {
			json_decref(sets);
			return NULL;
		}
	}
	return json_pack("{sI so so}", "pid", (json_int_t)answer->pid, "program",
			 json_text(answer->program), "sets", sets);
}

/* Print the answer of @pid, or add it to @processes. Returns as stats_ask(). */
static int show(const struct stats_pids *pids, long pid, json_t *processes)
{
	struct stats_answer answer;
	int code = stats_ask(pids, pid, &answer);

	if (code)
		return code;
	if (!processes)
		print_text(&answer);
	else if (json_array_append_new(processes, to_json(&answer)))
		code = complain("no memory for JSON");
	stats_answer_free(&answer);
	return code;
}

static int refuse_several(const struct stats_pids *pids)
{
	char text[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < pids->count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %ld", pids->list[i]);
	return complain("processes publish counters:%s; give one of them, or --all", text);
}

/* Reduce @pids to the chosen processes. Return: 0, or the exit code after complaining. */
static int choose(const struct options *options, struct stats_pids *pids)
{
	if (options->all)
		return 0;
	if (options->pid) {
		for (size_t i = 0; i < pids->count; i++) {
			if (pids->list[i] != (long)options->pid)
				continue;
			pids->list[0] = (long)options->pid;
			pids->count = 1;
			return 0;
		}
		return complain("process %" PRIu64 " publishes no counters in %s; it has to call "
				"padma_stats_serve()",
				options->pid, pids->directory);
	}
	if (pids->count == 0)
		return complain("no process publishes counters in %s", pids->directory);
	return pids->count == 1 ? 0 : refuse_several(pids);
}

/* Report each process; with --all, one that has ended meanwhile is left out. */
static int show_all(const struct options *options, const struct stats_pids *pids)
{
	json_t *processes = options->json ? json_array() : NULL;
	int failed = 0, code;

	for (size_t i = 0; i < pids->count; i++) {
		code = show(pids, pids->list[i], processes);
		if (code < 0 && !options->all)
			code = complain("process %ld has ended", pids->list[i]);
		if (code > 0)
			failed = code;
	}
	if (failed && !options->all) {
		json_decref(processes);
		return failed;
	}
	code = options->json ? json_print(json_pack("{so}", "processes", processes))
			     : command_finish_output();
	return failed ? failed : code;
}

int stats_command(int argc, char **argv)
{
	const struct argp argp = {
		.options = rows,
		.parser = parse,
		.args_doc = "[PID]",
		.doc = "The counters of a running process that publishes them: a program that "
		       "calls padma_stats_serve(), padma nvme perf, padma bench. Without PID that "
		       "of the only one.\vThey are looked for in $PADMA_STATS_DIR, else in "
		       "/run/padma (root) or $XDG_RUNTIME_DIR/padma.",
		.children = command_common};
	struct options options = {0};
	struct stats_pids pids;
	int code;

	command_parse(&argp, argc, argv, &options);
	code = stats_pids_find(&pids);
	if (!code)
		code = choose(&options, &pids);
	if (!code)
		code = show_all(&options, &pids);
	stats_pids_free(&pids);
	return code;
}
