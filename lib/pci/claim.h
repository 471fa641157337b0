/* SPDX-License-Identifier: BSD-3-Clause */
/* claim.h - exclusive claims on block devices, as file systems, swap, RAID and device mapper make
 * them. */
#ifndef PCI_CLAIM_H
#define PCI_CLAIM_H

#include "pci/uses.h"

struct pci_claims {
	int *fds;
	size_t count;
};

/*
 * Open all disks that the function serves with O_EXCL. The kernel refuses that while the disk, or a
 * partition of it, is claimed by anything, and refuses any other claim while ours is held: what was
 * free stays so until claims_release(). A refusal is added as a use, unless @search has
 * one that explains it. Return: 0, or with padma_last_error() set -EPERM, -EACCES, -ENOENT or
 * another errno if a disk cannot be checked.
 */
int claims_take(const struct use_search *search, struct pci_claims *claims);
void claims_release(struct pci_claims *claims);

#endif
