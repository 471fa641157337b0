/* SPDX-License-Identifier: BSD-3-Clause */
/* function.h - a PCI function by its name and in sysfs, whichever driver has it. Any thread. */
#ifndef DEVICE_FUNCTION_H
#define DEVICE_FUNCTION_H

#include <stdbool.h>

/* Whether this is a PCI address with its domain: "0000:00:04.0". */
bool function_is_address(const char *name);

/* Whether the function with this folder in sysfs is in a dummy group: one that VFIO made for it, as it has
 * no IOMMU, and that stays when vfio-pci is unbound (Linux, drivers/vfio/group.c). */
bool function_is_in_dummy_group(const char *directory);

#endif
