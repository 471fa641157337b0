// SPDX-License-Identifier: BSD-3-Clause
/* One PCI function: ids, names, BARs, driver and IOMMU group. */
#include "pci/function.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/log.h>

#include "pci/libpci.h"
#include "pci/sysfs.h"

#define PART "pci"

/* What libpci reads of a function, all of it from sysfs, nothing from configuration space. */
#define WANTED                                                                                     \
	(PCI_FILL_IDENT | PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_CLASS | PCI_FILL_CLASS_EXT |  \
	 PCI_FILL_SUBSYS | PCI_FILL_NUMA_NODE | PCI_FILL_IOMMU_GROUP | PCI_FILL_DRIVER)

/* What libpci_try() passes on. */
struct reading {
	struct pci_access *access;
	struct pci_dev *dev;
	struct padma_pci_function *function;
};

static void fill(void *ctx)
{
	struct reading *reading = ctx;
	const struct padma_pci_function *f = reading->function;

	reading->dev = pci_get_dev(reading->access, (int)f->domain, f->bus, f->device, f->function);
	pci_fill_info(reading->dev, WANTED);
}

static void release(void *ctx)
{
	struct reading *reading = ctx;

	pci_free_dev(reading->dev);
}

static bool parse_address(const char *name, struct padma_pci_function *function)
{
	unsigned int domain, bus, device, number;
	int used = 0;

	if (sscanf(name, "%x:%2x:%2x.%1u%n", &domain, &bus, &device, &number, &used) != 4 ||
	    name[used] != '\0' || device > 31 || number > 7 || domain > INT32_MAX)
		return false;
	function->domain = domain;
	function->bus = (uint8_t)bus;
	function->device = (uint8_t)device;
	function->function = (uint8_t)number;
	snprintf(function->address, sizeof(function->address), "%04x:%02x:%02x.%u", domain, bus,
		 device, number);
	return true;
}

/* A BAR's low bits as in PCI Local Bus 3.0, 6.2.5.1, which sysfs passes on. */
static void read_bars(const struct pci_dev *dev, struct padma_pci_function *function)
{
	for (unsigned int i = 0; i < PADMA_PCI_BARS; i++) {
		struct padma_pci_bar *bar = &function->bars[i];
		pciaddr_t base = dev->base_addr[i];

		bar->bytes = dev->size[i];
		if (!bar->bytes)
			continue;
		bar->io = (base & PCI_BASE_ADDRESS_SPACE) == PCI_BASE_ADDRESS_SPACE_IO;
		if (bar->io) {
			bar->base = base & (pciaddr_t)PCI_BASE_ADDRESS_IO_MASK;
			continue;
		}
		bar->base = base & (pciaddr_t)PCI_BASE_ADDRESS_MEM_MASK;
		bar->is_64bit =
			(base & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
		bar->prefetchable = (base & PCI_BASE_ADDRESS_MEM_PREFETCH) != 0;
	}
}

static void read_names(void *ctx)
{
	struct reading *reading = ctx;
	struct padma_pci_function *f = reading->function;
	/* It returns a pointer into the buffer, or NULL if the name is unknown. */
	const int flags = PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB;
	struct {
		char *to;
		const char *found;
	} names[] = {{f->vendor_name, NULL}, {f->device_name, NULL}, {f->class_name, NULL}};

	names[0].found = pci_lookup_name(reading->access, f->vendor_name, sizeof(f->vendor_name),
					 PCI_LOOKUP_VENDOR | flags, f->vendor_id);
	names[1].found = pci_lookup_name(reading->access, f->device_name, sizeof(f->device_name),
					 PCI_LOOKUP_DEVICE | flags, f->vendor_id, f->device_id);
	names[2].found = pci_lookup_name(reading->access, f->class_name, sizeof(f->class_name),
					 PCI_LOOKUP_CLASS | flags, f->class_code >> 8);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!names[i].found)
			names[i].to[0] = '\0';
	}
}

static bool is_noiommu_group(const char *devices, const char *name)
{
	char path[PATH_MAX];

	return group_is_dummy(path_make(path, "%s/%s", devices, name));
}

/* The group's number, or -1 if there is none (or it is not a number, an empty string for instance). */
static int group_number(const char *text)
{
	char *end;
	long number;

	if (!text || !*text)
		return -1;
	number = strtol(text, &end, 10);
	return *end == '\0' && number >= 0 && number <= INT32_MAX ? (int)number : -1;
}

static void take_over(struct pci_dev *dev, struct padma_pci_function *function)
{
	const char *driver = pci_get_string_property(dev, PCI_FILL_DRIVER);

	function->vendor_id = dev->vendor_id;
	function->device_id = dev->device_id;
	function->class_code = (uint32_t)dev->device_class << 8 | dev->prog_if;
	/* libpci returns all ones if there is no such file. */
	function->subsystem_vendor_id = dev->subsys_vendor_id == 0xffff ? 0 : dev->subsys_vendor_id;
	function->subsystem_id = dev->subsys_id == 0xffff ? 0 : dev->subsys_id;
	function->numa_node = dev->known_fields & PCI_FILL_NUMA_NODE ? dev->numa_node : -1;
	function->iommu_group = group_number(pci_get_string_property(dev, PCI_FILL_IOMMU_GROUP));
	snprintf(function->driver, sizeof(function->driver), "%s", driver ? driver : "");
	read_bars(dev, function);
}

int pci_function_read(struct pci_access *access, const char *devices, const char *name,
		      struct padma_pci_function *function)
{
	struct reading reading = {.access = access, .function = function};

	memset(function, 0, sizeof(*function));
	if (!parse_address(name, function)) {
		padma_log(PADMA_LOG_WARNING, PART, "%s/%s is not a PCI address; skipped", devices,
			  name);
		return -EIO;
	}
	if (libpci_try(fill, &reading) != 0) {
		padma_log(PADMA_LOG_WARNING, PART, "%s is skipped: %s", name, libpci_reason());
		if (reading.dev)
			libpci_try(release, &reading);
		return -EIO;
	}
	take_over(reading.dev, function);
	if (function->iommu_group >= 0 && is_noiommu_group(devices, name)) {
		function->iommu_group = -1;
		function->noiommu = true;
	}
	libpci_try(read_names, &reading);
	libpci_try(release, &reading);
	return 0;
}
