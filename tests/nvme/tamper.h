/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tamper.h - somebody between the driver and a stepped controller, who changes what they say.
 *
 * The device's operations are replaced by ones that pass everything on, but for: a deaf device,
 * which takes no write and no reset; registers that read as something else; and admin commands that
 * are refused, or answered with other data or another result. One device at a time, from before the
 * controller is opened or later.
 */
#ifndef TESTS_NVME_TAMPER_H
#define TESTS_NVME_TAMPER_H

#include "nvme_fixture.h"

#include "device/provider.h"
#include "sim/machine/memory.h"

#include "../../drivers/nvme/controller.h"

#define TAMPER_RULES	 8
#define TAMPER_REGISTERS 4
#define ANY_NSID	 0
#define ANY_CDW10	 -1
/* Which no controller has. */
#define OPCODE_UNKNOWN	 0x7f

/* Of the admin commands that match. */
struct tamper_rule {
	uint8_t opcode;
	int cdw10; /* its lower byte: the CNS of Identify, the feature of Set Features */
	uint32_t nsid;
	bool refuse;
	unsigned int offset; /* in the data that it returns */
	unsigned int bytes;  /* 0: the data stays */
	uint64_t value;
	bool has_result;
	uint32_t result;
};

struct tamper_register {
	uint64_t offset;
	uint64_t value;
};

struct tamper {
	const struct device_ops *real;
	struct device_ops ops;
	struct sim_memory *memory;
	uint64_t asq, acq;
	bool deaf;
	bool no_reset; /* it cannot be reset alone */
	struct tamper_register registers[TAMPER_REGISTERS];
	unsigned int register_count;
	struct tamper_rule rules[TAMPER_RULES];
	unsigned int rule_count;
	/* Called with each admin command before it is passed on, where it is set. */
	void (*watch)(const struct nvme_command *command);
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
	for (unsigned int i = 0; i < tamper.register_count; i++) {
		if (tamper.registers[i].offset == offset)
			return tamper.registers[i].value;
	}
	return passed_on(device, tamper.real->bar_read(device, bar, offset, width));
}

static inline bool rule_matches(const struct tamper_rule *rule, const struct nvme_command *command)
{
	return command->opcode == rule->opcode &&
	       (rule->cdw10 == ANY_CDW10 || (int)(command->cdw10 & 0xff) == rule->cdw10) &&
	       (rule->nsid == ANY_NSID || command->nsid == rule->nsid);
}

static inline void physical_read(uint64_t pa, void *to, size_t bytes)
{
	uint64_t fault;

	must(sim_memory_read(tamper.memory, pa, to, bytes, &fault));
}

static inline void physical_write(uint64_t pa, const void *from, size_t bytes)
{
	uint64_t fault;

	must(sim_memory_write(tamper.memory, pa, from, bytes, &fault));
}

/* The completion of the command with this identifier, which is the only one that has it. */
static inline void set_result(uint16_t cid, uint32_t result)
{
	for (unsigned int i = 0; i < NVME_ADMIN_ENTRIES; i++) {
		uint64_t pa = tamper.acq + i * sizeof(struct nvme_completion);
		struct nvme_completion entry;

		physical_read(pa, &entry, sizeof(entry));
		if ((uint16_t)entry.status == cid)
			physical_write(pa, &result, sizeof(result));
	}
}

/* A stepped controller carries the command out while its doorbell is written. */
static inline void tampered_admin(struct padma_device *device, unsigned int bar, uint64_t tail,
				  unsigned int width)
{
	uint64_t pa = tamper.asq + (tail - 1) % NVME_ADMIN_ENTRIES * sizeof(struct nvme_command);
	struct nvme_command command;
	const uint8_t unknown = OPCODE_UNKNOWN;

	physical_read(pa, &command, sizeof(command));
	if (tamper.watch)
		tamper.watch(&command);
	for (unsigned int i = 0; i < tamper.rule_count; i++) {
		if (tamper.rules[i].refuse && rule_matches(&tamper.rules[i], &command))
			physical_write(pa, &unknown, 1);
	}
	(void)passed_on(device,
			(tamper.real->bar_write(device, bar, NVME_REG_DOORBELLS, tail, width), 0));
	for (unsigned int i = 0; i < tamper.rule_count; i++) {
		const struct tamper_rule *rule = &tamper.rules[i];

		if (!rule_matches(rule, &command))
			continue;
		if (rule->bytes)
			physical_write(command.prp1 + rule->offset, &rule->value, rule->bytes);
		if (rule->has_result)
			set_result(command.cid, rule->result);
	}
}

static inline void tampered_write(struct padma_device *device, unsigned int bar, uint64_t offset,
				  uint64_t value, unsigned int width)
{
	if (tamper.deaf)
		return;
	if (offset == NVME_REG_ASQ)
		tamper.asq = value;
	else if (offset == NVME_REG_ACQ)
		tamper.acq = value;
	if (offset == NVME_REG_DOORBELLS && tamper.asq)
		tampered_admin(device, bar, value, width);
	else
		(void)passed_on(device,
				(tamper.real->bar_write(device, bar, offset, value, width), 0));
}

static inline int tampered_quiesce(struct padma_device *device)
{
	if (tamper.deaf)
		return -EIO;
	return passed_on(device, tamper.real->quiesce(device));
}

static inline enum padma_reset_kind tampered_reset_kind(const struct padma_device *device)
{
	struct padma_device *writable = (struct padma_device *)(uintptr_t)device;

	return passed_on(writable, tamper.real->reset_kind(device));
}

static inline int tampered_reset(struct padma_device *device)
{
	if (tamper.deaf || tamper.no_reset)
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

/* From now on; how is set afterwards. */
static inline void tamper_begin(const struct rig *rig)
{
	tamper = (struct tamper){.real = rig->device->ops, .memory = space_sim_memory(rig->space)};
	assert_non_null(tamper.memory);
	if (rig->nvme) {
		tamper.asq = rig->nvme->admin.sq.dma;
		tamper.acq = rig->nvme->admin.cq.dma;
	}
	tamper.ops = *tamper.real;
	tamper.ops.config_read = tampered_config_read;
	tamper.ops.config_write = tampered_config_write;
	tamper.ops.bar_read = tampered_read;
	tamper.ops.bar_write = tampered_write;
	tamper.ops.quiesce = tampered_quiesce;
	tamper.ops.reset_kind = tampered_reset_kind;
	tamper.ops.reset = tampered_reset;
	tamper.ops.irq_enable = tampered_irq_enable;
	tamper.ops.irq_unmask = tampered_irq_unmask;
	rig->device->ops = &tamper.ops;
}

static inline void tamper_end(const struct rig *rig)
{
	rig->device->ops = tamper.real;
}

static inline struct tamper_rule *tamper_rule(uint8_t opcode, int cdw10, uint32_t nsid)
{
	struct tamper_rule *rule = &tamper.rules[tamper.rule_count++];

	assert_in_range(tamper.rule_count, 1, TAMPER_RULES);
	*rule = (struct tamper_rule){.opcode = opcode, .cdw10 = cdw10, .nsid = nsid};
	return rule;
}

static inline void tamper_refuse(uint8_t opcode, int cdw10, uint32_t nsid)
{
	tamper_rule(opcode, cdw10, nsid)->refuse = true;
}

/* What Identify returns has @value in these bytes. */
static inline void tamper_identify(uint8_t cns, uint32_t nsid, unsigned int offset,
				   unsigned int bytes, uint64_t value)
{
	struct tamper_rule *rule = tamper_rule(NVME_ADMIN_IDENTIFY, cns, nsid);

	rule->offset = offset;
	rule->bytes = bytes;
	rule->value = value;
}

static inline void tamper_result(uint8_t opcode, int cdw10, uint32_t result)
{
	struct tamper_rule *rule = tamper_rule(opcode, cdw10, ANY_NSID);

	rule->has_result = true;
	rule->result = result;
}

static inline void tamper_register(uint64_t offset, uint64_t value)
{
	assert_in_range(tamper.register_count, 0, TAMPER_REGISTERS - 1);
	tamper.registers[tamper.register_count++] = (struct tamper_register){offset, value};
}

#endif
