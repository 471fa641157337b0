/* SPDX-License-Identifier: BSD-3-Clause */
/* function.h - one PCI function, read through libpci. */
#ifndef PCI_FUNCTION_H
#define PCI_FUNCTION_H

#include <padma/pci.h>

struct pci_access;

/*
 * Fill @function with what is known of the directory @name ("0000:00:04.0") in @devices.
 * Return: 0, or -EIO if it cannot be read: that is logged, since the list continues without it.
 */
int pci_function_read(struct pci_access *access, const char *devices, const char *name,
		      struct padma_pci_function *function);

#endif
