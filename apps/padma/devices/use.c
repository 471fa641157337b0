// SPDX-License-Identifier: BSD-3-Clause
/* The uses of a function that a kernel driver has. */
#include <stdio.h>

#include "devices/devices.h"
#include "common/json.h"

void devices_print_uses(const struct padma_pci_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++)
		printf("    in use: %s\n", uses->list[i].text);
}

static json_t *use_json(const struct padma_pci_use *use)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", padma_pci_use_kind_name(use->kind),
			 "device", json_text_or_null(use->device), "pid",
			 json_integer_or_null(use->pid ? use->pid : -1), "process",
			 json_text_or_null(use->process), "text", json_text_or_null(use->text));
}

json_t *devices_uses_json(const struct padma_pci_uses *uses)
{
	json_t *list = json_array();

	for (size_t i = 0; i < uses->count; i++)
		json_array_append_new(list, use_json(&uses->list[i]));
	return list;
}
