// SPDX-License-Identifier: BSD-3-Clause
/* The model of model_scratch.h, on the public headers alone. */
#include "model_scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>

struct scratch {
	struct padma_sim_function *function;
	uint64_t id, limit, msix; /* keys */
	bool broken;
	char *label;
	uint32_t control, status, bytes, copies;
	uint64_t source, target, counter;
	bool started;
	uint32_t *first, *second; /* direct areas */
	char *buffer;
};

static const uint8_t vendor_capability[8] = {0, 0, 8, 0xa5, 0x11, 0x22, 0x33, 0x44};
static const uint8_t vendor_writable[8] = {[4] = 0xff};
static const uint8_t vendor_clear[8] = {[5] = 0x0f};
static const uint8_t extended_data[12] = {[8] = 0xde, [9] = 0xad};

static const struct padma_sim_capability capabilities[] = {
	{.id = 0x09,
	 .bytes = sizeof(vendor_capability),
	 .data = vendor_capability,
	 .writable = vendor_writable,
	 .clear_by_one = vendor_clear},
	{.id = 0x0b, .is_extended = true, .version = 1, .bytes = 12, .data = extended_data},
	{.id = 0x0003, .is_extended = true, .version = 2, .bytes = 12, .data = extended_data},
};

static const struct padma_sim_shape shape_of_all = {
	.vendor = SCRATCH_VENDOR,
	.device = SCRATCH_DEVICE,
	.class_code = 0x088000,
	.revision = 3,
	.bars = {[0] = {.bytes = 4096},
		 [2] = {.bytes = 65536, .is_64bit = true, .prefetchable = true}},
	.msi_vectors = 4,
	.msi_maskable = true,
	.capabilities = capabilities,
	.capability_count = sizeof(capabilities) / sizeof(capabilities[0]),
};

static const struct padma_sim_key keys[] = {
	{.name = "id",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = offsetof(struct scratch, id),
	 .max = UINT32_MAX,
	 .initial = 0x5c7a7c40,
	 .help = "what the ID register reads"},
	{.name = "limit",
	 .type = PADMA_SIM_KEY_SIZE,
	 .offset = offsetof(struct scratch, limit),
	 .min = 1,
	 .max = 1 << 20,
	 .initial = 1 << 16,
	 .help = "the longest copy"},
	{.name = "msix",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = offsetof(struct scratch, msix),
	 .max = 128,
	 .help = "vectors of MSI-X"},
	{.name = "broken",
	 .type = PADMA_SIM_KEY_FLAG,
	 .offset = offsetof(struct scratch, broken),
	 .help = "it cannot be made"},
	{.name = "label",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = offsetof(struct scratch, label),
	 .min = 1,
	 .max = 16,
	 .help = "stands in the second direct area"},
	{.name = NULL},
};

static void destroy(void *state)
{
	struct scratch *scratch = state;

	free(scratch->first);
	free(scratch->second);
	free(scratch->buffer);
}

static void describe(const struct scratch *scratch, struct padma_sim_shape *shape)
{
	shape->directs[0] = (struct padma_sim_direct){.bar = 2,
						      .offset = SCRATCH_FIRST,
						      .bytes = SCRATCH_DIRECT_BYTES,
						      .memory = scratch->first};
	shape->directs[1] = (struct padma_sim_direct){.bar = 2,
						      .offset = SCRATCH_SECOND,
						      .bytes = SCRATCH_DIRECT_BYTES,
						      .memory = scratch->second};
	shape->msix_vectors = (unsigned int)scratch->msix;
	shape->msix_table_bar = 2;
	shape->msix_table = SCRATCH_TABLE;
	shape->msix_pba_bar = 0;
	shape->msix_pba = SCRATCH_PBA;
}

static int create(void *state, struct padma_sim_function *function, struct padma_sim_shape *shape)
{
	struct scratch *scratch = state;

	if (scratch->broken)
		return padma_fail(-EIO, "scratch", "%s: it is broken; leave the key 'broken' out",
				  function->name);
	scratch->function = function;
	scratch->first = calloc(1, SCRATCH_DIRECT_BYTES);
	scratch->second = calloc(1, SCRATCH_DIRECT_BYTES);
	scratch->buffer = malloc(scratch->limit);
	if (!scratch->first || !scratch->second || !scratch->buffer) {
		destroy(scratch);
		return padma_fail(-ENOMEM, "scratch", "%s: no memory left", function->name);
	}
	if (scratch->label)
		memcpy(scratch->second, scratch->label, strlen(scratch->label) + 1);
	describe(scratch, shape);
	return 0;
}

static uint64_t read_register(const struct scratch *scratch, uint64_t offset)
{
	switch (offset) {
	case SCRATCH_ID:
		return scratch->id;
	case SCRATCH_CONTROL:
		return scratch->control;
	case SCRATCH_STATUS:
		return scratch->status;
	case SCRATCH_SOURCE:
		return scratch->source;
	case SCRATCH_TARGET:
		return scratch->target;
	case SCRATCH_BYTES:
		return scratch->bytes;
	case SCRATCH_COUNTER:
		return scratch->counter;
	default:
		return 0;
	}
}

/* What of BAR 2 is not direct reads as its own offset. */
static uint64_t read(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	(void)width;
	return bar == 0 ? read_register(state, offset) : offset;
}

static void control(struct scratch *scratch, uint32_t value)
{
	scratch->control = value & SCRATCH_INTERRUPTS;
	if (value & SCRATCH_START)
		scratch->started = true;
}

static void write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		  unsigned int width)
{
	struct scratch *scratch = state;

	(void)width;
	if (bar != 0)
		return;
	switch (offset) {
	case SCRATCH_CONTROL:
		control(scratch, (uint32_t)value);
		break;
	case SCRATCH_STATUS:
		scratch->status &= ~(uint32_t)value;
		break;
	case SCRATCH_SOURCE:
		scratch->source = value;
		break;
	case SCRATCH_TARGET:
		scratch->target = value;
		break;
	case SCRATCH_BYTES:
		scratch->bytes = (uint32_t)value;
		break;
	case SCRATCH_COUNTER:
		scratch->counter = value;
		break;
	default:
		break;
	}
}

/* One more in the word that the driver named. */
static int count(const struct scratch *scratch)
{
	uint64_t copies;

	if (!scratch->counter)
		return 0;
	if (padma_sim_dma_load(scratch->function, scratch->counter, &copies, 4))
		return -1;
	return padma_sim_dma_store(scratch->function, scratch->counter, copies + 1, 4);
}

static int copy(struct scratch *scratch)
{
	struct padma_sim_function *function = scratch->function;

	if (scratch->bytes > scratch->limit) {
		padma_sim_driver_error(function, "a copy of %u bytes; the limit is %llu",
				       scratch->bytes, (unsigned long long)scratch->limit);
		return -1;
	}
	if (padma_sim_dma_read(function, scratch->source, scratch->buffer, scratch->bytes) ||
	    padma_sim_dma_write(function, scratch->target, scratch->buffer, scratch->bytes))
		return -1;
	scratch->copies++;
	__atomic_store_n(&scratch->first[0], scratch->copies, __ATOMIC_RELEASE);
	return count(scratch);
}

static unsigned int run(void *state, unsigned int limit)
{
	struct scratch *scratch = state;
	bool failed;

	(void)limit;
	if (!scratch->started)
		return 0;
	scratch->started = false;
	failed = copy(scratch) != 0;
	scratch->status |= failed ? SCRATCH_ERROR : SCRATCH_DONE;
	if (scratch->control & SCRATCH_INTERRUPTS)
		padma_sim_interrupt(scratch->function, failed ? 1 : 0);
	return 1;
}

static bool asserts(void *state)
{
	const struct scratch *scratch = state;

	return scratch->status && (scratch->control & SCRATCH_INTERRUPTS);
}

static void reset(void *state)
{
	struct scratch *scratch = state;

	scratch->control = scratch->status = scratch->bytes = scratch->copies = 0;
	scratch->source = scratch->target = scratch->counter = 0;
	scratch->started = false;
	__atomic_store_n(&scratch->first[0], 0, __ATOMIC_RELEASE);
}

const struct padma_sim_model scratch_model = {
	.name = "scratch",
	.help = "copies memory",
	.shape = &shape_of_all,
	.keys = keys,
	.state_bytes = sizeof(struct scratch),
	.create = create,
	.destroy = destroy,
	.read = read,
	.write = write,
	.run = run,
	.reset = reset,
	.asserts = asserts,
};
