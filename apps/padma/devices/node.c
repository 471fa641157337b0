// SPDX-License-Identifier: BSD-3-Clause
/* The VFIO or UIO node of a PCI function, and the processes that have it open. */
#include <stdio.h>

#include "devices/devices.h"
#include "common/json.h"

static const char *node_of(const struct padma_pci_state *state)
{
	if (*state->node)
		return state->node;
	return *state->group_node ? state->group_node : state->uio_node;
}

void devices_print_node(const struct padma_pci_state *state)
{
	if (!*node_of(state))
		return;
	printf("    %s%s", node_of(state), state->noiommu ? ", without an IOMMU" : "");
	for (size_t i = 0; i < state->holder_count; i++)
		printf("%s %d (%s)", i ? "," : ", open in", state->holders[i].pid,
		       state->holders[i].name);
	printf("%s\n", state->holder_count ? "" : ", not open");
}

static json_t *holders_json(const struct padma_pci_state *state)
{
	json_t *holders = json_array();

	for (size_t i = 0; i < state->holder_count; i++)
		json_array_append_new(holders,
				      json_pack("{s:i, s:o}", "pid", state->holders[i].pid, "name",
						json_text_or_null(state->holders[i].name)));
	return holders;
}

json_t *devices_vfio_json(const struct padma_pci_state *state)
{
	if (!*state->node && !*state->group_node)
		return json_null();
	return json_pack("{s:o, s:o, s:b, s:o}", "node", json_text_or_null(state->node), "group",
			 json_text_or_null(state->group_node), "noiommu", state->noiommu, "open_by",
			 holders_json(state));
}

json_t *devices_uio_json(const struct padma_pci_state *state)
{
	if (!*state->uio_node)
		return json_null();
	return json_pack("{s:o, s:o}", "node", json_text_or_null(state->uio_node), "open_by",
			 holders_json(state));
}
