// SPDX-License-Identifier: BSD-3-Clause
/* Which backend a space gets: the one that was asked for, or the first that works. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "space/backend.h"

static int no_memory(void)
{
	return fail(-ENOMEM, "no memory for a space");
}

static int named(const char *name, const struct backend_ops **ops, char **why)
{
	char names[128] = "";

	for (size_t i = 0; space_backends[i]; i++) {
		if (strcmp(name, space_backends[i]->name) == 0) {
			*ops = space_backends[i];
			return asprintf(why, "it was asked for: %s", space_backends[i]->what) < 0
				       ? no_memory()
				       : 0;
		}
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 i ? ", " : "", space_backends[i]->name);
	}
	return fail(-EINVAL, "there is no backend %s in this build; there is: %s", name, names);
}

/* "NAME was passed over (REASON)" for each, after those so far, which are freed. */
static char *passed_over(char *so_far, const struct backend_ops *ops, const char *reason)
{
	char *longer;
	int rc = asprintf(&longer, "%s%s%s was passed over (%s)", so_far ? so_far : "",
			  so_far ? "; " : "", ops->name, reason);

	free(so_far);
	return rc < 0 ? NULL : longer;
}

/* @others: the words on those that were passed over, NULL where none was. */
static int take(const struct backend_ops *taken, const char *others, bool only,
		const struct backend_ops **ops, char **why)
{
	if (!others)
		others = only ? "no other takes such a device" : "it works here";
	*ops = taken;
	return asprintf(why, "%s: %s", others, taken->what) < 0 ? no_memory() : 0;
}

bool backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; space_backends[i]; i++) {
		char reason[BACKEND_REASON_BYTES] = "";

		if (!backend_takes(space_backends[i], kind))
			continue;
		if (space_backends[i]->works(reason))
			return false;
		if (used < BACKEND_REASONS_BYTES)
			used += (size_t)snprintf(text + used, BACKEND_REASONS_BYTES - used,
						 "%s%s (%s)", used ? "; " : "",
						 space_backends[i]->name, reason);
	}
	return used != 0;
}

static int none_works(const enum space_device_kind *kind, const char *others)
{
	char text[BACKEND_REASONS_BYTES];

	if (!kind)
		return fail(-ENODEV, "no backend works here: %s",
			    others ? others : "there is none");
	if (!backend_none_works(*kind, text))
		return fail(-ENODEV, "no backend of this build takes such a device");
	return fail(-ENODEV, "no backend for such a device works here: %s", text);
}

static size_t takers(enum space_device_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; space_backends[i]; i++)
		count += backend_takes(space_backends[i], kind);
	return count;
}

static int first_that_works(const enum space_device_kind *kind, const struct backend_ops **ops,
			    char **why)
{
	char *others = NULL;
	int rc;

	for (size_t i = 0; space_backends[i]; i++) {
		char reason[BACKEND_REASON_BYTES] = "";

		if (kind && !backend_takes(space_backends[i], *kind))
			continue;
		if (space_backends[i]->works(reason)) {
			rc = take(space_backends[i], others, kind && takers(*kind) == 1, ops, why);
			free(others);
			return rc;
		}
		others = passed_over(others, space_backends[i], reason);
	}
	rc = none_works(kind, others);
	free(others);
	return rc;
}

int backend_choose(const char *name, const enum space_device_kind *kind,
		   const struct backend_ops **ops, char **why)
{
	return name ? named(name, ops, why) : first_that_works(kind, ops, why);
}

const char *backends_for(enum space_device_kind kind, char names[BACKEND_NAMES_BYTES])
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; space_backends[i]; i++) {
		if (backend_takes(space_backends[i], kind) && used < BACKEND_NAMES_BYTES)
			used += (size_t)snprintf(names + used, BACKEND_NAMES_BYTES - used, "%s%s",
						 used ? " or " : "", space_backends[i]->name);
	}
	return names;
}
