/* SPDX-License-Identifier: BSD-3-Clause */
/* node.h - the block device of a drive that has its kernel driver, found by PCI address. */
#ifndef NVME_NODE_H
#define NVME_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the name is a PCI address, such as 0000:00:04.0. */
bool nvme_is_address(const char *device);

/*
 * Find the block device of a namespace (@nsid 0: the one with the lowest id), such as /dev/nvme0n1,
 * in the sysfs at @sysfs. Return: whether it exists.
 */
bool nvme_node_find(const char *sysfs, const char *address, uint32_t nsid, char *node, size_t room);

/*
 * Whether the node (/dev/nvme0n1) has the device number that the sysfs at @sysfs has for the block
 * device of this name: the node may be stale, or a container's for another drive.
 */
bool nvme_node_is_its_own(const char *sysfs, const char *node);

#endif
