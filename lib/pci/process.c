// SPDX-License-Identifier: BSD-3-Clause
/* See process.h. */
#include "pci/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FDINFO_KEY "vfio-device-syspath:"

/* What one process is searched for. */
struct search {
	const struct pci_roots *roots;
	int pid;
	const struct pci_nodes *nodes;
	const char *device_of;
	int (*found)(int pid, const struct pci_node *node, void *ctx);
	void *ctx;
};

int processes_each(const struct pci_roots *roots,
		   int (*each)(const struct pci_roots *roots, int pid, void *ctx), void *ctx)
{
	DIR *directory = opendir(roots->proc);
	const struct dirent *entry;
	int result = 0;

	while (directory && result == 0 && (entry = readdir(directory)) != NULL) {
		int pid = atoi(entry->d_name);

		if (pid > 0)
			result = each(roots, pid, ctx);
	}
	if (directory)
		closedir(directory);
	return result;
}

const char *process_name(const struct pci_roots *roots, int pid, char *name, size_t bytes)
{
	char path[PATH_MAX];

	line_read(path_make(path, "%s/%d/comm", roots->proc, pid), name, bytes);
	return name;
}

const char *process_namespace(const struct pci_roots *roots, const char *process, const char *kind,
			      char *name, size_t bytes)
{
	char path[PATH_MAX];

	return link_name(path_make(path, "%s/%s/ns/%s", roots->proc, process, kind), name, bytes);
}

/*
 * The device number of what @path leads to. Not by stat(), which would wait for the server of a file
 * on a network: a device's number is in the local inode.
 */
static const struct pci_node *node_behind(const struct pci_nodes *nodes, const char *path)
{
	struct statx about;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &about) != 0 ||
	    (!S_ISBLK(about.stx_mode) && !S_ISCHR(about.stx_mode)))
		return NULL;
	return pci_nodes_by_number(nodes, about.stx_mode & S_IFMT,
				   (struct pci_number){about.stx_rdev_major, about.stx_rdev_minor});
}

/*
 * A VFIO group returns device descriptors without a node. The group may be closed by then, or be
 * another process's; newer kernels name the function in the descriptor's information
 * (vfio_device_show_fdinfo()).
 */
static bool is_device_of(const struct search *search, const char *fd)
{
	const char *address = strrchr(search->device_of, '/');
	char path[PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *file = fopen(path_make(path, "%s/%d/fdinfo/%s", search->roots->proc, search->pid, fd),
			   "re");

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

/* A path as the process sees it. */
static const struct pci_node *node_of_its_path(const struct search *search, const char *name)
{
	char path[PATH_MAX];

	return node_behind(search->nodes,
			   path_make(path, "%s/%d/root%s", search->roots->proc, search->pid, name));
}

/* io_uring/fdinfo.c: lines like "    0: /dev/nvme0n1", one for each registered file. */
static int search_ring(const struct search *search, const char *fd)
{
	char path[PATH_MAX];
	const struct pci_node *node;
	char *line = NULL;
	size_t room = 0;
	int result = 0;
	FILE *file = fopen(path_make(path, "%s/%d/fdinfo/%s", search->roots->proc, search->pid, fd),
			   "re");

	while (file && result == 0 && getline(&line, &room, file) > 0) {
		const char *name = strstr(line, ": /");

		if (!name || strspn(line, " 0123456789") != (size_t)(name - line))
			continue;
		line[strcspn(line, "\n")] = '\0';
		node = node_of_its_path(search, name + 2);
		if (node)
			result = search->found(search->pid, node, search->ctx);
	}
	free(line);
	if (file)
		fclose(file);
	return result;
}

/* One descriptor: /proc/PID/fd/NAME. */
static int search_descriptor(const struct search *search, const char *name)
{
	char path[PATH_MAX], target[64];
	const struct pci_node *node;
	ssize_t length;

	path_make(path, "%s/%d/fd/%s", search->roots->proc, search->pid, name);
	node = node_behind(search->nodes, path);
	if (node)
		return search->found(search->pid, node, search->ctx);
	length = readlink(path, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	if (strcmp(target, "anon_inode:[io_uring]") == 0)
		return search_ring(search, name);
	if (search->device_of && strcmp(target, "anon_inode:[vfio-device]") == 0 &&
	    is_device_of(search, name))
		return search->found(search->pid, NULL, search->ctx);
	return 0;
}

static int search_descriptors(const struct search *search)
{
	char path[PATH_MAX];
	DIR *directory = opendir(path_make(path, "%s/%d/fd", search->roots->proc, search->pid));
	const struct dirent *entry;
	int result = 0;

	while (directory && result == 0 && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.')
			result = search_descriptor(search, entry->d_name);
	}
	if (directory)
		closedir(directory);
	return result;
}

/*
 * Mapped files (Documentation/filesystems/proc.rst 1.1): "address perms offset dev inode path".
 * Neighbouring lines are mostly of the same file, which is checked once.
 */
static int search_mappings(const struct search *search)
{
	char path[PATH_MAX], file[64], last[64] = "";
	const struct pci_node *node;
	unsigned long start, end;
	char *line = NULL;
	size_t room = 0;
	int result = 0;
	FILE *maps = fopen(path_make(path, "%s/%d/maps", search->roots->proc, search->pid), "re");

	while (maps && result == 0 && getline(&line, &room, maps) > 0) {
		int at = 0;

		if (sscanf(line, "%lx-%lx %*s %*s %n", &start, &end, &at) != 2 ||
		    !strchr(line + at, '/'))
			continue;
		snprintf(file, sizeof(file), "%.63s", line + at);
		if (strcmp(file, last) == 0)
			continue;
		memcpy(last, file, sizeof(last));
		path_make(path, "%s/%d/map_files/%lx-%lx", search->roots->proc, search->pid, start,
			  end);
		node = node_behind(search->nodes, path);
		if (node)
			result = search->found(search->pid, node, search->ctx);
	}
	free(line);
	if (maps)
		fclose(maps);
	return result;
}

int process_opens(const struct pci_roots *roots, int pid, const struct pci_nodes *nodes,
		  const char *device_of,
		  int (*found)(int pid, const struct pci_node *node, void *ctx), void *ctx)
{
	const struct search search = {roots, pid, nodes, device_of, found, ctx};
	int result = search_descriptors(&search);

	return result ? result : search_mappings(&search);
}
