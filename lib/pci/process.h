/* SPDX-License-Identifier: BSD-3-Clause */
/* process.h - the processes that can be seen, and which device numbers they have open. */
#ifndef PCI_PROCESS_H
#define PCI_PROCESS_H

#include "pci/nodes.h"

/*
 * Call @each for every process until it returns other than 0. Return: what it returned last; 0 if
 * there is no proc.
 */
int processes_each(const struct pci_roots *roots,
		   int (*each)(const struct pci_roots *roots, int pid, void *ctx), void *ctx);

/* The name of a process, as in /proc/PID/comm; "" if it cannot be read. Return: @name. */
const char *process_name(const struct pci_roots *roots, int pid, char *name, size_t bytes);

/* The namespace of a process: what its link ns/KIND says, "mnt:[4026531841]" for one; "" if it may
 * not be read. */
const char *process_namespace(const struct pci_roots *roots, const char *process, const char *kind,
			      char *name, size_t bytes);

/*
 * Which of @nodes the process @pid has open: by a descriptor, mapped into its memory after the
 * descriptor was closed, or registered with an io_uring. Numbers are compared, not paths: a path
 * belongs to the process's mount namespace. If @device_of is not NULL, a descriptor that a
 * VFIO group returned for the function @device_of is a separate match, for which @node is
 * NULL.
 * @found is called once for each match until it returns other than 0. Return: what it returned
 * last.
 */
int process_opens(const struct pci_roots *roots, int pid, const struct pci_nodes *nodes,
		  const char *device_of,
		  int (*found)(int pid, const struct pci_node *node, void *ctx), void *ctx);

#endif
