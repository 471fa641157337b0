/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * find.h - from a PCI address to the UIO device that stands for it, by sysfs alone.
 */
#ifndef DEVICE_UIO_FIND_H
#define DEVICE_UIO_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <padma/device.h>

#include "device/node.h"
#include "space/device_kind.h"

#define UIO_NAME_BYTES 32

struct uio_bar_place {
	uint64_t start; /* on the bus */
	uint64_t bytes; /* 0: no memory BAR */
};

struct uio_function {
	char directory[PATH_MAX];  /* of the function, in sysfs */
	char node[UIO_NAME_BYTES]; /* "uio0", under /dev */
	char number[NODE_NUMBER_BYTES];
	struct uio_bar_place bars[PADMA_DEVICE_BARS];
};

/* Whether uio_pci_generic has the function @address, by the sysfs at @sysfs ("/sys"). */
bool uio_has(const char *sysfs, const char *address);

/*
 * Find a function that it has. 0, or -ENODEV (no such UIO device), -EINVAL (an IOMMU is in front of
 * it), -EPROTO (its files in sysfs are malformed), with the reason noted.
 */
int uio_find(const char *sysfs, const char *address, struct uio_function *function);

#endif
