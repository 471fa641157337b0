/* SPDX-License-Identifier: BSD-3-Clause */
/* node.h - a drive that is with the kernel's driver: from its PCI address to its block device. */
#ifndef NVME_NODE_H
#define NVME_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the device is called by its PCI address, as 0000:00:04.0. */
bool nvme_is_address(const char *device);

/*
 * The name of the block device of a namespace (@nsid 0: the one with the lowest id), as
 * /dev/nvme0n1, by the sysfs at @sysfs. Return: whether there is one.
 */
bool nvme_node_find(const char *sysfs, const char *address, uint32_t nsid, char *node, size_t room);

/*
 * Whether the node (/dev/nvme0n1) has the number that the sysfs at @sysfs gives the block device of
 * this name: it may be an old one, or a container's for another drive.
 */
bool nvme_node_is_its_own(const char *sysfs, const char *node);

#endif
