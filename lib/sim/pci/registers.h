/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * registers.h - offsets in configuration space, and the meaning of bits.
 *
 * The capabilities that every simulated function has are at fixed offsets; those of a model follow.
 */
#ifndef SIM_PCI_REGISTERS_H
#define SIM_PCI_REGISTERS_H

#include <stdint.h>

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
#define HEADER_END	      0x40u
#define CONVENTIONAL_END      0x100u

#define COMMAND_MEMORY	      0x0002u
#define COMMAND_MASTER	      0x0004u
/* Memory space, bus master, parity error response, SERR#, INTx disable. */
#define COMMAND_WRITABLE      0x0546u
#define COMMAND_INTX_DISABLE  0x0400u
#define STATUS_INTERRUPT      0x0008u
#define STATUS_CAPABILITIES   0x0010u
/* The error bits, all cleared by writing 1. */
#define STATUS_CLEARABLE      0xf900u

/* Base address registers of memory (6.2.5.1). */
#define BAR_64BIT	      0x4u
#define BAR_PREFETCHABLE      0x8u
#define BAR_FLAGS	      0xfu

#define CAPABILITY_PM	      0x01
#define CAPABILITY_MSI	      0x05
#define CAPABILITY_EXPRESS    0x10
#define CAPABILITY_MSIX	      0x11

/* Power management (PCI Power Management 1.2, 3.2). */
#define PM		      0x40
#define PM_BYTES	      8u
#define PM_CONTROL	      (PM + 4)
#define PM_VERSION	      0x0003u
#define PM_STATE	      0x3u
#define PM_NO_SOFT_RESET      0x8u

/* MSI-X (PCI Local Bus 3.0, 6.8.2). */
#define MSIX		      0x50
#define MSIX_BYTES	      12u
#define MSIX_CONTROL	      (MSIX + 2)
#define MSIX_TABLE	      (MSIX + 4)
#define MSIX_PBA	      (MSIX + 8)
#define MSIX_ENABLE	      0x8000u
#define MSIX_MASK	      0x4000u

/* PCI Express (PCI Express Base 3.0, 7.8). */
#define EXPRESS		      0x60
#define EXPRESS_BYTES	      0x3cu
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

/* MSI with 64-bit addresses (PCI Local Bus 3.0, 6.8.1); mask and pending bits only with MSI_MASKABLE. */
#define MSI		      0xa0
#define MSI_BYTES	      14u
#define MSI_MASKABLE_BYTES    24u
#define MSI_CONTROL	      (MSI + 0x02)
#define MSI_ADDRESS	      (MSI + 0x04)
#define MSI_DATA	      (MSI + 0x0c)
#define MSI_MASK_BITS	      (MSI + 0x10)
#define MSI_PENDING_BITS      (MSI + 0x14)
#define MSI_ENABLE	      0x0001u
#define MSI_CAPABLE_SHIFT     1
#define MSI_GRANTED_SHIFT     4
#define MSI_GRANTED	      0x0070u
#define MSI_64BIT	      0x0080u
#define MSI_MASKABLE	      0x0100u

/* The models' own capabilities, and the extended ones (PCI Express Base 3.0, 7.9.3). */
#define MODEL_CAPABILITIES    0xb8u
#define EXTENDED	      0x100u

/* Configuration space is little-endian. */
static inline void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static inline uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t get32(const uint8_t *at)
{
	return get16(at) | (uint32_t)get16(at + 2) << 16;
}

#endif
