/* SPDX-License-Identifier: BSD-3-Clause */
/* node.h - whether a device node is the one of the device that is to be opened. Any thread. */
#ifndef DEVICE_NODE_H
#define DEVICE_NODE_H

#include <stdbool.h>

/* "major:minor", as in a file "dev" of sysfs (Documentation/ABI/testing/sysfs-dev), with its end. */
#define NODE_NUMBER_BYTES 24

/*
 * Whether the open descriptor @fd is the character device of that number. A name in /dev proves nothing: a
 * container, or a udev that did not keep up, may have it stand for another device.
 */
bool device_node_is(int fd, const char *number);

/* The error if it is not. Return: -ENODEV, with the reason noted. */
int device_node_refuse(const char *address, const char *path, const char *number);

#endif
