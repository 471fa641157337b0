/* SPDX-License-Identifier: BSD-3-Clause */
/* in_use.h - what the machine would lose with a function: file systems, swap, the way out. */
#ifndef PCI_IN_USE_H
#define PCI_IN_USE_H

#include "pci/sysfs.h"

/*
 * Whether a mounted file system, swap or the default route stands on the function, also by way of
 * device mapper, RAID, bonds, bridges or VLANs.
 * Return: 0, or -EBUSY with padma_last_error() saying what (@address names it).
 */
int pci_in_use(const struct pci_roots *roots, const char *address);

/* Whether no process has the function open: 0, or -EBUSY with padma_last_error() set. */
int pci_is_closed(const char *address, const struct padma_pci_state *state);

#endif
