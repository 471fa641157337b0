// SPDX-License-Identifier: BSD-3-Clause
/* See backend_report.h. */
#include "common/backend_report.h"

#include <stdio.h>

#include "common/json.h"

void backend_note(struct backend_taken *taken, struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	snprintf(taken->name, sizeof(taken->name), "%s", info.backend);
	snprintf(taken->why, sizeof(taken->why), "%s", info.why);
}

void backend_print(const char *label, const struct backend_taken *taken)
{
	if (*taken->name)
		printf("%s%s: %s\n", label, taken->name, taken->why);
}

json_t *backend_json(json_t *object, const struct backend_taken *taken)
{
	if (!object || !*taken->name)
		return object;
	if (json_object_set_new(object, "backend", json_text(taken->name)) ||
	    json_object_set_new(object, "backend_why", json_text(taken->why))) {
		json_decref(object);
		return NULL;
	}
	return object;
}
