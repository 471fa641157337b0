// SPDX-License-Identifier: BSD-3-Clause
/* Who has a function: its driver, the nodes of VFIO and UIO, and the processes that have those open. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>

#include "pci/sysfs.h"

#define NOIOMMU_PREFIX "noiommu-"
#define FDINFO_KEY     "vfio-device-syspath:"

/*
 * The class device of VFIO below <function>/vfio-dev (drivers/vfio/vfio_main.c). Its name is the
 * node's; the file "dev" in it is there only where the kernel offers a node at all.
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

/* The group's node has a prefix where the group is for show. */
static void find_group_node(const struct pci_roots *roots, struct padma_pci_state *state)
{
	char path[PATH_MAX], group[32], name[32];

	link_name(path_make(path, "%s/iommu_group", roots->function), group, sizeof(group));
	if (!*group || strcmp(state->driver, PCI_VFIO) != 0)
		return;
	line_read(path_make(path, "%s/iommu_group/name", roots->function), name, sizeof(name));
	if (strcmp(name, "vfio-noiommu") == 0)
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

/*
 * What a group gave is a descriptor without a node. The group may be closed by then, or be somebody
 * else's; newer kernels tell the function by the descriptor (vfio_device_show_fdinfo()).
 */
static bool fdinfo_names(const char *path, const char *function)
{
	const char *address = strrchr(function, '/');
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (file && !found && getline(&line, &room, file) > 0) {
		const char *last = strrchr(line, '/');

		if (strncmp(line, FDINFO_KEY, strlen(FDINFO_KEY)) != 0 || !last || !address)
			continue;
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(last, address) == 0;
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

/* Whether the descriptor /proc/PID/fd/NAME is one of the function's nodes, or came of one. */
static bool is_of(const struct pci_roots *roots, const struct padma_pci_state *state, int pid,
		  const char *name)
{
	char path[PATH_MAX], target[sizeof(state->node)];
	ssize_t length = readlink(path_make(path, "%s/%d/fd/%s", roots->proc, pid, name), target,
				  sizeof(target) - 1);

	if (length <= 0)
		return false;
	target[length] = '\0';
	if (strcmp(target, "anon_inode:[vfio-device]") == 0)
		return fdinfo_names(path_make(path, "%s/%d/fdinfo/%s", roots->proc, pid, name),
				    roots->function);
	return strcmp(target, state->node) == 0 || strcmp(target, state->group_node) == 0 ||
	       strcmp(target, state->uio_node) == 0;
}

static bool has_open(const struct pci_roots *roots, const struct padma_pci_state *state, int pid)
{
	char path[PATH_MAX];
	DIR *directory = opendir(path_make(path, "%s/%d/fd", roots->proc, pid));
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory)) != NULL)
		found = is_of(roots, state, pid, entry->d_name);
	closedir(directory);
	return found;
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

static int find_holders(const struct pci_roots *roots, struct padma_pci_state *state)
{
	const struct dirent *entry;
	DIR *directory;
	int error = 0;

	if (!*state->node && !*state->group_node && !*state->uio_node)
		return 0;
	directory = opendir(roots->proc);
	if (!directory)
		return 0;
	while (error == 0 && (entry = readdir(directory)) != NULL) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && has_open(roots, state, pid))
			error = add_holder(state, roots->proc, pid);
	}
	closedir(directory);
	return error;
}

int padma_pci_state_get(const struct padma_pci_bind_params *params, const char *address,
			struct padma_pci_state *state)
{
	char path[PATH_MAX];
	struct pci_roots roots;
	int error;

	memset(state, 0, sizeof(*state));
	error = pci_roots_of(params, address, &roots);
	if (error)
		return error;
	link_name(path_make(path, "%s/driver", roots.function), state->driver,
		  sizeof(state->driver));
	line_read(path_make(path, "%s/driver_override", roots.function), state->driver_override,
		  sizeof(state->driver_override));
	/* So the kernel prints that there is none. */
	if (strcmp(state->driver_override, "(null)") == 0)
		state->driver_override[0] = '\0';
	find_node(&roots, state);
	find_group_node(&roots, state);
	find_uio_node(&roots, state);
	error = find_holders(&roots, state);
	if (error)
		padma_pci_state_put(state);
	return error;
}

void padma_pci_state_put(struct padma_pci_state *state)
{
	free(state->holders);
	memset(state, 0, sizeof(*state));
}
