/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tamper.h - somebody between the driver and a stepped controller, who changes what they say.
 *
 * The device's operations are replaced by ones that pass everything on, but for: a deaf device,
 * which takes no write and no reset; admin commands that are refused; and Identify data that is
 * other than the controller's. One device at a time.
 */
#ifndef TESTS_NVME_TAMPER_H
#define TESTS_NVME_TAMPER_H

#include "nvme_fixture.h"

#include "device/provider.h"

#include "../../drivers/nvme/driver.h"

struct tamper {
	const struct device_ops *real;
	struct device_ops ops;
	struct padma_nvme *nvme;
	bool deaf;
	uint32_t csts;	 /* what CSTS reads as; 0: as it is */
	uint64_t refuse; /* a bit per admin opcode */
	/* What Identify with this CNS has at this offset. */
	uint8_t cns;
	unsigned int offset;
	unsigned int bytes; /* 0: nothing is changed */
	uint64_t value;
};

static struct tamper tamper;

/* The simulated device knows itself by its operations. */
#define passed_on(device, call)                                                                    \
	({                                                                                         \
		__typeof__(call) passed;                                                           \
		(device)->ops = tamper.real;                                                       \
		passed = (call);                                                                   \
		(device)->ops = &tamper.ops;                                                       \
		passed;                                                                            \
	})

static inline int tampered_config_read(struct padma_device *device, unsigned int offset, void *data,
				       size_t bytes)
{
	return passed_on(device, tamper.real->config_read(device, offset, data, bytes));
}

static inline int tampered_config_write(struct padma_device *device, unsigned int offset,
					const void *data, size_t bytes)
{
	if (tamper.deaf)
		return 0;
	return passed_on(device, tamper.real->config_write(device, offset, data, bytes));
}

static inline uint64_t tampered_read(struct padma_device *device, unsigned int bar, uint64_t offset,
				     unsigned int width)
{
	if (tamper.csts && offset == NVME_REG_CSTS)
		return tamper.csts;
	return passed_on(device, tamper.real->bar_read(device, bar, offset, width));
}

/* The doorbell of the admin queue: a stepped controller carries the command out at once. */
static inline void tampered_write(struct padma_device *device, unsigned int bar, uint64_t offset,
				  uint64_t value, unsigned int width)
{
	struct nvme_command *entries = tamper.nvme->admin.sq.va;
	struct nvme_command *entry = &entries[(value - 1) % NVME_ADMIN_ENTRIES];
	bool command = offset == NVME_REG_DOORBELLS, identify;

	if (tamper.deaf)
		return;
	if (command && entry->opcode < 64 && (tamper.refuse >> entry->opcode & 1))
		entry->opcode = 0x7f; /* which no controller has */
	identify = command && entry->opcode == NVME_ADMIN_IDENTIFY;
	(void)passed_on(device, (tamper.real->bar_write(device, bar, offset, value, width), 0));
	if (identify && (entry->cdw10 & 0xff) == tamper.cns)
		memcpy((char *)tamper.nvme->admin.data.va + tamper.offset, &tamper.value,
		       tamper.bytes);
}

static inline int tampered_reset(struct padma_device *device)
{
	if (tamper.deaf)
		return -ENOTSUP;
	return passed_on(device, tamper.real->reset(device));
}

static inline int tampered_irq_enable(struct padma_device *device, const int *fds,
				      unsigned int count)
{
	return passed_on(device, tamper.real->irq_enable(device, fds, count));
}

static inline int tampered_irq_unmask(struct padma_device *device)
{
	return passed_on(device, tamper.real->irq_unmask(device));
}

/* From now on; how is set in tamper afterwards. */
static inline void tamper_begin(const struct rig *rig)
{
	tamper = (struct tamper){.real = rig->device->ops, .nvme = rig->nvme};
	tamper.ops = (struct device_ops){
		.config_read = tampered_config_read,
		.config_write = tampered_config_write,
		.bar_read = tampered_read,
		.bar_write = tampered_write,
		.reset = tampered_reset,
		.irq_enable = tampered_irq_enable,
		.irq_unmask = tampered_irq_unmask,
	};
	rig->device->ops = &tamper.ops;
}

static inline void tamper_end(const struct rig *rig)
{
	rig->device->ops = tamper.real;
}

#endif
