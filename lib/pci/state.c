// SPDX-License-Identifier: BSD-3-Clause
/* A function's driver, its nodes of VFIO and UIO, and the processes that have those open. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/params.h>

#include "pci/array.h"
#include "pci/process.h"
#include "pci/state.h"

#define NOIOMMU_PREFIX "noiommu-"

/* "noiommu-vfio0" of "/dev/vfio/devices/noiommu-vfio0"; a name that does not exist for "". */
static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : "-";
}

/*
 * The class device of VFIO below <function>/vfio-dev (drivers/vfio/vfio_main.c). Its name is the
 * node's; the file "dev" in it exists only if the kernel offers a node at all.
 */
static void find_node(const struct pci_roots *roots, struct padma_pci_state *state)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *directory = opendir(path_make(path, "%s/vfio-dev", roots->function));

	if (!directory)
		return;
	while ((entry = readdir(directory)) != NULL) {
		const char *name = entry->d_name;

		if (!strstr(name, "vfio") || strlen(name) > 64)
			continue;
		if (strncmp(name, NOIOMMU_PREFIX, strlen(NOIOMMU_PREFIX)) == 0)
			state->noiommu = true;
		path_make(path, "%s/vfio-dev/%s/dev", roots->function, name);
		if (access(path, F_OK) == 0)
			snprintf(state->node, sizeof(state->node), "%s/vfio/devices/%.64s",
				 roots->dev, name);
	}
	closedir(directory);
}

/* The node of a dummy group has a prefix. */
static void find_group_node(const struct pci_roots *roots, struct padma_pci_state *state)
{
	char path[PATH_MAX], group[32];

	link_name(path_make(path, "%s/iommu_group", roots->function), group, sizeof(group));
	if (!*group || strcmp(state->driver, PCI_VFIO) != 0)
		return;
	if (group_is_dummy(roots->function))
		state->noiommu = true;
	path_make(path, "%s/vfio/%s%s", roots->dev, state->noiommu ? NOIOMMU_PREFIX : "", group);
	if (access(path, F_OK) == 0)
		snprintf(state->group_node, sizeof(state->group_node), "%.120s", path);
}

/* The one entry of <function>/uio, which any UIO driver makes (drivers/uio/uio.c). */
static void find_uio_node(const struct pci_roots *roots, struct padma_pci_state *state)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *directory = opendir(path_make(path, "%s/uio", roots->function));

	if (!directory)
		return;
	while ((entry = readdir(directory)) != NULL) {
		if (strncmp(entry->d_name, "uio", 3) == 0 && strlen(entry->d_name) < 32)
			snprintf(state->uio_node, sizeof(state->uio_node), "%.90s/%.32s",
				 roots->dev, entry->d_name);
	}
	closedir(directory);
}

static int add_holder(struct padma_pci_state *state, const char *proc, int pid)
{
	char path[PATH_MAX];
	struct padma_pci_holder *bigger =
		reallocarray(state->holders, state->holder_count + 1, sizeof(*bigger));

	if (!bigger)
		return padma_fail(-ENOMEM, "pci", "no memory for the list of processes");
	state->holders = bigger;
	bigger += state->holder_count++;
	bigger->pid = pid;
	line_read(path_make(path, "%s/%d/comm", proc, pid), bigger->name, sizeof(bigger->name));
	return 0;
}

struct holder_search {
	const struct pci_roots *roots;
	struct padma_pci_state *state;
	struct pci_nodes nodes;
};

/* Each process once, however often it has the function open. */
static int holder_found(int pid, const struct pci_node *node, void *ctx)
{
	const struct holder_search *search = ctx;
	int error = add_holder(search->state, search->roots->proc, pid);

	(void)node;
	return error ? error : 1;
}

static int search_process(const struct pci_roots *roots, int pid, void *ctx)
{
	const struct holder_search *search = ctx;
	int result = process_opens(roots, pid, &search->nodes, roots->function, holder_found, ctx);

	return result < 0 ? result : 0;
}

/* The numbers of the function's nodes: of its character device, its group's, and UIO's. */
static size_t find_numbers(const struct pci_roots *roots, const struct padma_pci_state *state,
			   struct pci_node nodes[3])
{
	char paths[3][PATH_MAX];
	size_t count = 0;

	path_make(paths[0], "%s/vfio-dev/%s/dev", roots->function, last_part(state->node));
	path_make(paths[1], "%s/class/vfio/%s/dev", roots->sysfs, last_part(state->group_node));
	path_make(paths[2], "%s/uio/%s/dev", roots->function, last_part(state->uio_node));
	for (size_t i = 0; i < 3; i++) {
		nodes[count] = (struct pci_node){.type = S_IFCHR};
		if (number_read(paths[i], &nodes[count].number))
			count++;
	}
	return count;
}

static int find_holders(const struct pci_roots *roots, struct padma_pci_state *state)
{
	struct pci_node nodes[3];
	struct holder_search search = {.roots = roots, .state = state, .nodes.list = nodes};

	if (!*state->node && !*state->group_node && !*state->uio_node)
		return 0;
	search.nodes.count = find_numbers(roots, state, nodes);
	return processes_each(roots, search_process, &search);
}

bool pci_node_is_its_own(const struct pci_roots *roots, const struct padma_pci_state *state)
{
	const char *path = *state->node ? state->node : state->uio_node;
	char file[PATH_MAX];
	struct pci_number number;

	path_make(file, "%s/%s/%s/dev", roots->function, *state->node ? "vfio-dev" : "uio",
		  last_part(path));
	return number_read(file, &number) && node_is(path, S_IFCHR, number);
}

static int find_state(const struct padma_pci_bind_params *params, const char *address,
		      struct padma_pci_state *state)
{
	char path[PATH_MAX];
	struct pci_roots roots;
	int error = pci_roots_of(params, address, &roots);

	if (error)
		return error;
	link_name(path_make(path, "%s/driver", roots.function), state->driver,
		  sizeof(state->driver));
	line_read(path_make(path, "%s/driver_override", roots.function), state->driver_override,
		  sizeof(state->driver_override));
	/* The kernel prints this if there is none. */
	if (strcmp(state->driver_override, "(null)") == 0)
		state->driver_override[0] = '\0';
	find_node(&roots, state);
	find_group_node(&roots, state);
	find_uio_node(&roots, state);
	return find_holders(&roots, state);
}

int padma_pci_state_get_sized(const char *address, size_t params_bytes,
			      const struct padma_pci_bind_params *given, size_t state_bytes,
			      size_t holder_bytes, struct padma_pci_state *result)
{
	struct padma_pci_bind_params params;
	struct padma_pci_state state = {0};
	int error = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (error == 0)
		error = find_state(&params, address, &state);
	if (error == 0)
		error = array_give((void **)&state.holders, sizeof(*state.holders),
				   state.holder_count, holder_bytes);
	if (error) {
		padma_pci_state_put(&state);
		state = (struct padma_pci_state){0};
	}
	padma_params_give(result, state_bytes, &state, sizeof(state));
	return error;
}

void padma_pci_state_put(struct padma_pci_state *state)
{
	free(state->holders);
	state->holders = NULL;
	state->holder_count = 0;
}
