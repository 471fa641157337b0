/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * function.h - configuration space of a simulated PCI Express function.
 *
 * 4 KiB with a mask of what can be written and of what is cleared by writing 1, one 64-bit memory
 * BAR (BAR 0), the interrupt pin INTA, and the capabilities power management, MSI-X and PCI Express. How
 * the kernel can reset it shows in them. Under the device's lock.
 */
#ifndef SIM_PCI_FUNCTION_H
#define SIM_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>

#include "sim/bus.h"
#include "sim/pci/intx.h"
#include "sim/pci/msix.h"

#define PCI_CONFIG_BYTES 4096u

/* What a kind of device says of its function. */
struct pci_identity {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem;
	uint32_t class_code; /* base class, sub-class, interface */
	uint8_t revision;
	uint64_t bar_bytes; /* a power of two */
	unsigned int vectors;
	uint32_t msix_table, msix_pba; /* offsets in BAR 0, multiples of 8 */
};

struct pci_function {
	struct pci_identity identity;
	struct sim_bus *bus;
	enum padma_reset_kind reset_kind;
	struct msix msix;
	struct intx intx;
	uint8_t config[PCI_CONFIG_BYTES];
	uint8_t initial[PCI_CONFIG_BYTES];
	uint8_t writable[PCI_CONFIG_BYTES];
	uint8_t clear_by_one[PCI_CONFIG_BYTES];
};

/* 0, or -ENOMEM. */
int pci_function_init(struct pci_function *function, const struct pci_identity *identity,
		      enum padma_reset_kind reset_kind, struct sim_bus *bus);
void pci_function_destroy(struct pci_function *function);

void pci_config_read(const struct pci_function *function, unsigned int offset, void *data,
		     size_t bytes);

/* True where the write asked for a function level reset, which the caller carries out. */
bool pci_config_write(struct pci_function *function, unsigned int offset, const void *data,
		      size_t bytes);

/* Bus Master Enable is on, whatever was written. */
void pci_function_force_master(struct pci_function *function);

/* Whether BAR 0 answers: Memory Space Enable is set and the function is in D0. */
bool pci_decodes_memory(const struct pci_function *function);

/* The function's part of a reset: no bus mastering, no interrupts, everything as it was at first.
 * The kernel's part of it, which saves and restores BARs and Memory Space Enable, is included. */
void pci_function_reset(struct pci_function *function);

/* What the kernel does for a user of interrupts: connect the vectors of MSI-X, or the pin, and turn
 * the other off. */
void pci_function_irq(struct pci_function *function, const int *fds, unsigned int count);
void pci_function_pin_irq(struct pci_function *function, bool asserted, const int *fds,
			  unsigned int count);

/* The function asserts its pin or lets go of it. With MSI-X on it has no pin (6.8.3.3). */
void pci_function_pin(struct pci_function *function, bool asserted);

#endif
