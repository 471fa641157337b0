// SPDX-License-Identifier: BSD-3-Clause
/* See backend_report.h. */
#include "backend_report.h"

#include <stdio.h>

void backend_print(const char *label, struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	printf("%s%s: %s\n", label, info.backend, info.why);
}

json_t *backend_json(json_t *object, struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	if (!object || json_object_set_new(object, "backend", json_string(info.backend)) ||
	    json_object_set_new(object, "backend_why", json_string(info.why))) {
		json_decref(object);
		return NULL;
	}
	return object;
}
