/* SPDX-License-Identifier: BSD-3-Clause */
/* state.h - the parts of a function's state that only binding uses. */
#ifndef PCI_STATE_H
#define PCI_STATE_H

#include "pci/sysfs.h"

/*
 * Whether the node that @state names (of VFIO's character device, otherwise of UIO) has the number
 * that the kernel gave to this function: a name in /dev may be stale, or another device's in a
 * container.
 */
bool pci_node_is_its_own(const struct pci_roots *roots, const struct padma_pci_state *state);

#endif
