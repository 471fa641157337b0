// SPDX-License-Identifier: BSD-3-Clause
/* What the kernel does for a program that wants interrupts, and the pin. */
#include "sim/pci/function.h"
#include "sim/pci/registers.h"

void pci_function_pin(struct pci_function *function, bool asserted)
{
	uint16_t status = get16(function->config + STATUS) & (uint16_t)~STATUS_INTERRUPT;

	asserted = asserted && !function->msix.enabled && !function->msi.enabled;
	put16(function->config + STATUS, asserted ? status | STATUS_INTERRUPT : status);
	intx_level(&function->intx, asserted);
}

static void enable_msix(struct pci_function *function, bool on)
{
	if (function->msix.vectors)
		put16(function->config + MSIX_CONTROL,
		      (uint16_t)((function->msix.vectors - 1) | (on ? MSIX_ENABLE : 0)));
}

/* The kernel grants a power of two of vectors, enough for those wanted. */
static void enable_msi(struct pci_function *function, unsigned int count)
{
	unsigned int log2 = 0;
	uint16_t control;

	if (!function->msi.vectors)
		return;
	while (1u << log2 < count)
		log2++;
	control = get16(function->config + MSI_CONTROL) & (uint16_t) ~(MSI_ENABLE | MSI_GRANTED);
	if (count)
		control |= (uint16_t)(MSI_ENABLE | log2 << MSI_GRANTED_SHIFT);
	put16(function->config + MSI_CONTROL, control);
	if (control & MSI_MASKABLE)
		put32(function->config + MSI_MASK_BITS, 0);
}

void pci_function_irq(struct pci_function *function, enum padma_irq_kind kind, bool asserted,
		      const int *fds, unsigned int count)
{
	unsigned int msix = kind == PADMA_IRQ_MSIX ? count : 0;
	unsigned int msi = kind == PADMA_IRQ_MSI ? count : 0;

	intx_disconnect(&function->intx);
	msix_connect(&function->msix, fds, msix);
	msi_connect(&function->msi, fds, msi);
	enable_msix(function, msix);
	enable_msi(function, msi);
	pci_function_apply(function);
	if (kind != PADMA_IRQ_INTX)
		return;
	pci_function_pin(function, asserted);
	if (count)
		intx_connect(&function->intx, fds[0]);
}
