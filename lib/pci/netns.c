// SPDX-License-Identifier: BSD-3-Clause
/* See netns.h. */
#include "pci/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>

#include "pci/process.h"

static bool is_known(const struct pci_netns_list *namespaces, unsigned long long inode)
{
	for (size_t i = 0; i < namespaces->count; i++) {
		if (namespaces->list[i].inode == inode)
			return true;
	}
	return false;
}

/* Add the namespace at @path, unless it is known. One that may not be opened is skipped. */
static int add(struct pci_netns_list *namespaces, const char *path, int pid, const char *mount)
{
	struct pci_netns *bigger;
	struct stat about;
	int fd;

	if (stat(path, &about) != 0 || is_known(namespaces, about.st_ino))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bigger = reallocarray(namespaces->list, namespaces->count + 1, sizeof(*bigger));
	if (!bigger) {
		close(fd);
		return padma_fail(-ENOMEM, "pci", "no memory for the list of network namespaces");
	}
	namespaces->list = bigger;
	bigger += namespaces->count++;
	*bigger = (struct pci_netns){.fd = fd, .inode = about.st_ino, .pid = pid};
	snprintf(bigger->path, sizeof(bigger->path), "%.127s", mount);
	return 0;
}

/* proc.rst 3.5: a namespace that is mounted has "net:[INODE]" as its root; ip netns does so below
 * /run/netns. */
static int add_mounted(const struct pci_roots *roots, struct pci_netns_list *namespaces,
		       const char *process)
{
	char path[PATH_MAX], place[PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	int error = 0;
	FILE *table = fopen(path_make(path, "%s/%s/mountinfo", roots->proc, process), "re");

	while (table && error == 0 && getline(&line, &room, table) > 0) {
		if (sscanf(line, "%*s %*s %*s net:[%*u] %4095s", place) == 1)
			error = add(namespaces,
				    path_make(path, "%s/%s/root%s", roots->proc, process, place), 0,
				    place);
	}
	free(line);
	if (table)
		fclose(table);
	return error;
}

struct netns_search {
	struct pci_netns_list *namespaces;
	char last_mounts[64]; /* the mount namespace that was read before */
};

static int add_process(const struct pci_roots *roots, int pid, void *ctx)
{
	struct netns_search *search = ctx;
	char path[PATH_MAX], process[16], mounts[64];
	int error =
		add(search->namespaces, path_make(path, "%s/%d/ns/net", roots->proc, pid), pid, "");

	snprintf(process, sizeof(process), "%d", pid);
	process_namespace(roots, process, "mnt", mounts, sizeof(mounts));
	if (error || strcmp(mounts, search->last_mounts) == 0)
		return error;
	memcpy(search->last_mounts, mounts, sizeof(mounts));
	return add_mounted(roots, search->namespaces, process);
}

int netns_find(const struct pci_roots *roots, struct pci_netns_list *namespaces)
{
	struct netns_search search = {.namespaces = namespaces};
	char path[PATH_MAX];
	int error;

	*namespaces = (struct pci_netns_list){0};
	error = add(namespaces, path_make(path, "%s/thread-self/ns/net", roots->proc), 0, "");
	/* Without the thread's own namespace there is nothing to compare others with. */
	if (error == 0 && namespaces->count)
		error = processes_each(roots, add_process, &search);
	if (error)
		netns_free(namespaces);
	return error;
}

void netns_free(struct pci_netns_list *namespaces)
{
	while (namespaces->count)
		close(namespaces->list[--namespaces->count].fd);
	free(namespaces->list);
	*namespaces = (struct pci_netns_list){0};
}
