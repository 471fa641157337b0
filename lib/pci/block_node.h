/* SPDX-License-Identifier: BSD-3-Clause */
/* block_node.h - open a block device by its number. */
#ifndef PCI_BLOCK_NODE_H
#define PCI_BLOCK_NODE_H

#include "pci/nodes.h"

/*
 * Open @node for reading, without waiting for a medium, by the node of its name below @roots->dev
 * if that has the right number, otherwise by a private node. @flags: 0, or
 * O_EXCL to claim it. Return: a descriptor, or a negative errno: -EBUSY if it is claimed already,
 * -ENOENT if it has no node and none can be made, -EPERM or -EACCES if it may not be opened, -ENXIO
 * and the like if nothing is behind it.
 */
int block_node_open(const struct pci_roots *roots, const struct pci_node *node, int flags);

#endif
