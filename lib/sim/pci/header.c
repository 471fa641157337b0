// SPDX-License-Identifier: BSD-3-Clause
/* The header of configuration space, and its base address registers. */
#include "sim/pci/function.h"
#include "sim/pci/registers.h"

/* Where firmware would have put BARs, the 32-bit and the 64-bit ones; no address is decoded here. */
#define BASE_32BIT 0x80000000ull
#define BASE_64BIT 0x7000000000ull

static uint64_t place(uint64_t *next, uint64_t bytes)
{
	uint64_t at = (*next + bytes - 1) & ~(bytes - 1);

	*next = at + bytes;
	return at;
}

/* 6.2.5.1: the bits below a BAR's size read as zero, which is how its size is found. */
static void init_bars(struct pci_function *function, const struct padma_sim_bar *bars)
{
	uint64_t next_32bit = BASE_32BIT, next_64bit = BASE_64BIT;

	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		const struct padma_sim_bar *bar = &bars[i];
		uint8_t *config = function->config + BAR0 + 4 * i;
		uint8_t *writable = function->writable + BAR0 + 4 * i;
		uint64_t size_bits = ~(bar->bytes - 1), address;

		if (bar->bytes == 0)
			continue;
		address = place(bar->is_64bit ? &next_64bit : &next_32bit, bar->bytes);
		put32(config, (uint32_t)address | (bar->is_64bit ? BAR_64BIT : 0) |
				      (bar->prefetchable ? BAR_PREFETCHABLE : 0));
		put32(writable, (uint32_t)size_bits & ~BAR_FLAGS);
		if (!bar->is_64bit)
			continue;
		put32(config + 4, (uint32_t)(address >> 32));
		put32(writable + 4, (uint32_t)(size_bits >> 32));
	}
}

void pci_header_init(struct pci_function *function, const struct padma_sim_shape *shape,
		     bool has_pin)
{
	uint8_t *config = function->config, *writable = function->writable;
	bool own_subsystem = shape->subsystem_vendor != 0;

	put16(config + VENDOR_ID, shape->vendor);
	put16(config + DEVICE_ID, shape->device);
	/* Firmware and kernel have left memory space on, as VFIO hands a function over. */
	put16(config + COMMAND, COMMAND_MEMORY);
	put16(writable + COMMAND, COMMAND_WRITABLE);
	put16(config + STATUS, STATUS_CAPABILITIES);
	put16(function->clear_by_one + STATUS, STATUS_CLEARABLE);
	put32(config + REVISION_ID, shape->class_code << 8 | shape->revision);
	writable[CACHE_LINE_SIZE] = 0xff;
	init_bars(function, shape->bars);
	put16(config + SUBSYSTEM_VENDOR_ID,
	      own_subsystem ? shape->subsystem_vendor : shape->vendor);
	put16(config + SUBSYSTEM_ID,
	      own_subsystem || shape->subsystem ? shape->subsystem : shape->device);
	writable[INTERRUPT_LINE] = 0xff;
	config[INTERRUPT_PIN] = has_pin ? PIN_INTA : 0;
}
