/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pci.h - the PCI functions of the machine
 *
 * A list for people and for programs that look for a device: its names, its driver, and whether an
 * IOMMU is in front of it. It is a snapshot: a function may be gone by the time its
 * entry is read. Opening a device needs none of this (padma/device.h).
 *
 * This is libpadma-pci, beside libpadma: it links libpci, which is GPL-2.0-or-later (LICENSE).
 * Nothing is written to the machine, and no configuration space is read: all comes from sysfs.
 * padma/pci_bind.h changes the driver of a function.
 *
 * Threading: any thread; lists are independent of each other.
 */
#ifndef PADMA_PCI_H
#define PADMA_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

#define PADMA_PCI_BARS		6
#define PADMA_PCI_NAME_MAX	160

/* Class codes (PCI Code and ID Assignment 1.11, 1.3 and 1.9), as in padma_pci_function.class_code.
 */
#define PADMA_PCI_CLASS_NETWORK 0x020000u /* the base class: compare with base_class << 16 */
#define PADMA_PCI_CLASS_NVME	0x010802u /* base class, subclass and programming interface */

/**
 * struct padma_pci_bar - a base address register
 * @base: first address on the bus, in bytes
 * @bytes: its length; 0: not implemented, or the upper half of the 64-bit BAR before it
 * @io: I/O space; memory otherwise
 * @is_64bit: a 64-bit BAR
 * @prefetchable: reads have no side effects
 */
struct padma_pci_bar {
	uint64_t base;
	uint64_t bytes;
	bool io;
	bool is_64bit;
	bool prefetchable;
};

/**
 * struct padma_pci_function - one PCI function
 * @address: as padma_device_open() takes it, for example "0000:00:04.0"
 * @domain: PCI domain
 * @bus: bus number
 * @device: device number
 * @function: function number
 * @vendor_id: vendor
 * @device_id: device
 * @subsystem_vendor_id: subsystem vendor, 0 if it has none
 * @subsystem_id: subsystem, 0 if it has none
 * @class_code: base class << 16 | subclass << 8 | programming interface
 * @vendor_name: the vendor's name; "" if unknown
 * @device_name: the device's name; "" if unknown
 * @class_name: the class's name; "" if unknown
 * @driver: the kernel's driver; "" if none is bound
 * @numa_node: its NUMA node, or -1 if the machine reports none
 * @iommu_group: number of its IOMMU group, or -1 if no IOMMU is in front of it
 * @noiommu: VFIO gave it a dummy (no-IOMMU) group: @iommu_group is still -1
 * @bars: its base address registers
 */
struct padma_pci_function {
	char address[20];
	uint32_t domain;
	uint8_t bus;
	uint8_t device;
	uint8_t function;
	uint16_t vendor_id;
	uint16_t device_id;
	uint16_t subsystem_vendor_id;
	uint16_t subsystem_id;
	uint32_t class_code;
	char vendor_name[PADMA_PCI_NAME_MAX];
	char device_name[PADMA_PCI_NAME_MAX];
	char class_name[PADMA_PCI_NAME_MAX];
	char driver[64];
	int numa_node;
	int iommu_group;
	bool noiommu;
	struct padma_pci_bar bars[PADMA_PCI_BARS];
};

/**
 * struct padma_pci_list - functions in the order of their addresses
 * @functions: @count of them, owned by the list
 * @count: how many
 * @skipped: functions that could not be read (pulled out meanwhile, or invalid files in sysfs);
 * each was logged as a warning
 * @names_known: whether the database of names (Debian's package pci.ids) could be read; without it
 * all names of vendors, devices and classes are ""
 */
struct padma_pci_list {
	struct padma_pci_function *functions;
	size_t count;
	size_t skipped;
	bool names_known;
};

/**
 * struct padma_pci_params - where to look; all zero for the machine itself
 * @sysfs: root of sysfs; NULL for "/sys"
 * @ids: the database of names; NULL for the system's
 */
struct padma_pci_params {
	const char *sysfs;
	const char *ids;
};

/* private: padma_pci_list_get() with the sizes that the caller was compiled with */
PADMA_API int padma_pci_list_get_sized(size_t params_bytes, const struct padma_pci_params *params,
				       size_t list_bytes, size_t function_bytes,
				       struct padma_pci_list *list);

/**
 * padma_pci_list_get() - list the machine's PCI functions
 * @params: where to look, or NULL
 * @list: filled; the caller frees it by padma_pci_list_put()
 *
 * A machine without PCI (no bus/pci in its sysfs) gives an empty list, which is not an error. A
 * sysfs root that does not exist is an error.
 *
 * Return: 0, or -ENOENT (no such sysfs), -EACCES, -ENOTDIR, -ENOMEM, -E2BIG (padma/params.h); @list is
 * empty then.
 */
PADMA_INLINE int padma_pci_list_get(const struct padma_pci_params *params,
				    struct padma_pci_list *list)
{
	return padma_pci_list_get_sized(sizeof(struct padma_pci_params), params,
					sizeof(struct padma_pci_list),
					sizeof(struct padma_pci_function), list);
}

/**
 * padma_pci_list_put() - free a list
 * @list: the list; empty afterwards. May be empty or NULL
 */
PADMA_API void padma_pci_list_put(struct padma_pci_list *list);

PADMA_END_DECLS

#endif
