/* SPDX-License-Identifier: BSD-3-Clause */
/* in_use.h - whether a function may be unbound from its driver. */
#ifndef PCI_IN_USE_H
#define PCI_IN_USE_H

#include "pci/claim.h"

/*
 * Whether anything uses the function: file systems, swap, what is stacked on its disks, the NVMe
 * target, processes, the network. Return: 0, and its disks are claimed, until claims_release(); or
 * -EBUSY with padma_last_error() naming the uses, or another negative errno if that cannot be found
 * out. Nothing is claimed then.
 */
int pci_not_in_use(const struct pci_roots *roots, const char *address, struct pci_claims *claims);

/* Add to @uses all that can be found without claiming anything. Return: 0, or a negative errno. */
int uses_find(const struct pci_roots *roots, const struct pci_nodes *nodes,
	      struct padma_pci_uses *uses);

/* How many SR-IOV virtual functions the function has at the moment. */
unsigned int virtual_functions(const struct pci_roots *roots);

/* Whether no process has the function open: 0, or -EBUSY with padma_last_error() set. */
int pci_is_closed(const char *address, const struct padma_pci_state *state);

#endif
