/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * function.h - a simulated PCI function: its configuration space and its interrupts.
 *
 * Configuration space with a mask of what can be written and of what is cleared by writing 1: a header with up
 * to six memory BARs and the interrupt pin, and the capabilities power management, MSI-X, MSI and PCI Express, of
 * which how the kernel can reset it shows in the last; then the model's own. Under the device's lock.
 */
#ifndef SIM_PCI_FUNCTION_H
#define SIM_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/sim/model.h>

#include "sim/bus.h"
#include "sim/pci/intx.h"
#include "sim/pci/msi.h"
#include "sim/pci/msix.h"

#define PCI_CONFIG_BYTES 4096u

struct pci_function {
	struct sim_bus *bus;
	enum padma_reset_kind reset_kind;
	bool is_conventional; /* no PCI Express capability, 256 bytes */
	struct msix msix;     /* without vectors if it has none */
	struct msi msi;
	struct intx intx;
	uint8_t config[PCI_CONFIG_BYTES];
	uint8_t initial[PCI_CONFIG_BYTES];
	uint8_t writable[PCI_CONFIG_BYTES];
	uint8_t clear_by_one[PCI_CONFIG_BYTES];
};

/*
 * A function of a shape that pci_shape_check() has passed. @name is for messages. 0, -ENOMEM, or -EINVAL: the
 * capabilities do not fit.
 */
int pci_function_init(struct pci_function *function, const char *name,
		      const struct padma_sim_shape *shape, bool has_pin,
		      enum padma_reset_kind reset_kind, struct sim_bus *bus);
void pci_function_destroy(struct pci_function *function);

/* Whether there can be such a function: 0, or -EINVAL with the reason noted (shape.c). */
int pci_shape_check(const char *name, const struct padma_sim_shape *shape);

/* How many bytes of configuration space there are. */
static inline unsigned int pci_config_bytes(const struct pci_function *function)
{
	return function->is_conventional ? 256 : PCI_CONFIG_BYTES;
}

void pci_config_read(const struct pci_function *function, unsigned int offset, void *data,
		     size_t bytes);

/* True if the write requested a function level reset, which the caller carries out. */
bool pci_config_write(struct pci_function *function, unsigned int offset, const void *data,
		      size_t bytes);

/* Let the bits of configuration space that have a meaning take effect. */
void pci_function_apply(struct pci_function *function);

/* Bus Master Enable is on, whatever was written. */
void pci_function_force_master(struct pci_function *function);

/* Whether BARs answer: Memory Space Enable is set and the function is in D0. */
bool pci_decodes_memory(const struct pci_function *function);

/* The function's part of a reset: no bus mastering, no interrupts, everything as it was at first.
 * The kernel's part of it, which saves and restores BARs and Memory Space Enable, is included. */
void pci_function_reset(struct pci_function *function);

/* interrupt.c: what the kernel does for a user of interrupts: connect the vectors of one kind, PADMA_IRQ_INTX,
 * for which @asserted is the pin's state, and turn the others off. @count 0: all off. */
void pci_function_irq(struct pci_function *function, enum padma_irq_kind kind, bool asserted,
		      const int *fds, unsigned int count);

/* The function asserts or deasserts its pin. With messages on it has no pin (6.8.3.3). */
void pci_function_pin(struct pci_function *function, bool asserted);

/* The function sends a message, by whichever kind is on. */
static inline void pci_function_message(struct pci_function *function, unsigned int vector)
{
	if (function->msix.enabled)
		msix_notify(&function->msix, vector);
	else if (function->msi.enabled)
		msi_notify(&function->msi, vector);
}

/* header.c, capabilities.c: for pci_function_init(). */
void pci_header_init(struct pci_function *function, const struct padma_sim_shape *shape,
		     bool has_pin);
int pci_capabilities_init(struct pci_function *function, const char *name,
			  const struct padma_sim_shape *shape);

#endif
