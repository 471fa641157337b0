/* SPDX-License-Identifier: BSD-3-Clause */
/* netns.h - the network namespaces that can be seen: of processes, and those kept by a mount (ip
 * netns). */
#ifndef PCI_NETNS_H
#define PCI_NETNS_H

#include "pci/sysfs.h"

/**
 * struct pci_netns - a network namespace
 * @fd: a descriptor of it
 * @inode: its identity
 * @pid: a process that is in it; 0 if none is known
 * @path: a mount that keeps it; "" if none is known
 */
struct pci_netns {
	int fd;
	unsigned long long inode;
	int pid;
	char path[128];
};

/* The first is that of the calling thread. */
struct pci_netns_list {
	struct pci_netns *list;
	size_t count;
};

/* Return: 0, or -ENOMEM with padma_last_error() set. An empty list: there is no proc, or none may
 * be entered. */
int netns_find(const struct pci_roots *roots, struct pci_netns_list *namespaces);
void netns_free(struct pci_netns_list *namespaces);

#endif
