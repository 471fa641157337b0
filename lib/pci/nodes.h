/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nodes.h - the device numbers that a PCI function serves: its own block and character devices,
 * their partitions, the kernel's multipath disks over them, and the block devices stacked on those.
 */
#ifndef PCI_NODES_H
#define PCI_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "pci/sysfs.h"

/**
 * struct pci_node - one device number
 * @type: S_IFBLK or S_IFCHR
 * @number: the number
 * @name: the kernel's name, for example "nvme0n1p1"
 * @lower: name of the block device that this one is stacked on ("nvme0n1" for "dm-0"); "" if the
 * function serves it directly
 * @partition: a partition
 * @real: its directory in sysfs, without links
 */
struct pci_node {
	unsigned int type;
	struct pci_number number;
	char name[64];
	char lower[64];
	bool partition;
	char *real;
};

struct pci_nodes {
	struct pci_node *list;
	size_t count;
};

/*
 * Find the numbers of the function @roots->function; @nodes is given back by pci_nodes_free().
 * Return: 0, or -ENOMEM or -ENODEV with padma_last_error() set; @nodes is empty then.
 */
int pci_nodes_find(const struct pci_roots *roots, struct pci_nodes *nodes);
void pci_nodes_free(struct pci_nodes *nodes);

/*
 * Whether the directory @path of sysfs, without links, is that of the function @function or of a
 * device below it which is not a PCI function itself.
 */
bool pci_is_of_function(const char *path, const char *function);

/* The node with this number, or of this name; NULL if there is none. */
const struct pci_node *pci_nodes_by_number(const struct pci_nodes *nodes, unsigned int type,
					   struct pci_number number);
const struct pci_node *pci_nodes_by_name(const struct pci_nodes *nodes, unsigned int type,
					 const char *name);

/*
 * The block device that a path like "/dev/nvme0n1p1" leads to, by its number or, if the path cannot
 * be followed from here, by its last part. Return: the node, or NULL if it is none of @nodes.
 */
const struct pci_node *pci_nodes_by_path(const struct pci_nodes *nodes, unsigned int type,
					 const char *path);

#endif
