// SPDX-License-Identifier: BSD-3-Clause
/* The text of an answer, see padma/stats.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "stats/client.h"

#define FIRST_LINE "padma-stats 1"

/* Take the next line from *rest. NULL: no complete line is left. */
static char *next_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return line;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

/* "set<TAB>name<TAB>value". */
static bool parse_counter(char *line, char *tab, struct stats_counter *counter)
{
	char *second = strchr(tab + 1, '\t');

	if (!second)
		return false;
	*tab = '\0';
	*second = '\0';
	counter->set = line;
	counter->name = tab + 1;
	return *line && *counter->name && second[1] >= '0' && second[1] <= '9' &&
	       parse_number(second + 1, &counter->value);
}

int stats_parse(struct stats_answer *answer)
{
	char *rest = answer->text, *line = next_line(&rest);

	answer->program = "";
	if (!line || strcmp(line, FIRST_LINE) != 0)
		return -1;
	answer->counters = calloc(count_lines(rest) + 1, sizeof(*answer->counters));
	if (!answer->counters)
		return -1;
	while ((line = next_line(&rest))) {
		char *tab = strchr(line, '\t');

		if (!strcmp(line, "end"))
			return *rest ? -1 : 0;
		if (!tab && !strncmp(line, "program ", 8))
			answer->program = line + 8;
		else if (tab && !parse_counter(line, tab, &answer->counters[answer->count++]))
			return -1;
		/* Keys of later versions are skipped. */
	}
	return -1;
}
