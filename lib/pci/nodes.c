// SPDX-License-Identifier: BSD-3-Clause
/*
 * See nodes.h. The kernel lists all device numbers in dev/block and dev/char of sysfs. A number
 * belongs to the function if its directory is below the function's, or below an NVMe subsystem that
 * has one of the function's controllers; then upwards: partitions, what has such a device among its
 * slaves, and loop devices.
 */
#include "pci/nodes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <padma/error.h>

#include "pci/loop.h"

/* Whether @path is @directory, or in it. */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

/* What is behind a bridge belongs to the functions there, not to the bridge. */
bool pci_is_of_function(const char *path, const char *function)
{
	unsigned int domain, bus, device;

	return is_below(path, function) &&
	       sscanf(path + strlen(function), "/%x:%x:%x.", &domain, &bus, &device) != 3;
}

/*
 * With the NVMe driver's multipath a drive's block device is below a subsystem, apart from the PCI
 * functions; there the controllers are links: nvme-subsys0/nvme0 (drivers/nvme/host/core.c,
 * nvme_init_subsystem()).
 */
static bool is_of_subsystem(const char *path, const char *function)
{
	char subsystem[PATH_MAX], link[PATH_MAX], real[PATH_MAX];
	const struct dirent *entry;
	bool found = false;
	char *end;
	DIR *directory;

	path_make(subsystem, "%s", path);
	end = strstr(subsystem, "/nvme-subsystem/");
	end = end ? strchr(end + strlen("/nvme-subsystem/"), '/') : NULL;
	if (!end)
		return false;
	*end = '\0';
	directory = opendir(subsystem);
	while (directory && !found && (entry = readdir(directory)) != NULL)
		found = strncmp(entry->d_name, "nvme", 4) == 0 &&
			realpath(path_make(link, "%s/%s", subsystem, entry->d_name), real) &&
			pci_is_of_function(real, function);
	if (directory)
		closedir(directory);
	return found;
}

static int add_node(struct pci_nodes *nodes, unsigned int type, struct pci_number number,
		    const char *real)
{
	struct pci_node *bigger = reallocarray(nodes->list, nodes->count + 1, sizeof(*bigger));
	const char *name = strrchr(real, '/');
	char path[PATH_MAX];
	char *copy = strdup(real);

	if (bigger)
		nodes->list = bigger;
	if (!bigger || !copy) {
		free(copy);
		return padma_fail(-ENOMEM, "pci", "no memory for the list of device numbers");
	}
	bigger += nodes->count++;
	*bigger = (struct pci_node){.type = type, .number = number, .real = copy};
	snprintf(bigger->name, sizeof(bigger->name), "%.63s", name ? name + 1 : real);
	bigger->partition = access(path_make(path, "%s/partition", real), F_OK) == 0;
	return 0;
}

/* All device numbers of one type in the system. */
static int read_numbers(const struct pci_roots *roots, unsigned int type, struct pci_nodes *nodes)
{
	char folder[PATH_MAX], path[PATH_MAX], real[PATH_MAX];
	const struct dirent *entry;
	struct pci_number number;
	int error = 0;
	DIR *directory;

	path_make(folder, "%s/dev/%s", roots->sysfs, type == S_IFBLK ? "block" : "char");
	directory = opendir(folder);
	while (directory && error == 0 && (entry = readdir(directory)) != NULL) {
		if (sscanf(entry->d_name, "%u:%u", &number.major, &number.minor) == 2 &&
		    realpath(path_make(path, "%s/%s", folder, entry->d_name), real))
			error = add_node(nodes, type, number, real);
	}
	if (directory)
		closedir(directory);
	return error;
}

static bool has_slave(const struct pci_node *upper, const struct pci_node *lower)
{
	char path[PATH_MAX];

	return access(path_make(path, "%s/slaves/%s", upper->real, lower->name), F_OK) == 0;
}

/* Whether @upper stands on @lower: a partition of it, made of it, or a loop device over it. */
static bool stands_on(const struct pci_roots *roots, struct pci_node *upper,
		      const struct pci_node *lower)
{
	if (upper->partition && is_below(upper->real, lower->real)) {
		memcpy(upper->lower, lower->lower, sizeof(upper->lower));
		return true;
	}
	if (!has_slave(upper, lower) && !loop_is_over(roots, upper, lower))
		return false;
	memcpy(upper->lower, lower->name, sizeof(upper->lower));
	return true;
}

/* Exchange so that [0, taken) belongs to the function. */
static void take(struct pci_nodes *nodes, size_t at, size_t *taken)
{
	struct pci_node node = nodes->list[at];

	nodes->list[at] = nodes->list[*taken];
	nodes->list[(*taken)++] = node;
}

/* Each node that belongs to it may have others stacked on it. Return: how many belong to the function. */
static size_t take_stacked(const struct pci_roots *roots, struct pci_nodes *nodes, size_t taken)
{
	for (size_t lower = 0; lower < taken; lower++) {
		if (nodes->list[lower].type != S_IFBLK)
			continue;
		for (size_t at = taken; at < nodes->count; at++) {
			if (nodes->list[at].type == S_IFBLK &&
			    stands_on(roots, &nodes->list[at], &nodes->list[lower]))
				take(nodes, at, &taken);
		}
	}
	return taken;
}

static void keep_only(struct pci_nodes *nodes, size_t taken)
{
	while (nodes->count > taken)
		free(nodes->list[--nodes->count].real);
}

int pci_nodes_find(const struct pci_roots *roots, struct pci_nodes *nodes)
{
	char function[PATH_MAX];
	size_t taken = 0;
	int error;

	*nodes = (struct pci_nodes){0};
	if (!realpath(roots->function, function))
		return padma_fail(-ENODEV, "pci", "%s: %s", roots->function, strerror(errno));
	error = read_numbers(roots, S_IFBLK, nodes);
	if (error == 0)
		error = read_numbers(roots, S_IFCHR, nodes);
	for (size_t i = 0; error == 0 && i < nodes->count; i++) {
		const char *real = nodes->list[i].real;

		if (pci_is_of_function(real, function) || is_of_subsystem(real, function))
			take(nodes, i, &taken);
	}
	if (error == 0)
		taken = take_stacked(roots, nodes, taken);
	keep_only(nodes, taken);
	return error;
}

void pci_nodes_free(struct pci_nodes *nodes)
{
	keep_only(nodes, 0);
	free(nodes->list);
	*nodes = (struct pci_nodes){0};
}

const struct pci_node *pci_nodes_by_number(const struct pci_nodes *nodes, unsigned int type,
					   struct pci_number number)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct pci_node *node = &nodes->list[i];

		if (node->type == type && node->number.major == number.major &&
		    node->number.minor == number.minor)
			return node;
	}
	return NULL;
}

const struct pci_node *pci_nodes_by_name(const struct pci_nodes *nodes, unsigned int type,
					 const char *name)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->list[i].type == type && strcmp(nodes->list[i].name, name) == 0)
			return &nodes->list[i];
	}
	return NULL;
}

const struct pci_node *pci_nodes_by_path(const struct pci_nodes *nodes, unsigned int type,
					 const char *path)
{
	const char *name = strrchr(path, '/');
	struct stat about;

	if (stat(path, &about) == 0 && (about.st_mode & S_IFMT) == type)
		return pci_nodes_by_number(
			nodes, type,
			(struct pci_number){major(about.st_rdev), minor(about.st_rdev)});
	return pci_nodes_by_name(nodes, type, name ? name + 1 : path);
}
