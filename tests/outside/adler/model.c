// SPDX-License-Identifier: BSD-3-Clause
/* model.c - a model outside of padma's tree: what DEVICE.md describes. */
#include "model.h"

#define REG_ID	    0x00
#define REG_CONTROL 0x04
#define REG_ADDRESS 0x08
#define REG_LENGTH  0x10
#define REG_STATUS  0x14
#define REG_RESULT  0x18

#define ID_VALUE    0x41444c52
#define START	    1
#define STOP	    2
#define BUSY	    (1u << 0)
#define DONE	    (1u << 1)
#define ERROR	    (1u << 2)

/* RFC 1950, 8.2: the largest prime below 65536. */
#define ADLER_BASE  65521

struct adler {
	struct padma_sim_function *function;
	uint64_t address;
	uint32_t length, status, result;
};

static int adler_create(void *state, struct padma_sim_function *function,
			struct padma_sim_shape *shape)
{
	struct adler *adler = state;

	(void)shape;
	adler->function = function;
	return 0;
}

static void adler_reset(void *state)
{
	struct adler *adler = state;

	*adler = (struct adler){.function = adler->function};
}

static uint64_t adler_read(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	const struct adler *adler = state;

	(void)bar;
	if (width == 8)
		return offset == REG_ADDRESS ? adler->address : 0;
	switch (offset) {
	case REG_ID:
		return ID_VALUE;
	case REG_LENGTH:
		return adler->length;
	case REG_STATUS:
		return adler->status;
	case REG_RESULT:
		return adler->result;
	default:
		return 0;
	}
}

static void control(struct adler *adler, uint64_t value)
{
	if (value == START)
		adler->status |= BUSY;
	else if (value == STOP)
		adler_reset(adler);
}

static void adler_write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
			unsigned int width)
{
	struct adler *adler = state;

	(void)bar;
	if (offset == REG_ADDRESS && width == 8)
		adler->address = value;
	else if (offset == REG_CONTROL && width == 4)
		control(adler, value);
	else if (offset == REG_LENGTH && width == 4)
		adler->length = (uint32_t)value;
	else if (offset == REG_STATUS && width == 4)
		adler->status &= ~((uint32_t)value & (DONE | ERROR));
}

/* Read it piece by piece, and sum up. */
static int checksum(struct adler *adler)
{
	uint32_t a = 1, b = 0;
	uint8_t piece[256];

	for (uint32_t at = 0; at < adler->length; at += sizeof(piece)) {
		uint32_t bytes = adler->length - at;

		if (bytes > sizeof(piece))
			bytes = sizeof(piece);
		if (padma_sim_dma_read(adler->function, adler->address + at, piece, bytes))
			return -1;
		for (uint32_t i = 0; i < bytes; i++) {
			a = (a + piece[i]) % ADLER_BASE;
			b = (b + a) % ADLER_BASE;
		}
	}
	adler->result = b << 16 | a;
	return 0;
}

static unsigned int adler_run(void *state, unsigned int limit)
{
	struct adler *adler = state;

	(void)limit;
	if (!(adler->status & BUSY))
		return 0;
	adler->status = (adler->status & ~BUSY) | (checksum(adler) ? ERROR : DONE);
	padma_sim_interrupt(adler->function, 0);
	return 1;
}

static const struct padma_sim_shape shape = {
	.vendor = 0x1234,
	.device = 0xad1e,
	.class_code = 0x120000,
	.bars = {[0] = {.bytes = 4096}, [2] = {.bytes = 4096}},
	.msix_vectors = 1,
	.msix_table_bar = 2,
	.msix_pba_bar = 2,
	.msix_pba = 0x800,
};

const struct padma_sim_model adler_model = {
	.name = "adler",
	.help = "computes Adler-32 checksums of memory",
	.shape = &shape,
	.state_bytes = sizeof(struct adler),
	.create = adler_create,
	.read = adler_read,
	.write = adler_write,
	.run = adler_run,
	.reset = adler_reset,
};
