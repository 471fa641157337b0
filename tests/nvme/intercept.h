/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intercept.h - between the driver and a stepped controller: changes what they write and read.
 *
 * The device's operations are replaced by ones that pass everything on, except for: an unresponsive
 * device, which ignores writes and resets; registers that read as another value; and admin commands
 * that are refused, or completed with other data or another result. One device at a time, from before the
 * controller is opened or later.
 */
#ifndef TESTS_NVME_INTERCEPT_H
#define TESTS_NVME_INTERCEPT_H

#include "nvme_fixture.h"

#include "device/provider.h"
#include "sim/machine/memory.h"

#include "../../drivers/nvme/controller.h"

#define INTERCEPT_RULES	    8
#define INTERCEPT_REGISTERS 4
#define ANY_NSID	    0
#define ANY_CDW10	    -1
/* Which no controller has. */
#define OPCODE_UNKNOWN	    0x7f

/* Of the admin commands that match. */
struct intercept_rule {
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

struct intercept_register {
	uint64_t offset;
	uint64_t value;
};

struct intercept {
	const struct device_ops *real;
	struct device_ops ops;
	struct sim_memory *memory;
	uint64_t asq, acq;
	bool unresponsive;
	bool no_reset; /* it cannot be reset alone */
	struct intercept_register registers[INTERCEPT_REGISTERS];
	unsigned int register_count;
	struct intercept_rule rules[INTERCEPT_RULES];
	unsigned int rule_count;
	/* Called with each admin command before it is passed on, if it is set. */
	void (*watch)(const struct nvme_command *command);
};

static struct intercept intercept;

/* The simulated device knows itself by its operations. */
#define passed_on(device, call)                                                                    \
	({                                                                                         \
		__typeof__(call) passed;                                                           \
		(device)->ops = intercept.real;                                                    \
		passed = (call);                                                                   \
		(device)->ops = &intercept.ops;                                                    \
		passed;                                                                            \
	})

static inline int intercepted_config_read(struct padma_device *device, unsigned int offset,
					  void *data, size_t bytes)
{
	return passed_on(device, intercept.real->config_read(device, offset, data, bytes));
}

static inline int intercepted_config_write(struct padma_device *device, unsigned int offset,
					   const void *data, size_t bytes)
{
	if (intercept.unresponsive)
		return 0;
	return passed_on(device, intercept.real->config_write(device, offset, data, bytes));
}

static inline uint64_t intercepted_read(struct padma_device *device, unsigned int bar,
					uint64_t offset, unsigned int width)
{
	for (unsigned int i = 0; i < intercept.register_count; i++) {
		if (intercept.registers[i].offset == offset)
			return intercept.registers[i].value;
	}
	return passed_on(device, intercept.real->bar_read(device, bar, offset, width));
}

static inline bool rule_matches(const struct intercept_rule *rule,
				const struct nvme_command *command)
{
	return command->opcode == rule->opcode &&
	       (rule->cdw10 == ANY_CDW10 || (int)(command->cdw10 & 0xff) == rule->cdw10) &&
	       (rule->nsid == ANY_NSID || command->nsid == rule->nsid);
}

static inline void physical_read(uint64_t pa, void *to, size_t bytes)
{
	uint64_t fault;

	must(sim_memory_read(intercept.memory, pa, to, bytes, &fault));
}

static inline void physical_write(uint64_t pa, const void *from, size_t bytes)
{
	uint64_t fault;

	must(sim_memory_write(intercept.memory, pa, from, bytes, &fault));
}

/* The completion of the command with this identifier, which is the only one that has it. */
static inline void set_result(uint16_t cid, uint32_t result)
{
	for (unsigned int i = 0; i < NVME_ADMIN_ENTRIES; i++) {
		uint64_t pa = intercept.acq + i * sizeof(struct nvme_completion);
		struct nvme_completion entry;

		physical_read(pa, &entry, sizeof(entry));
		if ((uint16_t)entry.status == cid)
			physical_write(pa, &result, sizeof(result));
	}
}

/* A stepped controller carries the command out while its doorbell is written. */
static inline void intercepted_admin(struct padma_device *device, unsigned int bar, uint64_t tail,
				     unsigned int width)
{
	uint64_t pa = intercept.asq + (tail - 1) % NVME_ADMIN_ENTRIES * sizeof(struct nvme_command);
	struct nvme_command command;
	const uint8_t unknown = OPCODE_UNKNOWN;

	physical_read(pa, &command, sizeof(command));
	if (intercept.watch)
		intercept.watch(&command);
	for (unsigned int i = 0; i < intercept.rule_count; i++) {
		if (intercept.rules[i].refuse && rule_matches(&intercept.rules[i], &command))
			physical_write(pa, &unknown, 1);
	}
	(void)passed_on(
		device,
		(intercept.real->bar_write(device, bar, NVME_REG_DOORBELLS, tail, width), 0));
	for (unsigned int i = 0; i < intercept.rule_count; i++) {
		const struct intercept_rule *rule = &intercept.rules[i];

		if (!rule_matches(rule, &command))
			continue;
		if (rule->bytes)
			physical_write(command.prp1 + rule->offset, &rule->value, rule->bytes);
		if (rule->has_result)
			set_result(command.cid, rule->result);
	}
}

static inline void intercepted_write(struct padma_device *device, unsigned int bar, uint64_t offset,
				     uint64_t value, unsigned int width)
{
	if (intercept.unresponsive)
		return;
	if (offset == NVME_REG_ASQ)
		intercept.asq = value;
	else if (offset == NVME_REG_ACQ)
		intercept.acq = value;
	if (offset == NVME_REG_DOORBELLS && intercept.asq)
		intercepted_admin(device, bar, value, width);
	else
		(void)passed_on(device,
				(intercept.real->bar_write(device, bar, offset, value, width), 0));
}

static inline int intercepted_quiesce(struct padma_device *device)
{
	if (intercept.unresponsive)
		return -EIO;
	return passed_on(device, intercept.real->quiesce(device));
}

static inline enum padma_reset_kind intercepted_reset_kind(const struct padma_device *device)
{
	struct padma_device *writable = (struct padma_device *)(uintptr_t)device;

	return passed_on(writable, intercept.real->reset_kind(device));
}

static inline int intercepted_reset(struct padma_device *device)
{
	if (intercept.unresponsive || intercept.no_reset)
		return -ENOTSUP;
	return passed_on(device, intercept.real->reset(device));
}

static inline int intercepted_irq_enable(struct padma_device *device, const int *fds,
					 unsigned int count)
{
	return passed_on(device, intercept.real->irq_enable(device, fds, count));
}

static inline int intercepted_irq_unmask(struct padma_device *device)
{
	return passed_on(device, intercept.real->irq_unmask(device));
}

/* From now on; how is set afterwards. */
static inline void intercept_begin(const struct rig *rig)
{
	intercept = (struct intercept){.real = rig->device->ops,
				       .memory = space_sim_memory(rig->space)};
	assert_non_null(intercept.memory);
	if (rig->nvme) {
		intercept.asq = rig->nvme->admin.sq.dma;
		intercept.acq = rig->nvme->admin.cq.dma;
	}
	intercept.ops = *intercept.real;
	intercept.ops.config_read = intercepted_config_read;
	intercept.ops.config_write = intercepted_config_write;
	intercept.ops.bar_read = intercepted_read;
	intercept.ops.bar_write = intercepted_write;
	intercept.ops.quiesce = intercepted_quiesce;
	intercept.ops.reset_kind = intercepted_reset_kind;
	intercept.ops.reset = intercepted_reset;
	intercept.ops.irq_enable = intercepted_irq_enable;
	intercept.ops.irq_unmask = intercepted_irq_unmask;
	rig->device->ops = &intercept.ops;
}

static inline void intercept_end(const struct rig *rig)
{
	rig->device->ops = intercept.real;
}

static inline struct intercept_rule *intercept_rule(uint8_t opcode, int cdw10, uint32_t nsid)
{
	struct intercept_rule *rule = &intercept.rules[intercept.rule_count++];

	assert_in_range(intercept.rule_count, 1, INTERCEPT_RULES);
	*rule = (struct intercept_rule){.opcode = opcode, .cdw10 = cdw10, .nsid = nsid};
	return rule;
}

static inline void intercept_refuse(uint8_t opcode, int cdw10, uint32_t nsid)
{
	intercept_rule(opcode, cdw10, nsid)->refuse = true;
}

/* What Identify returns has @value in these bytes. */
static inline void intercept_identify(uint8_t cns, uint32_t nsid, unsigned int offset,
				      unsigned int bytes, uint64_t value)
{
	struct intercept_rule *rule = intercept_rule(NVME_ADMIN_IDENTIFY, cns, nsid);

	rule->offset = offset;
	rule->bytes = bytes;
	rule->value = value;
}

static inline void intercept_result(uint8_t opcode, int cdw10, uint32_t result)
{
	struct intercept_rule *rule = intercept_rule(opcode, cdw10, ANY_NSID);

	rule->has_result = true;
	rule->result = result;
}

static inline void intercept_register(uint64_t offset, uint64_t value)
{
	assert_in_range(intercept.register_count, 0, INTERCEPT_REGISTERS - 1);
	intercept.registers[intercept.register_count++] =
		(struct intercept_register){offset, value};
}

#endif
