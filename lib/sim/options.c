// SPDX-License-Identifier: BSD-3-Clause
/* Parsing ",key=value" by a table of keys. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/options.h"

/* One key of the name that is being parsed; not terminated, as it points into the name. */
struct item {
	const char *name; /* the whole device name */
	const char *key;
	int key_length;
	const char *value; /* NULL where there is no '=' */
	int value_length;
};

/* Of a key or value, in messages: the advice comes after it. */
static int shown(int length)
{
	return length < 64 ? length : 64;
}

static int unknown_key(const struct item *item, const struct sim_option *table)
{
	char keys[256] = "";
	size_t used = 0;

	for (; table->key && used < sizeof(keys); table++)
		used += (size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s", used ? ", " : "",
					 table->key);
	return fail(-EINVAL, "%s: there is no key '%.*s'; the keys are %s", item->name,
		    shown(item->key_length), item->key, keys);
}

static int parse_number(const struct item *item, const struct sim_option *option, uint64_t *value)
{
	static const char suffixes[] = {'K', 'M', 'G', 'T'};
	char text[32], *end;
	unsigned int shift = 0;

	if (item->value_length == 0 || (size_t)item->value_length >= sizeof(text) ||
	    item->value[0] < '0' || item->value[0] > '9')
		return -EINVAL;
	memcpy(text, item->value, (size_t)item->value_length);
	text[item->value_length] = '\0';
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno)
		return -EINVAL;
	if (option->type == SIM_OPTION_BYTES && *end) {
		/* Not strchr(), which would also find the NUL at the end. */
		const char *suffix =
			memchr(suffixes, toupper((unsigned char)*end), sizeof(suffixes));

		if (!suffix)
			return -EINVAL;
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		end++;
	}
	if (*end || *value > UINT64_MAX >> shift)
		return -EINVAL;
	*value <<= shift;
	return 0;
}

static int set_number(const struct item *item, const struct sim_option *option, void *field)
{
	uint64_t value;

	if (parse_number(item, option, &value) || value < option->min || value > option->max)
		return fail(
			-EINVAL, "%s: '%s=%.*s' is not a number from %" PRIu64 " to %" PRIu64 "%s",
			item->name, option->key, shown(item->value_length), item->value,
			option->min, option->max,
			option->type == SIM_OPTION_BYTES ? " (K, M, G and T may follow it)" : "");
	memcpy(field, &value, sizeof(value));
	return 0;
}

static int set_text(const struct item *item, const struct sim_option *option, char **field)
{
	char *copy;

	if ((uint64_t)item->value_length < option->min ||
	    (uint64_t)item->value_length > option->max)
		return fail(-EINVAL,
			    "%s: the value of '%s' must have %" PRIu64 " to %" PRIu64
			    " characters, not %d",
			    item->name, option->key, option->min, option->max, item->value_length);
	copy = strndup(item->value, (size_t)item->value_length);
	if (!copy)
		return fail(-ENOMEM, "%s: no memory left", item->name);
	free(*field);
	*field = copy;
	return 0;
}

static int set_option(const struct item *item, const struct sim_option *option, void *config)
{
	void *field = (char *)config + option->offset;

	if (option->type == SIM_OPTION_FLAG) {
		if (item->value)
			return fail(-EINVAL, "%s: '%s' takes no value", item->name, option->key);
		*(bool *)field = true;
		return 0;
	}
	if (!item->value)
		return fail(-EINVAL, "%s: '%s' needs a value: %s=...", item->name, option->key,
			    option->key);
	if (option->type == SIM_OPTION_TEXT)
		return set_text(item, option, field);
	return set_number(item, option, field);
}

static int parse_item(const struct item *item, const struct sim_option *table, void *config)
{
	for (const struct sim_option *option = table; option->key; option++) {
		if (strlen(option->key) == (size_t)item->key_length &&
		    strncmp(option->key, item->key, (size_t)item->key_length) == 0)
			return set_option(item, option, config);
	}
	return unknown_key(item, table);
}

/* The item at @text, which begins with its comma. Return: what follows it. */
static const char *next_item(const char *text, struct item *item)
{
	size_t length = strcspn(text + 1, ",");
	const char *equals = memchr(text + 1, '=', length);

	item->key = text + 1;
	item->key_length = (int)(equals ? (size_t)(equals - item->key) : length);
	item->value = equals ? equals + 1 : NULL;
	item->value_length = equals ? (int)(item->key + length - item->value) : 0;
	return text + 1 + length;
}

static bool same_key(const struct item *a, const struct item *b)
{
	return a->key_length == b->key_length && memcmp(a->key, b->key, (size_t)a->key_length) == 0;
}

/* Which of the two values was meant is anybody's guess. */
static int check_once(const char *first, const struct item *item)
{
	struct item earlier = {0};

	while (first + 1 < item->key) {
		first = next_item(first, &earlier);
		if (earlier.key != item->key && same_key(&earlier, item))
			return fail(-EINVAL, "%s: the key '%.*s' is given twice; give it once",
				    item->name, shown(item->key_length), item->key);
	}
	return 0;
}

int sim_options_parse(const char *name, const char *text, const struct sim_option *table,
		      void *config)
{
	struct item item = {.name = name};
	const char *at = text;

	while (*at == ',') {
		const char *next = next_item(at, &item);
		int rc = parse_item(&item, table, config);

		if (rc == 0)
			rc = check_once(text, &item);
		if (rc)
			return rc;
		at = next;
	}
	return 0;
}

void sim_options_free(const struct sim_option *table, void *config)
{
	for (; table->key; table++) {
		if (table->type == SIM_OPTION_TEXT) {
			char **field = (char **)(void *)((char *)config + table->offset);

			free(*field);
			*field = NULL;
		}
	}
}
