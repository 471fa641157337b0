// SPDX-License-Identifier: BSD-3-Clause
/* Parsing ",key=value" by two tables of keys: the model's own, and those of all models. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/keys.h"

#define COMMON(field) offsetof(struct sim_keys, field)
#define KINDS_LENGTH  96
#define FAULT_LENGTH  80
#define RESET_LENGTH  8
/* Of the names of all keys, in messages. */
#define LIST_BYTES    1024

static const struct padma_sim_key common_keys[] = {
	{.name = "step",
	 .type = PADMA_SIM_KEY_FLAG,
	 .offset = COMMON(step),
	 .help = "it moves by padma_sim_step() only"},
	{.name = "trap",
	 .type = PADMA_SIM_KEY_FLAG,
	 .offset = COMMON(trap),
	 .help = "no part of a BAR is mapped"},
	{.name = "reset",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = COMMON(reset),
	 .min = 1,
	 .max = RESET_LENGTH,
	 .help = "how the kernel can reset it: flr, bus, pm or none"},
	{.name = "fault",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = COMMON(fault),
	 .min = 1,
	 .max = FAULT_LENGTH,
	 .help = "a fault from the start: KIND[:VALUE[:SKIP[:COUNT]]]"},
	{.name = "hostile",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = COMMON(hostile),
	 .min = 1,
	 .max = UINT64_MAX,
	 .initial = SIM_NOT_HOSTILE,
	 .help = "mutate what it writes to memory and what its registers read, by this seed"},
	{.name = "hostile-rate",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = COMMON(hostile_rate),
	 .min = 1,
	 .max = UINT64_MAX,
	 .help = "one access in so many"},
	{.name = "hostile-after",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = COMMON(hostile_after),
	 .max = UINT64_MAX,
	 .help = "accesses of each sort that come through first"},
	{.name = "hostile-kinds",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = COMMON(hostile_kinds),
	 .min = 1,
	 .max = KINDS_LENGTH,
	 .help = "which accesses and how: memory, registers, flip, random, ... joined by '+'"},
	{.name = "seed",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = COMMON(seed),
	 .min = 1,
	 .max = UINT64_MAX,
	 .initial = 1,
	 .help = "of what the model does at random"},
	/* The last one, which devices that are not simulated have, too. */
	{.name = "help",
	 .type = PADMA_SIM_KEY_FLAG,
	 .offset = COMMON(help),
	 .help = "name all keys, and fail"},
	{.name = NULL},
};

static const struct padma_sim_key *const help_key =
	&common_keys[sizeof(common_keys) / sizeof(common_keys[0]) - 2];

static const struct padma_sim_key no_keys[] = {{.name = NULL}};

static const struct padma_sim_key *keys_of(const struct padma_sim_model *model)
{
	return model->keys ? model->keys : no_keys;
}

/* One key of the name that is being parsed; not terminated, as it points into the name. */
struct item {
	const char *name;		       /* the whole device name */
	const struct padma_sim_key *tables[2]; /* the model's, and those beside them */
	const char *key;
	int key_length;
	const char *value; /* NULL if there is no '=' */
	int value_length;
};

/* Of a key or value, in messages: the advice comes after it. */
static int shown(int length)
{
	return length < 64 ? length : 64;
}

/* The names of all keys, cut off if they are longer. */
static void list_keys(const struct item *item, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < 2; i++) {
		for (const struct padma_sim_key *key = item->tables[i]; key->name && used < bytes;
		     key++)
			used += (size_t)snprintf(text + used, bytes - used, "%s%s",
						 used ? ", " : "", key->name);
	}
}

static int unknown_key(const struct item *item)
{
	char keys[LIST_BYTES];

	list_keys(item, keys, sizeof(keys));
	return fail(-EINVAL, "%s: there is no key '%.*s'; the keys are %s", item->name,
		    shown(item->key_length), item->key, keys);
}

/* The names go into the message, their meanings into the log. */
static int help(const struct item *item, const struct padma_sim_model *model)
{
	static const char *const values[] = {"", "=NUMBER", "=BYTES", "=TEXT"};
	char keys[LIST_BYTES];
	int rc;

	for (unsigned int i = 0; i < 2; i++) {
		for (const struct padma_sim_key *key = item->tables[i]; key->name; key++)
			log_info("%s: %s%s: %s", model->name, key->name, values[key->type],
				 key->help ? key->help : "");
	}
	list_keys(item, keys, sizeof(keys));
	/* Not logged: the log has the keys already, and this is no fault. */
	fail_hold();
	rc = fail(-EINVAL, "%s: %s%sthe keys are %s", item->name, model->help ? model->help : "",
		  model->help ? "; " : "", keys);
	fail_release(0);
	return rc;
}

static int parse_number(const struct item *item, const struct padma_sim_key *key, uint64_t *value)
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
	if (key->type == PADMA_SIM_KEY_SIZE && *end) {
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

static int set_number(const struct item *item, const struct padma_sim_key *key, void *field)
{
	uint64_t value;

	if (parse_number(item, key, &value) || value < key->min || value > key->max)
		return fail(
			-EINVAL, "%s: '%s=%.*s' is not a number from %" PRIu64 " to %" PRIu64 "%s",
			item->name, key->name, shown(item->value_length), item->value, key->min,
			key->max,
			key->type == PADMA_SIM_KEY_SIZE ? " (K, M, G and T may follow it)" : "");
	memcpy(field, &value, sizeof(value));
	return 0;
}

static int set_text(const struct item *item, const struct padma_sim_key *key, char **field)
{
	char *copy;

	if ((uint64_t)item->value_length < key->min || (uint64_t)item->value_length > key->max)
		return fail(-EINVAL,
			    "%s: the value of '%s' must have %" PRIu64 " to %" PRIu64
			    " characters, not %d",
			    item->name, key->name, key->min, key->max, item->value_length);
	copy = strndup(item->value, (size_t)item->value_length);
	if (!copy)
		return fail(-ENOMEM, "%s: no memory left", item->name);
	free(*field);
	*field = copy;
	return 0;
}

static int set_key(const struct item *item, const struct padma_sim_key *key, void *fields)
{
	void *field = (char *)fields + key->offset;

	if (key->type == PADMA_SIM_KEY_FLAG) {
		if (item->value)
			return fail(-EINVAL, "%s: '%s' takes no value", item->name, key->name);
		*(bool *)field = true;
		return 0;
	}
	if (!item->value)
		return fail(-EINVAL, "%s: '%s' needs a value: %s=...", item->name, key->name,
			    key->name);
	if (key->type == PADMA_SIM_KEY_TEXT)
		return set_text(item, key, field);
	return set_number(item, key, field);
}

static const struct padma_sim_key *find_key(const struct padma_sim_key *table,
					    const struct item *item)
{
	for (; table->name; table++) {
		if (strlen(table->name) == (size_t)item->key_length &&
		    strncmp(table->name, item->key, (size_t)item->key_length) == 0)
			return table;
	}
	return NULL;
}

static int parse_item(const struct item *item, struct sim_keys *keys, void *state)
{
	const struct padma_sim_key *key = find_key(item->tables[0], item);

	if (key)
		return set_key(item, key, state);
	key = find_key(item->tables[1], item);
	return key ? set_key(item, key, keys) : unknown_key(item);
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

/* It is not known which of the two values was meant. */
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

static void set_initial(const struct padma_sim_key *table, void *fields)
{
	for (; table->name; table++) {
		if (table->type == PADMA_SIM_KEY_NUMBER || table->type == PADMA_SIM_KEY_SIZE)
			memcpy((char *)fields + table->offset, &table->initial,
			       sizeof(table->initial));
	}
}

int sim_keys_parse(const char *name, const char *text, const struct padma_sim_model *model,
		   bool served, struct sim_keys *keys, void *state)
{
	struct item item = {
		.name = name,
		.tables = {keys_of(model), served ? help_key : common_keys},
	};
	const char *at = text;

	set_initial(common_keys, keys);
	set_initial(keys_of(model), state);
	while (*at == ',') {
		const char *next = next_item(at, &item);
		int rc = parse_item(&item, keys, state);

		if (rc == 0)
			rc = check_once(text, &item);
		if (rc)
			return rc;
		at = next;
	}
	return keys->help ? help(&item, model) : 0;
}

static void free_texts(const struct padma_sim_key *table, void *fields)
{
	for (; table->name; table++) {
		if (table->type == PADMA_SIM_KEY_TEXT) {
			char **field = (char **)(void *)((char *)fields + table->offset);

			free(*field);
			*field = NULL;
		}
	}
}

void sim_keys_free(const struct padma_sim_model *model, struct sim_keys *keys, void *state)
{
	free_texts(common_keys, keys);
	free_texts(keys_of(model), state);
}

static size_t field_bytes(enum padma_sim_key_type type)
{
	switch (type) {
	case PADMA_SIM_KEY_FLAG:
		return sizeof(bool);
	case PADMA_SIM_KEY_TEXT:
		return sizeof(char *);
	default:
		return sizeof(uint64_t);
	}
}

static int check_key(const char *model, const struct padma_sim_key *table,
		     const struct padma_sim_key *key, size_t state_bytes)
{
	struct item item = {.key = key->name, .key_length = (int)strlen(key->name)};
	size_t bytes = field_bytes(key->type);

	if (item.key_length == 0 || strpbrk(key->name, ",= "))
		return fail(-EINVAL,
			    "the model '%s' has a key '%s'; a key has neither ',', '=' nor "
			    "a space in it",
			    model, key->name);
	if (find_key(common_keys, &item) || find_key(table, &item) != key)
		return fail(-EINVAL,
			    "the key '%s' of the model '%s' is taken, by all models or by itself; "
			    "give it another name",
			    key->name, model);
	if ((unsigned int)key->type > PADMA_SIM_KEY_TEXT || key->min > key->max)
		return fail(-EINVAL,
			    "the key '%s' of the model '%s' has no such type, or a minimum "
			    "above its maximum",
			    key->name, model);
	if (key->reserved[0] || key->reserved[1])
		return fail(-EINVAL,
			    "the key '%s' of the model '%s' has a reserved field that is not 0",
			    key->name, model);
	if (key->offset > state_bytes || bytes > state_bytes - key->offset)
		return fail(-EINVAL,
			    "the key '%s' of the model '%s' has its field at %zu, outside of the "
			    "state's %zu bytes",
			    key->name, model, key->offset, state_bytes);
	return 0;
}

int sim_keys_check(const char *model, const struct padma_sim_key *table, size_t state_bytes)
{
	int rc = 0;

	for (const struct padma_sim_key *key = table; key && key->name && rc == 0; key++)
		rc = check_key(model, table, key, state_bytes);
	return rc;
}
