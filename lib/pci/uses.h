/* SPDX-License-Identifier: BSD-3-Clause */
/* uses.h - what uses a function, collected from each part of the kernel that can be queried. */
#ifndef PCI_USES_H
#define PCI_USES_H

#include "pci/nodes.h"

/* What is searched for, and what was found so far. */
struct use_search {
	const struct pci_roots *roots;
	const struct pci_nodes *nodes;
	struct padma_pci_uses *uses;
};

/*
 * Add a use of @device, in words, unless the same was found before. @pid: the process behind it, or
 * 0. Return: 0, or -ENOMEM with padma_last_error() set.
 */
int use_add(const struct use_search *search, enum padma_pci_use_kind kind, const char *device,
	    int pid, const char *format, ...) PADMA_PRINTF(5, 6);

/* "nvme0n1", or for what is stacked "dm-0 (over nvme0n1)". Return: @text. */
const char *use_device(const struct pci_node *node, char *text, size_t bytes);

/* Each adds what it finds. Return: 0, or a negative errno with padma_last_error() set. */
int uses_of_mounts(const struct use_search *search);
int uses_of_swap(const struct use_search *search);
int uses_of_nvme_target(const struct use_search *search);
int uses_of_network(const struct use_search *search);

#endif
