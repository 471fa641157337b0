// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space: its layout, its masks and what writes to it do. */
#include "sim/pci/function.h"

#include <string.h>

/* Type 0 header (PCI Local Bus 3.0, 6.1 and 6.2). */
#define VENDOR_ID	      0x00
#define DEVICE_ID	      0x02
#define COMMAND		      0x04
#define STATUS		      0x06
#define REVISION_ID	      0x08
#define CACHE_LINE_SIZE	      0x0c
#define BAR0		      0x10
#define SUBSYSTEM_VENDOR_ID   0x2c
#define SUBSYSTEM_ID	      0x2e
#define CAPABILITIES_POINTER  0x34
#define INTERRUPT_LINE	      0x3c
#define INTERRUPT_PIN	      0x3d
#define PIN_INTA	      1u

#define COMMAND_MEMORY	      0x0002u
#define COMMAND_MASTER	      0x0004u
/* Memory space, bus master, parity error response, SERR#, INTx disable. */
#define COMMAND_WRITABLE      0x0546u
#define COMMAND_INTX_DISABLE  0x0400u
#define STATUS_INTERRUPT      0x0008u
#define STATUS_CAPABILITIES   0x0010u
/* The error bits, all cleared by writing 1. */
#define STATUS_CLEARABLE      0xf900u
#define BAR_64BIT_MEMORY      0x4u
/* Where firmware would have put BAR 0; nobody decodes the address here. */
#define BAR0_ADDRESS	      0x7000000000ull

/* Power management (PCI Power Management 1.2, 3.2). */
#define PM		      0x40
#define PM_CONTROL	      (PM + 4)
#define PM_VERSION	      0x0003u
#define PM_STATE	      0x3u
#define PM_NO_SOFT_RESET      0x8u

/* MSI-X (PCI Local Bus 3.0, 6.8.2). */
#define MSIX		      0x50
#define MSIX_CONTROL	      (MSIX + 2)
#define MSIX_TABLE	      (MSIX + 4)
#define MSIX_PBA	      (MSIX + 8)
#define MSIX_ENABLE	      0x8000u
#define MSIX_MASK	      0x4000u

/* PCI Express (PCI Express Base 3.0, 7.8). */
#define EXPRESS		      0x60
#define EXPRESS_DEVICE_CAP    (EXPRESS + 0x04)
#define EXPRESS_CONTROL	      (EXPRESS + 0x08)
#define EXPRESS_STATUS	      (EXPRESS + 0x0a)
#define EXPRESS_LINK_CAP      (EXPRESS + 0x0c)
#define EXPRESS_LINK_STATUS   (EXPRESS + 0x12)
/* Version 2, PCI Express endpoint. */
#define EXPRESS_VERSION	      0x0002u
/* Role-based error reporting, function level reset. */
#define EXPRESS_DEVICE_FLR    0x10008000u
#define EXPRESS_DEVICE_NO_FLR 0x00008000u
#define CONTROL_WRITABLE      0x7fffu
#define CONTROL_FLR	      0x8000u
#define CONTROL_INITIAL	      0x2810u
#define STATUS_ERRORS	      0x000fu
/* 8 GT/s, four lanes. */
#define LINK_CAP	      0x00000043u
#define LINK_STATUS	      0x0043u

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void lay_out_header(struct pci_function *function)
{
	const struct pci_identity *identity = &function->identity;
	uint64_t address_bits = ~(identity->bar_bytes - 1);
	uint8_t *config = function->config, *writable = function->writable;

	put16(config + VENDOR_ID, identity->vendor);
	put16(config + DEVICE_ID, identity->device);
	/* Firmware and kernel have left memory space on, as VFIO hands a function over. */
	put16(config + COMMAND, COMMAND_MEMORY);
	put16(writable + COMMAND, COMMAND_WRITABLE);
	put16(config + STATUS, STATUS_CAPABILITIES);
	put16(function->clear_by_one + STATUS, STATUS_CLEARABLE);
	put32(config + REVISION_ID, identity->class_code << 8 | identity->revision);
	writable[CACHE_LINE_SIZE] = 0xff;
	/* 6.2.5.1: the bits below the BAR's size read as zero, which is how its size is found. */
	put32(config + BAR0, (uint32_t)BAR0_ADDRESS | BAR_64BIT_MEMORY);
	put32(config + BAR0 + 4, (uint32_t)(BAR0_ADDRESS >> 32));
	put32(writable + BAR0, (uint32_t)address_bits & ~0xfu);
	put32(writable + BAR0 + 4, (uint32_t)(address_bits >> 32));
	put16(config + SUBSYSTEM_VENDOR_ID, identity->subsystem_vendor);
	put16(config + SUBSYSTEM_ID, identity->subsystem);
	config[CAPABILITIES_POINTER] = PM;
	writable[INTERRUPT_LINE] = 0xff;
	config[INTERRUPT_PIN] = PIN_INTA;
}

static void add_capability(struct pci_function *function, unsigned int at, uint8_t id,
			   unsigned int next, uint16_t first)
{
	function->config[at] = id;
	function->config[at + 1] = (uint8_t)next;
	put16(function->config + at + 2, first);
}

static void lay_out_capabilities(struct pci_function *function)
{
	const struct pci_identity *identity = &function->identity;
	uint8_t *config = function->config, *writable = function->writable;

	add_capability(function, PM, 0x01, MSIX, PM_VERSION);
	/* Linux resets by power states where the function says that D3hot loses its state
	 * (pci_pm_reset()). Saying so does not make it so: this one keeps it, as QEMU's e1000e. */
	put16(config + PM_CONTROL, function->reset_kind == PADMA_RESET_PM ? 0 : PM_NO_SOFT_RESET);
	put16(writable + PM_CONTROL, PM_STATE);

	add_capability(function, MSIX, 0x11, EXPRESS, (uint16_t)(identity->vectors - 1));
	put16(writable + MSIX_CONTROL, MSIX_ENABLE | MSIX_MASK);
	put32(config + MSIX_TABLE, identity->msix_table);
	put32(config + MSIX_PBA, identity->msix_pba);

	add_capability(function, EXPRESS, 0x10, 0, EXPRESS_VERSION);
	put32(config + EXPRESS_DEVICE_CAP,
	      function->reset_kind == PADMA_RESET_FLR ? EXPRESS_DEVICE_FLR : EXPRESS_DEVICE_NO_FLR);
	put16(config + EXPRESS_CONTROL, CONTROL_INITIAL);
	put16(writable + EXPRESS_CONTROL, CONTROL_WRITABLE);
	put16(function->clear_by_one + EXPRESS_STATUS, STATUS_ERRORS);
	put32(config + EXPRESS_LINK_CAP, LINK_CAP);
	put16(config + EXPRESS_LINK_STATUS, LINK_STATUS);
}

int pci_function_init(struct pci_function *function, const struct pci_identity *identity,
		      enum padma_reset_kind reset_kind, struct sim_bus *bus)
{
	*function = (struct pci_function){
		.identity = *identity, .reset_kind = reset_kind, .bus = bus, .intx = {.fd = -1}};
	lay_out_header(function);
	lay_out_capabilities(function);
	memcpy(function->initial, function->config, sizeof(function->initial));
	return msix_init(&function->msix, identity->vectors, &bus->master);
}

void pci_function_destroy(struct pci_function *function)
{
	msix_destroy(&function->msix);
}

void pci_config_read(const struct pci_function *function, unsigned int offset, void *data,
		     size_t bytes)
{
	memcpy(data, function->config + offset, bytes);
}

/* Let the bits that have a meaning take effect. */
static void apply(struct pci_function *function)
{
	uint16_t command = get16(function->config + COMMAND);
	uint16_t control = get16(function->config + MSIX_CONTROL);

	function->bus->master =
		(command & COMMAND_MASTER) && !(function->config[PM_CONTROL] & PM_STATE);
	msix_control(&function->msix, control & MSIX_ENABLE, control & MSIX_MASK);
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
			reset = function->reset_kind == PADMA_RESET_FLR;
	}
	apply(function);
	return reset;
}

void pci_function_force_master(struct pci_function *function)
{
	put16(function->config + COMMAND, get16(function->config + COMMAND) | COMMAND_MASTER);
	apply(function);
}

bool pci_decodes_memory(const struct pci_function *function)
{
	return (get16(function->config + COMMAND) & COMMAND_MEMORY) &&
	       !(function->config[PM_CONTROL] & PM_STATE);
}

void pci_function_reset(struct pci_function *function)
{
	uint8_t bars[8];
	uint16_t memory = get16(function->config + COMMAND) & COMMAND_MEMORY;

	memcpy(bars, function->config + BAR0, sizeof(bars));
	memcpy(function->config, function->initial, sizeof(function->config));
	memcpy(function->config + BAR0, bars, sizeof(bars));
	put16(function->config + COMMAND, memory);
	msix_reset(&function->msix);
	intx_disconnect(&function->intx);
	intx_level(&function->intx, false);
	apply(function);
}

void pci_function_pin(struct pci_function *function, bool asserted)
{
	uint16_t status = get16(function->config + STATUS) & (uint16_t)~STATUS_INTERRUPT;

	asserted = asserted && !function->msix.enabled;
	put16(function->config + STATUS, asserted ? status | STATUS_INTERRUPT : status);
	intx_level(&function->intx, asserted);
}

void pci_function_pin_irq(struct pci_function *function, bool asserted, const int *fds,
			  unsigned int count)
{
	pci_function_irq(function, NULL, 0);
	pci_function_pin(function, asserted);
	if (count)
		intx_connect(&function->intx, fds[0]);
}

void pci_function_irq(struct pci_function *function, const int *fds, unsigned int count)
{
	intx_disconnect(&function->intx);
	msix_connect(&function->msix, fds, count);
	put16(function->config + MSIX_CONTROL,
	      (uint16_t)((function->identity.vectors - 1) | (count ? MSIX_ENABLE : 0)));
	apply(function);
}
