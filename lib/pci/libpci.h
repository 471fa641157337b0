/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libpci.h - libpci, made harmless: it neither exits the process nor prints.
 *
 * libpci calls an error callback that must not return, and whose default exits. Here it jumps back to
 * libpci_try(), which returns -EIO. What libpci had open at that moment leaks (in
 * sysfs_read and its like that is at most one file); so operations that are likely to fail
 * are not left to it.
 */
#ifndef PCI_LIBPCI_H
#define PCI_LIBPCI_H

#include <pci/pci.h>

/*
 * An access to sysfs below @bus_pci (".../bus/pci"), with the names of @ids (NULL for the
 * system's). Return: the access, given back by libpci_close(), or NULL with padma_last_error() set.
 */
struct pci_access *libpci_open(const char *bus_pci, const char *ids);
void libpci_close(struct pci_access *access);

/* Run @fn, which calls libpci. Return: 0, or -EIO with libpci's message in libpci_reason(). */
int libpci_try(void (*fn)(void *ctx), void *ctx);
const char *libpci_reason(void);

#endif
