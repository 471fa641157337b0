/* SPDX-License-Identifier: BSD-3-Clause */
/* ready.h - a binding, and the checks before it is carried out. */
#ifndef PCI_READY_H
#define PCI_READY_H

#include "pci/sysfs.h"

#define NOIOMMU_MODE "module/vfio/parameters/enable_unsafe_noiommu_mode"

/* A message that every user of a distribution's kernel may meet, in one place. */
#define DEBIAN                                                                                     \
	"Debian's own kernels have CONFIG_IOMMUFD and CONFIG_VFIO_NOIOMMU off, so take one built " \
	"with them"

/**
 * struct binding - a function that is being bound to another driver
 * @roots: where it is
 * @params: as the caller gave them
 * @address: the function
 * @driver: the driver that it is to have
 * @before: its previous driver
 * @has_iommu: an IOMMU is in front of it
 * @mode_was_off: VFIO's noiommu mode was off, and was turned on for this
 */
struct binding {
	struct pci_roots roots;
	const struct padma_pci_bind_params *params;
	const char *address;
	const char *driver;
	struct padma_pci_state before;
	bool has_iommu;
	bool mode_was_off;
};

/* Whether an IOMMU is in front of the function. */
bool ready_has_iommu(const struct pci_roots *roots);

/* Whether VFIO's noiommu mode is on; @known: whether the kernel has it. */
bool ready_mode_is_on(const struct pci_roots *roots, bool *known);

/*
 * Whether the target driver would accept the function and offer a node for it, as far as the kernel
 * shows that beforehand, and whether everything that must be written is writable. Only
 * reads. Return: 0,
 * or a negative errno of padma_pci_bind() with padma_last_error() set.
 */
int ready_check(const struct binding *binding);

#endif
