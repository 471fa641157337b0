// SPDX-License-Identifier: BSD-3-Clause
/* The operations of an opened simulated device: configuration space, registers, reset, interrupts.
 */
#define PADMA_PART "sim"
#include "base/base.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <padma/time.h>

#include "sim/device.h"

#define NS_PER_SECOND  1000000000ull

/* PCI Local Bus 3.0, 6.2.2 */
#define COMMAND_OFFSET 0x04u
#define COMMAND_MASTER 0x04u

struct sim_device *sim_device_of(struct padma_device *device)
{
	if (!device || device->ops != &sim_device_ops)
		return NULL;
	return container_of(device, struct sim_device, head);
}

void sim_device_lock(struct sim_device *device)
{
	__atomic_fetch_add(&device->waiting, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&device->lock);
	__atomic_fetch_sub(&device->waiting, 1, __ATOMIC_RELAXED);
}

void sim_device_unlock(struct sim_device *device)
{
	pthread_mutex_unlock(&device->lock);
}

uint64_t sim_device_now(const struct sim_device *device)
{
	return device->stepped ? device->steps : padma_ticks_monotonic();
}

static int op_config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (removed)
		memset(data, 0xff, bytes);
	else
		pci_config_read(&device->function, offset, data, bytes);
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

static bool locked_config_write(struct sim_device *device, unsigned int offset, const void *data,
				size_t bytes)
{
	bool stuck = device->bus.master &&
		     sim_faults_armed(&device->faults, PADMA_SIM_FAULT_MASTER_STUCK);
	bool reset = pci_config_write(&device->function, offset, data, bytes);

	if (stuck)
		pci_function_force_master(&device->function);
	return reset;
}

static int op_config_write(struct padma_device *head, unsigned int offset, const void *data,
			   size_t bytes)
{
	struct sim_device *device = sim_device_of(head);
	bool removed, reset = false;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed)
		reset = locked_config_write(device, offset, data, bytes);
	sim_device_unlock(device);
	if (removed)
		return -ENODEV;
	return reset ? sim_device_reset(device) : 0;
}

/* Where an offset of BAR 0 lies. */
enum region {
	REGION_MODEL,
	REGION_DIRECT,
	REGION_TABLE,
	REGION_PBA,
	REGION_NONE
};

static bool within(uint64_t offset, uint64_t start, uint64_t bytes)
{
	return offset >= start && offset - start < bytes;
}

static enum region region_of(const struct sim_device *device, uint64_t offset)
{
	const struct pci_identity *identity = &device->function.identity;
	const struct msix *msix = &device->function.msix;

	if (within(offset, 0, device->direct_start))
		return REGION_MODEL;
	if (within(offset, device->direct_start, device->direct_bytes))
		return REGION_DIRECT;
	if (within(offset, identity->msix_table, msix_table_bytes(msix)))
		return REGION_TABLE;
	if (within(offset, identity->msix_pba, msix_pba_bytes(msix)))
		return REGION_PBA;
	return REGION_NONE;
}

static uint32_t interrupt_word(const struct sim_device *device, uint64_t offset)
{
	const struct pci_identity *identity = &device->function.identity;

	switch (region_of(device, offset)) {
	case REGION_TABLE:
		return msix_table_read(&device->function.msix, offset - identity->msix_table);
	case REGION_PBA:
		return msix_pba_read(&device->function.msix, offset - identity->msix_pba);
	default:
		return 0; /* reserved space of the BAR */
	}
}

/* PCI Local Bus 3.0, 6.8.2: the table is accessed by aligned 32 or 64 bits. */
static bool is_aligned_word(uint64_t offset, unsigned int width)
{
	return (width == 4 || width == 8) && offset % width == 0;
}

static uint64_t locked_read(struct sim_device *device, uint64_t offset, unsigned int width)
{
	uint64_t value;

	if (device->removed)
		return device->reads_as;
	if (sim_faults_armed(&device->faults, PADMA_SIM_FAULT_REGISTERS))
		return sim_faults_value(&device->faults, PADMA_SIM_FAULT_REGISTERS);
	if (!pci_decodes_memory(&device->function))
		return UINT64_MAX; /* nobody answers: the root complex completes with all ones */
	if (region_of(device, offset) == REGION_MODEL)
		return device->kind->read(device->model, offset, width);
	if (!is_aligned_word(offset, width))
		return 0;
	value = interrupt_word(device, offset);
	if (width == 8)
		value |= (uint64_t)interrupt_word(device, offset + 4) << 32;
	return value;
}

static uint64_t op_bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
			    unsigned int width)
{
	struct sim_device *device = sim_device_of(head);
	uint64_t value;

	if (bar != 0)
		return UINT64_MAX;
	sim_device_lock(device);
	value = locked_read(device, offset, width);
	sim_device_unlock(device);
	return width < 8 ? value & ((1ull << 8 * width) - 1) : value;
}

static void table_write(struct sim_device *device, uint64_t offset, uint64_t value,
			unsigned int width)
{
	uint64_t at = offset - device->function.identity.msix_table;

	if (!is_aligned_word(offset, width))
		return;
	msix_table_write(&device->function.msix, at, (uint32_t)value);
	if (width == 8)
		msix_table_write(&device->function.msix, at + 4, (uint32_t)(value >> 32));
}

/* It may have been a mask of interrupts, or a doorbell. */
static void write_register(struct sim_device *device, uint64_t offset, uint64_t value,
			   unsigned int width)
{
	device->kind->write(device->model, offset, value, width);
	sim_device_pin(device);
}

static void op_bar_write(struct padma_device *head, unsigned int bar, uint64_t offset,
			 uint64_t value, unsigned int width)
{
	struct sim_device *device = sim_device_of(head);

	if (bar != 0)
		return;
	sim_device_lock(device);
	if (!device->removed && pci_decodes_memory(&device->function) &&
	    !sim_faults_armed(&device->faults, PADMA_SIM_FAULT_REGISTERS)) {
		enum region region = region_of(device, offset);

		if (region == REGION_MODEL)
			write_register(device, offset, value, width);
		else if (region == REGION_TABLE)
			table_write(device, offset, value, width);
	}
	sim_device_unlock(device);
}

static void sleep_ns(uint64_t ns)
{
	struct timespec left = {.tv_sec = (time_t)(ns / NS_PER_SECOND),
				.tv_nsec = (long)(ns % NS_PER_SECOND)};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int sim_device_reset(struct sim_device *device)
{
	uint64_t slow;
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	slow = removed ? 0 : sim_faults_take_slow(&device->faults, PADMA_SIM_FAULT_SLOW_RESET);
	if (!removed) {
		pci_function_reset(&device->function);
		device->kind->reset(device->model);
	}
	sim_device_unlock(device);
	/* Who steps a device waits in the same thread: its time cannot pass here. */
	if (slow && !device->stepped)
		sleep_ns(slow);
	return removed ? -ENODEV : 0;
}

/* D3hot and back to D0: what the kernel restores is as it was, and so is the function within. */
static int cycle_power(struct sim_device *device)
{
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed)
		pci_function_irq(&device->function, NULL, 0);
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

static int op_reset(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);

	if (device->function.reset_kind == PADMA_RESET_PM)
		return cycle_power(device);
	return sim_device_reset(device);
}

static enum padma_reset_kind op_reset_kind(const struct padma_device *head)
{
	return container_of(head, const struct sim_device, head)->function.reset_kind;
}

/* What is under way is done with when this has the lock. */
static int op_quiesce(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);
	uint8_t command;
	int rc = -ENODEV;

	sim_device_lock(device);
	if (!device->removed) {
		pci_config_read(&device->function, COMMAND_OFFSET, &command, 1);
		command &= (uint8_t)~COMMAND_MASTER;
		(void)locked_config_write(device, COMMAND_OFFSET, &command, 1);
		pci_config_read(&device->function, COMMAND_OFFSET, &command, 1);
		rc = command & COMMAND_MASTER ? -EIO : 0;
	}
	sim_device_unlock(device);
	return rc;
}

static int op_irq_enable(struct padma_device *head, const int *fds, unsigned int count)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed && head->irq_kind == PADMA_IRQ_INTX)
		pci_function_pin_irq(&device->function, device->kind->asserts(device->model), fds,
				     count);
	else if (!removed)
		pci_function_irq(&device->function, fds, count);
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

static int op_irq_unmask(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);
	bool removed;

	sim_device_lock(device);
	removed = device->removed;
	if (!removed) {
		/* What the program has served by now does not fire again. */
		sim_device_pin(device);
		intx_unmask(&device->function.intx);
	}
	sim_device_unlock(device);
	return removed ? -ENODEV : 0;
}

static void op_close(struct padma_device *head)
{
	struct sim_device *device = sim_device_of(head);

	if (!device->stepped)
		sim_thread_stop(device);
	device->kind->destroy(device->model);
	pci_function_destroy(&device->function);
	sim_bus_destroy(&device->bus);
	pthread_mutex_destroy(&device->lock);
	free(device->name);
	free(device);
}

const struct device_ops sim_device_ops = {
	.config_read = op_config_read,
	.config_write = op_config_write,
	.bar_read = op_bar_read,
	.bar_write = op_bar_write,
	.quiesce = op_quiesce,
	.reset_kind = op_reset_kind,
	.reset = op_reset,
	.irq_enable = op_irq_enable,
	.irq_unmask = op_irq_unmask,
	.close = op_close,
};
