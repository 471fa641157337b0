// SPDX-License-Identifier: BSD-3-Clause
/* Accesses to BARs that are trapped: the model's registers, direct memory, the tables of MSI-X. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <string.h>

#include "sim/device.h"

static bool within(uint64_t offset, uint64_t start, uint64_t bytes)
{
	return offset >= start && offset - start < bytes;
}

static bool in_table(const struct sim_device *device, unsigned int bar, uint64_t offset)
{
	return bar == device->shape.msix_table_bar &&
	       within(offset, device->shape.msix_table, msix_table_bytes(&device->pci.msix));
}

static bool in_pba(const struct sim_device *device, unsigned int bar, uint64_t offset)
{
	return bar == device->shape.msix_pba_bar &&
	       within(offset, device->shape.msix_pba, msix_pba_bytes(&device->pci.msix));
}

/* The memory behind an access in a direct area, or NULL. */
static void *direct_at(const struct sim_device *device, unsigned int bar, uint64_t offset,
		       unsigned int width)
{
	for (unsigned int i = 0; i < PADMA_SIM_DIRECTS; i++) {
		const struct padma_sim_direct *direct = &device->shape.directs[i];

		if (direct->bytes && direct->bar == bar &&
		    within(offset, direct->offset, direct->bytes) &&
		    width <= direct->bytes - (offset - direct->offset))
			return (char *)direct->memory + (offset - direct->offset);
	}
	return NULL;
}

static uint64_t direct_read(const void *at, unsigned int width)
{
	uint64_t value = 0;

	if ((uintptr_t)at % width == 0 && width == 4)
		return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
	if ((uintptr_t)at % width == 0 && width == 8)
		return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
	if ((uintptr_t)at % width == 0 && width == 2)
		return __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);
	for (unsigned int i = 0; i < width; i++)
		value |= (uint64_t)__atomic_load_n((const uint8_t *)at + i, __ATOMIC_ACQUIRE)
			 << 8 * i;
	return value;
}

static void direct_write(void *at, uint64_t value, unsigned int width)
{
	if ((uintptr_t)at % width == 0 && width == 4)
		__atomic_store_n((uint32_t *)at, (uint32_t)value, __ATOMIC_RELEASE);
	else if ((uintptr_t)at % width == 0 && width == 8)
		__atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE);
	else if ((uintptr_t)at % width == 0 && width == 2)
		__atomic_store_n((uint16_t *)at, (uint16_t)value, __ATOMIC_RELEASE);
	else
		for (unsigned int i = 0; i < width; i++)
			__atomic_store_n((uint8_t *)at + i, (uint8_t)(value >> 8 * i),
					 __ATOMIC_RELEASE);
}

/* PCI Local Bus 3.0, 6.8.2: the table is accessed by aligned 32 or 64 bits. */
static bool is_aligned_word(uint64_t offset, unsigned int width)
{
	return (width == 4 || width == 8) && offset % width == 0;
}

static uint32_t msix_word(const struct sim_device *device, unsigned int bar, uint64_t offset)
{
	const struct padma_sim_shape *shape = &device->shape;

	if (in_table(device, bar, offset))
		return msix_table_read(&device->pci.msix, offset - shape->msix_table);
	if (in_pba(device, bar, offset))
		return msix_pba_read(&device->pci.msix, offset - shape->msix_pba);
	return 0;
}

static uint64_t msix_read(const struct sim_device *device, unsigned int bar, uint64_t offset,
			  unsigned int width)
{
	uint64_t value;

	if (!is_aligned_word(offset, width))
		return 0;
	value = msix_word(device, bar, offset);
	if (width == 8)
		value |= (uint64_t)msix_word(device, bar, offset + 4) << 32;
	return value;
}

static uint64_t model_read(struct sim_device *device, unsigned int bar, uint64_t offset,
			   unsigned int width)
{
	uint64_t value = 0;

	if (device->model->read)
		value = device->model->read(device->state, bar, offset, width);
	if (PADMA_UNLIKELY(device->hostile))
		value = sim_hostile_read(device->hostile, bar, offset, value, width);
	return value;
}

static uint64_t locked_read(struct sim_device *device, unsigned int bar, uint64_t offset,
			    unsigned int width)
{
	const void *direct;

	if (device->removed)
		return device->reads_as;
	if (sim_faults_armed(&device->faults, PADMA_SIM_FAULT_REGISTERS))
		return sim_faults_value(&device->faults, PADMA_SIM_FAULT_REGISTERS);
	if (!pci_decodes_memory(&device->pci))
		return UINT64_MAX; /* no answer: the root complex completes with all ones */
	if (in_table(device, bar, offset) || in_pba(device, bar, offset))
		return msix_read(device, bar, offset, width);
	direct = direct_at(device, bar, offset, width);
	if (direct)
		return direct_read(direct, width);
	return model_read(device, bar, offset, width);
}

uint64_t sim_bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
		      unsigned int width)
{
	struct sim_device *device = sim_device_of(head);
	uint64_t value;

	sim_device_lock(device);
	value = locked_read(device, bar, offset, width);
	sim_device_unlock(device);
	return width < 8 ? value & ((1ull << 8 * width) - 1) : value;
}

static void table_write(struct sim_device *device, uint64_t offset, uint64_t value,
			unsigned int width)
{
	uint64_t at = offset - device->shape.msix_table;

	if (!is_aligned_word(offset, width))
		return;
	msix_table_write(&device->pci.msix, at, (uint32_t)value);
	if (width == 8)
		msix_table_write(&device->pci.msix, at + 4, (uint32_t)(value >> 32));
}

static void locked_write(struct sim_device *device, unsigned int bar, uint64_t offset,
			 uint64_t value, unsigned int width)
{
	void *direct;

	if (in_table(device, bar, offset)) {
		table_write(device, offset, value, width);
		return;
	}
	if (in_pba(device, bar, offset))
		return;
	direct = direct_at(device, bar, offset, width);
	if (direct)
		direct_write(direct, value, width);
	else if (device->model->write)
		device->model->write(device->state, bar, offset, value, width);
	/* It may have been a mask of interrupts, or a doorbell. */
	sim_device_pin(device);
}

void sim_bar_write(struct padma_device *head, unsigned int bar, uint64_t offset, uint64_t value,
		   unsigned int width)
{
	struct sim_device *device = sim_device_of(head);

	sim_device_lock(device);
	if (!device->removed && pci_decodes_memory(&device->pci) &&
	    !sim_faults_armed(&device->faults, PADMA_SIM_FAULT_REGISTERS))
		locked_write(device, bar, offset, value, width);
	sim_device_unlock(device);
}

void sim_direct_overwrite(struct sim_device *device, uint64_t reads_as)
{
	for (unsigned int i = 0; i < PADMA_SIM_DIRECTS; i++) {
		const struct padma_sim_direct *direct = &device->shape.directs[i];
		uint32_t *word = direct->memory;

		for (size_t j = 0; j < direct->bytes / sizeof(*word); j++)
			__atomic_store_n(&word[j], (uint32_t)(reads_as >> (j % 2 ? 32 : 0)),
					 __ATOMIC_RELAXED);
	}
}
