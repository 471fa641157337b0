// SPDX-License-Identifier: BSD-3-Clause
/* The controller's registers (Base 3.1.3), in dwords as the host may access them. */
#include "controller.h"

#define VERSION_2_0	   0x00020000u
/* In units of 500 ms, as in CAP.TO. */
#define READY_TIMEOUT(cap) ((uint32_t)((cap) >> CAP_TO_SHIFT) & 0xff)

static uint32_t read_dword(struct controller *controller, uint64_t offset)
{
	switch (offset) {
	case REG_CAP:
		return (uint32_t)controller->cap;
	case REG_CAP + 4:
		return (uint32_t)(controller->cap >> 32);
	case REG_VS:
		return VERSION_2_0;
	case REG_INTMS:
	case REG_INTMC:
		return controller->interrupt_mask;
	case REG_CC:
		return controller->cc;
	case REG_CSTS:
		sim_nvme_advance(controller);
		return controller->csts;
	case REG_AQA:
		return controller->aqa;
	case REG_ASQ:
		return (uint32_t)controller->asq;
	case REG_ASQ + 4:
		return (uint32_t)(controller->asq >> 32);
	case REG_ACQ:
		return (uint32_t)controller->acq;
	case REG_ACQ + 4:
		return (uint32_t)(controller->acq >> 32);
	case REG_CRTO:
		/* Base 3.1.3.22: ready with media (15:0); independent of media (31:16) is not supported.
		 */
		return READY_TIMEOUT(controller->cap);
	default:
		return 0; /* reserved, or of a feature that this controller does not have */
	}
}

static void set_low(uint64_t *reg, uint32_t value)
{
	/* ASQ and ACQ 11:0 are reserved. */
	*reg = (*reg & 0xffffffff00000000ull) | (value & 0xfffff000u);
}

static void set_high(uint64_t *reg, uint32_t value)
{
	*reg = (*reg & 0xffffffffull) | (uint64_t)value << 32;
}

/* Base 3.1.3.8 to 3.1.3.10: the admin queue's registers belong to the host while CC.EN is 0. */
static void write_admin_queue(struct controller *controller, uint64_t offset, uint32_t value)
{
	if (controller->cc & CC_EN)
		return;
	switch (offset) {
	case REG_AQA:
		controller->aqa = value & AQA_WRITABLE;
		break;
	case REG_ASQ:
		set_low(&controller->asq, value);
		break;
	case REG_ASQ + 4:
		set_high(&controller->asq, value);
		break;
	case REG_ACQ:
		set_low(&controller->acq, value);
		break;
	case REG_ACQ + 4:
		set_high(&controller->acq, value);
		break;
	default:
		break;
	}
}

/* CAP, VS, CSTS (but for NSSRO, which this controller never sets) and what is reserved: read-only.
 * NSSR: CAP.NSSRS is 0. */
static void write_dword(struct controller *controller, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case REG_INTMS:
		controller->interrupt_mask |= value;
		break;
	case REG_INTMC:
		controller->interrupt_mask &= ~value;
		break;
	case REG_CC:
		sim_nvme_configure(controller, value);
		break;
	default:
		if (offset >= REG_DOORBELLS + controller->doorbell_bytes)
			break; /* past the last doorbell */
		if (offset >= REG_DOORBELLS)
			sim_nvme_ring(controller, (uint32_t)(offset - REG_DOORBELLS) / 4, value);
		else
			write_admin_queue(controller, offset, value);
		break;
	}
}

/* BAR 0 is the only one. */
uint64_t sim_nvme_read(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	struct controller *controller = state;
	uint64_t value = read_dword(controller, offset & ~3ull);

	(void)bar;
	/* PCIe 3.1: narrower reads are allowed; each byte is where it is in its dword. */
	if (width <= 4)
		return value >> 8 * (offset & 3);
	if (offset & 7)
		return UINT64_MAX;
	return value | (uint64_t)read_dword(controller, offset + 4) << 32;
}

void sim_nvme_write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		    unsigned int width)
{
	(void)bar;
	/* PCIe 3.1: a host writes whole aligned dwords or quadwords; anything else is dropped. */
	if ((width != 4 && width != 8) || offset % width)
		return;
	write_dword(state, offset, (uint32_t)value);
	if (width == 8)
		write_dword(state, offset + 4, (uint32_t)(value >> 32));
}
