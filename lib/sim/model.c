// SPDX-License-Identifier: BSD-3-Clause
/* padma/sim/model.h: what a model may call, with the device's lock held. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <padma/sim/model.h>
#include <padma/time.h>

#include "sim/device.h"

/* A driver that does it once does it with every packet. */
#define DRIVER_ERRORS_LOGGED 8

int padma_sim_dma_read(struct padma_sim_function *function, padma_dma_t dma, void *to, size_t bytes)
{
	return sim_bus_read(&sim_device_behind(function)->bus, dma, to, bytes);
}

int padma_sim_dma_write(struct padma_sim_function *function, padma_dma_t dma, const void *from,
			size_t bytes)
{
	return sim_bus_write(&sim_device_behind(function)->bus, dma, from, bytes);
}

int padma_sim_dma_load(struct padma_sim_function *function, padma_dma_t dma, uint64_t *value,
		       unsigned int width)
{
	return sim_bus_load(&sim_device_behind(function)->bus, dma, value, width);
}

int padma_sim_dma_store(struct padma_sim_function *function, padma_dma_t dma, uint64_t value,
			unsigned int width)
{
	return sim_bus_store(&sim_device_behind(function)->bus, dma, value, width);
}

void padma_sim_dma_make_cold(struct padma_sim_function *function, padma_dma_t dma, size_t bytes)
{
	sim_bus_make_cold(&sim_device_behind(function)->bus, dma, bytes);
}

void padma_sim_interrupt(struct padma_sim_function *function, unsigned int vector)
{
	pci_function_message(&sim_device_behind(function)->pci, vector);
}

unsigned int padma_sim_interrupt_vectors(const struct padma_sim_function *function)
{
	const struct pci_function *pci = &sim_device_behind(function)->pci;

	if (pci->msix.enabled)
		return pci->msix.vectors;
	return pci->msi.enabled ? pci->msi.granted : 0;
}

static bool is_in_config(const struct sim_device *device, unsigned int offset, unsigned int bytes)
{
	unsigned int all = pci_config_bytes(&device->pci);

	return offset <= all && bytes <= all - offset;
}

int padma_sim_config_get(const struct padma_sim_function *function, unsigned int offset, void *data,
			 unsigned int bytes)
{
	const struct sim_device *device = sim_device_behind(function);

	if (!is_in_config(device, offset, bytes))
		return -EINVAL;
	memcpy(data, device->pci.config + offset, bytes);
	return 0;
}

int padma_sim_config_set(struct padma_sim_function *function, unsigned int offset, const void *data,
			 unsigned int bytes)
{
	struct sim_device *device = sim_device_behind(function);

	if (!is_in_config(device, offset, bytes))
		return -EINVAL;
	memcpy(device->pci.config + offset, data, bytes);
	return 0;
}

uint64_t padma_sim_now(const struct padma_sim_function *function)
{
	return function->stepped ? sim_device_behind(function)->steps : padma_ticks_monotonic();
}

uint32_t padma_sim_fault_strike(struct padma_sim_function *function)
{
	return sim_faults_strike(&sim_device_behind(function)->faults);
}

uint64_t padma_sim_fault_value(const struct padma_sim_function *function,
			       enum padma_sim_fault_kind kind)
{
	return sim_faults_value(&sim_device_behind(function)->faults, kind);
}

uint64_t padma_sim_fault_take_slow(struct padma_sim_function *function,
				   enum padma_sim_fault_kind kind)
{
	return sim_faults_take_slow(&sim_device_behind(function)->faults, kind);
}

void padma_sim_driver_error(struct padma_sim_function *function, const char *format, ...)
{
	struct padma_sim_driver_errors *errors = &sim_device_behind(function)->driver_errors;
	char text[sizeof(errors->first)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (errors->count == 0)
		snprintf(errors->first, sizeof(errors->first), "%s", text);
	if (errors->count++ < DRIVER_ERRORS_LOGGED)
		log_warning("%s: driver error: %s", function->name, text);
}
