/* SPDX-License-Identifier: BSD-3-Clause */
/* claim.h - block devices claimed for ourselves, as a file system, swap, RAID or device mapper
 * claims them. */
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
 * found free stays so until claims_release(). A refusal is a use that is added, unless @search has
 * one that explains it. Return: 0, or with padma_last_error() set -EPERM, -EACCES, -ENOENT or
 * another errno if a disk cannot be asked.
 */
int claims_take(const struct use_search *search, struct pci_claims *claims);
void claims_release(struct pci_claims *claims);

#endif
