// SPDX-License-Identifier: BSD-3-Clause
/* See uses.h, and padma/pci_bind.h for padma_pci_uses_get(). */
#include "pci/uses.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>
#include <padma/params.h>

#include "pci/array.h"
#include "pci/in_use.h"
#include "pci/process.h"

/* The base class of bridges (PCI Code and ID Assignment 1.11, 1.7). */
#define CLASS_BRIDGE 0x06u

static bool is_known(const struct padma_pci_uses *uses, const struct padma_pci_use *use)
{
	for (size_t i = 0; i < uses->count; i++) {
		if (uses->list[i].kind == use->kind && uses->list[i].pid == use->pid &&
		    strcmp(uses->list[i].text, use->text) == 0)
			return true;
	}
	return false;
}

int use_add(const struct use_search *search, enum padma_pci_use_kind kind, const char *device,
	    int pid, const char *format, ...)
{
	struct padma_pci_use use = {.kind = kind, .pid = pid};
	struct padma_pci_use *bigger;
	va_list args;

	snprintf(use.device, sizeof(use.device), "%.63s", device);
	va_start(args, format);
	vsnprintf(use.text, sizeof(use.text), format, args);
	va_end(args);
	if (pid)
		process_name(search->roots, pid, use.process, sizeof(use.process));
	if (is_known(search->uses, &use))
		return 0;
	bigger = reallocarray(search->uses->list, search->uses->count + 1, sizeof(*bigger));
	if (!bigger)
		return padma_fail(-ENOMEM, "pci", "no memory for the list of uses");
	search->uses->list = bigger;
	bigger[search->uses->count++] = use;
	return 0;
}

const char *use_device(const struct pci_node *node, char *text, size_t bytes)
{
	if (*node->lower)
		snprintf(text, bytes, "%s (over %s)", node->name, node->lower);
	else
		snprintf(text, bytes, "%s", node->name);
	return text;
}

/* The block device under each stacked one: a use even if nothing uses the stacked device. */
static int uses_of_stacking(const struct use_search *search)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < search->nodes->count; i++) {
		const struct pci_node *node = &search->nodes->list[i];
		char path[PATH_MAX], name[64];

		if (!*node->lower || node->partition)
			continue;
		if (!line_read(path_make(path, "%s/dm/name", node->real), name, sizeof(name)))
			line_read(path_make(path, "%s/md/level", node->real), name, sizeof(name));
		error = use_add(search, PADMA_PCI_USE_STACKED, node->lower, 0, "%s%s%s%s %s %s",
				node->name, *name ? " (" : "", name, *name ? ")" : "",
				strncmp(node->name, "loop", 4) == 0 ? "is a loop device over"
								    : "is made of",
				node->lower);
	}
	return error;
}

static int process_found(int pid, const struct pci_node *node, void *ctx)
{
	const struct use_search *search = ctx;
	char name[20], device[160];

	return use_add(search, PADMA_PCI_USE_OPEN, node->name, pid, "process %d (%s) has %s open",
		       pid, process_name(search->roots, pid, name, sizeof(name)),
		       use_device(node, device, sizeof(device)));
}

static int search_process(const struct pci_roots *roots, int pid, void *ctx)
{
	const struct use_search *search = ctx;

	return process_opens(roots, pid, search->nodes, NULL, process_found, ctx);
}

static int uses_of_processes(const struct use_search *search)
{
	if (search->nodes->count == 0)
		return 0;
	return processes_each(search->roots, search_process, (void *)search);
}

static int uses_of_virtual_functions(const struct use_search *search)
{
	unsigned int count = virtual_functions(search->roots);

	if (count == 0)
		return 0;
	return use_add(search, PADMA_PCI_USE_VIRTUAL_FUNCTIONS, "", 0,
		       "its %u virtual function%s would be lost", count, count == 1 ? "" : "s");
}

unsigned int virtual_functions(const struct pci_roots *roots)
{
	char path[PATH_MAX], line[16];

	line_read(path_make(path, "%s/sriov_numvfs", roots->function), line, sizeof(line));
	return (unsigned int)strtoul(line, NULL, 10);
}

/* The gravest use comes first: the message of a refusal has room for a few. */
int uses_find(const struct pci_roots *roots, const struct pci_nodes *nodes,
	      struct padma_pci_uses *uses)
{
	static int (*const parts[])(const struct use_search *search) = {
		uses_of_mounts,	 uses_of_swap,	    uses_of_stacking,	       uses_of_nvme_target,
		uses_of_network, uses_of_processes, uses_of_virtual_functions,
	};
	const struct use_search search = {roots, nodes, uses};
	int error = 0;

	/* What is behind a bridge is used there. */
	if (pci_class_code(roots) >> 16 == CLASS_BRIDGE)
		return 0;
	for (size_t i = 0; error == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		error = parts[i](&search);
	return error;
}

/* Processes that have a VFIO or UIO node open are in the function's state. */
static bool serves_programs(const struct padma_pci_bind_params *params, const char *address)
{
	struct padma_pci_state state;
	bool serves;

	if (padma_pci_state_get(address, params, &state))
		return false;
	serves = *state.node || *state.group_node || *state.uio_node;
	padma_pci_state_put(&state);
	return serves;
}

static int uses_of(const struct padma_pci_bind_params *params, const char *address,
		   struct padma_pci_uses *uses)
{
	struct pci_roots roots;
	struct pci_nodes nodes;
	int error = pci_roots_of(params, address, &roots);

	if (error || serves_programs(params, address))
		return error;
	error = pci_nodes_find(&roots, &nodes);
	if (error == 0)
		error = uses_find(&roots, &nodes, uses);
	pci_nodes_free(&nodes);
	return error;
}

int padma_pci_uses_get_sized(const char *address, size_t params_bytes,
			     const struct padma_pci_bind_params *given, size_t uses_bytes,
			     size_t use_bytes, struct padma_pci_uses *result)
{
	struct padma_pci_bind_params params;
	struct padma_pci_uses uses = {0};
	int error = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (error == 0)
		error = uses_of(&params, address, &uses);
	if (error == 0)
		error = array_give((void **)&uses.list, sizeof(*uses.list), uses.count, use_bytes);
	if (error)
		padma_pci_uses_put(&uses);
	padma_params_give(result, uses_bytes, &uses, sizeof(uses));
	return error;
}

void padma_pci_uses_put(struct padma_pci_uses *uses)
{
	free(uses->list);
	uses->list = NULL;
	uses->count = 0;
}

const char *padma_pci_use_kind_name(enum padma_pci_use_kind kind)
{
	static const char *const names[] = {
		[PADMA_PCI_USE_MOUNT] = "mount",
		[PADMA_PCI_USE_SWAP] = "swap",
		[PADMA_PCI_USE_STACKED] = "stacked",
		[PADMA_PCI_USE_TARGET] = "target",
		[PADMA_PCI_USE_OPEN] = "open",
		[PADMA_PCI_USE_NETWORK] = "network",
		[PADMA_PCI_USE_VIRTUAL_FUNCTIONS] = "virtual functions",
		[PADMA_PCI_USE_CLAIMED] = "claimed",
	};

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
