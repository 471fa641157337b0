// SPDX-License-Identifier: BSD-3-Clause
/* "sim:edu": QEMU's educational device, from its specification (QEMU's docs/specs/edu), register by register. */
#include "model.h"

#define REG(offset) edu->registers[(offset) / 4]

struct edu {
	struct padma_sim_function *function;
	uint64_t registers[0xa0 / 4];
	uint8_t buffer[4096]; /* at 0x40000 for the DMA registers */
};

static int create(void *state, struct padma_sim_function *function, struct padma_sim_shape *shape)
{
	(void)shape;
	((struct edu *)state)->function = function;
	return 0;
}

static void reset(void *state)
{
	*(struct edu *)state = (struct edu){.function = ((struct edu *)state)->function};
}

/* "Only size == 4 accesses are allowed for addresses < 0x80. size == 4 or size == 8 for the rest." */
static bool allows(uint64_t offset, unsigned int width)
{
	return offset < 0x80 ? offset % 4 == 0 && width == 4
			     : offset % 8 == 0 && offset < 0xa0 && width >= 4;
}

static uint64_t read_register(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	const struct edu *edu = state;

	return bar || !allows(offset, width) ? UINT64_MAX : offset == 0 ? 0x010000ed : REG(offset);
}

static void raise_interrupt(struct edu *edu, uint64_t causes)
{
	REG(0x24) |= (uint32_t)causes;
	if (causes)
		padma_sim_interrupt(edu->function, 0);
}

static bool asserts(void *state)
{
	return ((const struct edu *)state)->registers[0x24 / 4] != 0;
}

/* While a factorial or a transfer is under way, its registers keep their values. */
static void write_register(void *state, unsigned int bar, uint64_t offset, uint64_t value,
			   unsigned int width)
{
	struct edu *edu = state;

	if (bar || !allows(offset, width))
		return;
	if (offset == 0x04)
		REG(0x04) = ~(uint32_t)value;
	else if (offset == 0x08 && !(REG(0x20) & 0x01))
		REG(0x08) = value, REG(0x20) |= 0x01;
	else if (offset == 0x20)
		REG(0x20) = (REG(0x20) & 0x01) | (value & 0x80);
	else if (offset == 0x60)
		raise_interrupt(edu, value);
	else if (offset == 0x64)
		REG(0x24) &= ~value;
	else if (offset >= 0x80 && !(REG(0x98) & 0x01))
		REG(offset) = value;
}

/* With 28 address lines. What would leave the buffer is not done. */
static void transfer(struct edu *edu)
{
	bool to_memory = REG(0x98) & 0x02;
	uint64_t at = REG(to_memory ? 0x80 : 0x88) - 0x40000, count = REG(0x90);
	padma_dma_t memory = REG(to_memory ? 0x88 : 0x80) & 0x0fffffff;

	if (at > sizeof(edu->buffer) || count > sizeof(edu->buffer) - at)
		return;
	if (to_memory)
		padma_sim_dma_write(edu->function, memory, edu->buffer + at, count);
	else
		padma_sim_dma_read(edu->function, memory, edu->buffer + at, count);
}

static unsigned int run(void *state, unsigned int limit)
{
	struct edu *edu = state;
	uint32_t factorial = 1, computes = REG(0x20) & 0x01, copies = REG(0x98) & 0x01;

	(void)limit;
	for (uint64_t n = REG(0x08); computes && n && factorial; n--)
		factorial *= (uint32_t)n;
	if (computes)
		REG(0x08) = factorial;
	if (copies)
		transfer(edu);
	REG(0x20) &= 0x80, REG(0x98) &= 0x06;
	raise_interrupt(edu, (computes && REG(0x20)) | (copies && REG(0x98) & 0x04) << 8);
	return computes + copies;
}

const struct padma_sim_model sim_edu_model = {
	.name = "edu",
	.help = "QEMU's educational device",
	.shape = &(const struct padma_sim_shape){.vendor = 0x1234,
						 .device = 0x11e8,
						 .is_conventional = true,
						 .bars[0].bytes = 1u << 20,
						 .msi_vectors = 1},
	.state_bytes = sizeof(struct edu),
	.create = create,
	.read = read_register,
	.write = write_register,
	.run = run,
	.reset = reset,
	.asserts = asserts,
};
