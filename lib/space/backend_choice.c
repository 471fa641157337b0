// SPDX-License-Identifier: BSD-3-Clause
/* Choosing the backend of a space: by name, or the first that works. */
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

static int choose_by_name(const char *name, const struct backend_ops **ops, char **why)
{
	char names[128] = "";

	for (size_t i = 0; space_backends[i]; i++) {
		if (strcmp(name, space_backends[i]->name) == 0) {
			*ops = space_backends[i];
			return asprintf(why, "it was requested: %s", space_backends[i]->what) < 0
				       ? no_memory()
				       : 0;
		}
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 i ? ", " : "", space_backends[i]->name);
	}
	return fail(-EINVAL, "there is no backend %s in this build; there is: %s", name, names);
}

/* @so_far, which is freed, and "NAME was passed over (REASON)". */
static char *passed_over(char *so_far, const struct backend_ops *ops, const char *reason)
{
	char *longer;
	int rc = asprintf(&longer, "%s%s%s was passed over (%s)", so_far ? so_far : "",
			  so_far ? "; " : "", ops->name, reason);

	free(so_far);
	return rc < 0 ? NULL : longer;
}

/* @others: why others were passed over, NULL if none was. */
static int choose(const struct backend_ops *chosen, const char *others, bool only,
		  const struct backend_ops **ops, char **why)
{
	if (!others)
		others = only ? "no other takes such a device" : "it works here";
	*ops = chosen;
	return asprintf(why, "%s: %s", others, chosen->what) < 0 ? no_memory() : 0;
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

static size_t count_takers(enum space_device_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; space_backends[i]; i++)
		count += backend_takes(space_backends[i], kind);
	return count;
}

static int choose_first(const enum space_device_kind *kind, const struct backend_ops **ops,
			char **why)
{
	char *others = NULL;
	int rc;

	for (size_t i = 0; space_backends[i]; i++) {
		char reason[BACKEND_REASON_BYTES] = "";

		if (kind && !backend_takes(space_backends[i], *kind))
			continue;
		if (space_backends[i]->works(reason)) {
			rc = choose(space_backends[i], others, kind && count_takers(*kind) == 1,
				    ops, why);
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
	return name ? choose_by_name(name, ops, why) : choose_first(kind, ops, why);
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
