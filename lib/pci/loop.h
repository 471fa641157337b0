/* SPDX-License-Identifier: BSD-3-Clause */
/* loop.h - what a loop device stands on. */
#ifndef PCI_LOOP_H
#define PCI_LOOP_H

#include "pci/nodes.h"

/* Whether the block device @upper is a loop device whose backing file is the block device @lower.
 */
bool loop_is_over(const struct pci_roots *roots, const struct pci_node *upper,
		  const struct pci_node *lower);

#endif
