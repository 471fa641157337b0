// SPDX-License-Identifier: BSD-3-Clause
/*
 * File systems and swap on a function's block devices. Mounts belong to a mount namespace: the
 * tables of all processes' namespaces are read, each once. A namespace without a process
 * is not seen here, but the file system's claim on its device is (claim.h).
 */
#include "pci/uses.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <padma/error.h>

#include "pci/process.h"

/* The namespaces that were read, as one string of their names, and the devices seen so far in all
 * of them. */
struct mount_search {
	const struct use_search *search;
	char *namespaces;
	size_t room;
	bool *seen; /* one for each node */
};

/* proc.rst 3.5 escapes blanks, tabs, newlines and backslashes as octal numbers. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int code;

		if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/*
 * Documentation/filesystems/proc.rst 3.5: id, parent, major:minor, root, mount point, options,
 * optional fields, "-", type, source. File systems of several devices (btrfs) have a major of 0
 * and name one of their devices as the source.
 */
static const struct pci_node *node_of_mount(const struct pci_nodes *nodes, const char *line,
					    char place[256])
{
	const char *rest = strstr(line, " - ");
	struct pci_number number;
	char source[PATH_MAX];

	if (sscanf(line, "%*s %*s %u:%u %*s %255s", &number.major, &number.minor, place) != 3)
		return NULL;
	unescape(place);
	if (number.major != 0)
		return pci_nodes_by_number(nodes, S_IFBLK, number);
	if (!rest || sscanf(rest, " - %*s %4095s", source) != 1 || source[0] != '/')
		return NULL;
	return pci_nodes_by_path(nodes, S_IFBLK, source);
}

static int add_mount(const struct mount_search *mounts, const struct pci_node *node,
		     const char *place, int pid)
{
	size_t at = (size_t)(node - mounts->search->nodes->list);
	char device[160], name[20];

	if (mounts->seen[at])
		return 0;
	mounts->seen[at] = true;
	use_device(node, device, sizeof(device));
	if (pid == 0)
		return use_add(mounts->search, PADMA_PCI_USE_MOUNT, node->name, 0,
			       "a file system on %s is mounted at %s", device, place);
	return use_add(mounts->search, PADMA_PCI_USE_MOUNT, node->name, pid,
		       "a file system on %s is mounted at %s in the mount namespace of process %d "
		       "(%s)",
		       device, place, pid,
		       process_name(mounts->search->roots, pid, name, sizeof(name)));
}

/* @pid: 0 for this process. */
static int read_table(const struct mount_search *mounts, const char *process, int pid)
{
	const struct pci_roots *roots = mounts->search->roots;
	char path[PATH_MAX], place[256];
	const struct pci_node *node;
	char *line = NULL;
	size_t room = 0;
	int error = 0;
	FILE *table = fopen(path_make(path, "%s/%s/mountinfo", roots->proc, process), "re");

	while (table && error == 0 && getline(&line, &room, table) > 0) {
		node = node_of_mount(mounts->search->nodes, line, place);
		if (node)
			error = add_mount(mounts, node, place, pid);
	}
	free(line);
	if (table)
		fclose(table);
	return error;
}

/* Whether a namespace is a new one, which is remembered. */
static bool is_new(struct mount_search *mounts, const char *name)
{
	size_t used = mounts->namespaces ? strlen(mounts->namespaces) : 0;
	char *bigger;

	if (!*name || (mounts->namespaces && strstr(mounts->namespaces, name)))
		return false;
	bigger = realloc(mounts->namespaces, used + strlen(name) + 1);
	/* Without memory its table is read again for the next process, which does no harm. */
	if (!bigger)
		return true;
	mounts->namespaces = bigger;
	memcpy(bigger + used, name, strlen(name) + 1);
	return true;
}

static int search_process(const struct pci_roots *roots, int pid, void *ctx)
{
	struct mount_search *mounts = ctx;
	char process[16], name[64];

	snprintf(process, sizeof(process), "%d", pid);
	if (!is_new(mounts, process_namespace(roots, process, "mnt", name, sizeof(name))))
		return 0;
	return read_table(mounts, process, pid);
}

int uses_of_mounts(const struct use_search *search)
{
	struct mount_search mounts = {.search = search};
	char own[64];
	int error;

	if (search->nodes->count == 0)
		return 0;
	mounts.seen = calloc(search->nodes->count, sizeof(*mounts.seen));
	if (!mounts.seen)
		return padma_fail(-ENOMEM, "pci", "no memory for the list of mounts");
	(void)is_new(&mounts, process_namespace(search->roots, "self", "mnt", own, sizeof(own)));
	error = read_table(&mounts, "self", 0);
	if (error == 0)
		error = processes_each(search->roots, search_process, &mounts);
	free(mounts.namespaces);
	free(mounts.seen);
	return error;
}

/* A swap file is on a file system of the function, a partition is one of its devices. */
static const struct pci_node *node_of_swap(const struct pci_nodes *nodes, const char *path,
					   bool is_file)
{
	struct stat about;

	if (!is_file)
		return pci_nodes_by_path(nodes, S_IFBLK, path);
	if (stat(path, &about) != 0)
		return NULL;
	return pci_nodes_by_number(nodes, S_IFBLK,
				   (struct pci_number){major(about.st_dev), minor(about.st_dev)});
}

/* mm/swapfile.c, swap_show(): path, "file" or "partition", sizes. */
int uses_of_swap(const struct use_search *search)
{
	char path[PATH_MAX], place[256], type[16];
	char *line = NULL;
	size_t room = 0;
	int error = 0;
	FILE *file = fopen(path_make(path, "%s/swaps", search->roots->proc), "re");

	while (file && error == 0 && getline(&line, &room, file) > 0) {
		const struct pci_node *node;

		if (sscanf(line, "%255s %15s", place, type) != 2 || place[0] != '/')
			continue;
		unescape(place);
		node = node_of_swap(search->nodes, place, strcmp(type, "file") == 0);
		if (node)
			error = use_add(search, PADMA_PCI_USE_SWAP, node->name, 0,
					"the machine swaps to %s", place);
	}
	free(line);
	if (file)
		fclose(file);
	return error;
}
