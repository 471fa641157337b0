// SPDX-License-Identifier: BSD-3-Clause
/* See in_use.h. */
#include "pci/in_use.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/error.h>

/* As many uses as a sentence can hold. */
#define NAMED_MAX 3

static int refuse(const char *address, const struct padma_pci_uses *uses)
{
	char text[400] = "", more[32] = "";
	size_t named = 0, used = 0;

	for (; named < uses->count && named < NAMED_MAX; named++) {
		size_t length = strlen(uses->list[named].text);

		if (named && used + length + 2 >= sizeof(text))
			break;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 named ? "; " : "", uses->list[named].text);
	}
	if (named < uses->count)
		snprintf(more, sizeof(more), "; and %zu more", uses->count - named);
	return padma_fail(-EBUSY, "pci",
			  "%s is in use: %s%s. End that first, or force it (--force) and lose that",
			  address, text, more);
}

int pci_not_in_use(const struct pci_roots *roots, const char *address, struct pci_claims *claims)
{
	struct padma_pci_uses uses = {0};
	struct pci_nodes nodes;
	const struct use_search search = {roots, &nodes, &uses};
	int error;

	*claims = (struct pci_claims){0};
	error = pci_nodes_find(roots, &nodes);
	if (error == 0)
		error = uses_find(roots, &nodes, &uses);
	if (error == 0)
		error = claims_take(&search, claims);
	if (error == 0 && uses.count)
		error = refuse(address, &uses);
	if (error)
		claims_release(claims);
	pci_nodes_free(&nodes);
	padma_pci_uses_put(&uses);
	return error;
}

int pci_is_closed(const char *address, const struct padma_pci_state *state)
{
	const struct padma_pci_holder *holder = state->holders;

	if (state->holder_count == 0)
		return 0;
	return padma_fail(-EBUSY, "pci", "%s: process %d (%s)%s has it open; end that first",
			  address, holder->pid, holder->name,
			  state->holder_count > 1 ? " and others" : "");
}
