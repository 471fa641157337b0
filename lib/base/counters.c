// SPDX-License-Identifier: BSD-3-Clause
/* The process's registered counters: a list under a lock, off the hot path. */
#define PADMA_PART "counter"
#include "base/base.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/counter.h>
#include <padma/params.h>

#define MOST_COUNTERS 1024u

struct padma_counters {
	struct padma_counters *previous, *next;
	char name[PADMA_COUNTER_SET_BYTES];
	const char *base;
	const struct padma_counter_name *names;
	unsigned int count;
};

static pthread_mutex_t counters_lock = PTHREAD_MUTEX_INITIALIZER;
static struct padma_counters *first, *last;

/* At most @room bytes of @text, and no half of a UTF-8 character. */
static int cut(const char *text, size_t room)
{
	size_t length = strnlen(text, room + 1);

	if (length <= room)
		return (int)length;
	while (room && ((unsigned char)text[room] & 0xc0) == 0x80)
		room--;
	return (int)room;
}

/* The part is kept whole: it distinguishes the sets of one device. */
static void make_name(char name[PADMA_COUNTER_SET_BYTES], const struct padma_counter_set *set)
{
	const char *part = set->part ? set->part : "";
	int part_length = cut(part, PADMA_COUNTER_SET_BYTES / 2);
	size_t room = PADMA_COUNTER_SET_BYTES - 1 - (size_t)part_length - (part_length ? 1 : 0);

	snprintf(name, PADMA_COUNTER_SET_BYTES, "%.*s%s%.*s", cut(set->name, room), set->name,
		 part_length ? " " : "", part_length, part);
	/* Names of devices may hold names of files. */
	for (char *c = name; *c; c++) {
		if (iscntrl((unsigned char)*c))
			*c = '?';
	}
}

static bool is_counter_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = name ? strnlen(name, PADMA_COUNTER_NAME_BYTES) : 0;

	return length > 0 && length < PADMA_COUNTER_NAME_BYTES && strspn(name, allowed) == length;
}

static int check_names(const struct padma_counter_set *set)
{
	for (unsigned int i = 0; i < set->count; i++) {
		const char *name = set->names[i].name;

		if (!is_counter_name(name))
			return fail(-EINVAL,
				    "a counter is named by 1 to %d of a-z, 0-9 and _; rename "
				    "number %u of set '%s'",
				    PADMA_COUNTER_NAME_BYTES - 1, i, set->name);
		for (unsigned int j = 0; j < i; j++) {
			if (!strcmp(set->names[j].name, name))
				return fail(-EINVAL, "set '%s' has two counters '%s'; rename one",
					    set->name, name);
		}
	}
	return 0;
}

static int check_set(const struct padma_counter_set *set)
{
	if (!set->name || !*set->name)
		return fail(-EINVAL, "a set of counters needs a name, for example its device's");
	if (!set->base || !set->names || set->count == 0 || set->count > MOST_COUNTERS)
		return fail(-EINVAL, "set '%s' needs a base and 1 to %u counters", set->name,
			    MOST_COUNTERS);
	return check_names(set);
}

static void append(struct padma_counters *counters)
{
	pthread_mutex_lock(&counters_lock);
	counters->previous = last;
	*(last ? &last->next : &first) = counters;
	last = counters;
	pthread_mutex_unlock(&counters_lock);
}

int padma_counters_register_sized(size_t set_bytes, const struct padma_counter_set *given,
				  struct padma_counters **registered)
{
	struct padma_counters *counters;
	struct padma_counter_set set;
	int rc = padma_params_take(&set, sizeof(set), given, set_bytes);

	if (!rc)
		rc = check_set(&set);
	if (rc)
		return rc;
	counters = calloc(1, sizeof(*counters));
	if (!counters)
		return fail(-ENOMEM, "no memory for the names of counters");
	make_name(counters->name, &set);
	counters->base = set.base;
	counters->names = set.names;
	counters->count = set.count;
	append(counters);
	*registered = counters;
	return 0;
}

void padma_counters_unregister(struct padma_counters *counters)
{
	if (!counters)
		return;
	pthread_mutex_lock(&counters_lock);
	*(counters->previous ? &counters->previous->next : &first) = counters->next;
	*(counters->next ? &counters->next->previous : &last) = counters->previous;
	pthread_mutex_unlock(&counters_lock);
	free(counters);
}

static void read_one(const struct padma_counters *counters, unsigned int i, void *to, size_t bytes)
{
	const struct padma_counter_name *name = &counters->names[i];
	struct padma_counter_value value = {0};

	memcpy(value.set, counters->name, sizeof(value.set));
	snprintf(value.name, sizeof(value.name), "%s", name->name);
	value.value = padma_counter_read(
		(const struct padma_counter *)(const void *)(counters->base + name->offset));
	padma_params_give(to, bytes, &value, sizeof(value));
}

unsigned int padma_counters_get_sized(size_t value_bytes, struct padma_counter_value *values,
				      unsigned int room)
{
	unsigned int count = 0;

	pthread_mutex_lock(&counters_lock);
	for (const struct padma_counters *c = first; c; c = c->next) {
		for (unsigned int i = 0; i < c->count; i++, count++) {
			if (count < room)
				read_one(c, i, (char *)values + count * value_bytes, value_bytes);
		}
	}
	pthread_mutex_unlock(&counters_lock);
	return count;
}
