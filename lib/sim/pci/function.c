// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space: reading it, writing it, and what writes to it do. */
#include "sim/pci/function.h"

#include <string.h>

#include "sim/pci/registers.h"

int pci_function_init(struct pci_function *function, const char *name,
		      const struct padma_sim_shape *shape, bool has_pin,
		      enum padma_reset_kind reset_kind, struct sim_bus *bus)
{
	int rc;

	*function = (struct pci_function){.bus = bus,
					  .reset_kind = reset_kind,
					  .is_conventional = shape->is_conventional,
					  .intx = {.fd = -1}};
	pci_header_init(function, shape, has_pin);
	rc = pci_capabilities_init(function, name, shape);
	if (rc)
		return rc;
	memcpy(function->initial, function->config, sizeof(function->initial));
	msi_init(&function->msi, shape->msi_vectors, &bus->master);
	return msix_init(&function->msix, shape->msix_vectors, &bus->master);
}

void pci_function_destroy(struct pci_function *function)
{
	msix_destroy(&function->msix);
}

void pci_config_read(const struct pci_function *function, unsigned int offset, void *data,
		     size_t bytes)
{
	uint8_t *to = data;

	memcpy(to, function->config + offset, bytes);
	/* Pending bits change without a write. */
	for (size_t i = 0; function->msi.vectors && i < bytes; i++) {
		unsigned int at = offset + (unsigned int)i;

		if (at >= MSI_PENDING_BITS && at < MSI_PENDING_BITS + 4 &&
		    get16(function->config + MSI_CONTROL) & MSI_MASKABLE)
			to[i] = (uint8_t)(function->msi.pending >> 8 * (at - MSI_PENDING_BITS));
	}
}

static void apply_msi(struct pci_function *function)
{
	uint16_t control = get16(function->config + MSI_CONTROL);
	uint32_t mask = control & MSI_MASKABLE ? get32(function->config + MSI_MASK_BITS) : 0;

	msi_control(&function->msi, control & MSI_ENABLE,
		    (control & MSI_GRANTED) >> MSI_GRANTED_SHIFT, mask);
}

void pci_function_apply(struct pci_function *function)
{
	uint16_t command = get16(function->config + COMMAND);

	function->bus->master =
		(command & COMMAND_MASTER) && !(function->config[PM_CONTROL] & PM_STATE);
	if (function->msix.vectors) {
		uint16_t control = get16(function->config + MSIX_CONTROL);

		msix_control(&function->msix, control & MSIX_ENABLE, control & MSIX_MASK);
	}
	if (function->msi.vectors)
		apply_msi(function);
	intx_disable(&function->intx, command & COMMAND_INTX_DISABLE);
}

bool pci_config_write(struct pci_function *function, unsigned int offset, const void *data,
		      size_t bytes)
{
	const uint8_t *from = data;
	bool reset = false;

	for (size_t i = 0; i < bytes; i++) {
		unsigned int at = offset + (unsigned int)i;
		uint8_t mask = function->writable[at];

		function->config[at] = (uint8_t)((function->config[at] & ~mask) | (from[i] & mask));
		function->config[at] &= (uint8_t) ~(from[i] & function->clear_by_one[at]);
		/* PCI Express Base 3.0, 7.8.4: the bit reads as zero always. */
		if (at == EXPRESS_CONTROL + 1 && (from[i] & CONTROL_FLR >> 8))
			reset = function->reset_kind == PADMA_RESET_FLR &&
				!function->is_conventional;
	}
	pci_function_apply(function);
	return reset;
}

void pci_function_force_master(struct pci_function *function)
{
	put16(function->config + COMMAND, get16(function->config + COMMAND) | COMMAND_MASTER);
	pci_function_apply(function);
}

bool pci_decodes_memory(const struct pci_function *function)
{
	return (get16(function->config + COMMAND) & COMMAND_MEMORY) &&
	       !(function->config[PM_CONTROL] & PM_STATE);
}

void pci_function_reset(struct pci_function *function)
{
	uint8_t bars[4 * PADMA_DEVICE_BARS];
	uint16_t memory = get16(function->config + COMMAND) & COMMAND_MEMORY;

	memcpy(bars, function->config + BAR0, sizeof(bars));
	memcpy(function->config, function->initial, sizeof(function->config));
	memcpy(function->config + BAR0, bars, sizeof(bars));
	put16(function->config + COMMAND, memory);
	msix_reset(&function->msix);
	msi_reset(&function->msi);
	intx_disconnect(&function->intx);
	intx_level(&function->intx, false);
	pci_function_apply(function);
}
